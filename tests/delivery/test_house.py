"""Keeping house: the chain is sealed and its heads exported, what is past its time is erased, by one at a time."""

import asyncio

import pytest

from bot.clock import DAY, MINUTE, SECOND
from bot.delivery import heads
from bot.delivery.house import HOUSEKEEPER
from bot.services import retention
from bot.services.leases import take_lease
from bot.services.office import notices
from bot.services.records import audit
from bot.services.records.audit import Act
from tests.delivery.working import House, act, verdict

pytestmark = pytest.mark.asyncio


async def test_sealing_exports_a_head_after_the_commit(house: House) -> None:  # R47
    await act(house, 3)
    head = await house.worker.house.seal()
    assert head
    assert heads.read(house.heads).heads == (head,)
    assert await house.worker.house.seal() is None
    assert await verdict(house) == audit.Verdict(sealed=3, unsealed=0, heads=1, faults=())


async def test_a_head_lost_in_a_crash_is_exported_by_the_next_process(house: House) -> None:  # R47, R49
    await act(house, 3)
    await house.store.transact(lambda tx: audit.seal_chain(tx, house.desk, house.clock.at, "killed"))
    assert heads.read(house.heads).heads == ()
    await house.another().house.seal()
    assert [head.seq for head in heads.read(house.heads).heads] == [3]
    assert (await verdict(house)).faults == ()


async def test_a_head_that_could_not_be_written_is_written_later(house: House) -> None:  # R47, R50
    house.heads.mkdir()  # as good as a disk that is full
    await act(house, 3)
    assert await house.worker.house.seal() is None
    house.heads.rmdir()
    await house.worker.house.seal()
    assert [head.seq for head in heads.read(house.heads).heads] == [3]


async def test_two_houses_keep_one_chain(house: House) -> None:  # R47
    other = house.another()
    for _ in range(5):
        await act(house, 4)
        await asyncio.gather(house.worker.house.seal(), other.house.seal())
        house.clock.at += 10 * SECOND
    assert await verdict(house) == audit.Verdict(
        sealed=20, unsealed=0, heads=len(heads.read(house.heads).heads), faults=()
    )


async def test_keeping_house_erases_what_is_past_its_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:  # R45
    monkeypatch.setattr(retention, "BATCH", 2)
    await house.customer()
    for number in range(5):
        await house.ask(f"A-10{number}", conversation=f"c{number}")
    await house.worker.drain(30)
    house.clock.at += 7 * DAY
    await house.worker.house.keep()
    assert house.rows("SELECT id FROM challenges") == house.rows("SELECT id FROM jobs") == []
    assert Act.RETENTION_ERASED in house.acts()


async def test_keeping_house_is_one_processs_work_at_a_time(house: House) -> None:
    await house.ask()
    house.clock.at += DAY
    assert await house.store.transact(lambda tx: take_lease(tx, HOUSEKEEPER, "another", house.clock.at, MINUTE))
    await house.worker.house.keep()
    assert house.rows("SELECT id FROM challenges")
    house.clock.at += MINUTE  # the other is gone
    await house.worker.house.keep()
    assert house.rows("SELECT id FROM challenges") == []


async def test_a_fault_in_lifting_does_not_end_the_erasing(  # R45
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(notices, "lift_due", broken)
    await house.ask()
    house.clock.at += DAY
    await house.worker.house.keep()
    assert house.rows("SELECT id FROM challenges") == []


async def test_a_fault_in_erasing_does_not_end_the_sealing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(retention, "sweep", broken)
    await house.worker.house.keep()
    await act(house)
    assert await house.worker.house.seal()
