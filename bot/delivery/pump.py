"""Does the jobs of some kinds, each in the way it is told; knows no channel and no gateway.

Jobs run at the same time, those of one ordering key one after another; each is ended in a transaction of
its own, together with what came of it. A pump that is killed leaves its leases, and another goes on when
they are over. Two pumps never hold each other up: what waits for one gateway keeps no room of another's.
Nothing personal is logged: kinds and job ids only (R32).
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from bot.clock import SECOND, Clock
from bot.delivery.house import where
from bot.dialogue.effects import Escalation
from bot.errors import InputError, MburojaError, StoreUnavailableError
from bot.services import jobs
from bot.services.casework import escalations
from bot.services.desk import Desk, Place
from bot.services.jobs import Job, JobKind
from bot.services.records import events
from bot.services.retention import HOUSE
from bot.storage.store import Store, Tx

AT_ONCE = 16  # jobs
LEASE = 15 * SECOND  # what a process that was killed had under way waits so long at most
RENEW_EACH = 5.0  # seconds: while a job runs its lease goes on, so that no job runs twice at a time
PATIENCE = 20.0  # seconds for one job
LOOK_EACH = 1.0  # seconds: when a job comes due, nothing is committed that would tell
LATEST = 5 * SECOND  # so long after it was leased a job is begun: its lease is renewed in time
# Of these no more run at once: a receiver that hangs must not keep the room of a code that somebody waits for.
FEW: Mapping[JobKind, int] = MappingProxyType({JobKind.MAIL_SEND: 4, JobKind.WEBHOOK_SEND: 8})
_AWAY = (StoreUnavailableError, InputError)  # the database, or the file that holds the time: both may come back

Finish: TypeAlias = Callable[[Tx], None]  # what is done in the transaction that settles the job
Handler: TypeAlias = Callable[[Job], Awaitable[Finish]]  # does what a job wants. Raises DeliveryError, or anything
OnDead: TypeAlias = Callable[[Tx, int, Job, str], None]  # told, in its transaction, of a job that was given up

_log = logging.getLogger(__name__)


class DeliveryError(MburojaError):
    """What a job wanted could not be done.

    ``kind`` says why, with nothing personal in it ("telegram.flood"). ``temporary``: it is tried again, ``at_least``
    ms later. ``wait`` (ms): it was not its turn; it is given back until then, and the attempt does not count.
    """

    def __init__(self, kind: str, *, temporary: bool, wait: int | None = None, at_least: int = 0) -> None:
        """Take what happened, and when to try again."""
        super().__init__(kind)
        self.kind, self.temporary, self.wait, self.at_least = kind, temporary, wait, at_least


class Pump:
    """Does the jobs of the kinds that it has handlers for. Several, in several processes, share the work."""

    def __init__(  # noqa: PLR0913  these are what it works with
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        handlers: Mapping[JobKind, Handler],
        *,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE,
        on_dead: OnDead,
        room: Callable[[], int] | None = None,
    ) -> None:
        """Take the tools; ``at_once`` jobs run together, each gets ``patience`` seconds.

        ``room`` tells how many are worth beginning now, where the gateway's own pace bounds it.
        """
        self._store, self._desk, self._clock = store, desk, clock
        self._handlers = MappingProxyType(dict(handlers))
        self._at_once, self._patience, self._on_dead, self._room = at_once, patience, on_dead, room
        self._running: dict[asyncio.Task[None], Job] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._claiming = asyncio.Lock()
        self._wake = asyncio.Event()

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
        """Wait for the jobs under way."""
        if self._running:
            await asyncio.wait(self._running)
        if self._renewing:
            await cancelled([self._renewing])

    async def run(self, stop: asyncio.Event) -> None:
        """Do jobs as they come, until ``stop``; then finish what is under way."""
        helpers = [asyncio.create_task(work) for work in (self._listen(), self._wake_at(stop))]
        try:
            while not stop.is_set():
                self._wake.clear()
                await self._start()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EACH):
                        await self._wake.wait()
        finally:
            await cancelled(helpers)
            await self.close()

    async def _start(self) -> list[asyncio.Task[None]]:
        async with self._claiming:
            free = self._at_once - len(self._running)
            if self._room and free > 0:
                free = min(free, self._room())
            if free <= 0:
                return []
            try:
                claimed = await self._claimed(free)
            except _AWAY as error:
                _log.warning("no jobs: %s", type(error).__name__)
                return []
            started = {asyncio.create_task(self._do(job)): job for job in claimed}
            self._running.update(started)
            for task in started:
                task.add_done_callback(self._ended)
            if started and (self._renewing is None or self._renewing.done()):
                self._renewing = asyncio.create_task(self._renew())
            return list(started)

    async def _claimed(self, free: int) -> list[Job]:
        """Claim up to ``free`` jobs; where the database took so long that another may have them soon, none is begun."""
        running = Counter(job.kind for job in self._running.values())
        # In one order everywhere: two processes that claim at the same time wait for each other's rows.
        rooms = {kind: most - running[kind] for kind, most in FEW.items() if kind in self._handlers}

        def claim(tx: Tx) -> tuple[int, list[Job]]:
            now = self._clock.now()  # not before the wait for the database: the leases run from here
            return now, self._claim(tx, now, free, rooms)

        at, claimed = await self._store.transact(claim)
        if not claimed or self._clock.now() - at <= LATEST:
            return claimed
        _log.warning("%d jobs are given back: the database took long", len(claimed))
        await self._store.transact(lambda tx: [jobs.give_back(tx, job, at, "late") for job in claimed])
        return []

    def _claim(self, tx: Tx, now: int, free: int, rooms: Mapping[JobKind, int]) -> list[Job]:
        """Claim what is due: first what people wait for, then of the rest as many as may run (``rooms``)."""
        first = tuple(kind for kind in self._handlers if kind not in FEW)
        claimed = jobs.claim(tx, self._desk, now, first, free, LEASE)
        for kind, room in rooms.items():
            most = min(free - len(claimed), room)
            if most > 0:
                claimed += jobs.claim(tx, self._desk, now, (kind,), most, LEASE)
        return claimed

    async def _renew(self) -> None:
        """Let the leases of what is under way go on, until nothing is."""
        loop = asyncio.get_running_loop()
        due = loop.time() + RENEW_EACH
        while self._running:
            await asyncio.sleep(due - loop.time())
            due = loop.time() + RENEW_EACH  # from when it begins: how long it takes must not come on top
            held = list(self._running.values())
            try:
                await self._store.transact(partial(self._renewed, held))
            except Exception as error:  # whatever it was: there is time for two more tries
                _log.warning("leases do not go on: %s", where(error))

    def _renewed(self, held: Iterable[Job], tx: Tx) -> None:
        jobs.renew(tx, held, self._clock.now() + LEASE)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()  # there is room, and the next of its key may be done

    async def _do(self, job: Job) -> None:
        if job.is_lost:
            await self._not_done(job, DeliveryError("lost", temporary=False))
            return
        try:
            async with asyncio.timeout(self._patience):
                finish = await self._handlers[job.kind](job)
            await self._settle(job, finish)
        except StoreUnavailableError:
            _log.warning("%s %s waits: the database is unavailable", job.kind.value, job.id)
        except DeliveryError as error:
            await self._not_done(job, error)
        except Exception as error:  # whatever it was, the job is tried again, and the others go on
            _log.warning("%s %s failed: %s", job.kind.value, job.id, where(error))
            await self._not_done(job, DeliveryError(type(error).__name__, temporary=True))

    async def _settle(self, job: Job, finish: Finish) -> None:
        now = self._clock.now()

        def settle(tx: Tx) -> bool:
            if not jobs.settle(tx, now, job.id, job.lease_token):
                return False  # another has it: what comes of it is that one's to write
            finish(tx)
            return True

        done = await self._store.transact(settle)
        _log.info("%s %s %s", job.kind.value, job.id, "done" if done else "was taken over")

    async def _not_done(self, job: Job, error: DeliveryError) -> None:
        def give_back(tx: Tx) -> bool:
            now = self._clock.now()
            if error.wait is not None:
                jobs.give_back(tx, job, now + error.wait, error.kind)
            elif error.temporary and not job.last_attempt:
                jobs.retry(tx, self._desk, now, job, error.kind, at_least=error.at_least)
            elif jobs.bury(tx, now, job, error.kind):
                self._on_dead(tx, now, job, error.kind)
                return True
            return False

        try:
            if await self._store.transact(give_back):
                _log.warning("%s %s was given up: %s", job.kind.value, job.id, error.kind)
        except _AWAY as away:
            _log.warning("%s %s waits: %s", job.kind.value, job.id, type(away).__name__)
        except Exception as fault:  # it is tried again when its lease is over
            _log.error("%s %s cannot be given back: %s", job.kind.value, job.id, where(fault))

    async def _listen(self) -> None:
        # One task for good: the store remembers for each task which commits it knows of.
        while True:
            if await self._store.changed(LOOK_EACH):
                self._wake.set()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()


def nothing(_tx: Tx) -> None:
    """Finish what was done and waits for nothing."""


def alarm(tx: Tx, desk: Desk, now: int, job: Job, error_kind: str, company: str | None) -> None:
    """Put a job that was given up before people (R50)."""
    words = f"Puna {job.id} ({job.kind.value}) nuk u krye: {error_kind}. Shihni: mburoja jobs dead."
    place = Place(conversation="", channel=HOUSE, now=now)
    reference = escalations.open_escalation(tx, desk, place, Escalation.ALARM, company, words)
    if company is not None:
        body = {"alarm": "job_dead", "job": job.id, "kind": job.kind.value, "error": error_kind}
        events.publish(tx, desk, now, events.EventKind.ALARM_RAISED, company=company, reference=reference, body=body)


async def cancelled(tasks: Iterable[asyncio.Task[object]]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
