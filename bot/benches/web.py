"""Measures round trips over WebSocket, each durable, beside bare turns and a bare echo (``bench web``).

Three processes: the real ``mburoja serve``, a client with all its connections, and this one, which starts them. The
turns without a network are those of ``bench turns``, the echo is aiohttp with nothing behind it; all in the same run.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.benches.asking import questions_to_ask
from bot.benches.engines import Engine, engines, with_secret
from bot.benches.processes import Peer, line_of, listening, server, start
from bot.benches.taking import Figures
from bot.benches.turns import bare_turns
from bot.settings import PostgresUrl, Settings

CONNECTIONS = (50, 500)
IDLE = 5_000
# A bench says in a second what a person says in an hour, and all of it from one address.
LOOSE = {
    "MBUROJA_MESSAGES_PER_MINUTE": "1000000000",
    "MBUROJA_SESSIONS_PER_MINUTE": "1000000000",
    "MBUROJA_SESSIONS_PER_HOUR": "1000000000",
    "MBUROJA_SOCKETS_PER_ADDRESS": "1000000",
    "MBUROJA_WAITING_TURNS": "100000",
    "MBUROJA_LOG_LEVEL": "warning",
}


def bench_web(
    settings: Settings,
    questions: str | None,
    at_a_time: Sequence[int],
    seconds: float,
    idle: int,
    *,
    server: PostgresUrl | None,
    replicas: Sequence[int],
) -> Iterator[str]:
    """Yield the lines of the report, for each engine and number of connections at a time, then for idle ones.

    ``server``: where databases can be made to measure PostgreSQL too, with each number of ``replicas``.
    """
    asked = [question for question in questions_to_ask(settings, questions) if question[1]]
    settings = with_secret(settings)
    with tempfile.TemporaryDirectory(prefix="mburoja-bench-") as folder:
        file = Path(folder) / "questions.json"
        file.write_text(json.dumps(asked), encoding="utf-8")
        for engine in engines(Path(folder), server):
            yield from ["", engine.name, *engine.bare()] if server else []
            for count in at_a_time:
                yield ""
                yield f"{count} connections"
                yield from _measured(settings, engine, file, count, seconds)
            if engine.shared:
                for several in replicas:
                    yield ""
                    yield f"{max(at_a_time)} connections over {several} replicas"
                    yield from _over(settings, engine, several, file, max(at_a_time), seconds)
        if idle:
            yield ""
            yield from _idle(settings, Path(folder), file, idle)


def _measured(settings: Settings, engine: Engine, questions: Path, count: int, seconds: float) -> Iterator[str]:
    with _echo() as peer:
        yield _figures(_client("echo", peer.url, count, seconds, questions)).line("  bare echo, round trips")
    with engine.database() as database:
        bare = bare_turns(settings, database, count, json.loads(questions.read_text("utf-8")), seconds)
    with engine.database() as database, server(settings, database, LOOSE) as peer:
        for kind in ("choice", "question"):
            web = _figures(_client(kind, peer.url, count, seconds, questions))
            yield bare[kind].line(f"  {kind} turns, no network")
            yield web.line(f"  {kind} turns over the web") + f"   {web.rate / bare[kind].rate:.2f} of that"


def _over(
    settings: Settings, engine: Engine, replicas: int, questions: Path, count: int, seconds: float
) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(engine.database())
        # One after another: the first makes the tables.
        peers = [stack.enter_context(server(settings, database, LOOSE)) for _ in range(replicas)]
        urls = ",".join(peer.url for peer in peers)
        for kind in ("choice", "question"):
            yield _figures(_client(kind, urls, count, seconds, questions)).line(f"  {kind} turns over the web")


def _idle(settings: Settings, folder: Path, questions: Path, count: int) -> Iterator[str]:
    with server(settings, folder / "idle.db", LOOSE) as peer:
        before = peer.resident_mb()
        client = _start_client("idle", peer.url, count, 0, questions)
        try:
            opened = json.loads(line_of(client))
            held = peer.resident_mb()
            yield f"{opened['connections']} idle connections: {held:.0f} MB resident ({before:.0f} MB before)"
        finally:
            client.kill()
            client.communicate()


@contextlib.contextmanager
def _echo() -> Iterator[Peer]:
    with listening([sys.executable, "-m", "bot.benches.web_client", "serve-echo"], {}) as peer:
        yield peer


def _start_client(kind: str, url: str, count: int, seconds: float, questions: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bot.benches.web_client", kind, url, str(count), str(seconds), str(questions)]
    return start(command)


def _client(kind: str, url: str, count: int, seconds: float, questions: Path) -> Any:
    client = _start_client(kind, url, count, seconds, questions)
    try:
        return json.loads(line_of(client))
    finally:
        client.communicate()


def _figures(told: Any) -> Figures:
    return Figures(rate=told["rate"], times=told["times"])
