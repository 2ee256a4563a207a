"""When a request is due: one month by the calendar, moved to a working day of Kosovo; knows no table and no clock.

Times are milliseconds UTC, days are those of Europe/Belgrade. A date is computed once, when a request is
filed, and stored with its rule; nothing here is asked again for a date that stands (R33).
"""

import datetime as dt
import functools
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta
from holidays.version import __version__ as holiday_data

from bot.clock import DAY, moment
from bot.policy.rights import Deadline

ZONE = ZoneInfo("Europe/Belgrade")
_COUNTRY = "XK"
_SATURDAY = 5

# The law's holiday is Easter Monday (Law 03/L-064, Article 2). ``holidays`` takes the Sunday instead and moves it on
# to the Tuesday where Constitution Day is that Monday; the Government's calendar for 2018 has no such Tuesday.
_NO_HOLIDAYS = frozenset({dt.date(2018, 4, 10), dt.date(2029, 4, 10)})


@dataclass(frozen=True, kw_only=True)
class Due:
    """A date, and the rule that gave it, with the version of the holiday data where those were asked."""

    date: dt.date
    rule: str


def local_day(at: int) -> dt.date:
    """Return the day that it is in Kosovo at a time (ms UTC)."""
    return moment(at).astimezone(ZONE).date()


def start_of(day: dt.date) -> int:
    """Return the moment (ms UTC) at which a day begins in Kosovo."""
    return int(dt.datetime.combine(day, dt.time(), tzinfo=ZONE).timestamp() * 1000)


def due_on(received_at: int, deadline: Deadline) -> Due:
    """Return when a request received at that time is due (R33).

    One calendar month from the day of receipt: 5 March → 5 April; 31 August → 30 September (GDPR 12(3);
    EDPB Guidelines 01/2022 ¶159-161).
    """
    return _due(received_at, deadline.months, 0, deadline, f"{deadline.months}m")


def extended_to(received_at: int, paused_ms: int, deadline: Deadline) -> Due:
    """Return when an extended request is due: the first and the further months, from receipt (R34; GDPR 12(3))."""
    months = deadline.months + deadline.extension_months
    return _due(received_at, months, paused_ms, deadline, f"{deadline.months}m+{deadline.extension_months}m")


def with_pause(due: Due, received_at: int, paused_ms: int, deadline: Deadline) -> Due:
    """Return ``due`` (a first month's) moved by all the pauses of its request together (R34).

    ``paused_ms`` is their sum; whole days of it count. The days are added to the month itself, not to a date
    that a weekend has already moved, and the result is never before ``due``.
    """
    moved = _due(received_at, deadline.months, paused_ms, deadline, f"{deadline.months}m")
    return _later(due, moved) if paused_days(paused_ms) else due


def extended_with_pause(stands: dt.date, received_at: int, paused_ms: int, deadline: Deadline) -> dt.date:
    """Return an extended date moved by all the pauses together, as ``with_pause`` moves a first month's."""
    return max(stands, extended_to(received_at, paused_ms, deadline).date)


def may_extend(now: int, received_at: int, paused_ms: int, deadline: Deadline) -> bool:
    """Tell whether the extension can still be made: only inside the first month (R34; GDPR 12(3)).

    The month itself is meant, without the shift to a working day; the pauses (``paused_ms``, the one that is
    under way too) lengthen it by their whole days.
    """
    return local_day(now) <= _plain(received_at, deadline.months, paused_ms)


def promised(due: dt.date, deadline: Deadline) -> dt.date | None:
    """Return the date that a customer may be told: none until the DPO has confirmed the rule (R33, R44)."""
    return due if deadline.confirmed else None


def paused_days(paused_ms: int) -> int:
    """Return how many days a pause moves a date: its whole days of 24 hours."""
    return paused_ms // DAY


def is_working_day(day: dt.date) -> bool:
    """Tell whether a day is neither Saturday, Sunday nor a public holiday of Kosovo (Law 03/L-064)."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def next_working_day(day: dt.date) -> dt.date:
    """Return ``day`` itself if it is a working day, else the first after it."""
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def add_working_days(day: dt.date, count: int) -> dt.date:
    """Return the ``count``-th working day after ``day`` (1 or more: the day itself does not count)."""
    if count < 1:
        raise ValueError("count working days from 1")
    for _ in range(count):
        day = next_working_day(day + dt.timedelta(days=1))
    return day


def _due(received_at: int, months: int, paused_ms: int, deadline: Deadline, period: str) -> Due:
    day = _plain(received_at, months, paused_ms)
    parts = [_slug(deadline.source), period]
    if paused_days(paused_ms):
        parts.append(f"paused-{paused_days(paused_ms)}d")
    if deadline.working_day:
        day = next_working_day(day)
        parts += ["next-working-day", f"holidays-{holiday_data}-{_COUNTRY}"]
    return Due(date=day, rule="/".join(parts))


def _plain(received_at: int, months: int, paused_ms: int) -> dt.date:
    # relativedelta takes the month's last day where the month has no such day: 31 August → 30 September.
    return local_day(received_at) + relativedelta(months=months, days=paused_days(paused_ms))


def _later(stands: Due, moved: Due) -> Due:
    return moved if moved.date > stands.date else stands


def _slug(source: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")


@functools.cache
def _holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays(_COUNTRY, years=year)) - _NO_HOLIDAYS
