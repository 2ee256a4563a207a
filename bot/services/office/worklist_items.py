"""One line of what waits for people, as a value: when it is due, and why not; knows no words.

A date is shown as it is stored (R33). While the clock stands still, each day moves the date by a day (R34), so the days
left are those that there were when it stopped. Times are milliseconds UTC, days are those of Kosovo.
"""

import datetime as dt
import enum
import json
from dataclasses import dataclass

from bot.clock import DAY
from bot.dialogue.events import CaseState
from bot.policy.rights import Deadline
from bot.services.casework.deadlines import local_day, start_of
from bot.services.records.events import APPLYING, EventKind
from bot.storage.store import Row

WAITS_LONG = 30 * DAY  # (d): a clock that has stood still as long may not be forgotten
_SOON, _NEAR = 3, 7  # days


class What(enum.StrEnum):
    """What waits."""

    REQUEST = "request"
    PERSON = "person"  # a conversation, an authority, the press: somebody must look
    WITHDRAWAL = "withdrawal"  # an act that the back office has not applied yet (R38)
    NOTICE = "notice"  # to be sent by hand (R58)
    ALARM = "alarm"
    KEPT = "kept"  # what an erasure left, to be erased now


class Tone(enum.StrEnum):
    """How it stands with the date; words stand beside it wherever it is shown."""

    LATE = "late"
    SOON = "soon"  # three days at most
    NEAR = "near"  # seven
    FINE = "fine"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line. ``reference`` is the request's, the escalation's, or the receipt's; ``event`` is an event's id.

    ``due`` is the day that is stored; what must be done within hours has ``due_at`` too. ``days`` are the whole days
    left by the calendar, negative ones too late. ``confirmed``: the company's rule is, so that the date is more than a
    target (R33). ``paused_since``: the clock stands still. ``is_new``: nobody has taken it yet.
    """

    what: What
    reference: str
    company: str | None
    kind: str
    received_at: int | None
    due: dt.date
    days: int
    late: bool
    due_at: int | None = None
    confirmed: bool = True
    event: str | None = None
    position: int | None = None
    state: CaseState | None = None
    channel: str | None = None
    identity: str | None = None
    second_proof: str | None = None
    flags: tuple[str, ...] = ()
    paused_since: int | None = None
    waits_long: bool = False
    taken_by: str | None = None
    claimed_by: str | None = None
    is_new: bool = False

    @property
    def tone(self) -> Tone:
        """How it stands with the date."""
        if self.late:
            return Tone.LATE
        if self.days <= _SOON:
            return Tone.SOON
        return Tone.NEAR if self.days <= _NEAR else Tone.FINE

    @property
    def waits(self) -> bool:
        """Whether the customer must say something first."""
        return self.state is CaseState.WAITING

    @property
    def key(self) -> str:
        """Which line it is, among all."""
        return f"{self.what}:{self.event or self.reference}:{self.position or 0}"


def request(row: Row, now: int, deadline: Deadline) -> Item:
    """Return an open request's line."""
    days, paused = days_left(row, now), row["paused_at"]
    return Item(
        what=What.REQUEST,
        reference=row["reference"],
        company=row["company"],
        kind=row["kind"],
        received_at=row["received_at"],
        due=dt.date.fromisoformat(row["extended_to"] or row["due_on"]),
        days=days,
        late=days < 0,
        confirmed=deadline.confirmed is not None,
        state=CaseState(row["state"]),
        channel=row["channel"],
        identity=row["proof"],
        second_proof=row["second_proof"],
        flags=tuple(json.loads(row["flags"])),
        paused_since=paused,
        waits_long=paused is not None and now - paused >= WAITS_LONG,
        taken_by=row["taken_by"],
        is_new=row["taken_by"] is None,
    )


def days_left(row: Row, now: int) -> int:
    """Return the whole days that an open request has left; from its row, and as they were when its clock stopped."""
    due = dt.date.fromisoformat(row["extended_to"] or row["due_on"])
    return (due - local_day(now if row["paused_at"] is None else row["paused_at"])).days


def escalation(row: Row, now: int, within: int) -> Item:
    """Return an escalation's line; somebody must look ``within`` milliseconds."""
    return _hours(row, now, within, What.PERSON, reference=row["id"])


def event(row: Row, now: int, within: int) -> Item:
    """Return an event's line; it is to be acknowledged ``within`` milliseconds."""
    kind = EventKind(row["kind"])
    named = {EventKind.NOTICE_TO_SEND: What.NOTICE, EventKind.ALARM_RAISED: What.ALARM}
    what = What.WITHDRAWAL if kind in APPLYING else named[kind]
    return _hours(row, now, within, what, reference=row["reference"] or "", event=row["id"])


def kept(row: Row, now: int) -> Item:
    """Return the line of a part that an erasure left."""
    due = dt.date.fromisoformat(row["due_on"])
    days = (due - local_day(now)).days
    return Item(
        what=What.KEPT,
        reference=row["reference"],
        company=row["company"],
        kind="",
        received_at=None,
        due=due,
        days=days,
        late=days < 0,
        position=row["position"],
    )


def due_until(day: dt.date, within: int) -> int:
    """Return up to when (inclusive) something must have come to be due on a day or before it."""
    return start_of(day + dt.timedelta(days=1)) - 1 - within


def _hours(row: Row, now: int, within: int, what: What, *, reference: str, event: str | None = None) -> Item:
    due_at = row["at"] + within
    due = local_day(due_at)
    return Item(
        what=what,
        reference=reference,
        company=row["company"] or None,
        kind=row["kind"],
        received_at=row["at"],
        due=due,
        due_at=due_at,
        days=(due - local_day(now)).days,
        late=due_at <= now,
        event=event,
        is_new=what is What.PERSON,
    )
