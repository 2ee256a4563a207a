"""Several gateways in their order: one that fails is passed over for a while, and the next is used; knows no job.

A gateway that took a message is the only one that gets it. Where nobody knows whether it did (no answer in time), the
next gets it too: a code that comes twice is better than none, and holds once all the same (R3). What is wrong with the
message itself is not tried elsewhere. How long a gateway rests stands in ``circuit.py``, what customers are told of it
in ``outage.py``.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from bot.clock import SECOND, Clock
from bot.delivery.circuit import Circuit, Refused
from bot.delivery.looks import looked_at
from bot.delivery.outage import Outage
from bot.delivery.sms.health import JudgesItself, Stand
from bot.delivery.sms.port import Sms, SmsError, SmsGateway, Taken
from bot.delivery.sms.watch import NoWatch, Outcome, SmsWatch

PATIENCE = 16.0  # seconds for all gateways together; a job has a little more
MOST_PATIENCE = 8.0  # seconds for one
CHECK_EACH = 5.0  # seconds
# What is wrong with the message itself: no gateway will take it.
OWN_FAULTS = frozenset({"sms.number", "sms.text", "sms.expired"})
BUSY = "sms.busy"  # it waits for our own pace: nothing is wrong with the gateway
NO_ANSWER = "sms.unanswered"

_log = logging.getLogger(__name__)


@runtime_checkable
class Checked(Protocol):
    """A gateway that can be looked at without a message."""

    async def check(self) -> None:
        """Return if it would take messages just now. Raises SmsError."""
        ...


class RestingError(SmsError):
    """Every gateway rests; ``wait`` is how long (ms) until one is tried again."""

    def __init__(self, wait: int) -> None:
        """Take how long."""
        super().__init__("sms.resting", temporary=True)
        self.wait = wait


class Failover(SmsGateway, JudgesItself):
    """Gives each message to the first gateway that takes it."""

    def __init__(
        self, gateways: Mapping[str, SmsGateway], clock: Clock, watch: SmsWatch | None = None,
        *, patience: float = PATIENCE, check_each: float = CHECK_EACH,
    ) -> None:  # fmt: skip
        """Take the gateways by name, in their order; together they get ``patience`` seconds for a message."""
        self._gateways, self._clock, self._watch = dict(gateways), clock, watch or NoWatch()
        self._patience = min(MOST_PATIENCE, patience / max(1, len(self._gateways)))
        self._check_each = check_each
        self._circuits = dict.fromkeys(self._gateways, Circuit())
        self._outages = dict.fromkeys(self._gateways, Outage())
        for name in self._gateways:
            self._watch.sms_up(name, up=True)

    def stand(self) -> Stand:
        """Return how each is doing; customers are told that none takes messages since the last of them fails."""
        now = self._clock.now()
        each = tuple((name, circuit.since) for name, circuit in self._circuits.items())
        told = [since for outage in self._outages.values() if (since := outage.since(now)) is not None]
        return Stand(gateways=each, together=max(told) if told and len(told) == len(each) else None)

    async def send(self, sms: Sms) -> Taken:
        """Hand over a message. Raises SmsError; RestingError where no gateway was tried."""
        refused: list[SmsError] = []
        waits: list[int] = []
        for name in self._gateways:
            now = self._clock.now()
            if sms.expires_at is not None and now >= sms.expires_at:
                raise SmsError("sms.expired", temporary=False)
            self._circuits[name], told = self._circuits[name].asked(now)
            if isinstance(told, Refused):
                waits.append(told.wait)
                self._watch.sms(name, Outcome.PASSED_OVER)
                continue
            try:
                return await self._give(name, sms, told.turn)
            except SmsError as error:
                if error.kind in OWN_FAULTS:
                    raise
                refused.append(error)
        if len(refused) == len(self._gateways) and not any(error.temporary for error in refused):
            raise refused[0]  # each says that it never will
        if tried := next((error for error in refused if error.temporary), None):
            raise tried
        raise RestingError(max(min(waits, default=0), SECOND))

    async def check(self) -> None:
        """Look at every gateway that can be looked at."""
        await asyncio.gather(*(self._look(name) for name in self._gateways))

    def checking(self) -> AbstractAsyncContextManager[None]:
        """Look at the gateways from time to time while the context lasts."""
        return looked_at(self.check, self._check_each)

    async def _look(self, name: str) -> None:
        gateway = self._gateways[name]
        if not isinstance(gateway, Checked):
            return
        try:
            async with asyncio.timeout(self._patience):
                await gateway.check()
        except Exception as error:  # whatever it was, it is not well
            now = self._clock.now()
            self._outages[name] = self._outages[name].look_failed(now)
            self._note(name, self._circuits[name].look_failed(now), _kind(error))
        else:
            self._outages[name] = self._outages[name].looked_well()
            self._note(name, self._circuits[name].looked_well())

    async def _give(self, name: str, sms: Sms, turn: int) -> Taken:
        try:
            async with asyncio.timeout(self._patience):
                taken = await self._gateways[name].send(sms)
        except asyncio.CancelledError:  # nobody waits any more: nothing is known
            self._circuits[name] = self._circuits[name].dropped(turn, self._clock.now())
            raise
        except TimeoutError:
            self._failed(name, sms, turn, NO_ANSWER)
            raise SmsError(NO_ANSWER, temporary=True) from None
        except SmsError as error:
            if error.kind == BUSY:
                self._circuits[name] = self._circuits[name].dropped(turn, self._clock.now())
                self._watch.sms(name, Outcome.PASSED_OVER)
            elif error.temporary:
                self._failed(name, sms, turn, error.kind)
            else:
                self._answered(name, turn, Outcome.REFUSED)
            raise
        except Exception as error:  # a fault of a gateway's own must not keep the message from the next
            self._failed(name, sms, turn, _kind(error))
            raise SmsError(_kind(error), temporary=True) from None
        self._answered(name, turn, Outcome.TAKEN)
        return taken

    def _answered(self, name: str, turn: int, outcome: Outcome) -> None:
        self._watch.sms(name, outcome)
        self._outages[name] = self._outages[name].succeeded()
        self._note(name, self._circuits[name].succeeded(turn))

    def _failed(self, name: str, sms: Sms, turn: int, kind: str) -> None:
        self._watch.sms(name, Outcome.NO_ANSWER if kind == NO_ANSWER else Outcome.FAILED)
        now = self._clock.now()
        self._outages[name] = self._outages[name].failed(now, hash(sms.to))  # salted for each process
        self._note(name, self._circuits[name].failed(turn, now), kind)

    def _note(self, name: str, circuit: Circuit, kind: str = "") -> None:
        before, self._circuits[name] = self._circuits[name], circuit
        if (before.since is None) is (circuit.since is None):
            return
        self._watch.sms_up(name, up=circuit.since is None)
        if circuit.since is None:
            _log.warning("the SMS gateway %s is well again", name)
        else:
            _log.warning("the SMS gateway %s is failing: %s", name, kind)


def _kind(error: Exception) -> str:
    """Return what happened without a word of it: it may name an address, a number, a password (R32)."""
    return error.kind if isinstance(error, SmsError) else type(error).__name__
