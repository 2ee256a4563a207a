"""The processes of a bench: started, listened to until they say where they are, and ended whatever happens."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import MburojaError
from bot.settings import Database, PostgresUrl, Settings

_STARTS = 90.0  # seconds
_ADDRESS = re.compile(r"http://[0-9.]+:\d+")


class BenchFailedError(MburojaError):
    """A process of the bench did not do its part."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A process that listens."""

    url: str
    pid: int

    def resident_mb(self) -> float:
        """Return what it holds in memory now (MB)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def server(settings: Settings, database: Database, more: Mapping[str, str]) -> Iterator[Peer]:
    """Run the real ``mburoja serve``, with ``more`` in its environment."""
    command = [sys.executable, "-m", "bot", "serve", "--port", "0"]
    with listening(command, {**more, **environment(settings, database)}) as peer:
        yield peer


def environment(settings: Settings, database: Database) -> dict[str, str]:
    """Return what tells a process where everything is: a server's address holds a password, which `ps` would show."""
    place = (
        {"MBUROJA_DATABASE_URL": database.url}
        if isinstance(database, PostgresUrl)
        else {"MBUROJA_DATABASE_URL": "", "MBUROJA_DATABASE": str(database)}
    )
    secret = {"MBUROJA_SECRET": settings.secret.decode()} if settings.secret else {}
    return {"MBUROJA_DATA": str(settings.data), "MBUROJA_CACHE": str(settings.cache), **place, **secret}


@contextlib.contextmanager
def listening(command: Sequence[str], more: Mapping[str, str]) -> Iterator[Peer]:
    """Run a process until the context ends."""
    process = subprocess.Popen(  # noqa: S603  our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **more}
    )
    try:
        yield Peer(url=_address(process), pid=process.pid)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address(process: "subprocess.Popen[str]") -> str:
    end = time.monotonic() + _STARTS
    while time.monotonic() < end:
        found = _ADDRESS.search(line_of(process))
        if found:
            return found[0]
    raise BenchFailedError("Serveri i matjes nuk tha se ku dëgjon.")


def line_of(process: "subprocess.Popen[str]") -> str:
    """Return the next line that a process says. Raises BenchFailedError where it has ended."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise BenchFailedError(f"Një proces i matjes mbaroi para kohe (kodi {process.wait()}).")
    return line


def start(command: Sequence[str], told: str = "", more: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start a process whose lines are read; ``told``, if anything, is the first line that it reads."""
    process = subprocess.Popen(  # noqa: S603  our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(more or {})}
    )
    if told:
        tell(process, told)
    return process


def tell(process: "subprocess.Popen[str]", line: str) -> None:
    """Give a process a line to read."""
    if process.stdin:
        process.stdin.write(line + "\n")
        process.stdin.flush()
