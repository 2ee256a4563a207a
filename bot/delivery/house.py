"""Keeps house: seals the audit and writes its heads down (R47), erases (R45), lifts what is due (R41); knows no job.

Any number of houses may run, in any number of processes: leases see to it that one works at a time. Each act takes its
lease in its own transaction, so that a process which was stopped and goes on past its lease finds it taken. What
cannot be done now (the database is away, the disk is full) is done the next time.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.clock import MINUTE, SECOND, Clock
from bot.delivery.witness import Witness
from bot.errors import StoreUnavailableError
from bot.services import retention
from bot.services.desk import Desk
from bot.services.leases import release_lease, take_lease
from bot.services.office import notices
from bot.services.records import audit
from bot.services.records.audit import Head
from bot.storage.store import Store, Tx

SEAL_EACH = 1.0  # seconds
KEEP_EACH = 60.0  # seconds
MOST_SWEEPS = 200  # at one time
HOUSEKEEPER = "housekeeper"  # the lease's name
LATE = 5 * SECOND  # so long after its time a chore may be; then its process is gone, and another does it

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Chore:
    """Something to be looked after every so many seconds, in a transaction, by one process at a time.

    ``work`` gets the transaction and the time, and returns how much it did: as long as that is anything, it is called
    again. ``kept`` is called after each commit. One that is not done ``alone`` is done by every process for itself,
    and once more at its end.
    """

    name: str
    seconds: float
    work: Callable[[Tx, int], int]
    kept: Callable[[], None] = lambda: None
    alone: bool = True


class House:
    """What has to be done from time to time, whoever does it."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, heads_path: Path, chores: Sequence[Chore] = ()) -> None:
        """Take the tools, the file that the signed heads go to, and what else there is to look after."""
        self._chores = chores
        self._store, self._desk, self._clock = store, desk, clock
        self._witness = Witness(store, desk, clock, heads_path)
        self._holder = desk.randomness.token()
        self._sealing = asyncio.Lock()
        self._leaving = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep house until ``stop``; a transaction under way then is ended, so that it is known what it did."""
        self._leaving = stop
        loop = asyncio.get_running_loop()
        due = loop.time()
        next_times = [due] * len(self._chores)
        while not stop.is_set():
            await self.seal()
            for at, chore in enumerate(self._chores):
                if loop.time() >= next_times[at]:
                    next_times[at] = loop.time() + chore.seconds
                    await self._do(chore)
            if loop.time() >= due:
                due = loop.time() + KEEP_EACH
                await self.keep()
            await _rest(stop)

    async def run_own(self, stop: asyncio.Event) -> None:
        """Do only what every process does for itself, until ``stop``: the house is kept by others."""
        loop = asyncio.get_running_loop()
        own = [chore for chore in self._chores if not chore.alone]
        next_times = [loop.time()] * len(own)
        while not stop.is_set():
            await self._bear_witness()
            for at, chore in enumerate(own):
                if loop.time() >= next_times[at]:
                    next_times[at] = loop.time() + chore.seconds
                    await self._do(chore)
            await _rest(stop)
        for chore in own:
            await self._do(chore)
        await self._bear_witness()

    async def do_chores(self) -> None:
        """Do every chore now."""
        for chore in self._chores:
            await self._do(chore)

    async def _do(self, chore: Chore) -> None:
        """Do a chore until there is nothing left of it, unless another process does."""
        try:
            for _ in range(MOST_SWEEPS):
                did = await self._store.transact(lambda tx: self._leased(tx, chore))
                chore.kept()
                if not did or (chore.alone and self._leaving.is_set()):
                    return
        except StoreUnavailableError:
            _log.warning("%s waits: the database is unavailable", chore.name)
        except Exception as error:  # one fault must not end the sealing too
            _log.error("%s failed: %s", chore.name, where(error))

    def _leased(self, tx: Tx, chore: Chore) -> int:
        now, lease = self._clock.now(), int(chore.seconds * SECOND) + LATE
        mine = not chore.alone or take_lease(tx, f"chore.{chore.name}", self._holder, now, lease)
        return chore.work(tx, now) if mine else 0

    async def close(self) -> None:
        """Seal what was written last, and give the leases back."""
        for chore in self._chores:
            if not chore.alone:
                await self._do(chore)
        await self.seal()
        with contextlib.suppress(StoreUnavailableError):
            await self._store.transact(self._give_back)

    async def seal(self) -> Head | None:
        """Seal the audit's new entries, and write the chain's head down; returns the last one written now (R47)."""
        async with self._sealing:
            last = None
            try:
                while await self._store.read(audit.has_unsealed):
                    head = await self._store.transact(self._seal_chain)
                    if head is None:
                        break  # another is at it
                    last = await self._witness.write(head)
                last = await self._witness.look() or last
            except (StoreUnavailableError, OSError) as error:
                _log.warning("the audit waits to be sealed: %s", type(error).__name__)
            except Exception as error:  # a log that was tampered with must not end the housekeeping too
                _log.error("the audit cannot be sealed: %s", where(error))
            return last

    async def keep(self) -> None:
        """Lift the restrictions that are due and erase what is past its time, unless another does."""
        try:
            now = self._clock.now()
            if not await self._store.transact(self._is_keeper):
                return
            await self._lift(now)
            for _ in range(MOST_SWEEPS):
                erased = await self._store.transact(lambda tx: self._swept(tx, now))
                if not erased:
                    break
                _log.info("erased: %s", ", ".join(f"{kind} {count}" for kind, count in sorted(erased.items())))
                if self._leaving.is_set():
                    break
        except StoreUnavailableError:
            _log.warning("the house waits: the database is unavailable")
        except Exception as error:  # one fault must not end the sealing too
            _log.error("housekeeping failed: %s", where(error))

    async def _lift(self, now: int) -> None:
        def lift(tx: Tx) -> None:
            if self._is_keeper(tx):
                notices.lift_due(tx, self._desk, now)

        try:
            await self._store.transact(lift)
        except StoreUnavailableError:
            raise
        except Exception as error:  # one fault must not keep what is past its time, too
            _log.error("nothing was lifted: %s", where(error))

    def _swept(self, tx: Tx, now: int) -> Mapping[str, int]:
        return retention.sweep(tx, self._desk, now) if self._is_keeper(tx) else {}

    def _is_keeper(self, tx: Tx) -> bool:
        return take_lease(tx, HOUSEKEEPER, self._holder, self._clock.now(), MINUTE)

    def _seal_chain(self, tx: Tx) -> Head | None:
        return audit.seal_chain(tx, self._desk, self._clock.now(), self._holder)

    async def _bear_witness(self) -> None:
        try:
            await self._witness.look()
        except (StoreUnavailableError, OSError) as error:
            _log.warning("the audit's head waits to be written down: %s", type(error).__name__)
        except Exception as error:  # a log that was tampered with must not end the rest too
            _log.error("the audit's head cannot be written down: %s", where(error))

    def _give_back(self, tx: Tx) -> None:
        for name in (audit.SEALER, HOUSEKEEPER, *(f"chore.{chore.name}" for chore in self._chores)):
            release_lease(tx, name, self._holder)


async def _rest(stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), SEAL_EACH)


def where(error: BaseException) -> str:
    """Return an error's type and place for the log: its message may hold something personal (R32)."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "error"
