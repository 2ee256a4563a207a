"""Does the jobs of the outbox, and lets the house be kept (``house.py``) beside it; knows no channel.

Jobs run at the same time, those of one ordering key one after another; each is ended in a transaction of
its own, together with what came of it. A worker that is killed leaves its leases, and another goes on when
they are over. Nothing personal is logged: kinds and job ids only (R32).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from bot.clock import SECOND, Clock
from bot.delivery.directory import Directory
from bot.delivery.house import House, where
from bot.delivery.sms import GatewayHealth, SmsError, SmsGateway
from bot.dialogue.effects import Escalation
from bot.errors import InputError, StoreUnavailableError
from bot.services import jobs
from bot.services.casework import escalations
from bot.services.desk import Desk, Place
from bot.services.identity import otp
from bot.services.jobs import Job, JobKind
from bot.services.office import notices
from bot.services.records import events
from bot.services.retention import HOUSE
from bot.storage.store import Store, Tx

AT_ONCE = 16  # jobs
LEASE = 60 * SECOND
PATIENCE = 20.0  # seconds for one look-up or message; less than the lease, so that no job runs twice at a time
LOOK_EACH = 1.0  # seconds: when a job comes due, nothing is committed that would tell
_ALL = tuple(JobKind)
_AWAY = (StoreUnavailableError, InputError)  # the database, or the file that holds the time: both may come back

Finish = Callable[[Tx], None]  # what is done in the transaction that settles the job

_log = logging.getLogger(__name__)


def _nothing(_tx: Tx) -> None:
    """What is left to do of a message that was sent and waits for nothing."""


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
    ) -> None:
        """Take the tools; ``at_once`` jobs run together, each look-up and message gets ``patience`` seconds."""
        self.health = GatewayHealth()
        self.house = House(store, desk, clock, heads_path)
        self._store, self._desk, self._clock = store, desk, clock
        self._sms, self._directory = sms, directory
        self._at_once, self._patience = at_once, patience
        self._running: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()
        self._handlers: dict[JobKind, Callable[[Job], Awaitable[Finish]]] = {
            JobKind.DIRECTORY_LOOKUP: self._look_up,
            JobKind.SMS_SEND: self._send_sms,
            JobKind.NOTICE_DELIVER: self._deliver_notice,
        }

    # ---- jobs ------------------------------------------------------------------------------------------------

    async def run_once(self) -> int:
        """Do the jobs that are due, as many as fit at once, and return how many."""
        started = await self._start()
        if started:
            await asyncio.wait(started)
        return len(started)

    async def drain(self, seconds: float) -> None:
        """Do jobs until none is due, or ``seconds`` are over; what is under way then goes on."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            await self._start()
            left = end - loop.time()
            if not self._running or left <= 0:
                return
            await asyncio.wait(self._running, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Wait for the jobs under way, seal what they wrote, and give the leases back."""
        if self._running:
            await asyncio.wait(self._running)
        await self.house.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Do jobs as they come and keep house, until ``stop``; then finish what is under way."""
        wake = asyncio.Event()
        helpers = [asyncio.create_task(work) for work in (self._listen(wake), self.house.run())]
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                wake.clear()
                await self._start()
                waking = asyncio.create_task(wake.wait())
                full = len(self._running) >= self._at_once
                waited = {stopping, *self._running} if full else {stopping, waking, *self._running}
                await asyncio.wait(waited, timeout=LOOK_EACH, return_when=asyncio.FIRST_COMPLETED)
                await _cancelled([waking])
        finally:
            await _cancelled([stopping, *helpers])
            await self.close()

    async def _start(self) -> list[asyncio.Task[None]]:
        async with self._claiming:
            free = self._at_once - len(self._running)
            try:
                now = self._clock.now()
                claimed = (
                    await self._store.transact(lambda tx: jobs.claim(tx, self._desk, now, _ALL, free, LEASE))
                    if free > 0
                    else []
                )
            except _AWAY as error:
                _log.warning("no jobs: %s", type(error).__name__)
                return []
            started = [asyncio.create_task(self._do(job)) for job in claimed]
            for task in started:
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            return started

    async def _do(self, job: Job) -> None:
        try:
            async with asyncio.timeout(self._patience):
                finish = await self._handlers[job.kind](job)
            await self._settle(job, finish)
        except StoreUnavailableError:
            _log.warning("%s %s waits: the database is unavailable", job.kind.value, job.id)
        except SmsError as error:
            await self._failed(job, "sms.temporary" if error.temporary else "sms.permanent", final=not error.temporary)
        except Exception as error:  # whatever it was, the job is tried again, and the others go on
            _log.warning("%s %s failed: %s", job.kind.value, job.id, where(error))
            await self._failed(job, type(error).__name__, final=False)

    async def _settle(self, job: Job, finish: Finish) -> None:
        now = self._clock.now()

        def settle(tx: Tx) -> bool:
            if not jobs.settle(tx, now, job.id, job.lease_token):
                return False  # another worker has it: what comes of it is that one's to write
            finish(tx)
            return True

        done = await self._store.transact(settle)
        _log.info("%s %s %s", job.kind.value, job.id, "done" if done else "was taken over")

    async def _failed(self, job: Job, error_kind: str, *, final: bool) -> None:
        def give_back(tx: Tx) -> None:
            now = self._clock.now()
            if not (final or job.last_attempt):
                jobs.retry(tx, self._desk, now, job, error_kind)
            elif jobs.bury(tx, now, job, error_kind):
                self._alarm(tx, now, job, error_kind)

        try:
            await self._store.transact(give_back)
        except _AWAY as error:
            _log.warning("%s %s waits: %s", job.kind.value, job.id, type(error).__name__)

    def _alarm(self, tx: Tx, now: int, job: Job, error_kind: str) -> None:
        """Put a job that was given up before people; a notice among them goes another way (R58)."""
        _log.warning("%s %s was given up: %s", job.kind.value, job.id, error_kind)
        notice, company = job.payload.get("notice"), job.payload.get("company")
        if job.kind is JobKind.SMS_SEND and isinstance(notice, str):
            notices.not_sent(tx, self._desk, now, notice)
        words = f"Puna {job.id} ({job.kind.value}) nuk u krye: {error_kind}. Shihni: mburoja jobs dead."
        place = Place(conversation="", channel=HOUSE, now=now)
        where = company if isinstance(company, str) else None
        reference = escalations.open_escalation(tx, self._desk, place, Escalation.ALARM, where, words)
        if where is not None:
            body = {"alarm": "job_dead", "job": job.id, "kind": job.kind.value, "error": error_kind}
            events.publish(
                tx, self._desk, now, events.EventKind.ALARM_RAISED, company=where, reference=reference, body=body
            )

    async def _listen(self, wake: asyncio.Event) -> None:
        # One task for good: the store remembers for each task which commits it knows of.
        while True:
            if await self._store.changed(LOOK_EACH):
                wake.set()

    # ---- what each kind does ---------------------------------------------------------------------------------

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
            raise
        except BaseException:  # no answer in time, or broken off
            self.health.failed(self._clock.now())
            raise
        self.health.succeeded()
        notice, now = job.payload.get("notice"), self._clock.now()
        if not isinstance(notice, str):
            return _nothing
        return lambda tx: _ignored(notices.delivered(tx, self._desk, now, notice, notices.Route.SMS))

    async def _deliver_notice(self, job: Job) -> Finish:
        notice, now = str(job.payload["notice"]), self._clock.now()
        return lambda tx: _ignored(notices.deliver(tx, self._desk, now, notice))


def _ignored(_result: object) -> None:
    """A result that nothing depends on."""


async def _cancelled(tasks: Iterable[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
