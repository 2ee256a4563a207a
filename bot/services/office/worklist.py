"""What waits for people, in one list: requests, hand-offs, acts to be applied, notices to be sent, kept parts.

Nothing is opened that is sealed, and no page is counted off: a page begins after the last line of the one before it.
Each source is asked in the order of the list, a page at a time, and they are merged. Late is late in every state:
nothing leaves the list but by being done. Times are milliseconds UTC, days are those of Kosovo.
"""

import datetime as dt
import enum
import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.dialogue.effects import Flag
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.casework.deadlines import local_day, start_of
from bot.services.desk import Desk
from bot.services.office import claims, worklist_items
from bot.services.office.worklist_items import WAITS_LONG, Item, What, due_until
from bot.services.records.events import APPLYING, EventKind
from bot.storage.store import Tx, Value

PAGE = 50  # lines
WEEK = 7  # days
NOBODY = ""  # the company of an event that names none
_LAST_DAY = "9999-12-31"
_FOR_EVER = 2**62
_MANY = 2_000_000_000
WAITING_KINDS: Mapping[EventKind, What] = {
    **dict.fromkeys(sorted(APPLYING), What.WITHDRAWAL),
    EventKind.NOTICE_TO_SEND: What.NOTICE,
    EventKind.ALARM_RAISED: What.ALARM,
}


class Span(enum.StrEnum):
    """Which dates are asked for."""

    LATE = "late"
    TODAY = "today"
    WEEK = "week"  # today and the seven days after it
    WAITING = "waiting"  # requests whose clock has stood still for long


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of the list is asked for; None means any. ``companies`` are those that the asker may see.

    What only requests have (kind, state, channel, flag, who sees to it) leaves all else out; but what waits for
    anybody is ``untaken`` too.
    """

    companies: Sequence[str]
    what: What | None = None
    kind: Action | None = None
    state: CaseState | None = None
    channel: str | None = None
    flag: Flag | None = None
    taken_by: str | None = None
    untaken: bool = False
    span: Span | None = None
    recent: bool = False  # what came since the beginning of yesterday

    @property
    def requests_only(self) -> bool:
        """Whether only a request can be meant."""
        return any((self.kind, self.state, self.channel, self.flag, self.taken_by, self.span is Span.WAITING))


@dataclass(frozen=True, kw_only=True)
class After:
    """The place of a line in the order of the list: by the date as it is stored, when it came, its name."""

    due: str = ""
    received: int = -1
    name: str = ""

    @property
    def order(self) -> tuple[str, int, str]:
        """What the list is ordered by."""
        return (self.due, self.received, self.name)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the list; ``after`` is where the next one begins, None where there is none."""

    items: tuple[Item, ...]
    after: After | None


@dataclass(frozen=True, kw_only=True)
class _Line:
    at: After
    item: Item


def page(tx: Tx, desk: Desk, now: int, wanted: Wanted, after: After | None = None, most: int = PAGE) -> Page:
    """Return a page of the list, what is due first standing first."""
    view = _View(tx, desk, now, wanted, after or After(), most)
    merged = heapq.merge(*view.sources(), key=lambda line: line.at.order)
    lines = list(itertools.islice((line for line in merged if view.is_meant(line.item)), most + 1))
    at_work = claims.every(tx, now)
    items = []
    for line in lines[:most]:
        holder = at_work.get(line.item.reference)
        items.append(replace(line.item, claimed_by=holder.holder) if holder else line.item)
    return Page(items=tuple(items), after=lines[most - 1].at if len(lines) > most else None)


def last_day(today: dt.date, span: Span | None) -> dt.date | None:
    """Return up to which day (inclusive) something is due to be in a span; None: any."""
    match span:
        case Span.LATE:
            return today - dt.timedelta(days=1)
        case Span.TODAY:
            return today
        case Span.WEEK:
            return today + dt.timedelta(days=WEEK)
        case _:
            return None


def since_yesterday(now: int) -> int:
    """Return when yesterday began in Kosovo."""
    return start_of(local_day(now) - dt.timedelta(days=1))


class _View:
    """One look at the list: its sources, each in the list's order, after a place."""

    def __init__(self, tx: Tx, desk: Desk, now: int, wanted: Wanted, after: After, most: int) -> None:
        self._tx, self._desk, self._now, self._wanted = tx, desk, now, wanted
        self._after, self._batch = after, most + 1
        self._today = local_day(now)
        self._within = desk.limits.unacknowledged
        self._since = since_yesterday(now) if wanted.recent else -1

    def sources(self) -> Iterator[Iterator[_Line]]:
        """Yield every source that can have what is wanted."""
        wanted = self._wanted
        for company in wanted.companies:
            if wanted.what in {None, What.REQUEST}:
                yield self._requests(company)
            if wanted.what in {None, What.KEPT} and not (wanted.requests_only or wanted.recent):
                yield self._kept(company)
        if wanted.requests_only or not wanted.companies:
            return
        for named in (*wanted.companies, None):
            if wanted.what in {None, What.PERSON}:
                yield self._escalations(named)
            for kind, what in WAITING_KINDS.items():
                if wanted.what in {None, what}:
                    yield self._events(named or NOBODY, kind)

    def is_meant(self, item: Item) -> bool:
        """Tell whether a line belongs to the span; what stands still has a date that no statement knows."""
        match self._wanted.span:
            case Span.LATE:
                return item.late
            case Span.TODAY:
                return item.days == 0 and not item.late and item.paused_since is None
            case Span.WEEK:
                return 0 <= item.days <= WEEK and not item.late and item.paused_since is None
            case _:
                return True

    # ---- requests -------------------------------------------------------------------------------------------

    def _requests(self, company: str) -> Iterator[_Line]:
        wanted, deadline = self._wanted, self._desk.companies[company].rights.deadline
        until = last_day(self._today, wanted.span)
        asked: dict[str, Value] = {
            "company": company,
            "until": until.isoformat() if until else _LAST_DAY,
            "since": self._since,
            "kind": wanted.kind.value if wanted.kind else None,
            "state": wanted.state.value if wanted.state else None,
            "channel": wanted.channel,
            "flag": _pattern(wanted.flag) if wanted.flag else None,
            "paused_until": self._now - WAITS_LONG if wanted.span is Span.WAITING else None,
        }

        def after(at: After) -> list[_Line]:
            place: dict[str, Value] = {
                "due": at.due,
                "received": at.received,
                "reference": at.name,
                "most": self._batch,
            }
            if wanted.untaken:
                rows = self._tx.all("worklist.untaken", **asked, **place)
            else:
                rows = self._tx.all("worklist.requests", taken_by=wanted.taken_by, **asked, **place)
            return [
                _Line(
                    at=After(
                        due=row["extended_to"] or row["due_on"], received=row["received_at"], name=row["reference"]
                    ),
                    item=worklist_items.request(row, self._now, deadline),
                )
                for row in rows
            ]

        return self._all(after, self._start())

    def _start(self) -> After:
        """Return where the list begins: what is due today has not to be looked for among what is late."""
        first = After(due=self._today.isoformat()) if self._wanted.span in {Span.TODAY, Span.WEEK} else After()
        return max(first, self._after, key=lambda at: at.order)

    # ---- what is due within hours -----------------------------------------------------------------------------

    def _escalations(self, company: str | None) -> Iterator[_Line]:
        def after(at: After) -> list[_Line]:
            place = self._came_after(at)
            rows = self._tx.all(
                "worklist.escalations",
                company=company, received=place.received, id=place.name, until=self._came_until(), since=self._since,
                most=self._batch,
            )  # fmt: skip
            return [self._line(worklist_items.escalation(row, self._now, self._within), row["id"]) for row in rows]

        return self._all(after, self._start())

    def _events(self, company: str, kind: EventKind) -> Iterator[_Line]:
        def after(at: After) -> list[_Line]:
            place = self._came_after(at)
            rows = self._tx.all(
                "worklist.events",
                company=company, kind=kind.value, received=place.received, id=place.name, until=self._came_until(),
                since=self._since, most=self._batch,
            )  # fmt: skip
            return [self._line(worklist_items.event(row, self._now, self._within), row["id"]) for row in rows]

        return self._all(after, self._start())

    def _came_after(self, at: After) -> After:
        """Return the place in the order of coming: their days of being due follow from that."""
        if not at.due:
            return After()
        day = dt.date.fromisoformat(at.due)
        before = due_until(day - dt.timedelta(days=1), self._within)  # the last that was due the day before
        last = due_until(day, self._within)
        if at.received <= before:
            return After(received=before, name="\U0010ffff")
        return After(received=last, name="\U0010ffff") if at.received > last else at

    def _came_until(self) -> int:
        if self._wanted.span is Span.LATE:
            return self._now - self._within
        until = last_day(self._today, self._wanted.span)
        return due_until(until, self._within) if until else _FOR_EVER

    def _line(self, item: Item, name: str) -> _Line:
        return _Line(at=After(due=item.due.isoformat(), received=item.received_at or 0, name=name), item=item)

    # ---- kept parts ---------------------------------------------------------------------------------------------

    def _kept(self, company: str) -> Iterator[_Line]:
        until = min(last_day(self._today, self._wanted.span) or self._today, self._today)

        def after(at: After) -> list[_Line]:
            # They have no hour: on their day they stand first, and after a line that came at some time, none is left.
            reference, _, position = at.name.rpartition("#")
            passed = at.received > 0
            rows = self._tx.all(
                "worklist.kept",
                company=company, due=at.due, until=until.isoformat(), reference="\U0010ffff" if passed else reference,
                position=_MANY if passed or not position else int(position), most=self._batch,
            )  # fmt: skip
            return [self._kept_line(worklist_items.kept(row, self._now)) for row in rows]

        return self._all(after, self._start())

    def _kept_line(self, item: Item) -> _Line:
        return _Line(
            at=After(due=item.due.isoformat(), received=0, name=f"{item.reference}#{item.position:09d}"), item=item
        )

    # ---- any source -----------------------------------------------------------------------------------------------

    def _all(self, after: Callable[[After], list[_Line]], at: After) -> Iterator[_Line]:
        """Yield all lines of a source, a page at a time."""
        while lines := after(at):
            yield from lines
            if len(lines) < self._batch:
                return
            at = lines[-1].at


def _pattern(flag: Flag) -> str:
    """Return what a JSON list with a flag in it is like."""
    escaped = flag.value.replace("!", "!!").replace("_", "!_").replace("%", "!%")
    return f'%"{escaped}"%'
