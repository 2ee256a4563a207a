"""Looks whether updates that are waited for have come to another process; knows no order and no queue.

Behind one webhook Telegram gives one update to one process and the next to another: what is missing here has mostly
come there, and then nothing needs to wait for it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

from bot.delivery.house import where
from bot.services import updates
from bot.storage.store import Store

LOOK_EACH = 0.1  # seconds, at the latest; sooner when something was committed
REST = 0.02  # seconds between two looks

_log = logging.getLogger(__name__)


class Seeker:
    """Looks for each bot as long as something is missing."""

    def __init__(
        self, store: Store, missing: Callable[[str], range], found: Callable[[str, Iterable[int]], None]
    ) -> None:
        """Take the store, what tells a bot's missing numbers, and what is told of those that have come."""
        self._store, self._missing, self._found = store, missing, found
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, bot: str) -> None:
        """Look for what is missing now, unless that is being done."""
        if bot not in self._tasks:
            task = self._tasks[bot] = asyncio.create_task(self._seek(bot))
            task.add_done_callback(lambda _: self._tasks.pop(bot, None))

    async def close(self) -> None:
        """Look no more."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _seek(self, bot: str) -> None:
        try:
            while missing := self._missing(bot):
                look = partial(updates.came, bot=bot, first=missing.start, until=missing.stop)
                self._found(bot, await self._store.read(look))
                await self._store.changed(LOOK_EACH)
                await asyncio.sleep(REST)
        except Exception as error:  # whatever it was: nothing waits for long in any case
            _log.warning("updates of the bot %s cannot be looked for: %s", bot, where(error))
