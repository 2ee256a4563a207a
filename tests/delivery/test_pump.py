"""The pump: which jobs it takes, when one is tried again, and who is told of one that was given up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MINUTE, SECOND
from bot.delivery import pump as module
from bot.delivery.pump import DeliveryError, Finish, Handler, Pump, nothing
from bot.services import jobs
from bot.services.jobs import Job, JobKind
from bot.storage.store import Tx
from tests.delivery.working import House, sms, until

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path)
    yield opened
    await opened.store.close()


class Desk:
    """Does what jobs want, or raises what it was told to raise."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.error: Exception | None = None
        self.done: list[str] = []
        self.dead: list[tuple[str, str]] = []
        self.on_dead_raises = False

    async def handle(self, job: Job) -> Finish:
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.done.append(str(job.payload["text"]))
        return nothing

    def given_up(self, tx: Tx, _now: int, job: Job, kind: str) -> None:
        assert [dead.id for dead in jobs.dead(tx)] == [job.id]  # in the same transaction
        if self.on_dead_raises:
            raise KeyError("+38344000101")
        self.dead.append((job.id, kind))

    def pump(self, kind: JobKind = JobKind.SMS_SEND, *, at_once: int = 16, handler: Handler | None = None) -> Pump:
        house = self.house
        handlers = {kind: handler or self.handle}
        return Pump(house.store, house.desk, house.clock, handlers, at_once=at_once, patience=5, on_dead=self.given_up)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


async def test_it_takes_only_what_it_has_handlers_for(house: House, desk: Desk) -> None:
    await sms(house, "k")
    assert await desk.pump(JobKind.TELEGRAM_CALL).run_once() == 0
    assert await desk.pump(JobKind.SMS_SEND).run_once() == 1


async def test_what_was_not_its_turn_comes_again_then_and_nothing_counts(house: House, desk: Desk) -> None:
    await sms(house, "k")
    pump = desk.pump()
    desk.error = DeliveryError("telegram.flood", temporary=True, wait=7 * SECOND)
    await pump.drain(5)
    [row] = house.rows("SELECT state, attempts, not_before, error, lease_token FROM jobs")
    assert row == {
        "state": "ready", "attempts": 0, "not_before": house.clock.at + 7 * SECOND, "error": "telegram.flood",
        "lease_token": None,
    }  # fmt: skip
    desk.error = None
    house.clock.at += 7 * SECOND
    await pump.drain(5)
    assert desk.done == ["Tekst"]


async def test_the_pause_before_another_try_can_be_longer(house: House, desk: Desk) -> None:
    await sms(house, "k")
    desk.error = DeliveryError("telegram.token", temporary=True, at_least=5 * MINUTE)
    await desk.pump().drain(5)
    [row] = house.rows("SELECT attempts, not_before FROM jobs")
    assert row == {"attempts": 1, "not_before": house.clock.at + 5 * MINUTE}


async def test_who_is_told_of_a_job_that_was_given_up_is_told_once(house: House, desk: Desk) -> None:  # R50
    job = await sms(house, "k")
    desk.error = DeliveryError("telegram.refused", temporary=False)
    pump = desk.pump()
    await pump.drain(5)
    await pump.drain(5)
    assert desk.dead == [(job, "telegram.refused")]


async def test_a_fault_in_telling_ends_nothing_and_shows_nothing(
    house: House, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    await sms(house, "k")
    desk.error, desk.on_dead_raises = DeliveryError("telegram.refused", temporary=False), True
    pump = desk.pump()
    await pump.drain(5)
    assert house.jobs() == [("sms.send", "ready")]
    assert "cannot be given back: KeyError" in caplog.text
    assert "38344000101" not in caplog.text
    desk.on_dead_raises = False
    house.clock.at += MINUTE
    await pump.drain(5)
    assert [kind for _, kind in desk.dead] == ["telegram.refused"]


async def test_the_next_of_a_key_is_done_as_soon_as_the_one_before_it(house: House, desk: Desk) -> None:
    for number in range(5):
        await sms(house, "k", f"{number}")
    stop = asyncio.Event()
    running = asyncio.create_task(desk.pump(at_once=1).run(stop))
    await until(lambda: desk.done == list("01234"), 0.9)  # it does not look once a second only
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_it_stops_at_once_when_there_is_nothing_to_do(desk: Desk) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(desk.pump().run(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 0.5)


async def test_what_is_under_way_when_it_stops_is_finished(house: House, desk: Desk) -> None:
    goes_on, began = asyncio.Event(), asyncio.Event()

    async def slow(job: Job) -> Finish:
        began.set()
        await goes_on.wait()
        return await desk.handle(job)

    await sms(house, "k")
    stop = asyncio.Event()
    running = asyncio.create_task(desk.pump(handler=slow).run(stop))
    await asyncio.wait_for(began.wait(), 5)
    stop.set()
    goes_on.set()
    await asyncio.wait_for(running, 5)
    assert house.jobs() == [("sms.send", "done")]


async def test_two_pumps_do_not_take_each_others_room(house: House, desk: Desk) -> None:
    waits = asyncio.Event()

    async def stuck(_job: Job) -> Finish:
        await waits.wait()
        return nothing

    def four(tx: Tx) -> None:
        for name in "abcd":
            jobs.add(tx, house.desk, house.clock.at, JobKind.TELEGRAM_CALL, {}, ordering_key=name, idempotency_key=name)

    await house.store.transact(four)
    await sms(house, "k")
    slow, quick = desk.pump(JobKind.TELEGRAM_CALL, at_once=2, handler=stuck), desk.pump()
    under_way = asyncio.create_task(slow.drain(5))
    await quick.drain(1)
    assert desk.done == ["Tekst"]
    waits.set()
    await under_way
    assert {state for _, state in house.jobs()} == {"done"}


async def test_a_job_that_takes_long_stays_its_own(house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEW_EACH", 0.01)
    begun, ends = asyncio.Event(), asyncio.Event()

    async def slow(job: Job) -> Finish:
        begun.set()
        await ends.wait()
        return await desk.handle(job)

    await sms(house, "k")
    working = asyncio.create_task(desk.pump(handler=slow).run_once())
    await begun.wait()
    for _ in range(3):
        house.clock.at += module.LEASE - SECOND
        await asyncio.sleep(0.1)  # its lease is renewed meanwhile
        assert await desk.pump().run_once() == 0
    ends.set()
    assert await working == 1
    assert len(desk.done) == 1


async def test_a_fault_in_renewing_does_not_end_it(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # R49
    monkeypatch.setattr(module, "RENEW_EACH", 0.01)
    ends, renew, faults = asyncio.Event(), jobs.renew, [ValueError("Tekst")]

    async def slow(job: Job) -> Finish:
        await ends.wait()
        return await desk.handle(job)

    def faulty(tx: Tx, held: list[Job], until: int) -> None:
        if faults:
            raise faults.pop()
        renew(tx, held, until)

    monkeypatch.setattr(jobs, "renew", faulty)
    await sms(house, "k")
    pump = desk.pump(handler=slow)
    working = asyncio.create_task(pump.run_once())
    await until(lambda: not faults)
    house.clock.at += module.LEASE - SECOND
    await asyncio.sleep(0.1)
    house.clock.at += module.LEASE - SECOND
    assert await desk.pump().run_once() == 0
    ends.set()
    assert await working == 1
    assert "ValueError at" in caplog.text
    assert "Tekst" not in caplog.text
