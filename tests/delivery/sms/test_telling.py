"""How gateways are doing, as one worker finds it and every process knows it (R11, R50)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SECOND
from bot.delivery.outage import LOOKS
from bot.delivery.sms import sending
from bot.delivery.sms.failover import Failover
from bot.delivery.sms.port import Sms, SmsError, Taken
from bot.delivery.sms.sending import Sending
from bot.services.outward import sms_health
from bot.services.outward.sms_health import FRESH, Said
from bot.storage.store import Tx
from tests.delivery.sms.test_failover import Booth
from tests.delivery.working import House, Phone, sms
from tests.tools.desks import NOW

AWAY = SmsError("sms.away", temporary=True)
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(sending, "LOOK_EACH", 0.005)
    made = House(tmp_path)
    yield made
    await made.store.close()


class Replica:
    """A worker with gateways of its own."""

    def __init__(self, house: House) -> None:
        self.booth = Booth()
        self.failover = Failover({"operatori": self.booth}, house.clock)
        self.sending = Sending(house.store, house.desk, house.clock, self.failover)

    async def fails(self, error: SmsError | None = AWAY) -> None:
        self.booth.looks = error
        for _ in range(LOOKS):
            await self.failover.check()

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.sending.tell())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until_failing(house: House, since: int | None) -> None:
    async with asyncio.timeout(30):
        while await failing(house) != since:
            await asyncio.sleep(0.005)


async def failing(house: House) -> int | None:
    return await house.store.read(lambda tx: sms_health.failing_since(tx, house.clock.at))


async def said(house: House) -> list[Said]:
    return list(await house.store.read(lambda tx: sms_health.said(tx, house.clock.at)))


async def until_said(house: House, expected: list[Said]) -> None:
    async with asyncio.timeout(30):
        while await said(house) != expected:
            await asyncio.sleep(0.005)


async def test_while_one_worker_has_a_gateway_that_works_nobody_is_told_of_trouble(house: House) -> None:  # R11
    one, other = Replica(house), Replica(house)
    async with one.telling(), other.telling():
        await until_said(house, [Said(gateway="operatori", well=2, failing=0, since=None)])
        await one.fails()
        await until_said(house, [Said(gateway="operatori", well=1, failing=1, since=NOW)])
        assert await failing(house) is None
        house.clock.at += SECOND
        await other.fails()
        await until_failing(house, NOW + SECOND)
        await one.fails(None)
        await until_failing(house, None)


async def test_what_a_worker_said_that_ended_or_was_killed_means_nothing_any_more(house: House) -> None:  # R50
    one = Replica(house)
    await one.fails()
    async with one.telling():
        await until_failing(house, NOW)
    assert await failing(house) is None
    assert await said(house) == []
    await house.store.transact(lambda tx: sms_health.say(tx, NOW, "killed", (), NOW))
    house.clock.at = NOW + FRESH - 1
    assert await failing(house) == NOW
    house.clock.at = NOW + FRESH
    assert await failing(house) is None


async def test_what_is_just_being_said_when_a_worker_ends_is_taken_back_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # R50
    one, committed, real = Replica(house), asyncio.Event(), house.store.transact

    async def late(work: Callable[[Tx], object]) -> object:
        did = await real(work)
        committed.set()
        await asyncio.sleep(0.02)  # others see it before who said it knows
        return did

    monkeypatch.setattr(house.store, "transact", late)
    await one.fails()
    async with one.telling():
        await asyncio.wait_for(committed.wait(), 30)
    assert await said(house) == []


async def test_a_worker_goes_on_saying_it_so_that_it_stays_fresh(house: House) -> None:
    one = Replica(house)
    await one.fails()
    async with one.telling():
        await until_failing(house, NOW)
        for _ in range(8):
            house.clock.at += 10 * SECOND
            await one.fails()
            await until_failing(house, NOW)


async def test_a_gateway_of_which_nothing_is_known_is_not_spoken_of(house: House) -> None:
    """A screen never fails: the chat and the demonstration write nothing."""
    alone = Sending(house.store, house.desk, house.clock, house.phone)
    task = asyncio.create_task(alone.tell())
    await asyncio.sleep(0.05)
    assert house.rows("SELECT * FROM sms_health") == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_code_is_tried_until_its_end_however_often_and_soon_after_the_gateway_is_back(house: House) -> None:
    # R2, R50
    house.phone.down()
    await house.customer()
    await house.ask()
    await house.worker.drain(30)
    for _ in range(45):
        house.clock.at += 6 * SECOND
        await house.worker.drain(30)
    assert house.phone.tried > 20
    house.phone.error = None
    house.clock.at += 3 * SECOND
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1
    assert house.jobs()[-1] == ("sms.send", "done")


async def test_a_code_that_ends_while_gateways_fail_ends_quietly(house: House) -> None:  # R2

    class Late(Phone):
        """A gateway that finds its message over when its turn has come."""

        async def send(self, sms: Sms) -> Taken:
            assert sms.expires_at is not None
            house.clock.at = sms.expires_at
            raise SmsError("sms.expired", temporary=False)

    house.phone = Late()
    worker = house.another()
    await house.customer()
    await house.ask()
    await worker.drain(30)
    await worker.drain(30)
    assert house.jobs()[-1] == ("sms.send", "expired")
    assert house.rows("SELECT * FROM escalations") == []


async def test_a_notice_is_given_up_some_day(house: House) -> None:  # R58
    house.phone.down()
    await sms(house, "k")
    await house.worker.drain(30)
    (row,) = house.rows("SELECT attempts FROM jobs")
    assert row["attempts"] == 1  # each try of what has no end counts
