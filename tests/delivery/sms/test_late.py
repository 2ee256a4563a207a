"""A message whose answer came late, and went by another gateway meanwhile: its receipt has its effect (R50, R58)."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from bot.delivery.sms import opening
from bot.delivery.sms.failover import Failover
from bot.delivery.sms.opening import Tools, open_gateway
from bot.delivery.sms.port import Sms, SmsGateway, Taken
from bot.delivery.sms.smpp import SmppGateway
from bot.dialogue.events import CaseState
from tests.delivery.sms.lines import SHORT, TIMES, impatient, settings
from tests.delivery.test_worker import refusal, state
from tests.delivery.working import House, until
from tests.tools.smsc import ShortMessageCentre
from tests.tools.smsc_messages import receipt

pytestmark = pytest.mark.asyncio


class Other(SmsGateway):
    """The next gateway: it takes a message and never tells what became of it."""

    def __init__(self) -> None:
        self.took: list[Sms] = []

    async def send(self, sms: Sms) -> Taken:
        self.took.append(sms)
        return Taken(gateway="other", message_id="other-1", parts=1)


class Opened(SmppGateway):
    """The gateway that is opened, with the tests' times; ``made`` are all."""

    made: ClassVar[list[SmppGateway]] = []

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more, times=TIMES)
        self.made.append(self)


@pytest_asyncio.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(opening, "SmppGateway", Opened)
    monkeypatch.setattr(Opened, "made", [])
    made = House(tmp_path)
    yield made
    await made.store.close()


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[ShortMessageCentre]:
    """A short message centre; afterwards it found no fault."""
    centre = ShortMessageCentre()
    await centre.start()
    try:
        yield centre
    finally:
        await centre.stop()
    assert centre.faults == []


def kept(house: House) -> list[tuple[str, str, bool]]:
    rows = house.rows("SELECT gateway, state, job, notice FROM sms_sent ORDER BY gateway DESC")
    return [(row["gateway"], row["state"], bool(row["job"] and row["notice"])) for row in rows]


@pytest.mark.parametrize("tells_first", [False, True])
async def test_the_receipt_of_a_message_that_was_taken_late_has_its_effect(house: House, *, tells_first: bool) -> None:
    other = Other()
    tools = Tools(store=house.store, desk=house.desk, clock=house.clock)
    async with listening() as centre, open_gateway(settings(centre.port), tools) as smpp:
        (gateway,) = Opened.made
        await until(lambda: gateway.health.bound == 1)
        house.worker.sending._gateway = Failover({"prova": smpp, "other": other}, house.clock)
        centre.holds_answers = True
        impatient(gateway, SHORT)
        reference = await refusal(house, await house.customer())
        await house.worker.drain(30)
        impatient(gateway, TIMES.answer)
        assert len(other.took) == 1
        assert kept(house) == [("other", "taken", True)]
        await centre.until(lambda each: len(each.taken) == 1)
        if tells_first:  # before the answer, as centres do
            await centre.tell(receipt(centre.taken[0]))
        centre.let_go()
        await until(lambda: [has for _, _, has in kept(house)] == [True, True])
        if not tells_first:
            assert kept(house) == [("prova", "taken", True), ("other", "taken", True)]
            assert state(house, reference) == CaseState.RECEIVED
            await centre.tell(receipt(centre.taken[0]))
        assert kept(house) == [("prova", "delivered", True), ("other", "taken", True)]
        assert state(house, reference) == CaseState.REFUSED  # the notice is delivered: it takes effect
