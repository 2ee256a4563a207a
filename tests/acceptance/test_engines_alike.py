"""Both engines hold the same after the same turns: seeded ids, everything sealed opened, table by table."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from bot.knowledge.compiled import Knowledge
from bot.knowledge.compiling import open_knowledge
from bot.settings import Settings
from tests.tools.alike import Held, differences
from tests.tools.engines import Engine, Postgres, under_test
from tests.tools.story import Story

FEW, MANY, SEED = 300, 10_000, 7
LOOKS = 4  # times that they are compared on the way
FILLED = ("conversations", "messages", "challenges", "proofs", "consents", "receipts", "requests", "request_events",
          "notices", "escalations", "events", "jobs", "audit", "counters", "leases")  # fmt: skip

FILLED_LATER = ("suppressions", "answer_files", "kept_parts", "webhooks")


@pytest.fixture(scope="module")
def knowledge(settings: Settings) -> Knowledge:
    return open_knowledge(settings.data, settings.cache, lambda: None)


async def side_by_side(folder: Path, knowledge: Knowledge, turns: int) -> Held:
    """Tell the same story on both; fails where they differ on the way, naming tables, keys and columns only."""
    async with contextlib.AsyncExitStack() as stack:
        stories: dict[Engine, Story] = {}
        for engine in Engine:
            with under_test(engine):
                stories[engine] = Story(folder / f"{engine}.db", knowledge, SEED)
                stack.push_async_callback(stories[engine].store.close)
                await stories[engine].begin()
        for _ in range(LOOKS):
            holds: dict[Engine, Held] = {}
            for engine, story in stories.items():
                with under_test(engine):
                    await story.tell(turns // LOOKS)
                    holds[engine] = story.holds()
            found = differences(holds[Engine.SQLITE], holds[Engine.POSTGRES])
            assert found == [], f"{len(found)} differences:\n" + "\n".join(found[:40])
        assert stories[Engine.SQLITE].done == stories[Engine.POSTGRES].done
        assert stories[Engine.SQLITE].done["turn"] == turns
    return holds[Engine.SQLITE]


def compared(folder: Path, knowledge: Knowledge, turns: int) -> Held:
    return asyncio.run(side_by_side(folder, knowledge, turns))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge, postgres_databases: Postgres) -> Held:
    with postgres_databases.for_one_test():
        return compared(tmp_path_factory.mktemp("alike"), knowledge, FEW)


def test_both_engines_hold_the_same_after_the_same_turns(few: Held) -> None:
    assert [table for table in FILLED if not few[table]] == []


@pytest.mark.thorough
def test_both_engines_hold_the_same_after_ten_thousand_turns(
    tmp_path: Path, knowledge: Knowledge, postgres_databases: Postgres
) -> None:
    with postgres_databases.for_one_test():
        holds = compared(tmp_path, knowledge, int(os.environ.get("MBUROJA_ALIKE_TURNS", MANY)))
    assert [table for table in (*FILLED, *FILLED_LATER) if not holds[table]] == []


def test_what_differs_is_told_without_what_it_says(few: Held) -> None:  # R46
    changed = {table: dict(rows) for table, rows in few.items()}
    key = next(iter(changed["messages"]))
    changed["messages"][key] = {**changed["messages"][key], "body_sealed": b"Filan Fisteku, 044 000 101"}
    gone = next(iter(changed["audit"]))
    del changed["audit"][gone]
    number = next(iter(changed["counters"]))
    changed["counters"][number] = {**changed["counters"][number], "value": str(few["counters"][number]["value"])}
    assert differences(few, changed) == sorted(
        [
            f"audit {gone[0]}: only in the first",
            f"counters {number[0]}: value",
            f"messages {key[0]}/{key[1]}: body_sealed",
        ]
    )
    assert differences(few, few) == []
