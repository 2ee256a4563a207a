"""Sends codes and notices by SMS and looks customers up, and lets the house be kept (``house.py``) beside it.

How jobs are claimed, ended and tried again stands in ``pump.py``, how messages are sent in ``sms/sending.py``.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from bot.clock import Clock
from bot.delivery.directory.looking_up import found_by
from bot.delivery.directory.port import Directory
from bot.delivery.house import Chore, House, where
from bot.delivery.pump import (
    AT_ONCE,
    LEASE,
    PATIENCE,
    Finish,
    Handler,
    Pump,
    alarm,
    cancelled,
)
from bot.delivery.sms.port import SmsGateway
from bot.delivery.sms.sending import Sending
from bot.delivery.telegram import undone
from bot.services.desk import Desk
from bot.services.identity import otp
from bot.services.jobs import Job, JobKind
from bot.services.office import notices
from bot.services.outward import sms_sent, webhooks
from bot.storage.store import Store, Tx

__all__ = ["LEASE", "Worker"]

ANEW_AFTER = 1.0  # seconds

_log = logging.getLogger(__name__)


class Worker:
    """One worker of a process. Several, in several processes, share the work."""

    def __init__(  # noqa: PLR0913  these are what it works with
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        *,
        sms: SmsGateway,
        directory: Directory,
        heads_path: Path,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE,
        more: Mapping[JobKind, Handler] = MappingProxyType({}),
        chores: Sequence[Chore] = (),
    ) -> None:
        """Take the tools; ``at_once`` jobs run together, each look-up and message gets ``patience`` seconds.

        ``more``: handlers of other kinds, where no other pump of the process has them. ``chores``: what the house
        looks after besides its own.
        """
        self.sending = Sending(store, desk, clock, sms)
        waiting = Chore(name="sms receipts", seconds=60.0, work=lambda tx, now: sms_sent.give_up_waiting(tx, desk, now))
        self.house = House(store, desk, clock, heads_path, (*chores, waiting))
        self._desk, self._clock = desk, clock
        self._directory = directory
        handlers = {
            JobKind.DIRECTORY_LOOKUP: self._look_up,
            JobKind.SMS_SEND: self.sending.handle,
            JobKind.NOTICE_DELIVER: self._deliver_notice,
            **more,
        }
        self._pump = Pump(store, desk, clock, handlers, at_once=at_once, patience=patience, on_dead=self._given_up)

    async def run_once(self) -> int:
        """Do the jobs that are due, as many as fit at once, and return how many."""
        return await self._pump.run_once()

    async def drain(self, seconds: float) -> None:
        """Do jobs until none is due, or ``seconds`` are over; what is under way then goes on."""
        await self._pump.drain(seconds)

    async def close(self) -> None:
        """Wait for the jobs under way, seal what they wrote, and give the leases back."""
        await self._pump.close()
        await self.house.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Do jobs as they come and keep house, until ``stop``; then finish what is under way."""
        leaving = asyncio.Event()
        keeping = asyncio.create_task(_going_on("the house", lambda: self.house.run(leaving)))
        telling = asyncio.create_task(_going_on("how the gateways are doing", self.sending.tell))
        try:
            await self._pump.run(stop)
        finally:
            leaving.set()
            await asyncio.wait([keeping])
            await cancelled([telling])
            await self.close()

    def _given_up(self, tx: Tx, now: int, job: Job, error_kind: str) -> None:
        """Tell people; a notice among what was given up goes another way (R58)."""
        if job.kind is JobKind.TELEGRAM_CALL:
            undone.given_up(tx, self._desk, now, job, error_kind)
            return
        if job.kind is JobKind.WEBHOOK_SEND:
            webhooks.given_up(tx, self._desk, now, str(job.payload["webhook"]), error_kind)
            return
        notice, company = job.payload.get("notice"), job.payload.get("company")
        if job.kind is JobKind.SMS_SEND and isinstance(notice, str):
            notices.not_sent(tx, self._desk, now, notice, notices.Route.SMS)
        alarm(tx, self._desk, now, job, error_kind, company if isinstance(company, str) else None)

    async def _look_up(self, job: Job) -> Finish:
        challenge, code = str(job.payload["challenge"]), str(job.payload["code"])
        found = await found_by(self._directory, job)
        now = self._clock.now()
        return lambda tx: otp.resolve(tx, self._desk, now, challenge, code, found)

    async def _deliver_notice(self, job: Job) -> Finish:
        notice, now = str(job.payload["notice"]), self._clock.now()
        return lambda tx: _ignored(notices.deliver(tx, self._desk, now, notice))


async def _going_on(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Let something go on until it ends by itself; where it fails that is told, and it begins anew."""
    while True:
        try:
            await work()
        except Exception as error:  # whatever it was, messages go on being sent, and what is beside them too
            _log.error("%s: failed, and begins anew: %s", what, where(error))
            await asyncio.sleep(ANEW_AFTER)
        else:
            return


def _ignored(_result: object) -> None:
    """A result that nothing depends on."""
