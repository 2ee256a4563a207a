"""Joins a process to the ring of keys: it tells that it is there, and follows which key is current; knows no table.

Who was not heard of for long (stopped in the middle, cut off from the database) must not go on with a key that the
others may have left meanwhile: its works are refused until it has looked again.
"""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from bot.clock import SECOND, Clock
from bot.crypto import KeyMissingError, SealBrokenError, Standing, Vault
from bot.errors import InputError, StoreUnavailableError
from bot.services.keys import ring
from bot.services.keys.ring import Known
from bot.services.keys.settling import SettlingStore
from bot.storage.store import Store, Tx

RENEW_EACH = 30.0  # seconds
LOOK_EACH = 1.0  # seconds, while a key may be replaced, and after a look that failed
_LAPSES = ring.HOLD_MS / SECOND - 5  # seconds: before the others take this process for gone
_REFUSED = "Çelësat e bazës po ndërrohen dhe ky proces duhet t’i shohë prapë; provoni prapë pas pak."

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Member(SettlingStore):
    """The store of a process that knows the ring: a work that it might do with a key that was left is refused."""

    def __init__(self, store: Store, vault: Vault) -> None:
        """Take the store and the vault."""
        super().__init__(store, vault)
        self._heard = time.monotonic()
        self._misses = False
        self._under_way: set[asyncio.Event] = set()
        self.look: Callable[[], Awaitable[bool]]
        """Looks at the ring now; false where the database is away, or the ring was changed meanwhile."""

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` and commit. Raises what ``work`` raises, StoreUnavailableError, or KeyMissingError."""
        self._must_know()
        if not self._vault.is_changing:
            return await self._store.transact(work)
        over = asyncio.Event()
        self._under_way.add(over)
        try:
            return await super().transact(work)
        finally:
            self._under_way.remove(over)
            over.set()

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a connection that cannot write."""
        self._must_know()
        return await super().read(work)

    async def all_ended(self) -> None:
        """Wait for the works that are under way now: they seal with the key that was current when they were begun."""
        for over in tuple(self._under_way):
            await over.wait()

    def heard(self, *, misses: bool) -> None:
        """Note that the ring was looked at, and whether a key of it is missing here."""
        self._heard, self._misses = time.monotonic(), misses

    def _must_know(self) -> None:
        if self._misses or time.monotonic() - self._heard > _LAPSES:
            raise KeyMissingError(_REFUSED)


class _Ring:
    """What a process does in the ring."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, wanted: str, holder: str) -> None:
        self.member = Member(store, vault)
        self._store, self._vault, self._clock = store, vault, clock
        self._wanted, self._holder = wanted, holder
        self.member.look = functools.partial(self._looked, renew=True)

    async def enter(self) -> bool:
        """Take the ring over as it stands; false where no key opens what is sealed. Raises InputError."""
        while True:
            known = await self._store.read(ring.every)
            if not any(key.id in self._vault.keys for key in known):
                if not await self._store.transact(lambda tx: ring.found(tx, self._vault, self._clock.now())):
                    return False
                known = await self._store.read(ring.every)
            self._vault.standing = ring.standing(known, self._vault, self._wanted)
            if await self._hold(known):
                return True

    async def follow(self) -> None:
        """Go on looking and renewing until cancelled."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EACH if len(self._vault.keys) > 1 else RENEW_EACH)
            while not await self._looked(renew=time.monotonic() - renewed >= RENEW_EACH):
                await asyncio.sleep(LOOK_EACH)
                renewed = 0.0
            if time.monotonic() - renewed >= RENEW_EACH:
                renewed = time.monotonic()

    async def leave(self) -> None:
        """Tell the others that this process ends."""
        with contextlib.suppress(StoreUnavailableError):
            await self._store.transact(lambda tx: tx.run("keys.let_go", holder=self._holder))

    async def _looked(self, *, renew: bool) -> bool:
        try:
            known = await self._store.read(ring.every)
            stands = self._stands(known)
            if stands is not None and stands != self._vault.standing:
                self._vault.standing, renew = stands, True
                await self.member.all_ended()
            if renew and not await self._hold(known):
                return False
        except StoreUnavailableError:
            return False
        self.member.heard(misses=stands is None)
        return True

    def _stands(self, known: Sequence[Known]) -> Standing | None:
        try:
            return ring.standing(known, self._vault, self._wanted)
        except (InputError, SealBrokenError) as error:
            _log.error("%s", error)
            return None

    async def _hold(self, known: Sequence[Known]) -> bool:
        """Tell the others which keys this process uses; false where ``known`` are not the keys any more."""
        stands = self._vault.standing
        return await self._store.transact(
            lambda tx: ring.hold(tx, self._holder, stands, known, self._clock.now())
        )  # fmt: skip


@contextlib.asynccontextmanager
async def joined(store: Store, vault: Vault, clock: Clock, wanted: str, holder: str) -> AsyncIterator[Store | None]:
    """Give the store as this process may use it, while the context lasts; None where no key of it fits the database.

    ``wanted`` is the id of the key that shall be current in the end, ``holder`` a name that no other process has.
    Raises InputError where a key that is in use is missing.
    """
    own = _Ring(store, vault, clock, wanted, holder)
    if not await own.enter():
        yield None
        return
    following = asyncio.create_task(own.follow(), name="keys")
    try:
        yield own.member
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await own.leave()
