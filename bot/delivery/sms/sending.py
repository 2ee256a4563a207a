"""Does the jobs that send a message, keeps what became of them, and tells every process how the gateways are doing.

Trouble of the gateways is nobody's fault: a message that ends at a time (a code's) is tried until then, however often.
A text may hold a code: nothing here logs it.
"""

import asyncio
import logging

from bot.clock import MINUTE, SECOND, Clock
from bot.delivery.house import where
from bot.delivery.pump import DeliveryError, Finish, nothing
from bot.delivery.saying import Saying
from bot.delivery.sms.failover import RestingError
from bot.delivery.sms.health import JudgesItself, Stand
from bot.delivery.sms.port import Sms, SmsError, SmsGateway, Taken
from bot.delivery.sms.receipts import sent_by
from bot.errors import StoreUnavailableError
from bot.services.desk import Desk
from bot.services.jobs import Job
from bot.services.office import notices
from bot.services.outward import sms_health, sms_sent
from bot.services.outward.sms_health import TELL_EACH
from bot.storage.store import Store, Tx

LOOK_EACH = 0.5  # seconds
# How long a message that ends at a time waits for the next try: a thirtieth of what it has left. A code is tried each
# ten seconds at first, so that it comes soon after the gateways do.
_SHARE, _SHORTEST, _LONGEST = 30, 2 * SECOND, 5 * MINUTE

_log = logging.getLogger(__name__)


class Sending:
    """Sends through one gateway, which may be several. One for each worker."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, gateway: SmsGateway) -> None:
        """Take the tools."""
        self._desk, self._clock, self._gateway = desk, clock, gateway
        self._name = desk.randomness.token()
        self._said: tuple[Stand, int] | None = None
        self._saying = Saying(store)

    def stand(self) -> Stand:
        """Return how the gateways are doing; of one that does not judge itself (a screen) nothing bad is known."""
        return self._gateway.stand() if isinstance(self._gateway, JudgesItself) else Stand()

    async def handle(self, job: Job) -> Finish:
        """Send a job's message. Raises DeliveryError."""
        sms = _sms(job)
        try:
            taken = await self._gateway.send(sms)
        except SmsError as error:
            raise _again(job, self._clock.now(), error) from None
        return self._finish(sms, taken)

    async def tell(self) -> None:
        """Tell every process how the gateways are doing, as it changes, until cancelled; then take it back."""
        try:
            while True:
                await self._tell()
                await asyncio.sleep(LOOK_EACH)
        finally:
            await self._saying.take_back(lambda tx: sms_health.leave(tx, self._name))

    async def _tell(self) -> None:
        stand, now = self.stand(), self._clock.now()
        if self._said is None and stand == Stand():
            return  # a gateway of which nothing is known but that it takes messages
        if self._said and self._said[0] == stand and now - self._said[1] < TELL_EACH:
            return
        try:
            await self._saying.say(lambda tx: sms_health.say(tx, now, self._name, stand.gateways, stand.together))
        except StoreUnavailableError:
            _log.debug("how the gateways are doing is told later: the database is unavailable")
        except Exception as error:  # one fault must not end the telling
            _log.error("how the gateways are doing was not told: %s", where(error))
        else:
            self._said = (stand, now)

    def _finish(self, sms: Sms, taken: Taken) -> Finish:
        now, desk, notice = self._clock.now(), self._desk, sms.notice
        if (sent := sent_by(sms, taken)) is not None:
            return lambda tx: sms_sent.taken(tx, desk, now, sent)
        if notice is None:
            return nothing
        return lambda tx: _delivered(tx, desk, now, notice)


def _delivered(tx: Tx, desk: Desk, now: int, notice: str) -> None:
    """Take a notice for delivered: its gateway tells no more than that it took it."""
    notices.delivered(tx, desk, now, notice, notices.Route.SMS)


def _again(job: Job, now: int, error: SmsError) -> DeliveryError:
    """Return when a job is tried again, if ever."""
    if job.expires_at is not None and now >= job.expires_at:
        return DeliveryError(error.kind, temporary=True, wait=0)  # it ends as what is past its time, with no alarm
    rests = error.wait if isinstance(error, RestingError) else 0
    if not error.temporary or job.expires_at is None:
        return DeliveryError(error.kind, temporary=error.temporary, at_least=rests)
    share = min(max((job.expires_at - now) // _SHARE, _SHORTEST), _LONGEST)
    return DeliveryError(error.kind, temporary=True, wait=share)


def _sms(job: Job) -> Sms:
    return Sms(
        to=str(job.payload["to"]), text=str(job.payload["text"]), key=job.idempotency_key,
        company=_text(job, "company"), notice=_text(job, "notice"), expires_at=job.expires_at,
    )  # fmt: skip


def _text(job: Job, name: str) -> str | None:
    value = job.payload.get(name)
    return value if isinstance(value, str) else None
