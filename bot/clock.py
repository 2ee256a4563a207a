"""Time as everything here is given it: milliseconds UTC since 1970; knows no time zone and no wording.

Nothing below the edges reads a clock: who needs the time takes ``now``, or is handed a ``Clock``.
"""

import datetime as dt
import time
from pathlib import Path
from typing import Protocol

from bot.errors import InputError

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Tells the time in milliseconds UTC; never earlier than it told before."""

    def now(self) -> int:
        """Return the time."""
        ...


class SystemClock:
    """The machine's clock; where that is set back, this one goes on by what has passed (R2: codes still die)."""

    def __init__(self) -> None:
        """Start at the machine's time."""
        self._last, self._steady = _machine(), time.monotonic_ns()

    def now(self) -> int:
        """Return the time."""
        steady = time.monotonic_ns()
        passed = (steady - self._steady) // 1_000_000
        told = max(_machine(), self._last + passed)
        if told > self._last:
            self._last, self._steady = told, steady
        return self._last


class FileClock:
    """A clock that a script moves: the file holds the time (ISO 8601, with its zone)."""

    def __init__(self, path: Path) -> None:
        """Take the file; it is read at every look, so that it can be moved under way."""
        self._path = path
        self._last = 0

    def now(self) -> int:
        """Return the time. Raises InputError when the file holds none."""
        try:
            told = dt.datetime.fromisoformat(self._path.read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            raise InputError(
                f"Ora nuk lexohet nga {self._path} (shkruani p.sh. 2026-11-21T10:00:00Z): {error}"
            ) from None
        if told.tzinfo is None:
            raise InputError(f"Orës në {self._path} i mungon zona (shkruani p.sh. 2026-11-21T10:00:00Z).")
        self._last = max(self._last, int(told.timestamp() * 1000))
        return self._last


def _machine() -> int:
    return time.time_ns() // 1_000_000


def moment(at: int) -> dt.datetime:
    """Return milliseconds UTC as an aware datetime."""
    return dt.datetime.fromtimestamp(at / 1000, tz=dt.UTC)
