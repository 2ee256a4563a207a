"""What a process says to all others of something outside, and takes back when it ends."""

import asyncio
import contextlib
from collections.abc import Callable

from bot.errors import StoreUnavailableError
from bot.storage.store import Store, Tx


class Saying:
    """What one process says. Whoever says it may be cancelled at any moment: it may have been said all the same."""

    def __init__(self, store: Store) -> None:
        """Take where it is said."""
        self._store = store
        self._has_said = False
        self._under_way: set[asyncio.Future[None]] = set()

    async def say(self, work: Callable[[Tx], None]) -> None:
        """Say something. Raises StoreUnavailableError and what the work raises."""
        saying = asyncio.ensure_future(self._store.transact(work))
        self._has_said = True
        self._under_way.add(saying)
        saying.add_done_callback(self._under_way.discard)
        await asyncio.shield(saying)

    async def take_back(self, work: Callable[[Tx], None]) -> None:
        """Take back whatever was said, once nothing is being said any more; without a database it grows stale."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._has_said:
            with contextlib.suppress(StoreUnavailableError):
                await self._store.transact(work)
