"""A real Kannel of the tests' own: bearerbox, smsbox, and a short message centre that is played (fakesmsc)."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tests.tools.ports import free_port

BEARERBOX, SMSBOX = "/usr/sbin/bearerbox", "/usr/sbin/smsbox"
FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
USER, PASSWORD = "mburoja", "nuk-e-di-kush"
LONGEST = 60.0  # seconds for anything
_CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {smsbox}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = PROVA
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
smsbox-id = prova
bearerbox-host = 127.0.0.1
bearerbox-port = {smsbox}
sendsms-port = {http}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {user}
password = {password}
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = ""
max-messages = 0
"""


def require() -> None:
    """Skip, and say so, where Kannel is not installed; under CI that is a failure."""
    missing = [name for name in (BEARERBOX, SMSBOX, FAKESMSC) if not shutil.which(name)]
    if not missing:
        return
    said = f"Kannel is not installed ({', '.join(missing)}): apt-get install kannel kannel-extras"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


class Kannel:
    """The three programs; everything they say goes to files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {name: free_port() for name in ("admin", "smsbox", "smsc", "http")}
        self._running: list[subprocess.Popen[bytes]] = []
        self._written = 0
        (folder / "kannel.conf").write_text(_CONFIGURATION.format(user=USER, password=PASSWORD, **self._ports))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['http']}/cgi-bin/sendsms"

    def start(self) -> None:
        """Start all three, one after another, as each needs the one before."""
        self._run("bearerbox", [BEARERBOX, "-v", "0", "kannel.conf"], "smsc")
        self._run("smsbox", [SMSBOX, "-v", "0", "kannel.conf"], "http")
        played = [FAKESMSC, "-H", "127.0.0.1", "-r", str(self._ports["smsc"]), "-m", "0", "-v", "0", "1 2 text x"]
        self._run("fakesmsc", played, None)

    def kill(self) -> None:
        """Kill all three, the last one first."""
        for process in reversed(self._running):
            process.kill()
            process.wait(LONGEST)
        self._running.clear()

    def texts(self) -> Sequence[tuple[str, str, str]]:
        """Sender, receiver and text of each message that reached the short message centre, in their order."""
        found = []
        for file in sorted(self._folder.glob("fakesmsc.*.log")):
            for line in file.read_text("utf-8", "replace").splitlines():
                if ": <" in line and "Got message" in line:
                    sender, to, kind, text = line.partition(": <")[2].removesuffix(">").split(" ", 3)
                    if kind == "ucs-2":
                        text = unquote_to_bytes(text.replace("+", " ")).decode("utf-16-be")
                    found.append((sender, to, text))
        return found

    def _run(self, name: str, command: Sequence[str], port: str | None) -> None:
        self._written += 1
        log = self._folder / f"{name}.{self._written:02}.log"
        with log.open("wb") as out:
            self._running.append(
                subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            )
        end = time.monotonic() + LONGEST
        while not self._is_up(log, port):
            assert self._running[-1].poll() is None, log.read_text("utf-8", "replace")[-2000:]
            assert time.monotonic() < end, f"{name} did not start"
            time.sleep(0.05)

    def _is_up(self, log: Path, port: str | None) -> bool:
        if port is None:
            return "Connecting to" in log.read_text("utf-8", "replace")
        with contextlib.suppress(OSError):
            return str(self._ports[port]) in _listening()
        return False


def _listening() -> set[str]:
    """The ports that somebody listens on: asking by a connection would be taken for a short message centre."""
    told = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    return {str(int(line.split()[1].partition(":")[2], 16)) for line in told if line.split()[3] == "0A"}


@contextlib.contextmanager
def kannel(folder: Path) -> Iterator[Kannel]:
    """A Kannel that runs while the context lasts."""
    require()
    made = Kannel(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
