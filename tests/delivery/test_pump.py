"""The pump: which jobs it takes, when one is tried again, and who is told of one that was given up."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from bot.clock import MINUTE, SECOND
from bot.delivery import pump as module
from bot.delivery.pump import DeliveryError, Finish, Handler, Pump, nothing
from bot.services import jobs
from bot.services.jobs import MOST_ATTEMPTS, Job, JobKind
from bot.storage.store import Tx
from tests.delivery.working import House, sms, until
from tests.tools.twice import Rehearsal

pytestmark = pytest.mark.asyncio


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
        if not isinstance(tx, Rehearsal):
            self.dead.append((job.id, kind))

    def pump(self, kind: JobKind = JobKind.SMS_SEND, *, at_once: int = 16, handler: Handler | None = None) -> Pump:
        house = self.house
        handlers = {kind: handler or self.handle}
        return Pump(house.store, house.desk, house.clock, handlers, at_once=at_once, patience=30, on_dead=self.given_up)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


async def killed(house: House, times: int = MOST_ATTEMPTS[JobKind.SMS_SEND]) -> None:
    """Let a worker claim what is due and be killed, again and again."""

    def claim(tx: Tx) -> None:
        for number in range(times):
            assert jobs.claim(tx, house.desk, house.clock.at + number * SECOND, [JobKind.SMS_SEND], 1, SECOND)

    await house.store.transact(claim)
    house.clock.at += times * SECOND


async def test_it_takes_only_what_it_has_handlers_for(house: House, desk: Desk) -> None:
    await sms(house, "k")
    assert await desk.pump(JobKind.TELEGRAM_CALL).run_once() == 0
    assert await desk.pump(JobKind.SMS_SEND).run_once() == 1


async def test_what_was_not_its_turn_comes_again_then_and_nothing_counts(house: House, desk: Desk) -> None:
    await sms(house, "k")
    pump = desk.pump()
    desk.error = DeliveryError("telegram.flood", temporary=True, wait=7 * SECOND)
    await pump.drain(30)
    [row] = house.rows("SELECT state, attempts, not_before, error, lease_token FROM jobs")
    assert row == {
        "state": "ready", "attempts": 0, "not_before": house.clock.at + 7 * SECOND, "error": "telegram.flood",
        "lease_token": None,
    }  # fmt: skip
    desk.error = None
    house.clock.at += 7 * SECOND
    await pump.drain(30)
    assert desk.done == ["Tekst"]


async def test_the_pause_before_another_try_can_be_longer(house: House, desk: Desk) -> None:
    await sms(house, "k")
    desk.error = DeliveryError("telegram.token", temporary=True, at_least=5 * MINUTE)
    await desk.pump().drain(30)
    [row] = house.rows("SELECT attempts, not_before FROM jobs")
    assert row == {"attempts": 1, "not_before": house.clock.at + 5 * MINUTE}


async def test_who_is_told_of_a_job_that_was_given_up_is_told_once(house: House, desk: Desk) -> None:  # R50
    job = await sms(house, "k")
    desk.error = DeliveryError("telegram.refused", temporary=False)
    pump = desk.pump()
    await pump.drain(30)
    await pump.drain(30)
    assert desk.dead == [(job, "telegram.refused")]


async def test_a_fault_in_telling_ends_nothing_and_shows_nothing(
    house: House, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    await sms(house, "k")
    desk.error, desk.on_dead_raises = DeliveryError("telegram.refused", temporary=False), True
    pump = desk.pump()
    await pump.drain(30)
    assert house.jobs() == [("sms.send", "ready")]
    assert "cannot be given back: KeyError" in caplog.text
    assert "38344000101" not in caplog.text
    desk.on_dead_raises = False
    house.clock.at += MINUTE
    await pump.drain(30)
    assert [kind for _, kind in desk.dead] == ["telegram.refused"]


async def test_of_a_job_that_took_its_worker_with_it_every_time_people_are_told(
    house: House, desk: Desk
) -> None:  # R50
    job = await sms(house, "k")
    await killed(house)
    await desk.pump().drain(30)
    assert (desk.done, desk.dead) == ([], [(job, "lost")])


async def test_of_one_that_takes_with_it_also_who_should_tell_nothing_waits(house: House, desk: Desk) -> None:
    job = await sms(house, "k")
    await sms(house, "k", "behind it")
    await killed(house)
    desk.on_dead_raises = True
    await desk.pump().drain(30)
    assert house.jobs() == [("sms.send", "ready")] * 2
    house.clock.at += module.LEASE
    for _ in range(2):
        await desk.pump().drain(30)
    assert desk.done == ["behind it"]
    assert [dead.id for dead in await house.store.read(jobs.dead)] == [job]


async def test_the_next_of_a_key_is_done_as_soon_as_the_one_before_it(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EACH", 600)  # seconds: nothing is found by looking
    for number in range(5):
        await sms(house, "k", f"{number}")
    stop = asyncio.Event()
    running = asyncio.create_task(desk.pump(at_once=1).run(stop))
    await until(lambda: desk.done == list("01234"))
    stop.set()
    await asyncio.wait_for(running, 30)


async def test_it_stops_at_once_when_there_is_nothing_to_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EACH", 600)
    stop = asyncio.Event()
    running = asyncio.create_task(desk.pump().run(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 30)


async def test_what_is_under_way_when_it_stops_is_finished(house: House, desk: Desk) -> None:
    goes_on, began = asyncio.Event(), asyncio.Event()

    async def slow(job: Job) -> Finish:
        began.set()
        await goes_on.wait()
        return await desk.handle(job)

    await sms(house, "k")
    stop = asyncio.Event()
    running = asyncio.create_task(desk.pump(handler=slow).run(stop))
    await asyncio.wait_for(began.wait(), 30)
    stop.set()
    goes_on.set()
    await asyncio.wait_for(running, 30)
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
    under_way = asyncio.create_task(slow.drain(30))
    await quick.drain(30)
    assert desk.done == ["Tekst"]
    waits.set()
    await under_way
    assert {state for _, state in house.jobs()} == {"done"}


async def until_renewed(house: House) -> None:
    """Wait until the lease of the only job lasts as long as it can."""

    def is_renewed() -> bool:
        [row] = house.rows("SELECT lease_until FROM jobs")
        return bool(row["lease_until"] == house.clock.at + module.LEASE)

    await until(is_renewed)


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
        await until_renewed(house)
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
        if faults and not isinstance(tx, Rehearsal):
            raise faults.pop()
        renew(tx, held, until)

    monkeypatch.setattr(jobs, "renew", faulty)
    await sms(house, "k")
    pump = desk.pump(handler=slow)
    working = asyncio.create_task(pump.run_once())
    await until(lambda: not faults)
    house.clock.at += module.LEASE - SECOND
    await until_renewed(house)
    house.clock.at += module.LEASE - SECOND
    assert await desk.pump().run_once() == 0
    ends.set()
    assert await working == 1
    assert "ValueError at" in caplog.text
    assert "Tekst" not in caplog.text


async def test_a_lease_runs_from_when_the_database_gives_it(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # R49
    real = house.store.transact

    async def late(work: Callable[[Tx], object]) -> object:
        house.clock.at += module.LEASE  # it waits for a thread
        return await real(work)

    await sms(house, "k")
    pump = desk.pump()
    with monkeypatch.context() as patch:
        patch.setattr(house.store, "transact", late)
        [job] = await pump._claimed(1)
    [row] = house.rows("SELECT id, lease_until FROM jobs")
    assert row == {"id": job.id, "lease_until": house.clock.at + module.LEASE}


async def test_what_was_committed_too_late_is_not_begun_and_does_not_count(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # R49
    real = house.store.transact

    async def late(work: Callable[[Tx], object]) -> object:
        did = await real(work)
        house.clock.at += module.LEASE  # the process stood still, or the disk did
        return did

    await sms(house, "k")
    with monkeypatch.context() as patch:
        patch.setattr(house.store, "transact", late)
        assert await desk.pump().run_once() == 0
    assert desk.done == []
    assert house.rows("SELECT attempts, lease_token FROM jobs") == [{"attempts": 0, "lease_token": None}]
    assert "1 jobs are given back" in caplog.text
    assert await desk.pump().run_once() == 1


async def test_a_renewal_that_takes_long_puts_off_no_other(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # R49
    each, loop, rest = 600.0, asyncio.get_running_loop(), asyncio.sleep
    monkeypatch.setattr(module, "RENEW_EACH", each)
    ends, begun, took, pauses = asyncio.Event(), asyncio.Event(), list[float](), list[tuple[float, float]]()
    real = house.store.transact

    async def sleep(seconds: float) -> None:
        if seconds > each / 2 and took:
            pauses.append((seconds, took.pop()))
        await rest(0 if seconds > each / 2 else seconds)

    async def slow(work: Callable[[Tx], object]) -> object:
        began = loop.time()
        await rest(0.02)
        did = await real(work)
        took.append(loop.time() - began)
        return did

    async def waits(_job: Job) -> Finish:
        begun.set()
        await ends.wait()
        return nothing

    await sms(house, "k")
    pump = desk.pump(handler=waits)
    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        working = asyncio.create_task(pump.run_once())
        await asyncio.wait_for(begun.wait(), 30)
        patch.setattr(house.store, "transact", slow)
        await until(lambda: len(pauses) >= 3)
    ends.set()
    await working
    await pump.close()
    for pause, slowness in pauses:
        assert pause <= each - slowness + 0.001


async def test_kinds_are_claimed_in_one_order_in_every_process(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[JobKind] = []

    def claim(_tx: Tx, _desk: object, _now: int, kinds: tuple[JobKind, ...], *_: int) -> list[Job]:
        asked.extend(kinds)
        return []

    monkeypatch.setattr(module, "FEW", dict.fromkeys(JobKind, 4))
    monkeypatch.setattr(jobs, "claim", claim)
    handlers = dict.fromkeys(reversed(JobKind), desk.handle)
    await Pump(house.store, house.desk, house.clock, handlers, on_dead=desk.given_up).run_once()
    assert asked[-len(JobKind) :] == list(JobKind)
