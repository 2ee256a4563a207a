"""Locks accounts after wrong passwords and codes, with growing waits (R27); knows no password and no page.

A try is counted before it is compared (as R4), so that many at once get no more tries than one after another. Right
passwords are taken back from the count, and only both factors together clear it: who knows the password only does not
get more tries at the code. Times are milliseconds UTC.
"""

from collections import OrderedDict
from dataclasses import dataclass

from bot.clock import MINUTE
from bot.storage.store import Tx

FREE = 5  # wrong tries in a row without a wait after them; with the last of them the first wait begins
WAITS = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)  # the last one again and again
MOST_STRANGERS = 10_000


@dataclass(frozen=True, kw_only=True)
class Locked:
    """No try is taken before a time."""

    until: int


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A try that may be compared; ``failures`` is the count with it, ``locked_until`` holds where it is wrong."""

    failures: int
    locked_until: int | None


def count(tx: Tx, now: int, staff: str) -> Counted | Locked:
    """Count a try of an account as a failure, before it is compared."""
    row = tx.first("staff.count_try", id=staff, now=now)
    if row is None:
        held = tx.first("staff.load", id=staff)
        return Locked(until=int(held["locked_until"] or now) if held else now)
    failures = int(row["failures"])
    until = locked_until(failures, now)
    if until is not None:
        tx.run("staff.lock", id=staff, until=until)
    return Counted(failures=failures, locked_until=until)


def forgive(tx: Tx, staff: str, counted: Counted) -> None:
    """Take a try back from the count: it was right. A lock stays where others failed meanwhile."""
    tx.run("staff.forgive_try", id=staff, failures=counted.failures)


def clear(tx: Tx, staff: str) -> bool:
    """Begin the count anew and end the lock; tells whether there was anything."""
    return tx.run("staff.clear_failures", id=staff) > 0


def is_locked(tx: Tx, now: int, staff: str) -> bool:
    """Tell whether an account takes no try now."""
    row = tx.first("staff.load", id=staff)
    return row is not None and row["locked_until"] is not None and row["locked_until"] > now


def locked_until(failures: int, now: int) -> int | None:
    """Return until when an account is locked after its failures in a row; None while there are free tries."""
    if failures < FREE:
        return None
    return now + WAITS[min(failures - FREE, len(WAITS) - 1)]


class Strangers:
    """Counts tries of logins that are nobody's the same way, so that locks do not tell whose there are.

    Bounded: past the bound the one longest unseen is forgotten. Keys are HMACs.
    """

    def __init__(self, most: int = MOST_STRANGERS) -> None:
        """Take how many are remembered."""
        self._most = most
        self._kept: OrderedDict[str, Counted] = OrderedDict()

    def count(self, key: str, now: int) -> Counted | Locked:
        """Count a try."""
        before = self._kept.get(key)
        if before and before.locked_until and before.locked_until > now:
            return Locked(until=before.locked_until)
        failures = before.failures + 1 if before else 1
        counted = Counted(failures=failures, locked_until=locked_until(failures, now))
        self._kept[key] = counted
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return counted

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._kept)
