"""Chores: done by one process at a time, or by each for itself; told once they are committed, and done at the end."""

import asyncio
import threading
from dataclasses import replace

import pytest

from bot.clock import SECOND
from bot.delivery.house import Chore
from bot.delivery.house import House as Keeper
from bot.storage.store import Tx
from tests.delivery.working import House, until
from tests.tools.twice import Rehearsal

pytestmark = pytest.mark.asyncio


class Counting:
    """A chore that has ``left`` to do, one each time."""

    def __init__(self, left: int = 2, *, alone: bool) -> None:
        self.left, self.done, self.kept, self.fails = left, 0, 0, False
        self.chore = Chore(name="c", seconds=60.0, work=self.work, kept=self.keep, alone=alone)

    def work(self, tx: Tx, _now: int) -> int:
        if self.fails:
            raise ValueError
        if isinstance(tx, Rehearsal):
            return int(self.left > 0)
        self.done += self.left > 0
        self.left, did = max(0, self.left - 1), int(self.left > 0)
        return did

    def keep(self) -> None:
        self.kept += 1


def keeper(house: House, counting: Counting) -> Keeper:
    return Keeper(house.store, house.desk, house.clock, house.heads, (counting.chore,))


async def test_a_chore_is_done_until_nothing_is_left_and_told_after_each_commit(house: House) -> None:
    counting = Counting(alone=True)
    await keeper(house, counting).do_chores()
    assert (counting.done, counting.kept) == (2, 3)


async def test_what_failed_is_not_told_to_be_kept(house: House) -> None:  # R50
    counting = Counting(alone=True)
    counting.fails = True
    await keeper(house, counting).do_chores()
    assert counting.kept == 0


async def test_one_process_does_a_chore_that_is_done_alone(house: House) -> None:
    one, other = Counting(alone=True), Counting(alone=True)
    await keeper(house, one).do_chores()
    await keeper(house, other).do_chores()
    assert (one.done, other.done) == (2, 0)


async def test_what_is_done_each_second_waits_no_minute_for_a_process_that_was_killed(house: House) -> None:  # R30
    counting = Counting(alone=True)
    often = replace(counting.chore, seconds=1.0)
    lost, other = (Keeper(house.store, house.desk, house.clock, house.heads, (often,)) for _ in range(2))
    await lost.do_chores()
    counting.left = 2
    house.clock.at += 6 * SECOND - 1
    await other.do_chores()
    assert counting.left == 2
    house.clock.at += 1
    await other.do_chores()
    assert counting.left == 0


async def test_every_process_does_its_own_where_it_is_not_and_once_more_at_the_end(house: House) -> None:
    one, other = Counting(alone=False), Counting(alone=False)
    await keeper(house, one).do_chores()
    second = keeper(house, other)
    await second.do_chores()
    assert (one.done, other.done) == (2, 2)
    other.left = 3
    await second.close()
    assert other.done == 5


async def test_what_is_being_committed_when_the_house_is_left_is_not_done_again(house: House) -> None:
    left, done = ["a question"], list[str]()
    begun, goes_on = threading.Event(), threading.Event()

    def write(tx: Tx, _now: int) -> int:
        begun.set()
        assert goes_on.wait(30)
        done.extend([] if isinstance(tx, Rehearsal) else left)
        return len(left)

    chore = Chore(name="c", seconds=60.0, work=write, kept=left.clear, alone=False)
    keeping, stop = Keeper(house.store, house.desk, house.clock, house.heads, (chore,)), asyncio.Event()
    running = asyncio.create_task(keeping.run(stop))
    await until(begun.is_set)
    stop.set()
    goes_on.set()
    await asyncio.wait_for(running, 30)
    await keeping.close()
    assert done == ["a question"]
