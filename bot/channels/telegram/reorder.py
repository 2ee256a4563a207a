"""Puts updates into the order of their numbers: one waits a little while a number below it is missing.

Pure: the time (seconds) is passed in; it knows nothing of what an update says. A number that does not come is given
up, so that no gap, and no numbers chosen anew (as Telegram does after a week of silence), holds anything up for longer.
"""

import heapq
from collections import OrderedDict

MOST_HELD = 1_000
FAR = 10_000  # a number so much lower is no late one: the numbers were chosen anew


class Reorder:
    """The numbers of one bot. ``last`` is the highest that is known to have come (None: none)."""

    def __init__(self, hold: float, last: int | None = None, most: int = MOST_HELD) -> None:
        """Hold an update back for ``hold`` seconds at most, and ``most`` of them at a time."""
        self._hold, self._most = hold, most
        self._next = None if last is None else last + 1
        self._heap: list[int] = []
        self._since: OrderedDict[int, float] = OrderedDict()  # of those held back, in the order in which they came

    def __len__(self) -> int:
        """Return how many are held back."""
        return len(self._heap)

    @property
    def due(self) -> float | None:
        """When the first of those held back is let go at the latest; None where none is."""
        return next(iter(self._since.values())) + self._hold if self._since else None

    @property
    def missing(self) -> range:
        """The numbers that are waited for, and those held back among them; empty where none is held back."""
        return range(0) if self._next is None or not self._heap else range(self._next, max(self._heap))

    def is_next(self, number: int) -> bool:
        """Tell whether a number is the one that is waited for."""
        return number == self._next

    def take(self, number: int, now: float) -> list[int]:
        """Take a number that came, and return those that may go now, in order."""
        if self._next is None or number == self._next:
            self._next = number + 1
            return [number, *self._followers()]
        if number < self._next:  # a late one holds nothing up; one of a new series begins it
            if number < self._next - FAR:
                self._next = number + 1
            return [number]
        if number not in self._since:
            heapq.heappush(self._heap, number)
            self._since[number] = now
        return self._give_up_lowest() if len(self._heap) > self._most else []

    def release(self, now: float) -> list[int]:
        """Return those that have waited long enough, in order, with what they waited before."""
        released: list[int] = []
        while self._since and next(iter(self._since.values())) + self._hold <= now:
            released += self._give_up_lowest()
        return released

    def _give_up_lowest(self) -> list[int]:
        """Give up what is missing below the lowest."""
        self._next = self._heap[0]
        return self._followers()

    def _followers(self) -> list[int]:
        """Return what nothing is missing below any more."""
        released = []
        while self._heap and self._next is not None and self._heap[0] <= self._next:
            number = heapq.heappop(self._heap)
            del self._since[number]
            self._next = max(self._next, number + 1)
            released.append(number)
        return released
