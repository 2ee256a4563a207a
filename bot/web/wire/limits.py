"""How much the web takes of one browser, of one address, and in all (the ``(d)`` of R24 and R52); knows no request."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import MINUTE


@dataclass(frozen=True, kw_only=True)
class WebLimits:
    """Times in milliseconds, sizes in bytes, the rest are counts."""

    messages_a_minute: int = 100  # R24, of one session
    broken_frames: int = 10  # of one socket; then it is closed
    refused_in_a_row: int = 20  # messages past the limit; then the socket is closed
    waiting: int = 500  # R52: turns under way at a time; past that, "try again"
    idle: int = 30 * MINUTE  # R24: a socket on which nobody said anything
    hello: int = 15_000  # until the first frame
    sockets: int = 10_000
    sockets_of_session: int = 20
    sockets_of_address: int = 200  # many customers of a mobile network share one
    unread: int = 1024 * 1024  # bytes that wait for a browser that reads slowly


class Allowance:
    """So many at once, refilled evenly over a minute (a token bucket)."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        """Begin with all of it; ``clock`` gives seconds."""
        self._most, self._clock = a_minute, clock
        self._left, self._at = float(a_minute), clock()

    def take(self) -> bool:
        """Take one; tell whether there was one."""
        self._refill()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def full(self) -> bool:
        """Whether nothing was taken lately, so that it need not be remembered."""
        self._refill()
        return self._left >= self._most

    @property
    def wait_seconds(self) -> int:
        """After how many seconds the next one is there."""
        self._refill()
        return max(1, math.ceil((1 - self._left) * 60 / self._most))

    def _refill(self) -> None:
        now = self._clock()
        self._left = min(float(self._most), self._left + (now - self._at) * self._most / 60)
        self._at = now
