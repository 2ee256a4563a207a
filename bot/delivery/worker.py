"""Sends codes and notices by SMS and looks customers up, and lets the house be kept (``house.py``) beside it.

How jobs are claimed, ended and tried again stands in ``pump.py``. A text may hold a code: nothing here logs it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from bot.clock import Clock
from bot.delivery.directory import Directory
from bot.delivery.house import Chore, House
from bot.delivery.pump import (
    AT_ONCE,
    LEASE,
    PATIENCE,
    DeliveryError,
    Finish,
    Handler,
    Pump,
    alarm,
    cancelled,
    nothing,
)
from bot.delivery.sms import GatewayHealth, SmsError, SmsGateway
from bot.delivery.telegram import undone
from bot.services.desk import Desk
from bot.services.identity import otp
from bot.services.jobs import Job, JobKind
from bot.services.office import notices
from bot.services.outward import webhooks
from bot.storage.store import Store, Tx

__all__ = ["LEASE", "Worker"]


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
        self.health = GatewayHealth()
        self.house = House(store, desk, clock, heads_path, chores)
        self._desk, self._clock = desk, clock
        self._sms, self._directory = sms, directory
        handlers = {
            JobKind.DIRECTORY_LOOKUP: self._look_up,
            JobKind.SMS_SEND: self._send_sms,
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
        keeping = asyncio.create_task(self.house.run())
        try:
            await self._pump.run(stop)
        finally:
            await cancelled([keeping])
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
        company, kind, value, challenge, code = (
            str(job.payload[name]) for name in ("company", "kind", "value", "challenge", "code")
        )
        found = await self._directory.find(company, kind, value)
        now = self._clock.now()
        return lambda tx: otp.resolve(tx, self._desk, now, challenge, code, found)

    async def _send_sms(self, job: Job) -> Finish:
        try:
            await self._sms.send(str(job.payload["to"]), str(job.payload["text"]))
        except SmsError as error:
            if error.temporary:
                self.health.failed(self._clock.now())
            kind = "sms.temporary" if error.temporary else "sms.permanent"
            raise DeliveryError(kind, temporary=error.temporary) from None
        except BaseException:  # no answer in time, or broken off
            self.health.failed(self._clock.now())
            raise
        self.health.succeeded()
        notice, now = job.payload.get("notice"), self._clock.now()
        if not isinstance(notice, str):
            return nothing
        return lambda tx: _ignored(notices.delivered(tx, self._desk, now, notice, notices.Route.SMS))

    async def _deliver_notice(self, job: Job) -> Finish:
        notice, now = str(job.payload["notice"]), self._clock.now()
        return lambda tx: _ignored(notices.deliver(tx, self._desk, now, notice))


def _ignored(_result: object) -> None:
    """A result that nothing depends on."""
