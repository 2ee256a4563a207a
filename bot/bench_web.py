"""Measures round trips over WebSocket, each durable, beside bare turns and a bare echo (``bench web``).

Three processes: the real ``mburoja serve``, a client with all its connections, and this one, which starts them. The
turns without a network are those of ``bench turns``, the echo is aiohttp with nothing behind it; all in the same run.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.bench import questions_to_ask
from bot.bench_turns import Figures, bare_turns
from bot.errors import MburojaError
from bot.settings import Settings

CONNECTIONS = (50, 500)
IDLE = 5_000
_STARTS = 90.0  # seconds
_ADDRESS = re.compile(r"http://[0-9.]+:\d+")
# A bench says in a second what a person says in an hour, and all of it from one address.
_LOOSE = {
    "MBUROJA_MESSAGES_PER_MINUTE": "1000000000",
    "MBUROJA_SESSIONS_PER_MINUTE": "1000000000",
    "MBUROJA_SESSIONS_PER_HOUR": "1000000000",
    "MBUROJA_SOCKETS_PER_ADDRESS": "1000000",
    "MBUROJA_WAITING_TURNS": "100000",
    "MBUROJA_LOG_LEVEL": "warning",
}


class BenchFailedError(MburojaError):
    """A process of the bench did not do its part."""


@dataclass(frozen=True, kw_only=True)
class _Peer:
    """A process that listens."""

    url: str
    pid: int

    def resident_mb(self) -> float:
        """Return what it holds in memory now (MB)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def bench_web(
    settings: Settings, questions: str | None, at_a_time: Sequence[int], seconds: float, idle: int
) -> Iterator[str]:
    """Yield the lines of the report, for each number of connections at a time, then for idle ones."""
    asked = [question for question in questions_to_ask(settings, questions) if question[1]]
    with tempfile.TemporaryDirectory(prefix="mburoja-bench-") as folder:
        file = Path(folder) / "questions.json"
        file.write_text(json.dumps(asked), encoding="utf-8")
        for count in at_a_time:
            yield ""
            yield f"{count} connections"
            yield from _measured(settings, Path(folder), file, count, seconds)
        if idle:
            yield ""
            yield from _idle(settings, Path(folder), file, idle)


def _measured(settings: Settings, folder: Path, questions: Path, count: int, seconds: float) -> Iterator[str]:
    with _echo() as peer:
        yield _figures(_client("echo", peer.url, count, seconds, questions)).line("  bare echo, round trips")
    bare = bare_turns(settings, folder / f"bare-{count}.db", count, json.loads(questions.read_text("utf-8")), seconds)
    with _server(settings, folder / f"web-{count}.db") as peer:
        for kind in ("choice", "question"):
            web = _figures(_client(kind, peer.url, count, seconds, questions))
            yield bare[kind].line(f"  {kind} turns, no network")
            yield web.line(f"  {kind} turns over the web") + f"   {web.rate / bare[kind].rate:.2f} of that"


def _idle(settings: Settings, folder: Path, questions: Path, count: int) -> Iterator[str]:
    with _server(settings, folder / "idle.db") as peer:
        before = peer.resident_mb()
        client = _start_client("idle", peer.url, count, 0, questions)
        try:
            opened = json.loads(_line_of(client))
            held = peer.resident_mb()
            yield f"{opened['connections']} idle connections: {held:.0f} MB resident ({before:.0f} MB before)"
        finally:
            client.kill()
            client.communicate()


# ---- processes ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _server(settings: Settings, database: Path) -> Iterator[_Peer]:
    command = [sys.executable, "-m", "bot", "serve", "--db", str(database), "--port", "0"]
    places = {"MBUROJA_DATA": str(settings.data), "MBUROJA_CACHE": str(settings.cache)}
    with _listening(command, {**_LOOSE, **places}) as peer:
        yield peer


@contextlib.contextmanager
def _echo() -> Iterator[_Peer]:
    with _listening([sys.executable, "-m", "bot.bench_web_client", "serve-echo"], {}) as peer:
        yield peer


@contextlib.contextmanager
def _listening(command: Sequence[str], more: dict[str, str]) -> Iterator[_Peer]:
    process = subprocess.Popen(  # noqa: S603  our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **more}
    )
    try:
        yield _Peer(url=_address(process), pid=process.pid)
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
        found = _ADDRESS.search(_line_of(process))
        if found:
            return found[0]
    raise BenchFailedError("Serveri i matjes nuk tha se ku dëgjon.")


def _line_of(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise BenchFailedError(f"Një proces i matjes mbaroi para kohe (kodi {process.wait()}).")
    return line


def _start_client(kind: str, url: str, count: int, seconds: float, questions: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bot.bench_web_client", kind, url, str(count), str(seconds), str(questions)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _client(kind: str, url: str, count: int, seconds: float, questions: Path) -> Any:
    client = _start_client(kind, url, count, seconds, questions)
    try:
        return json.loads(_line_of(client))
    finally:
        client.communicate()


def _figures(told: Any) -> Figures:
    return Figures(rate=told["rate"], times=told["times"])
