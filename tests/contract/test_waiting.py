"""Waiting on a store: for something to change, and giving it up; knows no engine."""

import asyncio
import time

import pytest

from bot.storage.store import Store, Tx
from tests.contract.works import add, begin, count, names

pytestmark = pytest.mark.asyncio


async def test_a_commit_wakes_everybody_who_waits(store: Store) -> None:
    waiting = [asyncio.create_task(store.changed(10)) for _ in range(3)]
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await store.transact(add("a"))
    assert await asyncio.gather(*waiting) == [True] * 3
    assert time.monotonic() - started < 1


async def test_a_commit_between_two_calls_is_not_missed(store: Store) -> None:
    await store.transact(add("a"))
    assert await store.changed(0.01)
    assert not await store.changed(0.01)
    await store.transact(add("b"))
    await asyncio.sleep(0.05)
    assert await store.changed(10)
    assert not await store.changed(0.01)


async def test_who_waits_beside_another_misses_nothing_because_of_it(store: Store) -> None:
    told: list[bool] = []
    go = asyncio.Event()

    async def slow() -> None:
        told.append(await store.changed(0.01))
        await go.wait()
        told.append(await store.changed(1))

    waiting = asyncio.create_task(slow())
    await asyncio.sleep(0.05)
    await store.transact(add("a"))
    assert await store.changed(1)
    go.set()
    await waiting
    assert told == [False, True]


async def test_where_nothing_was_written_nothing_changed(store: Store) -> None:
    await store.transact(count)
    await store.read(count)
    assert not await store.changed(0.05)


async def test_waiting_ends_in_time(store: Store) -> None:
    started = time.monotonic()
    assert not await store.changed(0.1)
    assert 0.05 < time.monotonic() - started < 2


async def test_who_is_cancelled_while_waiting_disturbs_nobody(store: Store) -> None:
    tasks = begin(store, lambda _: time.sleep(0.05), *(add(str(number)) for number in range(20)))
    await asyncio.sleep(0.01)
    for task in tasks[1::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[2::2] == [1] * 10
    assert all(isinstance(result, asyncio.CancelledError) for result in results[1::2])
    assert set(await store.read(names)) == set(map(str, range(1, 20, 2))), (
        "what was given up before it began is not done"
    )
    assert await store.transact(add("later")) == 1


async def test_who_is_cancelled_under_way_disturbs_nobody(store: Store) -> None:
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[int]] = []

    def work(tx: Tx) -> int:
        loop.call_soon_threadsafe(tasks[2].cancel)
        return tx.run("contract.add", name="a", value=1)

    tasks += begin(store, lambda _: time.sleep(0.02), add("before"), work, add("after"))
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert results[1::2] == [1, 1]
    assert isinstance(results[2], asyncio.CancelledError)
    assert {"before", "after"} <= set(await store.read(names))
