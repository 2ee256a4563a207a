"""Measures durable turns a second, beside a bare insert-and-commit loop and bare understanding (``bench turns``)."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bot.app import open_office
from bot.benches import replicas as replicas_of
from bot.benches.asking import Question, questions_to_ask
from bot.benches.engines import engines, with_secret
from bot.benches.taking import Bench, Figures, run
from bot.settings import Database, PostgresUrl, Settings

CLIENTS = (1, 10, 100, 500)


def bench_turns(
    settings: Settings,
    questions: str | None,
    at_a_time: Sequence[int],
    seconds: float,
    *,
    server: PostgresUrl | None,
    replicas: Sequence[int],
) -> Iterator[str]:
    """Yield the lines of the report, for each engine and number of conversations at a time, then for replicas.

    ``questions`` is a file as for ``ask --batch``, or None for our own phrases; a measurement takes ``seconds``.
    ``server``: where databases can be made to measure PostgreSQL too.
    """
    asked = [question for question in questions_to_ask(settings, questions) if question[1]]
    settings = with_secret(settings)
    with tempfile.TemporaryDirectory(prefix="mburoja-bench-") as folder:
        for engine in engines(Path(folder), server):
            yield from ["", engine.name] if server else []
            yield from engine.bare()
            for clients in at_a_time:
                with engine.database() as database:
                    yield from asyncio.run(_measured(settings, database, clients, asked, seconds))
            if engine.shared and replicas:
                file = Path(folder) / "questions.json"
                file.write_text(json.dumps(asked), encoding="utf-8")
                yield from replicas_of.measured(settings, engine, file, replicas, max(at_a_time), seconds)


def bare_turns(
    settings: Settings, database: Database, clients: int, asked: Sequence[Question], seconds: float
) -> dict[str, Figures]:
    """Return the figures of choice and question turns with so many conversations at a time, for other benches."""

    async def measure() -> dict[str, Figures]:
        async with open_office(settings, database) as opened:
            bench = Bench(opened, asked)
            return {
                "choice": await run(bench.choose, clients, seconds),
                "question": await run(bench.ask, clients, seconds),
            }

    return asyncio.run(measure())


async def _measured(
    settings: Settings, database: Database, clients: int, asked: Sequence[Question], seconds: float
) -> list[str]:
    async with open_office(settings, database) as opened:
        # All the bench's codes belong to one company, within one hour.
        limits = replace(opened.desk.limits, company_hour=10**9)
        bench = Bench(replace(opened, desk=replace(opened.desk, limits=limits)), asked)
        choices = await run(bench.choose, clients, seconds)
        understood = bench.bare_understanding()
        questions = await run(bench.ask, clients, seconds)
        codes = await bench.codes(clients)
    more = 1 / questions.rate - understood
    return [
        "",
        f"{clients} conversations at a time",
        choices.line("  choice turns"),
        questions.line("  question turns"),
        f"  bare understanding         {1 / understood:8.0f}/s   mean {understood * 1e3:7.3f} ms;"
        f" a question turn costs {1e3 / questions.rate:.3f} ms, {1e3 * more:+.3f} ms",
        codes.line("  code-verify turns"),
    ]
