"""Many works at once on one database, by one process or by several; knows no service.

No order hangs on how quick the machine is: who shall come first holds what it has until the other was seen waiting.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from bot.storage.postgres import store as postgres_store
from bot.storage.postgres.connection import WRITING
from bot.storage.store import Store, Tx
from tests.tools.engines import is_postgres, looking, open_store
from tests.tools.twice import Rehearsal

T = TypeVar("T")

LONGEST = 30.0  # seconds that whatever must happen may take; it costs nothing where it is quick
_ON_A_FILE = 0.1  # seconds: a file has one writer, and who comes later waits for it however late that is
_WAITS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'
"""


def all_at_once(place: Path, works: Sequence[Callable[[Tx], T]], stores: int = 1) -> list[T]:
    """Run works on a database, by turns on several stores of it as of several replicas; returns what each returned."""

    async def run() -> list[T]:
        opened = [open_store(place) for _ in range(stores)]
        try:
            begun = [opened[number % stores].transact(work) for number, work in enumerate(works)]
            return list(await asyncio.gather(*begun))
        finally:
            for store in opened:
                await store.close()

    return asyncio.run(run())


def overlapping(place: Path, first: Callable[[Tx], object], second: Callable[[Tx], T]) -> T:
    """Begin a second work, on another store, while a first one has done all of its own but is not committed yet.

    Returns what the second returned, which is begun before the first ends, and ends after it where it must.
    """

    async def run() -> T:
        one, other = _patient(place), _patient(place)
        try:
            async with uncommitted(one, first) as under_way:
                later = asyncio.ensure_future(other.transact(second))
                await comes_to_wait(place, later)
            told = await later
            await under_way
            return told
        finally:
            await one.close()
            await other.close()

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def uncommitted(store: Store, work: Callable[[Tx], T]) -> AsyncIterator[asyncio.Future[T]]:
    """While the context lasts, a work has done all of its own and is not committed; gives what it will return."""
    holds, go_on = threading.Event(), threading.Event()

    def held(tx: Tx) -> T:
        try:
            return work(tx)
        finally:
            if not isinstance(tx, Rehearsal):  # what is undone holds nothing up
                holds.set()
                go_on.wait(LONGEST)

    under_way = asyncio.ensure_future(store.transact(held))
    try:
        assert await asyncio.to_thread(holds.wait, LONGEST), "it never came to its end"
        yield under_way
    finally:
        go_on.set()
        await asyncio.wait([under_way])


async def comes_to_wait(place: Path, other: asyncio.Future[T]) -> None:
    """Return once somebody waits for another's lock, or what was begun is over without waiting."""
    if not is_postgres():
        await asyncio.wait([other], timeout=_ON_A_FILE)
        return
    until = time.monotonic() + LONGEST
    with looking(place) as tables:
        while not other.done() and not tables.query(_WAITS):
            assert time.monotonic() < until, "it neither waits nor ends"
            await asyncio.sleep(0.002)


def afterwards(place: Path, look: Callable[[Tx], T]) -> T:
    """Look into a database by a transaction of its own."""
    return all_at_once(place, [look])[0]


def _patient(place: Path) -> Store:
    """A store whose transactions the server does not end where this process stands still: then others came first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_store, "WRITING", replace(WRITING, idle=60_000))
        return open_store(place)
