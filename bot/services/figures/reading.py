"""Reads what figures are made of, counted by the database; draws nothing and words nothing."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bot.clock import DAY
from bot.services.casework.deadlines import local_day, start_of
from bot.services.desk import Desk
from bot.services.figures.counting import (
    DAYS_OF,
    Age,
    Code,
    Figures,
    Month,
    Outcome,
    Punctual,
    Stands,
    Waiting,
    counter_name,
)
from bot.services.figures.period import Period
from bot.services.figures.tallying import CODES, NO_COMPANY, QUESTIONS
from bot.storage.store import Tx

_TAKEN_BACK = "withdrawn"
_DAY = dt.timedelta(days=1)


def read(tx: Tx, desk: Desk, now: int, companies: Sequence[str], period: Period) -> Figures:
    """Return the figures of companies together."""
    total = _Sum()
    for company in companies:
        total.add(tx, desk, now, company, period)
    return Figures(
        period=period,
        at=now,
        received=total.received,
        months=tuple(
            Month(part=part, received=total.came[part.first], closed=total.went[part.first]) for part in period.months
        ),
        tenths=total.tenths,
        punctual={
            kind: Punctual(on_time=total.told[kind, 0], late=total.told[kind, 1])
            for kind in sorted({kind for kind, _ in total.told})
        },
        open=total.open,
        waiting=total.waiting,
        questions={outcome: total.counted[QUESTIONS, outcome.value] for outcome in Outcome},
        unplaced_questions=_unplaced(tx, period),
        codes={code: total.counted[CODES, code.value] for code in Code},
        escalations=total.escalations,
    )


def newest(tx: Tx) -> int:
    """Return the number of the newest event: as long as it stays the same, no case has changed."""
    row = tx.first("figures.newest")
    return int(row["seq"] or 0) if row else 0


class _Sum:
    """Adds up companies."""

    def __init__(self) -> None:
        self.received = Counter[tuple[str, str]]()
        self.came, self.went = Counter[dt.date](), Counter[dt.date]()  # by the first day of the month's part
        self.tenths: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.told = Counter[tuple[str, int]]()
        self.open = Counter[tuple[Age, Stands]]()
        self.waiting: dict[str, Waiting] = {}
        self.escalations = Counter[tuple[str, str]]()
        self.counted = Counter[tuple[str, str]]()

    def add(self, tx: Tx, desk: Desk, now: int, company: str, period: Period) -> None:
        self._add_requests(tx, company, period)
        self._add_open(tx, now, company)
        self._add_waiting(tx, now - desk.limits.unacknowledged, company)
        for row in tx.all("figures.escalations", company=company, since=period.start, until=period.end):
            self.escalations[row["kind"], row["state"]] += row["escalations"]
        for thing, values in ((QUESTIONS, Outcome), (CODES, Code)):
            for value in values:
                self.counted[thing, value.value] += _counted(tx, f"{thing}.{value.value}", company, period)

    def _add_requests(self, tx: Tx, company: str, period: Period) -> None:
        for row in tx.all("figures.received", company=company, since=period.start, until=period.end):
            self.received[row["kind"], row["state"]] += row["requests"]
        for row in tx.all("figures.days", company=company, since=period.start, until=period.end):
            self.tenths[row["kind"]][max(0, row["tenths"])] += row["requests"]
        for part in period.months:
            came = tx.first("figures.count_received", company=company, since=part.start, until=part.end)
            self.came[part.first] += came["requests"] if came else 0
            for day in part.days:
                self._add_closed(tx, company, part.first, day)

    def _add_closed(self, tx: Tx, company: str, month: dt.date, day: dt.date) -> None:
        """Add what was closed on a day: whether that was by its due date is a matter of days in Kosovo."""
        since, until = start_of(day), start_of(day + _DAY)
        for row in tx.all("figures.closed", company=company, since=since, until=until, day=day.isoformat()):
            self.went[month] += row["requests"]
            if row["state"] != _TAKEN_BACK:
                self.told[row["kind"], row["late"]] += row["requests"]

    def _add_open(self, tx: Tx, now: int, company: str) -> None:
        since = {age: now - days * DAY for age, days in DAYS_OF.items()}
        rows = tx.all(
            "figures.open",
            company=company, today=local_day(now).isoformat(), a=since[Age.WEEK], b=since[Age.FORTNIGHT],
            c=since[Age.MONTH], d=since[Age.TWO_MONTHS], e=since[Age.QUARTER],
        )  # fmt: skip
        for row in rows:
            self.open[Age(row["age"]), Stands(row["stands"])] += row["requests"]

    def _add_waiting(self, tx: Tx, before: int, company: str) -> None:
        for row in tx.all("figures.waiting", company=company, before=before):
            this = Waiting(count=row["events"], late=row["late"], oldest=row["oldest"])
            known = self.waiting.get(row["kind"])
            if known:
                this = replace(
                    this,
                    count=this.count + known.count,
                    late=this.late + known.late,
                    oldest=min(this.oldest, known.oldest),
                )
            self.waiting[row["kind"]] = this


def _counted(tx: Tx, thing: str, company: str, period: Period) -> int:
    first, last = (counter_name(thing, company, day) for day in (period.first, period.last))
    return sum(row["value"] for row in tx.all("figures.counted", first=first, last=last))


def _unplaced(tx: Tx, period: Period) -> int:
    return sum(_counted(tx, f"{QUESTIONS}.{outcome.value}", NO_COMPANY, period) for outcome in Outcome)
