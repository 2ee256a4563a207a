"""Writes the audit chain's signed heads into this process's own file, whoever seals (R47); knows no lease.

Every process keeps such a file: whoever shortens or rewrites the chain must reach all of them, or it shows in one.
"""

import asyncio
import logging
from pathlib import Path

from bot.clock import Clock
from bot.delivery import heads
from bot.services.desk import Desk
from bot.services.records import audit
from bot.services.records.audit import Head
from bot.services.records.audit_chain import is_genuine
from bot.storage.store import Store

_log = logging.getLogger(__name__)


class Witness:
    """Keeps one file. Several processes may share it: what one has written, another does not write again."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, path: Path) -> None:
        """Take the tools and the file."""
        self._store, self._desk, self._clock, self._path = store, desk, clock, path
        self._last: int | None = None  # the highest number that the file is known to have
        self._told = False

    async def look(self) -> Head | None:
        """Write the chain's head down if the file does not have it yet; returns what was written now.

        Also what a crash left unwritten comes so. Raises StoreUnavailableError, OSError.
        """
        current = await self._current()
        if self._last is not None and current is not None and current.seq == self._last:
            return None
        written = await self._written()
        current = await self._current()  # after the file: meanwhile another that shares it may have sealed and written
        if (current.seq if current else 0) < written and not self._told:
            self._told = True
            _log.error("the audit ends before what was signed here: see mburoja audit verify")
        self._last = written
        return None if current is None or written >= current.seq else await self.write(current)

    async def write(self, head: Head) -> Head:
        """Write a head down, and return it. Raises OSError."""
        self._last = None  # until it is on the disk
        await asyncio.to_thread(heads.append, self._path, head)
        self._last = head.seq
        return head

    async def _current(self) -> Head | None:
        now = self._clock.now()
        return await self._store.read(lambda tx: audit.current_head(tx, self._desk, now))

    async def _written(self) -> int:
        """Return the number of the last head in the file; one that we did not sign says nothing."""
        last = await asyncio.to_thread(heads.last, self._path)
        if last is None or not is_genuine(self._desk, last):
            return 0
        return last.seq
