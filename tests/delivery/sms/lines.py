"""A gateway by SMPP beside a short message centre of the tests' own, with a clock that is moved."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.clock import MINUTE
from bot.delivery.sms.port import Receipt, Sms, SmsError, Taken
from bot.delivery.sms.settings import SmppSettings
from bot.delivery.sms.smpp import SmppGateway, Times
from tests.delivery.working import MovedClock
from tests.tools.smsc import PASSWORD, USER, ShortMessageCentre

PHONE, ANOTHER = "+38344123456", "+38345654321"
CODE = "Alfa: kodi juaj për kërkesë privatësie është 012345."
# A process that stands still for seconds is nobody's fault. What is short in a test is short in that test only.
TIMES = Times(
    connect=30, answer=30, enquire=0.3, late=60, waiting=30, goodbye=30, first_back_off=0.02, longest_back_off=0.1
)
SHORT = 0.05  # seconds for an answer that is not to come


@dataclass
class Line:
    """A gateway and whom it talks to; ``receipts`` and ``late`` are what it told, ``taken`` what it returned."""

    centre: ShortMessageCentre
    clock: MovedClock
    receipts: list[Receipt] = field(default_factory=list)
    late: list[tuple[Sms, Taken]] = field(default_factory=list)
    taken: list[tuple[Sms, Taken]] = field(default_factory=list)
    fault: Exception | None = None  # what keeping a receipt, or a message that was taken late, raises

    def __post_init__(self) -> None:
        self.gateway: SmppGateway

    async def on_receipt(self, receipt: Receipt) -> None:
        if self.fault:
            raise self.fault
        self.receipts.append(receipt)

    async def on_late(self, sms: Sms, taken: Taken) -> None:
        if self.fault:
            raise self.fault
        self.late.append((sms, taken))

    async def send(self, text: str = CODE, *, key: str = "k", to: str = PHONE, **more: Any) -> Taken:
        sms = Sms(to=to, text=text, key=key, **more)
        taken = await self.gateway.send(sms)
        self.taken.append((sms, taken))
        return taken

    async def bring(self, text: str = CODE, *, key: str = "k") -> Taken:
        """Send until it is taken, as the worker does, with a little patience between."""
        async with asyncio.timeout(30):
            while True:
                try:
                    return await self.send(text, key=key)
                except SmsError as error:
                    assert error.temporary, error.kind
                    await asyncio.sleep(0.05)

    def waits(self, seconds: float) -> None:
        """Let who sends from now on wait so long for its turn, and so long for the answer."""
        impatient(self.gateway, seconds)

    async def kind_of(self, text: str = CODE, **more: Any) -> tuple[str, bool]:
        """Send what is not taken, and return why, and whether it may be later."""
        try:
            taken = await self.send(text, **more)
        except SmsError as error:
            return error.kind, error.temporary
        raise AssertionError(f"it was taken: {taken}")

    async def until_bound(self, count: int) -> None:
        await self.centre.until(lambda centre: len(centre.binds) == count)
        async with asyncio.timeout(30):
            while self.gateway.health.bound != count:
                await asyncio.sleep(0.005)


def impatient(gateway: SmppGateway, seconds: float) -> None:
    """Let who sends from now on wait so long for its turn, and so long for the answer; connections stay as they are."""
    gateway._times = replace(gateway._times, waiting=seconds, answer=seconds)


def settings(port: int, **more: Any) -> SmppSettings:
    given: dict[str, Any] = {
        "kind": "smpp", "name": "prova", "host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD,
        "senders": {"*": "Mburoja"}, "binds": 1, "per_second": 1000,
    }  # fmt: skip
    return SmppSettings(**{**given, **more})


@contextlib.asynccontextmanager
async def line(
    centre: ShortMessageCentre | None = None, *, times: Times = TIMES, faults: int = 0, bound: int | None = None,
    **more: Any,
) -> AsyncIterator[Line]:  # fmt: skip
    """Start both; ``bound`` is how many binds must come up first (all). Afterwards the centre found ``faults`` only."""
    centre = centre or ShortMessageCentre()
    await centre.start()
    under_test = Line(centre, MovedClock())
    given = settings(centre.port, **more)
    under_test.gateway = SmppGateway(
        given, under_test.clock, on_receipt=under_test.on_receipt, on_late=under_test.on_late, times=times
    )
    try:
        async with under_test.gateway:
            await under_test.until_bound(given.binds if bound is None else bound)
            yield under_test
    finally:
        await centre.stop()
    assert len(centre.faults) == faults, centre.faults


def five_minutes(of: Line) -> int:
    return of.clock.now() + 5 * MINUTE
