"""How fast messages go out: evenly, below what the operator takes, slower for a while where it says so.

It knows no message. One throttled answer in a hundred would otherwise bring a link to a crawl.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from bot.delivery.sms.port import SmsError

SLOWER = 2.0  # times, where the operator says that it is too much; never more than that
CALM = 3.0  # seconds without such an answer, then it goes at full pace again
_LATE = 1  # turns that may be made up for: a loop that was held up must not send them all at once

Turn: TypeAlias = Callable[[], Awaitable[None]]


class Pace:
    """Gives turns at most ``per_second`` apart, in the order in which they were asked for."""

    def __init__(self, per_second: float, waiting: float) -> None:
        """Take the pace, and how many seconds a message may wait for its turn."""
        self._apart, self._most = 1 / per_second, waiting
        self._asked = 0  # turns
        self._one = asyncio.Lock()
        self._next = 0.0
        self._slow_until = 0.0

    @property
    def apart(self) -> float:
        """How many seconds lie between two turns now."""
        return self._apart * (SLOWER if self._now() < self._slow_until else 1)

    def slow_down(self) -> None:
        """Go slower for a while."""
        self._slow_until = self._now() + CALM

    @contextlib.asynccontextmanager
    async def turns(self, count: int) -> AsyncIterator[Turn]:
        """Give ``count`` turns one after another, with no other message between: each is awaited before sending.

        Raises SmsError (sms.busy, temporary) at once where the last turn would come too late (R52).
        """
        if (self._asked + count) * self.apart > max(self._most, count * self.apart):
            raise SmsError("sms.busy", temporary=True)
        self._asked += count
        try:
            async with self._one:
                yield self._turn
        finally:
            self._asked -= count

    async def _turn(self) -> None:
        wait = self._next - self._now()
        if wait > 0:
            await asyncio.sleep(wait)
        apart = self.apart
        self._next = max(self._next, self._now() - _LATE * apart) + apart

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
