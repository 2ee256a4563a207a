"""Hands messages to an operator by SMPP 3.4, over several binds; knows no job and no database.

At least once: a message whose answer did not come in time may have been taken. While its connection lasts it is not
handed over again: who tries it once more (the same ``Sms.key``) waits for the answer of the first time. Once the
connection is lost it is, and a phone may get the same code twice, which is then one code all the same (R3).
"""

import asyncio
import logging
import ssl
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

from bot.clock import SECOND, Clock
from bot.delivery.house import where
from bot.delivery.pump import cancelled
from bot.delivery.sms.pace import Pace
from bot.delivery.sms.port import OnLate, OnReceipt, Receipt, Sms, SmsError, SmsGateway, Taken
from bot.delivery.sms.settings import ANYBODY, SmppSettings
from bot.delivery.sms.smpp import pdus, receipts, statuses
from bot.delivery.sms.smpp.ids import Ids
from bot.delivery.sms.smpp.link import Link
from bot.delivery.sms.smpp.session import Answer, Session, Times
from bot.delivery.sms.texts import Part, parts

_KEPT_LATE = 1_000  # messages that were taken when nobody waited any more

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SmppHealth:
    """How the binds are doing: ``bound`` of ``binds`` are up, none of them since ``down_since`` (ms UTC; None: one is).

    ``error`` says why one went down last, or would not come up; None when all are up.
    """

    bound: int
    binds: int
    down_since: int | None
    error: str | None


@dataclass(eq=False)
class _Attempt:
    """A message on its way; ``waiting`` callers want to know what comes of it."""

    sms: Sms
    task: "asyncio.Task[Taken]"
    waiting: int = 0
    is_submitted: bool = False


async def _nobody(*_told: object) -> None:
    """Whom nothing is told."""


class SmppGateway(SmsGateway):
    """A short message centre. Used as ``async with``, or between ``start`` and ``close``."""

    def __init__(
        self,
        settings: SmppSettings,
        clock: Clock,
        *,
        on_receipt: OnReceipt = _nobody,
        on_late: OnLate = _nobody,
        times: Times | None = None,
    ) -> None:
        """Take what it is told, and whom it tells of receipts and of messages that were taken late; opens nothing."""
        self.name = settings.name
        self._settings, self._clock, self._times = settings, clock, times or Times()
        self._on_receipt, self._on_late = on_receipt, on_late
        self._pace = Pace(settings.per_second, self._times.waiting)
        self._ids = Ids(settings.message_ids)
        self._links = tuple(
            Link(f"SMS {settings.name}, bind {number}", settings, self._times, self._on_deliver, self._note_change)
            for number in range(1, settings.binds + 1)
        )
        self._changed = asyncio.Event()
        self._down_since: int | None = None
        self._running: Sequence[asyncio.Task[None]] = ()
        self._attempts: dict[str, _Attempt] = {}
        self._late: OrderedDict[str, Taken] = OrderedDict()
        self._telling: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close."""
        await self.close()

    @property
    def health(self) -> SmppHealth:
        """How the binds are doing now."""
        errors = [link.error for link in self._links if link.error is not None and link.session is None]
        bound = sum(link.session is not None for link in self._links)
        down_since = None if bound else self._down_since
        return SmppHealth(
            bound=bound, binds=len(self._links), down_since=down_since, error=errors[-1] if errors else None
        )

    async def start(self) -> None:
        """Begin to connect, and return at once: a centre that is away holds up nobody's start.

        Raises OSError where the file of the authorities (``ca_file``) cannot be read.
        """
        security = ssl.create_default_context(cafile=self._settings.ca_file) if self._settings.tls else None
        self._down_since = self._clock.now()
        self._running = [asyncio.create_task(link.run(security), name=link.name) for link in self._links]

    async def close(self) -> None:
        """Give up what is under way, say goodbye to the centre, and close every connection."""
        await cancelled([attempt.task for attempt in self._attempts.values()])
        await asyncio.gather(*self._telling)  # each takes no longer than an answer
        await asyncio.gather(*(link.unbind() for link in self._links))
        await cancelled(self._running)
        self._running = ()

    async def send(self, sms: Sms) -> Taken:
        """Hand over a message. Returns what was said once it is taken. Raises SmsError.

        ``sms.unanswered`` says that it may have been taken; all other kinds say that it was not, or not the whole.
        """
        if (late := self._late.pop(sms.key, None)) is not None:
            return late
        attempt = self._attempts.get(sms.key) or self._begin(sms)
        attempt.waiting += 1
        try:
            async with asyncio.timeout(self._times.waiting + self._times.answer):
                return await asyncio.shield(attempt.task)
        except TimeoutError:
            if _is_taken(attempt.task):  # at this very moment
                return attempt.task.result()
            raise SmsError("sms.unanswered" if attempt.is_submitted else "sms.busy", temporary=True) from None
        except asyncio.CancelledError:
            if attempt.task.cancelled() and not _is_cancelled():  # the gateway is being closed
                raise SmsError("sms.away", temporary=True) from None
            raise
        finally:
            attempt.waiting -= 1
            if not attempt.waiting and not attempt.is_submitted:
                attempt.task.cancel()

    def _begin(self, sms: Sms) -> _Attempt:
        attempt = self._attempts[sms.key] = _Attempt(sms, asyncio.create_task(self._hand_over(sms)))
        attempt.task.add_done_callback(partial(self._ended, sms.key))
        return attempt

    def _ended(self, key: str, task: "asyncio.Task[Taken]") -> None:
        attempt = self._attempts.pop(key)
        if not _is_taken(task) or attempt.waiting:
            return
        self._late[key] = task.result()
        telling = asyncio.create_task(self._tell_late(attempt.sms, task.result()))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
        while len(self._late) > _KEPT_LATE:
            self._late.popitem(last=False)

    async def _tell_late(self, sms: Sms, taken: Taken) -> None:
        """Tell of a message whose sender is not told any more, perhaps: another gateway may have taken it too."""
        try:
            async with asyncio.timeout(self._times.answer):
                await self._on_late(sms, taken)
        except Exception as error:  # it is on its way to the phone all the same
            _log.warning("%s: that a message was taken late could not be kept: %s", self.name, where(error))

    async def _hand_over(self, sms: Sms) -> Taken:
        pieces = parts(sms.text, sms.key)
        to = pdus.destination(sms)
        answers: list[asyncio.Future[Answer]] = []
        async with self._pace.turns(len(pieces)) as turn:
            session = await self._free(len(pieces))
            for number, piece in enumerate(pieces, 1):
                await turn()
                message = self._message(sms, piece, is_last=number == len(pieces))
                if not session.is_open and not answers:
                    raise SmsError("sms.away", temporary=True)
                self._attempts[sms.key].is_submitted = True
                answers.append(session.submit(message))
        ids = [self._taken_id(await answer) for answer in answers]
        return Taken(gateway=self.name, message_id=self._ids.took(ids[-1], to), parts=len(pieces))

    def _message(self, sms: Sms, piece: Part, *, is_last: bool) -> object:
        """Return a part's submit_sm. Raises SmsError (sms.expired) if it is worth nothing any more."""
        left = None if sms.expires_at is None else (sms.expires_at - self._clock.now()) // SECOND
        if left is not None and left < 1:
            raise SmsError("sms.expired", temporary=False)
        senders = self._settings.senders
        return pdus.submit(
            sms, piece,
            sender=senders.get(sms.company or ANYBODY, senders.get(ANYBODY, "")),
            seconds=left,
            has_receipt=is_last,  # one message, one receipt: the last part comes after the others
            has_reference=self._settings.message_reference,
        )  # fmt: skip

    async def _free(self, count: int) -> Session:
        """Return the connection with the fewest messages under way. Raises SmsError (sms.away, sms.busy)."""
        until = asyncio.get_running_loop().time() + self._times.waiting
        while True:
            up = [link.session for link in self._links if link.session is not None]
            free = [each for each in up if not each.unanswered or each.unanswered + count <= self._settings.window]
            if free:
                return min(free, key=lambda each: each.unanswered)
            if not up and all(link.was_tried for link in self._links):
                raise SmsError("sms.away", temporary=True)
            self._changed.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                raise SmsError("sms.busy" if up else "sms.away", temporary=True) from None

    def _taken_id(self, answer: Answer) -> str:
        """Return the id of a part that was taken. Raises SmsError for one that was not."""
        self._changed.set()  # there is room for another
        if answer.status is None:
            raise SmsError("sms.unanswered", temporary=True)
        if answer.status == statuses.OK:
            return answer.message_id
        if statuses.says_slower(answer.status):
            self._pace.slow_down()
        refusal = statuses.meaning(answer.status)
        raise SmsError(refusal.kind, temporary=refusal.temporary)

    async def _on_deliver(self, body: bytes) -> None:
        """Tell of a receipt; what is none (an SMS that somebody sent us) is acknowledged and forgotten."""
        try:
            told = receipts.read(body)
        except ValueError:
            _log.warning("%s: a deliver_sm cannot be read", self.name)
            return
        if told is None:
            return
        await self._on_receipt(
            Receipt(
                gateway=self.name, message_id=self._ids.of(told),
                state=told.state, error=told.error, at=self._clock.now(),
            )
        )  # fmt: skip

    def _note_change(self) -> None:
        if any(link.session is not None for link in self._links):
            self._down_since = None
        elif self._down_since is None:
            self._down_since = self._clock.now()
        self._changed.set()


def _is_taken(task: "asyncio.Task[Taken]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
