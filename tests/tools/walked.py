"""The machine that a document is walked through on: its `sudo`, its `systemctl`, in a folder that stands for `/`.

Run by the links that ``walking.py`` puts first on the PATH; what it is called as tells what it does. Units are started
by the very ExecStart, Environment and EnvironmentFile that stand in them, and by nothing else.
"""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MACHINE = "WALK_MACHINE"  # the variable that names the folder
COMMANDS = ("sudo", "runuser", "systemctl", "apt-get", "adduser", "install", "nginx", "make")
_DONE_ELSEWHERE = {"apt-get", "adduser"}  # changes of the real machine: it has what is needed, or the test tells
_OF_OWNERS = {"-o", "-g"}
_LONGEST = 60.0  # seconds for a unit to stop


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit file as far as it is done here; ``folder`` is the machine, every command a list of words."""

    name: str
    folder: Path
    start: tuple[str, ...]
    after: tuple[tuple[str, ...], ...]
    environment: Mapping[str, str]
    files: tuple[Path, ...]
    user: str
    oneshot: bool

    @property
    def pid_file(self) -> Path:
        return self.folder / "run" / self.name

    @property
    def log(self) -> Path:
        return self.folder / "var/log" / self.name

    def surroundings(self) -> dict[str, str]:
        """What its commands find in their environment: what stands in the unit, and where PostgreSQL is."""
        told = {name: os.environ[name] for name in ("PATH", "PGHOST", "LANG") if name in os.environ}
        told |= {"HOME": str(self.folder / "var/lib/mburoja"), "PGUSER": self.user or "root"} | dict(self.environment)
        for file in self.files:
            told |= assignments(file)
        return told

    def pid(self) -> int | None:
        """Return who runs it, if anybody does."""
        with contextlib.suppress(FileNotFoundError):
            name, _, begun = self.pid_file.read_text(encoding="ascii").partition(" ")
            # A number may be another process's by now; that one began later.
            return int(name) if begun and began(int(name)) == begun else None
        return None


def assignments(file: Path) -> dict[str, str]:
    """Return what a file of secrets gives, without its quotes."""
    words = [shlex.split(line)[0] for line in file.read_text(encoding="utf-8").splitlines() if "=" in line]
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}


def began(pid: int) -> str | None:
    """Return when a process began (ticks), None where there is none, or no more than an entry nobody has asked for."""
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return told[19] if told[0] != "Z" else None
    return None


def read_unit(folder: Path, name: str) -> Unit:
    """Read a unit, an instance of a template too (`mburoja@8321`)."""
    name = name if re.search(r"\.(service|timer)$", name) else f"{name}.service"
    stem, at, instance = name.removesuffix(".service").partition("@")
    file = folder / "etc/systemd/system" / (f"{stem}@.service" if at else name)
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "[")) and "=" in line:
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value.replace("%%", "\0").replace("%i", instance).replace("\0", "%"))
    pairs = [
        (pair.partition("=")[0], pair.partition("=")[2])
        for value in found.get("Environment", [])
        for pair in shlex.split(value)
    ]
    return Unit(
        name=name,
        folder=folder,
        start=tuple(shlex.split(found.get("ExecStart", [""])[0])),
        after=tuple(tuple(shlex.split(value)) for value in found.get("ExecStartPost", [])),
        environment=dict(pairs),
        files=tuple(Path(value) for value in found.get("EnvironmentFile", [])),
        user=found.get("User", [""])[0],
        oneshot=found.get("Type", [""])[0] == "oneshot",
    )


def start(unit: Unit) -> int:
    """Start it as systemd would; returns 0, or what a oneshot has ended with."""
    if not unit.start or unit.pid():
        return 0  # a timer, or under way
    unit.log.parent.mkdir(parents=True, exist_ok=True)
    unit.pid_file.parent.mkdir(parents=True, exist_ok=True)
    with unit.log.open("ab") as log:
        if unit.oneshot:
            for command in (unit.start, *unit.after):
                done = subprocess.run(command, env=unit.surroundings(), stdout=log, stderr=log, check=False)
                if done.returncode:
                    return done.returncode
            return 0
        process = subprocess.Popen(
            unit.start, env=unit.surroundings(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    unit.pid_file.write_text(f"{process.pid} {began(process.pid)}", encoding="ascii")
    return 0


def stop(unit: Unit) -> int:
    """Ask it to stop and wait; returns 1 where it had to be killed."""
    pid = unit.pid()
    if pid is None:
        return 0
    with contextlib.suppress(ProcessLookupError):  # it has ended just now
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + _LONGEST
    while unit.pid() == pid:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            return 1
        time.sleep(0.05)
    unit.pid_file.unlink()
    return 0


def stop_all(folder: Path) -> None:
    """Stop whatever runs on a machine."""
    for file in (folder / "run").glob("*"):
        stop(read_unit(folder, file.name))


def _systemctl(folder: Path, arguments: Sequence[str]) -> int:
    act, *names = [each for each in arguments if not each.startswith("--")]
    if act == "daemon-reload" or (act == "enable" and "--now" not in arguments):
        return 0
    done = 0
    for unit in (read_unit(folder, name) for name in names):
        if act in {"stop", "restart"}:
            done = done or stop(unit)
        if act in {"start", "restart", "enable"}:
            done = done or start(unit)
    return done


def _sudo(arguments: Sequence[str]) -> int:
    """Run the rest as who may do anything; only PostgreSQL must know as whom."""
    user = "root"
    if arguments[0] == "-u":
        user, arguments = arguments[1], arguments[2:]
    given = 0
    while "=" in arguments[given]:
        given += 1
    more = {pair.partition("=")[0]: pair.partition("=")[2] for pair in arguments[:given]}
    return _become(arguments[given:], {"PGUSER": user, **more})


def _become(command: Sequence[str], more: Mapping[str, str]) -> int:
    """Be a command from now on."""
    os.execvpe(command[0], list(command), {**os.environ, **more})  # noqa: S606  as sudo does


def main(name: str, arguments: list[str]) -> int:
    """Do what one of the commands does; returns its exit code."""
    folder, project = Path(os.environ[MACHINE]), Path(__file__).parents[2]
    match name:
        case "sudo":
            return _sudo(arguments)
        case "runuser":  # runuser -u USER -- COMMAND …
            return _become(arguments[3:], {"PGUSER": arguments[1]})
        case "systemctl":
            return _systemctl(folder, arguments)
        case "install":
            owners = {at + step for at, each in enumerate(arguments) if each in _OF_OWNERS for step in (0, 1)}
            kept = [each for at, each in enumerate(arguments) if at not in owners]
            return subprocess.run(["/usr/bin/install", *kept], check=False).returncode
        case "nginx":
            command = ["/usr/sbin/nginx", "-c", str(folder / "etc/nginx/nginx.conf"), "-p", str(folder), *arguments]
            return subprocess.run(command, check=False).returncode
        case "make":  # the working copy's environment stands already
            command = ["/usr/bin/make", "-C", str(project), "-o", ".venv/installed", *arguments]
            return subprocess.run([*command, f"DIST={folder}/home/dist"], check=False).returncode
    assert name in _DONE_ELSEWHERE, name
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[0]).name, sys.argv[1:]))
