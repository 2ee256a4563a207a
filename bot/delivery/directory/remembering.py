"""Which contacts a directory was asked for a moment ago, so that it is not asked again at once; knows no network.

Kept is that somebody was found, under an HMAC of the contact, in memory only: what the
directory said of them stands in our own tables. An error is never kept, nor that a contact is nobody's: whoever
becomes a customer in a shop can ask for a code the next minute.
"""

from collections import OrderedDict
from collections.abc import Callable

from bot.services.desk import Desk

MOST = 10_000  # contacts


class Memory:
    """Contacts that were answered within ``life`` ms."""

    def __init__(self, desk: Desk, now: Callable[[], int], life: int, most: int = MOST) -> None:
        """Take how long an answer is remembered; never longer than a code lives."""
        self._desk, self._now = desk, now
        self._life, self._most = min(life, desk.limits.code_life), most
        self._until: OrderedDict[str, int] = OrderedDict()

    def knows(self, company: str, kind: str, value: str) -> bool:
        """Tell whether somebody was found by this contact a moment ago."""
        until = self._until.get(self._key(company, kind, value))
        return until is not None and self._now() < until

    def keep(self, company: str, kind: str, value: str) -> None:
        """Remember that somebody was found; the oldest is forgotten where there are too many."""
        if not self._life:
            return
        key = self._key(company, kind, value)
        self._until[key] = self._now() + self._life
        self._until.move_to_end(key)
        while len(self._until) > self._most or self._is_over(next(iter(self._until))):
            self._until.popitem(last=False)

    def forget(self, company: str, kind: str, value: str) -> None:
        """Remember nothing of a contact."""
        self._until.pop(self._key(company, kind, value), None)

    def __len__(self) -> int:
        """Return how many contacts are remembered."""
        return len(self._until)

    def _is_over(self, key: str) -> bool:
        return self._until[key] <= self._now()

    def _key(self, company: str, kind: str, value: str) -> str:
        return self._desk.vault.index("directory", company, kind, value)
