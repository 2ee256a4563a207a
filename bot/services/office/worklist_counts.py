"""How much waits: what is late, due today, due soon, new, nobody's; and a number that changes with the list.

Every count is answered by an index alone, whatever stands in the table (``worklist.sql``).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk
from bot.services.office.worklist import NOBODY, WAITING_KINDS, WEEK, since_yesterday
from bot.services.office.worklist_items import WAITS_LONG, days_left, due_until
from bot.services.records import events
from bot.services.records.events import APPLYING
from bot.storage.store import Row, Tx

_EVER = 2**62
_FIRST_DAY, _LAST_DAY = "", "9999-12-31"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Of everything that waits: ``week`` has today in it, ``recent`` came since yesterday began.

    ``untaken`` are requests that nobody sees to, ``waiting_long`` those whose clock has stood still for long,
    ``unapplied`` acts that should have been applied by now (R38); these are among ``late``.
    """

    late: int
    today: int
    week: int
    recent: int
    untaken: int
    waiting_long: int
    unapplied: int
    all: int


def counts(tx: Tx, desk: Desk, now: int, companies: Sequence[str]) -> Counts:
    """Return how much waits at companies, with what names no company."""
    look = _Look(tx, desk, now)
    requests = [look.requests(company) for company in companies]
    hours = [look.hours(company) for company in (*companies, None)] if companies else []
    kept = [look.kept(company) for company in companies]
    return Counts(
        late=sum(r.late for r in requests) + sum(h.late for h in hours) + sum(k.late for k in kept),
        today=sum(r.today for r in requests) + sum(h.today for h in hours) + sum(k.today for k in kept),
        week=sum(r.week for r in requests) + sum(h.week for h in hours) + sum(k.today for k in kept),
        recent=sum(r.recent for r in requests) + sum(h.recent for h in hours),
        untaken=sum(r.untaken for r in requests),
        waiting_long=sum(r.waiting_long for r in requests),
        unapplied=sum(h.unapplied for h in hours),
        all=sum(r.all for r in requests) + sum(h.all for h in hours) + sum(k.all for k in kept),
    )


def stamp(tx: Tx, now: int, companies: Sequence[str]) -> tuple[int, ...]:
    """Return numbers of which one is another whenever anything in the list may be: whoever did it, in any process.

    What is added is published as an event, what is done is taken from a count; a claim has its beginning.
    """
    claimed = tx.first("claims.newest", now=now)
    held = (int(claimed["n"]), int(claimed["since"])) if claimed else (0, 0)
    acknowledged = (_n(tx.first("worklist.last_acknowledged", company=company)) for company in (*companies, NOBODY))
    return (
        events.last_seq(tx),
        *acknowledged,
        _n(tx.first("worklist.open_escalations")),
        _n(tx.first("worklist.open_kept")),
        *held,
    )


@dataclass(frozen=True, kw_only=True)
class _Some:
    """The counts of one source at one company."""

    late: int
    today: int
    all: int
    week: int = 0
    recent: int = 0
    untaken: int = 0
    waiting_long: int = 0
    unapplied: int = 0


class _Look:
    """Counts at one time."""

    def __init__(self, tx: Tx, desk: Desk, now: int) -> None:
        self._tx, self._desk, self._now = tx, desk, now
        self._today, self._within = local_day(now), desk.limits.unacknowledged
        self._since = since_yesterday(now)

    def requests(self, company: str) -> _Some:
        """Count requests: those whose clock stands still are taken out of the dates, and late only by their own."""
        today, yesterday = self._today.isoformat(), (self._today - dt.timedelta(days=1)).isoformat()
        week = (self._today + dt.timedelta(days=WEEK)).isoformat()
        paused = self._tx.all("worklist.paused", company=company, until=week)
        dates = [row["extended_to"] or row["due_on"] for row in paused]
        past = [row for row, date in zip(paused, dates, strict=True) if date < today]
        late = sum(1 for row in past if days_left(row, self._now) < 0)

        def due(start: str, until: str) -> int:
            stored = _n(self._tx.first("worklist.count_due", company=company, start=start, until=until))
            return stored - sum(1 for date in dates if start <= date <= until)

        return _Some(
            late=due(_FIRST_DAY, yesterday) + late,
            today=due(today, today),
            week=due(today, week),
            all=_n(self._tx.first("worklist.count_due", company=company, start=_FIRST_DAY, until=_LAST_DAY)),
            recent=_n(self._tx.first("worklist.count_received", company=company, since=self._since)),
            untaken=_n(self._tx.first("worklist.count_untaken", company=company)),
            waiting_long=_n(self._tx.first("worklist.count_paused", company=company, until=self._now - WAITS_LONG)),
        )

    def hours(self, company: str | None) -> _Some:
        """Count what is due within hours: hand-offs, and events to be acknowledged."""
        late_until = self._now - self._within
        today_until = due_until(self._today, self._within)

        def came(since: int, until: int) -> tuple[int, int]:
            people = _n(self._tx.first("worklist.count_escalations", company=company, since=since, until=until))
            told = sum(
                _n(
                    self._tx.first(
                        "worklist.count_events", company=company or NOBODY, kind=kind.value, since=since, until=until
                    )
                )
                for kind in WAITING_KINDS
            )
            return people, told

        unapplied = sum(
            _n(
                self._tx.first(
                    "worklist.count_events", company=company or NOBODY, kind=kind.value, since=-1, until=late_until
                )
            )
            for kind in APPLYING
        )
        today = sum(came(late_until + 1, today_until))
        return _Some(
            late=sum(came(-1, late_until)),
            today=today,
            week=sum(came(late_until + 1, _EVER)),
            recent=sum(came(self._since, _EVER)),
            unapplied=unapplied,
            all=sum(came(-1, _EVER)),
        )

    def kept(self, company: str) -> _Some:
        """Count what is to be erased now."""
        today, yesterday = self._today.isoformat(), (self._today - dt.timedelta(days=1)).isoformat()
        late = _n(self._tx.first("worklist.count_kept", company=company, start=_FIRST_DAY, until=yesterday))
        now = _n(self._tx.first("worklist.count_kept", company=company, start=today, until=today))
        return _Some(late=late, today=now, all=late + now)


def _n(row: Row | None) -> int:
    return int(row["n"]) if row else 0
