"""Lets turns be taken, many at a time, of what waits in the queues; tries nothing while the store is away.

It knows no order but the queues' own, and nothing of where updates come from.
"""

import asyncio
import logging
from collections.abc import Callable

from bot.channels.telegram.handling import AGAIN, AWAY, Handling, Outcome
from bot.channels.telegram.queues import Kept, Queues
from bot.delivery.house import where

AT_ONCE = 64  # turns under way
AWAY_FIRST, AWAY_LONGEST = 0.25, 5.0  # seconds until a store that was away is tried again

_log = logging.getLogger(__name__)


class Dispatcher:
    """Takes updates out of ``queues`` and has them handled, between ``open`` and ``stop``."""

    def __init__(self, handling: Handling, ended: Callable[[Kept, Outcome], None]) -> None:
        """Take what handles an update, and what is told of one that does not wait any more."""
        self.queues = Queues()
        self.running = False
        self.workers = 0  # turns under way
        self._handling, self._ended = handling, ended
        self._tasks: set[asyncio.Task[None]] = set()
        self._away = 0.0  # seconds that the store is given to come back; 0: it is there
        self._paused: asyncio.TimerHandle | None = None

    @property
    def is_well(self) -> bool:
        """Whether turns are taken, and the store is there for all that is known."""
        return self.running and not self._paused and not self._away

    def open(self) -> None:
        """Let turns be taken from now on."""
        self.running = True
        self.start()

    def stop(self) -> None:
        """Begin no turn any more; those under way go on."""
        self.running = False
        if self._paused:
            self._paused.cancel()
            self._paused = None

    async def finish(self) -> None:
        """Wait for the turns under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self) -> None:
        """Let as many turns be taken as may be; one, where the store is not known to be back."""
        if not self.running or self._paused:
            return
        most = 1 if self._away else AT_ONCE
        for _ in range(min(most - self.workers, self.queues.ready)):
            self.workers += 1
            worker = asyncio.create_task(self._work())
            self._tasks.add(worker)
            worker.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        try:
            while self.running and not self._paused and (kept := self.queues.take()):
                await self._handle(kept)
        finally:
            self.workers -= 1  # at once: what comes now must find the place free

    async def _handle(self, kept: Kept) -> None:
        try:
            outcome = await self._handling.handle(kept)
        except AWAY as error:
            self.queues.put_back(kept)
            self._pause(error)
            return
        except Exception as error:  # not even its failure could be noted: the others go on, and so does this later
            _log.error("an update of the bot %s waits: %s", kept.bot, where(error))
            outcome = Outcome(again=AGAIN)
        if outcome.again is None:
            self._ended(kept, outcome)
        else:
            self._later(kept, outcome.again)
        if self._away:
            self._is_back()

    def _later(self, kept: Kept, seconds: float) -> None:
        def again() -> None:
            self.queues.put_back(kept)
            self.start()

        asyncio.get_running_loop().call_later(seconds, again)

    def _pause(self, error: Exception) -> None:
        """Let nothing be tried for a while: what one found away is away for all."""
        if self._paused is None and self.running:
            if not self._away:
                _log.warning("updates wait: %s", type(error).__name__)
            self._away = min(self._away * 2 or AWAY_FIRST, AWAY_LONGEST)
            self._paused = asyncio.get_running_loop().call_later(self._away, self._resume)

    def _resume(self) -> None:
        self._paused = None
        self.start()

    def _is_back(self) -> None:
        if self._paused is None:
            self._away = 0.0
            _log.info("updates are handled again")
            self.start()
