"""Measures turns of several processes on one PostgreSQL at a time (part of ``bench turns``).

``python -m bot.benches.replicas NAME CLIENTS SECONDS QUESTIONS`` is one replica: it says that it is ready, begins when
it is given a line, and prints its figures as a line of JSON. The database is the environment's.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.app import open_office
from bot.benches.asking import Question
from bot.benches.engines import Engine
from bot.benches.processes import environment, line_of, start, tell
from bot.benches.taking import Bench, Figures, run
from bot.settings import Settings, read_settings

REPLICAS = (1, 2, 3)
_READY = "ready"


def measured(
    settings: Settings, engine: Engine, questions: Path, counts: Sequence[int], clients: int, seconds: float
) -> Iterator[str]:
    """Yield a line for each number of replicas, with so many conversations at a time in all."""
    yield ""
    yield f"{clients} conversations at a time, over replicas"
    for count in counts:
        with engine.database() as database:
            command = [sys.executable, "-m", "bot.benches.replicas"]
            rest = [str(clients // count), str(seconds), str(questions)]
            told = environment(settings, database)
            replicas = [start([*command, f"r{number}-", *rest], more=told) for number in range(count)]
            try:
                for replica in replicas:
                    line_of(replica)
                for kind in ("choice", "question"):
                    for replica in replicas:
                        tell(replica, kind)
                    figures = [json.loads(line_of(replica)) for replica in replicas]
                    yield Figures(
                        rate=sum(each["rate"] for each in figures),
                        times=[one for each in figures for one in each["times"]],
                    ).line(f"  {kind} turns, {count} replicas" if count > 1 else f"  {kind} turns, 1 replica")
            finally:
                for replica in replicas:
                    replica.kill()
                    replica.communicate()


async def main(name: str, clients: int, seconds: float, asked: Sequence[Question]) -> None:
    """Be one replica."""
    async with open_office(read_settings()) as office:
        bench = Bench(office, asked, name)
        print(_READY, flush=True)
        for client in (bench.choose, bench.ask):
            await asyncio.to_thread(sys.stdin.readline)
            figures = await run(client, clients, seconds)
            print(json.dumps({"rate": figures.rate, "times": list(figures.times)}), flush=True)


if __name__ == "__main__":
    asked_of = [(text, company) for text, company in json.loads(Path(sys.argv[4]).read_text("utf-8"))]
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), asked_of))
