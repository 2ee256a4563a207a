"""Waiting on a store: for something to change, and giving it up; knows no engine."""

import asyncio
import threading
import time

import pytest

from bot.storage.store import Store, Tx
from tests.contract.conftest import Engine
from tests.contract.works import add, begin, count, names
from tests.tools.races import LONGEST

pytestmark = pytest.mark.asyncio


async def test_a_commit_wakes_everybody_who_waits(store: Store) -> None:
    waiting = [asyncio.create_task(store.changed(3 * LONGEST)) for _ in range(3)]
    await asyncio.sleep(0)  # each waits
    await store.transact(add("a"))
    assert await asyncio.wait_for(asyncio.gather(*waiting), LONGEST) == [True] * 3


async def test_a_commit_between_two_calls_is_not_missed(store: Store) -> None:
    await store.transact(add("a"))
    assert await store.changed(0.01)
    assert not await store.changed(0.01)
    await store.transact(add("b"))
    assert await store.changed(LONGEST)
    assert not await store.changed(0.01)


async def test_who_waits_beside_another_misses_nothing_because_of_it(store: Store) -> None:
    told: list[bool] = []
    looked, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        told.append(await store.changed(0.01))
        looked.set()
        await go.wait()
        told.append(await store.changed(0.01))

    waiting = asyncio.create_task(slow())
    await looked.wait()
    await store.transact(add("a"))
    assert await store.changed(LONGEST)
    go.set()
    await waiting
    assert told == [False, True]


async def test_where_nothing_was_written_nothing_changed(store: Store) -> None:
    await store.transact(count)
    await store.transact(lambda tx: tx.run("contract.raise_all"))
    await store.read(count)
    assert not await store.changed(0.05)


async def test_of_what_was_undone_nobody_is_told(store: Store) -> None:
    def fails(tx: Tx) -> None:
        tx.run("contract.add", name="a", value=1)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await store.transact(fails)
    assert not await store.changed(0.05)


async def test_what_a_statement_wrote_on_its_way_to_an_answer_is_told(store: Store) -> None:
    await store.transact(lambda tx: tx.first("contract.raise", name="a"))
    assert await store.changed(0.01)


async def test_waiting_ends_in_time(store: Store) -> None:
    started = time.monotonic()
    assert not await store.changed(0.1)
    assert 0.05 < time.monotonic() - started < LONGEST


async def test_who_is_cancelled_while_waiting_disturbs_nobody_and_is_not_done(store: Store, engine: Engine) -> None:
    go, held = threading.Event(), threading.Semaphore(0)

    def holds(_: Tx) -> None:
        held.release()
        assert go.wait(LONGEST)

    holding = begin(store, *[holds] * engine.at_once)
    for _ in holding:
        assert await asyncio.to_thread(held.acquire, timeout=LONGEST)
    tasks = begin(store, *(add(str(number)) for number in range(20)))
    await asyncio.sleep(0)
    assert store.waiting == 20
    for task in tasks[::2]:
        task.cancel()
    given_up = await asyncio.gather(*tasks[::2], return_exceptions=True)
    assert {type(result) for result in given_up} == {asyncio.CancelledError}
    go.set()
    await asyncio.gather(*holding)
    assert await asyncio.gather(*tasks[1::2]) == [1] * 10
    assert set(await store.read(names)) == set(map(str, range(1, 20, 2)))
    assert await store.transact(add("later")) == 1
    assert store.waiting == 0


async def test_who_is_cancelled_under_way_disturbs_nobody(store: Store) -> None:
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[int]] = []

    def work(tx: Tx) -> int:
        loop.call_soon_threadsafe(tasks[2].cancel)
        return tx.run("contract.add", name="a", value=1)

    tasks += begin(store, lambda _: time.sleep(0.02), add("before"), work, add("after"))
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), LONGEST)
    assert results[1::2] == [1, 1]
    assert isinstance(results[2], asyncio.CancelledError)
    assert {"before", "after"} <= set(await store.read(names))
