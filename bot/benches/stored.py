"""Measures turns on a database that holds much beside an empty one, on each engine (``bench stored``)."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bot.app import Office, open_office
from bot.benches.asking import Question, questions_to_ask
from bot.benches.engines import Engine, engines, with_secret
from bot.benches.taking import Bench, run
from bot.clock import SECOND
from bot.services import conversations
from bot.settings import Database, PostgresUrl, Settings
from bot.storage.store import Tx

MESSAGES = 1_000_000
_OF_ONE = 50  # messages of one stored conversation
_BATCH = 2_000
_CLIENTS = 20
_ROUNDS = 5
_CHANNEL = "stored"
_WORDS = b"[" + b" " * 300 + b"]"


def bench_stored(settings: Settings, messages: int, seconds: float, *, server: PostgresUrl | None) -> Iterator[str]:
    """Yield the lines of the report: turns on an empty database and on one with so many messages, in turn."""
    asked = [question for question in questions_to_ask(settings, None) if question[1]]
    settings = with_secret(settings)
    with tempfile.TemporaryDirectory(prefix="mburoja-bench-") as folder:
        for engine in engines(Path(folder), server):
            yield from ["", engine.name] if server else []
            yield from _compared(settings, engine, asked, messages, seconds)


def _compared(
    settings: Settings, engine: Engine, asked: list[Question], messages: int, seconds: float
) -> Iterator[str]:
    with engine.database() as empty, engine.database() as full:
        begun = time.perf_counter()
        asyncio.run(_fill(settings, full, messages))
        yield f"{messages} messages written in {time.perf_counter() - begun:.0f} s"
        yield from asyncio.run(_in_turn(settings, empty, full, asked, seconds))


async def _in_turn(
    settings: Settings, empty: Database, full: Database, asked: list[Question], seconds: float
) -> list[str]:
    """Measure one and the other, over and over: what else the machine does then weighs on both."""
    async with open_office(settings, empty) as one, open_office(settings, full) as other:
        lines = []
        for kind in ("choice", "question", "reading back"):
            times: dict[str, list[float]] = {"empty": [], "full": []}
            for turn in range(_ROUNDS):
                for name, office in (("empty", one), ("full", other)):
                    bench = Bench(office, asked, f"{turn}-")
                    client = {"choice": bench.choose, "question": bench.ask, "reading back": bench.read_back}[kind]
                    times[name] += (await run(client, _CLIENTS, seconds / _ROUNDS)).times
            ratio = statistics.median(times["full"]) / statistics.median(times["empty"])
            lines.append(
                f"{kind:<14} empty p50 {statistics.median(times['empty']) * 1e3:7.2f} ms   "
                f"full p50 {statistics.median(times['full']) * 1e3:7.2f} ms   {ratio:.2f} of that"
            )
        return lines


async def _fill(settings: Settings, database: Database, messages: int) -> None:
    async with open_office(settings, database) as office:
        for first in range(0, messages, _BATCH):
            count = min(_BATCH, messages - first)
            await office.store.transact(partial(_write, office=office, first=first, count=count))


def _write(tx: Tx, office: Office, first: int, count: int) -> None:
    """Write messages as turns do: whole conversations, each a second older than the one before."""
    desk, now = office.desk, office.clock.now()
    for number in range(first // _OF_ONE, (first + count) // _OF_ONE):
        at = now - number * SECOND
        held = conversations.take(tx, desk, at, _CHANNEL, str(number))
        for seq in range(1, _OF_ONE + 1):
            sender = conversations.YOU if seq % 2 else conversations.BOT
            conversations.add(tx, desk, at, held.id, seq, sender, _WORDS)
            if seq % 2:
                conversations.note_taken(tx, at, held.id, f"m{seq}", (seq, seq + 1))
        conversations.keep(tx, desk, at, held, last_seq=_OF_ONE, state="open", form=_WORDS, company=None, proven=False)
