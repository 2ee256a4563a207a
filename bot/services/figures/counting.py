"""What figures are, and how counts become medians and shares; pure, knows no table, no wording and no page."""

import bisect
import datetime as dt
import enum
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.services.figures.period import Period

TENTHS = 10  # of a day, in which times are counted


class Age(enum.IntEnum):
    """How long ago something open came, by days."""

    WEEK = 1  # up to 7
    FORTNIGHT = 2  # up to 14
    MONTH = 3  # up to 30
    TWO_MONTHS = 4  # up to 60
    QUARTER = 5  # up to 90
    OLDER = 6


DAYS_OF: Mapping[Age, int] = {Age.WEEK: 7, Age.FORTNIGHT: 14, Age.MONTH: 30, Age.TWO_MONTHS: 60, Age.QUARTER: 90}


class Stands(enum.StrEnum):
    """How something open stands to its due date."""

    IN_TIME = "in_time"
    LATE = "late"
    PAUSED = "paused"  # the clock stands still


class Outcome(enum.StrEnum):
    """What came of a question that a customer wrote."""

    ANSWERED = "answered"
    SILENT = "silent"  # the policy does not say
    HANDED_OVER = "handed_over"
    NOT_UNDERSTOOD = "not_understood"


class Code(enum.StrEnum):
    """How far a code came."""

    ASKED = "asked"
    SENT = "sent"
    USED = "used"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How long several took: how many, the one in the middle and the worst, in days."""

    count: int
    median: float
    worst: float


@dataclass(frozen=True, kw_only=True)
class Punctual:
    """How many were told by their due date, and how many later."""

    on_time: int
    late: int

    @property
    def share(self) -> float:
        """The share of those on time, 0 to 1; 1 where there were none."""
        every = self.on_time + self.late
        return self.on_time / every if every else 1.0


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month, or the part of one that is looked at: what came and what was closed."""

    part: Period
    received: int
    closed: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What the company has not acknowledged: how many, how many of them are late (R38), when the oldest came."""

    count: int
    late: int
    oldest: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that is counted. Kinds and states are those of requests, ``escalations`` those of what is for a person.

    ``tenths`` are the times of those answered, by kind, in tenths of a day; ``open`` and ``waiting`` stand at ``at``.
    """

    period: Period
    at: int
    received: Mapping[tuple[str, str], int]
    months: tuple[Month, ...]
    tenths: Mapping[str, Mapping[int, int]]
    punctual: Mapping[str, Punctual]
    open: Mapping[tuple[Age, Stands], int]
    waiting: Mapping[str, Waiting]
    questions: Mapping[Outcome, int]
    unplaced_questions: int
    codes: Mapping[Code, int]
    escalations: Mapping[tuple[str, str], int]

    def spread(self, kind: str | None = None) -> Spread | None:
        """Return how long those of a kind took, or (None) all; None where none was answered."""
        every = Counter[int]()
        for one, counted in self.tenths.items():
            if kind in {None, one}:
                every.update(counted)
        return spread(every)

    def on_time(self) -> Punctual:
        """Return how many of all kinds were told by their due date."""
        return Punctual(
            on_time=sum(each.on_time for each in self.punctual.values()),
            late=sum(each.late for each in self.punctual.values()),
        )


def spread(tenths: Mapping[int, int]) -> Spread | None:
    """Return the middle and the worst of times that were counted by tenths of a day; None where there are none.

    Of an even number the middle lies between two of them.
    """
    lengths = sorted(length for length, many in tenths.items() if many)
    if not lengths:
        return None
    ends = list(itertools.accumulate(tenths[length] for length in lengths))
    count = ends[-1]
    middle = [lengths[bisect.bisect_right(ends, place)] for place in ((count - 1) // 2, count // 2)]
    return Spread(count=count, median=sum(middle) / 2 / TENTHS, worst=lengths[-1] / TENTHS)


def counter_name(thing: str, company: str, day: dt.date) -> str:
    """Return under which name it stands how often a thing happened at a company on a day."""
    return f"figure:{thing}:{company}:{day.isoformat()}"
