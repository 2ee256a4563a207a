"""Who waits for long is shown that we are at it; knows no turn and no store."""

import asyncio
from collections import deque
from collections.abc import Callable

from bot.channels.telegram.queues import Kept

SECONDS = 0.7  # after which somebody who waits is shown that we are at it


class Patience:
    """The updates of which nobody looked yet whether they wait for long."""

    def __init__(self, show: Callable[[Kept], None]) -> None:
        """Take what shows it to the person of an update that came long ago, if it still waits."""
        self._show = show
        self._waiting: deque[Kept] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._waiting)

    def add(self, kept: Kept) -> None:
        """Look at an update once it has waited for long."""
        self._waiting.append(kept)
        self._look_later()

    def _look_later(self) -> None:
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._waiting[0].at + SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and (self._waiting[0].ended or self._waiting[0].at + SECONDS <= now):
            self._show(self._waiting.popleft())
        self._look_later()
