"""What every engine must do (``bot/storage/store.py``); knows no engine."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from bot.errors import StoreUnavailableError
from bot.storage.statements import StatementError
from bot.storage.store import Store, Tx
from tests.contract.conftest import Engine
from tests.contract.works import add, begin, count, names, together
from tests.tools.races import LONGEST

pytestmark = pytest.mark.asyncio


async def test_what_was_done_is_there_afterwards(store: Store) -> None:
    assert await store.transact(add("a", 3)) == 1
    row = await store.read(lambda tx: tx.first("contract.read", name="a"))
    assert row is not None
    assert (row["name"], row["value"]) == ("a", 3)
    assert await store.read(lambda tx: tx.first("contract.read", name="b")) is None


async def test_a_work_gets_its_own_result(store: Store) -> None:
    async def echo(number: int) -> object:
        return await store.transact(lambda _: number)

    assert await asyncio.gather(*map(echo, range(200))) == list(range(200))


async def test_run_tells_how_many_rows_it_changed(store: Store) -> None:
    for name in "abc":
        await store.transact(add(name))
    assert await store.transact(lambda tx: tx.run("contract.raise_all")) == 3
    assert await store.transact(lambda tx: tx.run("contract.raise", name="a")) == 1


async def test_first_of_several_rows_is_the_first_and_the_commit_is_not_held_up(store: Store) -> None:
    for value, name in enumerate("abc"):
        await store.transact(add(name, value))

    def work(tx: Tx) -> str:
        row = tx.first("contract.read_all")
        assert row is not None
        tx.run("contract.raise_all")
        return str(row["name"])

    assert await store.transact(work) == "a"


async def test_one_caller_sees_what_it_did_before(store: Store) -> None:
    for number in range(20):
        await store.transact(add(f"{number:02}"))
        assert await store.read(count) == number + 1


async def test_an_error_undoes_all_of_its_own_work(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.run("contract.add", name="a", value=1)
        tx.run("contract.add", name="b", value=1)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await store.transact(work)
    assert await store.read(count) == 0


async def test_an_error_of_the_database_comes_back_and_undoes_its_own_work(store: Store, engine: Engine) -> None:
    await store.transact(add("a"))

    def work(tx: Tx) -> None:
        tx.run("contract.add", name="b", value=1)
        tx.run("contract.add", name="a", value=1)

    with pytest.raises(engine.duplicate):
        await store.transact(work)
    assert await store.read(names) == ["a"]


@pytest.mark.parametrize("more", [[], ["b"]], ids=["ends", "goes on"])
async def test_a_work_that_swallows_an_error_of_the_database_keeps_nothing_and_is_told(
    store: Store, engine: Engine, more: list[str]
) -> None:
    def work(tx: Tx) -> str:
        tx.run("contract.add", name="a", value=1)
        with contextlib.suppress(engine.duplicate):
            tx.run("contract.add", name="a", value=2)
        for name in more:
            with contextlib.suppress(engine.duplicate):  # PostgreSQL says the same again
                tx.run("contract.add", name=name, value=1)
        return "done"

    results = await together(store, add("before"), work, add("after"))
    assert [type(result) for result in results] == [int, engine.duplicate, int]
    assert await store.read(names) == ["after", "before"]


async def test_two_works_that_wait_for_each_other_are_both_done_once(store: Store) -> None:
    met = threading.Barrier(2)

    def work(first: str, second: str, tx: Tx) -> None:
        tx.first("contract.raise", name=first)
        with contextlib.suppress(threading.BrokenBarrierError):  # it is alone: the other's turn comes later
            met.wait(0.5)
        tx.first("contract.raise", name=second)

    await asyncio.gather(*(store.transact(partial(work, *names)) for names in (("a", "b"), ("b", "a"))))
    rows = await store.read(lambda tx: tx.all("contract.read_all"))
    assert [(row["name"], row["value"]) for row in rows] == [("a", 2), ("b", 2)]


async def test_a_failing_neighbour_changes_nothing_for_the_others(store: Store, engine: Engine) -> None:
    def fails(tx: Tx) -> None:
        tx.run("contract.add", name="gone", value=1)
        raise LookupError("mine alone")

    await store.transact(add("a", 1))
    results = await together(store, fails, add("b", 2), add("a", 9), add("c", 3), fails)
    assert [results[i] for i in (1, 3)] == [1, 1]
    assert [type(results[i]) for i in (0, 2, 4)] == [LookupError, engine.duplicate, LookupError]
    assert await store.read(names) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("error", "told"), [(StopIteration, RuntimeError), (KeyboardInterrupt, KeyboardInterrupt), (SystemExit, SystemExit)]
)
async def test_no_error_however_odd_leaves_a_caller_waiting(
    store: Store, error: type[BaseException], told: type[BaseException]
) -> None:
    def fails(tx: Tx) -> None:
        tx.run("contract.add", name="gone", value=1)
        raise error

    caught: list[BaseException] = []

    async def careful(turn: Coroutine[Any, Any, None]) -> None:
        try:
            await turn
        except BaseException as its:
            caught.append(its)

    await asyncio.wait_for(careful(store.transact(fails)), LONGEST)
    assert [type(its) for its in caught] == [told]
    await store.transact(add("a"))
    assert await store.read(names) == ["a"]


async def test_five_hundred_at_once_lose_nothing_and_do_nothing_twice(store: Store) -> None:

    def work(tx: Tx) -> int:
        row = tx.first("contract.raise", name="all")
        assert row is not None
        return int(row["value"])

    assert sorted(await asyncio.gather(*(store.transact(work) for _ in range(500)))) == list(range(1, 501))


async def test_a_read_never_sees_half_of_a_work(store: Store) -> None:
    begun = threading.Event()

    def work(tx: Tx) -> None:
        tx.run("contract.add", name="a", value=1)
        begun.set()
        time.sleep(0.05)
        tx.run("contract.add", name="b", value=1)

    writing = asyncio.create_task(store.transact(work))
    assert await asyncio.to_thread(begun.wait, LONGEST)
    seen = set()
    while not writing.done():
        seen.add(await store.read(count))
    await writing
    assert seen <= {0, 2}
    assert await store.read(count) == 2


async def test_a_read_sees_one_state_from_its_beginning_to_its_end(store: Store) -> None:
    begun = threading.Event()

    def work(tx: Tx) -> tuple[int, int]:
        before = count(tx)
        begun.set()
        time.sleep(0.1)
        return before, count(tx)

    reading = asyncio.create_task(store.read(work))
    assert await asyncio.to_thread(begun.wait, LONGEST)
    await store.transact(add("a"))
    assert await reading == (0, 0)
    assert await store.read(work) == (1, 1)


async def test_a_read_cannot_write(store: Store, engine: Engine) -> None:
    with pytest.raises(engine.write_refused):
        await store.read(add("a"))
    assert await store.read(count) == 0
    await store.transact(add("b"))
    assert await store.read(names) == ["b"]


async def test_an_error_in_a_read_comes_back(store: Store) -> None:
    def fails(tx: Tx) -> None:
        raise LookupError(count(tx))

    with pytest.raises(LookupError, match="0"):
        await store.read(fails)
    assert await asyncio.gather(*(store.read(count) for _ in range(50))) == [0] * 50


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(store: Store) -> None:
    tasks = begin(store, lambda _: time.sleep(0.02), *(add(str(number)) for number in range(100)))
    reading = asyncio.create_task(store.read(count))
    await asyncio.sleep(0)
    await asyncio.gather(store.close(), store.close())
    await store.close()
    assert (await asyncio.gather(*tasks))[1:] == [1] * 100
    assert await reading in range(101)
    for use in (store.transact, store.read):
        with pytest.raises(StoreUnavailableError):
            await use(count)


async def test_what_no_engine_keeps_is_taken_out_of_texts(store: Store) -> None:
    given = {"nul": "a\0b", "lone": "a\ud83db", "both": "\udc00\0ë", "whole": "Çdo ë, një 🛡"}
    for name, text in given.items():
        await store.transact(lambda tx, name=name, text=text: tx.run("contract.keep", name=name, holder=text))  # type: ignore[misc]

    def kept(tx: Tx) -> dict[str, str]:
        rows = {name: tx.first("contract.kept", name=name) for name in given}
        return {name: row["holder"] for name, row in rows.items() if row is not None}

    expected = {"nul": "ab", "lone": "a\ufffdb", "both": "\ufffdë", "whole": "Çdo ë, një 🛡"}
    assert await store.read(kept) == expected


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (lambda tx: tx.run("contract.nothing"), "contract.nothing"),
        (lambda tx: tx.run("contract.add", name="a"), "misses :value"),
        (lambda tx: tx.run("contract.add", name="a", value=1, extra=1), "has no :extra"),
        (lambda tx: tx.run("contract.add", name="a", valeu=1), "misses :value, has no :valeu"),
    ],
)
async def test_a_statement_used_wrongly_says_so(store: Store, work: Callable[[Tx], int], told: str) -> None:
    with pytest.raises(StatementError, match=told):
        await store.transact(work)
    assert await store.read(count) == 0
