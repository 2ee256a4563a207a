"""The time that figures are about, in days and months of Kosovo; pure, knows no table and no clock."""

import datetime as dt
import enum
import itertools
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from bot.services.casework.deadlines import start_of

LONGEST_YEARS = 10  # what is older than any request here
_QUARTER = 3  # months


class Span(enum.StrEnum):
    """The times that are offered; ``DAYS`` are any two."""

    MONTH = "month"  # the last whole month
    QUARTER = "quarter"  # the last whole quarter
    YEAR = "year"  # the twelve months up to today
    DAYS = "days"


@dataclass(frozen=True, kw_only=True)
class Period:
    """From the first to the last day, both included."""

    first: dt.date
    last: dt.date

    @property
    def start(self) -> int:
        """The first moment of it (ms UTC)."""
        return start_of(self.first)

    @property
    def end(self) -> int:
        """The first moment after it (ms UTC)."""
        return start_of(self.last + dt.timedelta(days=1))

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Every day of it."""
        return tuple(self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1))

    @property
    def months(self) -> tuple["Period", ...]:
        """Its parts by the months of the calendar; the first and the last may be cut."""
        grouped = itertools.groupby(self.days, key=lambda day: (day.year, day.month))
        whole = [tuple(days) for _, days in grouped]
        return tuple(Period(first=days[0], last=days[-1]) for days in whole)


def spanning(span: Span, today: dt.date) -> Period:
    """Return one of the times that are offered, as it is today; for ``DAYS`` the last thirty."""
    this_month = today.replace(day=1)
    match span:
        case Span.MONTH:
            return Period(first=this_month - relativedelta(months=1), last=this_month - dt.timedelta(days=1))
        case Span.QUARTER:
            this_quarter = this_month.replace(month=today.month - (today.month - 1) % _QUARTER)
            return Period(first=this_quarter - relativedelta(months=_QUARTER), last=this_quarter - dt.timedelta(days=1))
        case Span.YEAR:
            return Period(first=today - relativedelta(years=1) + dt.timedelta(days=1), last=today)
        case Span.DAYS:
            return Period(first=today - dt.timedelta(days=29), last=today)


def between(first: dt.date, last: dt.date) -> Period | None:
    """Return the time between two days, whichever is named first; None where it is longer than is counted."""
    first, last = min(first, last), max(first, last)
    return Period(first=first, last=last) if last < first + relativedelta(years=LONGEST_YEARS) else None
