"""Replaces the root secret of a database while others serve it: changes over, moves, seals anew, tells what is left.

One at a time, by a lease. Broken off anywhere, it is begun again and goes on where it was.
"""

import asyncio
import enum
import functools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from bot.clock import MINUTE, Clock
from bot.crypto import Index, KeyMissingError
from bot.errors import InputError, NotAllowedError, StoreUnavailableError
from bot.services.desk import OFFICE, Desk, Place
from bot.services.keys import reindexing, resealing, ring
from bot.services.keys.joining import Member
from bot.services.keys.places import TABLES, Table
from bot.services.keys.ring import Holder, Known, State
from bot.services.keys.settling import SettlingTx
from bot.services.leases import release_lease, take_lease
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Store, Tx

BATCH = 200  # texts replaced in one transaction: a turn waits a few milliseconds behind it
_LOOKUPS = 20  # look-ups moved in one transaction: each holds rows that turns may want
_PASSES = 10  # a pass that finds nothing ends it; others may have written by the key before in the first
_LEASE = "keys.rotation"
_TRIES = 30  # of a transaction that found the database busy or away, a second apart
_LOOK_EACH = 0.2  # seconds
_LATE = 10 * MINUTE  # what was asked for before the change is tried on its old look-ups until then, and counted (R2)
_DYING = ("failures", "sendings", "challenges", "updates", "jobs")


@dataclass(frozen=True, kw_only=True)
class Left:
    """What stands where: texts by table and key, look-ups by table under the key before, what dies by itself."""

    known: tuple[Known, ...]
    holders: tuple[Holder, ...]
    texts: dict[str, Counter[str]] = field(default_factory=dict)
    lookups: dict[str, int] = field(default_factory=dict)
    dying: dict[str, int] = field(default_factory=dict)

    @property
    def current(self) -> Known:
        """The key of today."""
        return next(key for key in self.known if key.state is State.CURRENT)

    @property
    def leaving(self) -> Known | None:
        """The key that is being left."""
        return next((key for key in self.known if key.state is State.LEAVING), None)

    @property
    def lagging(self) -> int:
        """How many processes use another key than today's."""
        return sum(one.current != self.current.id for one in self.holders)

    @property
    def dying_until(self) -> int | None:
        """Before when everything came that dies by itself; None while it is being left, and where nothing is."""
        return self.leaving.changed_at + _LATE if self.leaving and self.leaving.changed_at is not None else None

    @property
    def under_others(self) -> int:
        """How many texts and look-ups another key than today's has; what cannot be opened is of none."""
        ours = {self.current.id, resealing.BROKEN}
        texts = sum(count for counts in self.texts.values() for key, count in counts.items() if key not in ours)
        return texts + sum(self.lookups.values())

    @property
    def is_clear(self) -> bool:
        """Whether nothing needs the key before any more."""
        return not self.under_others and not sum(self.dying.values()) and not self.lagging


class NotReadyError(NotAllowedError):
    """Processes do not know the new secret yet; nothing was changed."""


class LaggingError(NotAllowedError):
    """The new secret is in use, and processes have not changed over to it."""


class Step(enum.StrEnum):
    """What is being done."""

    CHANGE_OVER = "change_over"
    LOOKUPS = "lookups"
    TEXTS = "texts"


Told = Callable[[Step, str, int, int], None]  # step, table, how many so far, how many cannot be opened


class Rotation:
    """One run of it."""

    def __init__(self, store: Member, desk: Desk, clock: Clock, *, batch: int = BATCH) -> None:
        """Take the store of a process that joined the ring; ``batch``: texts replaced in one transaction."""
        self._store, self._desk, self._clock, self._batch = store, desk, clock, batch
        self._vault, self._holder = desk.vault, desk.randomness.token()

    async def change_over(self, wanted: str, patience: float = 60.0) -> None:
        """Make a key current, once every process knows it, and wait until all of them use it (``patience`` seconds).

        Raises InputError where it may not be, NotReadyError where a process does not know it, and LaggingError where
        one does not use it in time.
        """
        engine = self._store.engine
        if not _is_current(await engine.read(ring.every), wanted):
            await engine.transact(lambda tx: self._enter(tx, wanted))
            await self._store.look()
        until = time.monotonic() + patience
        while True:
            there = await engine.read(functools.partial(ring.holders, now=self._clock.now()))
            behind = sum(one.current != wanted for one in there)
            if not behind and self._vault.standing.current == wanted:
                return
            if time.monotonic() > until:
                raise LaggingError("{count} processes do not change over; look at their logs.", count=behind)
            await asyncio.sleep(_LOOK_EACH)

    def _enter(self, tx: Tx, wanted: str) -> None:
        self._take_lease(tx)
        known = ring.every(tx)
        if _is_current(known, wanted):
            return
        if any(key.id == wanted for key in known):
            raise InputError(f"Çelësi {wanted} ka qenë në përdorim më parë; bëni një sekret të ri.")
        if any(key.state is State.LEAVING for key in known):
            raise InputError("Ndërrimi i mëparshëm nuk ka mbaruar: çojeni në fund, pastaj filloni këtë.")
        ring.change_over(tx, self._vault, wanted, self._clock.now())
        # From here on nobody joins before it is seen that another key is current: whoever is there is there now.
        there = ring.holders(tx, self._clock.now())
        if strangers := sum(wanted not in {one.current, one.other} for one in there):
            raise NotReadyError("{count} processes do not know the new secret; nothing was changed.", count=strangers)
        place = Place(conversation="", channel=OFFICE, now=self._clock.now())
        audit.write(tx, self._desk, place, Act.SECRET_REPLACED, company=None, details={"key": wanted})

    async def run(self, told: Told) -> int:
        """Move every look-up and seal every text anew, until a pass finds nothing; returns how many cannot be opened.

        Raises KeyMissingError where a key is missing here.
        """
        for _ in range(_PASSES):
            found = broken = 0
            for table in TABLES:
                if table.name in reindexing.READERS:
                    found += await self._move(table, told)
            for table in TABLES:
                changed, unread = await self._reseal(table, told)
                found, broken = found + changed, broken + unread
            if not found:
                await self._store.engine.transact(self._note_changed)
                return broken
        raise InputError("Dikush ende shkruan me çelësin e vjetër; shihni mburoja keys status.")

    async def left(self) -> Left:
        """Return what stands where."""
        engine, now = self._store.engine, self._clock.now()
        known = await engine.read(ring.every)
        holders = await engine.read(lambda tx: ring.holders(tx, now))
        found = Left(known=known, holders=holders)
        for table in TABLES:
            counts: Counter[str] = Counter()
            stale = 0
            async for rows in _pages(engine, table, self._batch * 5):
                counts += await asyncio.to_thread(resealing.counted, self._vault, table, rows)
                if table.name in reindexing.READERS and found.leaving:
                    stale += len(await asyncio.to_thread(reindexing.stale, self._vault, table.name, rows))
            found.texts[table.name] = counts
            if stale:
                found.lookups[table.name] = stale
        if (before := found.dying_until) is not None:
            row = await engine.read(lambda tx: tx.first("keys.dying", before=before))
            if row is not None:
                found.dying.update({name: int(row[name]) for name in _DYING})
        return found

    async def finish(self, left: Left, patience: float = 5.0) -> bool:
        """Note that nothing needs the key before any more, where that is so; tells whether its secret may go.

        Where look-ups went is forgotten with it, as soon as every process has heard (``patience`` seconds, or the next
        time): hashes by a key that was left say to whoever has it whom they are of.
        """
        engine, until = self._store.engine, time.monotonic()
        if left.leaving:
            if not left.is_clear or left.dying_until is None:
                return False
            await engine.transact(lambda tx: tx.run("keys.gone"))
            await self._store.look()
            until += patience
        while not await engine.transact(lambda tx: ring.forget_moves(tx, self._clock.now())):
            if time.monotonic() > until:
                break
            await asyncio.sleep(_LOOK_EACH)
        return True

    async def _move(self, table: Table, told: Told) -> int:
        moved = 0
        async for rows in _pages(self._store.engine, table, self._batch):
            stale = await asyncio.to_thread(reindexing.stale, self._vault, table.name, rows)
            for start in range(0, len(stale), _LOOKUPS):
                few = stale[start : start + _LOOKUPS]
                moved += await self._rested(functools.partial(self._settle, few=few))
            told(Step.LOOKUPS, table.name, moved, 0)
        return moved

    async def _reseal(self, table: Table, told: Told) -> tuple[int, int]:
        changed = broken = 0
        async for rows in _pages(self._store.engine, table, self._batch):
            made, unread = await asyncio.to_thread(resealing.fresh, self._vault, table, rows)
            broken += unread
            if made:
                changed += await self._rested(functools.partial(self._put, made=made))
            told(Step.TEXTS, table.name, changed, broken)
        return changed, broken

    async def _rested(self, work: Callable[[Tx], int]) -> int:
        """Do a work, then leave the database to the others for as long as it took; where it is busy, wait for it."""
        for left in reversed(range(_TRIES)):
            begun = time.monotonic()
            try:
                result = await self._store.engine.transact(work)
            except StoreUnavailableError as error:
                if not left or isinstance(error, KeyMissingError):
                    raise
                await asyncio.sleep(1)
            else:
                await asyncio.sleep(time.monotonic() - begun)
                return result
        raise AssertionError

    def _settle(self, tx: Tx, few: Sequence[Index]) -> int:
        self._take_lease(tx)
        moving = SettlingTx(tx, self._vault)
        return sum(moving.move(index) for index in few)

    def _put(self, tx: Tx, made: Sequence[resealing.Fresh]) -> int:
        self._take_lease(tx)
        return resealing.put(tx, made)

    def _note_changed(self, tx: Tx) -> None:
        tx.run("keys.changed", now=self._clock.now())
        release_lease(tx, _LEASE, self._holder)

    def _take_lease(self, tx: Tx) -> None:
        if not take_lease(tx, _LEASE, self._holder, self._clock.now(), MINUTE):
            raise InputError("Një tjetër mburoja keys rotate po punon; pas një ndalimi të papritur prisni një minutë.")


def _is_current(known: Sequence[Known], key: str) -> bool:
    return any(one.id == key and one.state is State.CURRENT for one in known)


async def _pages(store: Store, table: Table, most: int) -> AsyncIterator[list[Row]]:
    after = table.start()
    while rows := await store.read(functools.partial(resealing.page, table=table, after=after, most=most)):
        yield rows
        after = table.key_of(rows[-1])
