"""Lets something go on in one process at a time, in turn with others, by a lease; knows nothing of what it is.

Whoever holds the lease renews it. By its own clock, which goes on also while a process is stopped (SIGSTOP), each
knows when it holds it no more, and stops somewhat earlier: what is under way has its end before another begins. A
holder that is gone is followed by another when the lease is over.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from bot.clock import SECOND, Clock
from bot.delivery.house import where
from bot.services.leases import release_lease, take_lease
from bot.storage.store import Store

LEASE = 10 * SECOND
RENEW_EACH = 3.0  # seconds: time for two more tries before the lease is over
TRY_EACH = 1.0  # seconds, while another holds it
_EARLIER = 0.1  # of the lease: for what is under way, and for clocks that are a little apart
_LAST_WORDS = 2.0  # seconds for giving it back

_log = logging.getLogger(__name__)


class Work(Protocol):
    """What goes on."""

    async def run(self, stop: asyncio.Event) -> None:
        """Go on until ``stop``; what is under way is finished."""
        ...


class InTurn:
    """A work of which one goes on at a time; in each turn it begins anew."""

    def __init__(self, store: Store, clock: Clock, name: str, holder: str, make: Callable[[], Work]) -> None:
        """Take the tools, the lease's name, what stands for this process, and what makes the work."""
        self._store, self._clock, self._name, self._holder, self._make = store, clock, name, holder, make
        self._until = float("-inf")  # by the loop's time

    async def run(self, stop: asyncio.Event) -> None:
        """Go on whenever it is this process's turn, until ``stop``. Raises what the work raises."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                if await self._take():
                    await self._go_on(stopping)
                else:
                    await asyncio.wait({stopping}, timeout=TRY_EACH)
        finally:
            stopping.cancel()
            await self._give_back()

    async def _go_on(self, stopping: "asyncio.Task[bool]") -> None:
        """Work until told to stop, or the lease is lost; what is under way then is finished."""
        _log.info("%s is done here now", self._name)
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        working = asyncio.create_task(self._make().run(told), name=self._name)
        try:
            renew_at = loop.time() + RENEW_EACH
            while not stopping.done() and not working.done() and loop.time() < self._until:
                await asyncio.wait(
                    {stopping, working},
                    timeout=max(0.0, min(renew_at, self._until) - loop.time()),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if loop.time() >= renew_at:
                    renew_at = loop.time() + RENEW_EACH
                    await self._take()
            if not stopping.done() and not working.done():
                _log.warning("%s is done by another from now on", self._name)
            told.set()
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _take(self) -> bool:
        """Take the lease or renew it; while the database is away, what was taken holds to its end."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            now = self._clock.now()
            # Who has it waits no longer for the database than it lasts: then it must be known to be over.
            async with asyncio.timeout_at(self._until if begun < self._until else begun + LEASE / SECOND):
                mine = await self._store.transact(lambda tx: take_lease(tx, self._name, self._holder, now, LEASE))
        except Exception as error:  # whatever it was, it is tried again
            _log.debug("whose turn %s is cannot be told: %s", self._name, where(error))
        else:
            self._until = begun + (1 - _EARLIER) * LEASE / SECOND if mine else float("-inf")
        return loop.time() < self._until

    async def _give_back(self) -> None:
        with contextlib.suppress(Exception):  # then it is over by itself
            async with asyncio.timeout(_LAST_WORDS):
                await self._store.transact(lambda tx: release_lease(tx, self._name, self._holder))
