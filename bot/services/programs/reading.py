"""What programs read of the queue: pages of rows, and one case with what the work on it needs; changes nothing.

A page is found by where the one before it ended, so that rows that come meanwhile move nothing. Times are milliseconds
UTC, days are days in Kosovo.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.dialogue.events import CLOSED, CaseState
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk, Place
from bot.services.identity import customers
from bot.services.office import claims
from bot.services.office.claims import Claim
from bot.services.programs import work
from bot.services.programs.tokens import Token
from bot.services.programs.work import Report
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a page ended: the day (open cases) and time by which its last row stands there, and that row."""

    day: str = ""
    at: int = -1
    reference: str = ""


START = Position()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which cases are asked for; None means any. Without a state, every open one.

    ``reported``: whether a program said ``done`` or ``failed`` of it.
    """

    state: CaseState | None = None
    action: Action | None = None
    late: bool | None = None
    due_before: dt.date | None = None
    taken_by: str | None = None
    reported: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """A case of a page: who claimed it just now, and what a program said of it last."""

    stored: Stored
    claim: Claim | None
    report: Report | None

    @property
    def position(self) -> Position:
        """Where a page that ends with it ended."""
        stored = self.stored
        if stored.closed_at is not None:
            return Position(at=stored.closed_at, reference=stored.reference)
        return Position(day=stored.due_date.isoformat(), at=stored.received_at, reference=stored.reference)


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What the work on a case needs: whose it is (the customer number, if somebody is proven), what they want."""

    customer: str
    fields: Mapping[str, str]
    words: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One entry of a time line, without its words."""

    seq: int
    at: int
    kind: str
    who: str


def page(tx: Tx, desk: Desk, now: int, company: str, wanted: Wanted, after: Position, most: int) -> tuple[Item, ...]:
    """Return up to ``most`` cases behind a position: open ones, what is due first standing first; closed ones by when
    they were closed.
    """
    asked = {
        "company": company,
        "state": wanted.state.value if wanted.state else None,
        "kind": wanted.action.value if wanted.action else None,
        "late": None if wanted.late is None else int(wanted.late),
        "today": local_day(now).isoformat(),
        "due_before": wanted.due_before.isoformat() if wanted.due_before else None,
        "taken_by": wanted.taken_by,
        "reported": None if wanted.reported is None else int(wanted.reported),
        "after_at": after.at,
        "after_reference": after.reference,
        "most": most,
    }
    if wanted.state in CLOSED:
        del asked["late"], asked["today"]
        rows = [] if wanted.late else tx.all("programs.closed_page", **asked)
    else:
        rows = tx.all("programs.open_page", after_day=after.day, **asked)
    return tuple(_item(tx, desk, now, row) for row in rows)


def one(tx: Tx, desk: Desk, now: int, token: Token, reference: str) -> Item | None:
    """Return a case of the token's company, or None."""
    stored = case_file.load(tx, desk, reference)
    if stored is None or stored.company != token.company:
        return None
    row = tx.first("programs.report", reference=reference)
    report = work.reported(row["kind"] if row else None)
    return Item(stored=stored, claim=claims.current(tx, now, reference), report=report)


def steps(tx: Tx, desk: Desk, reference: str) -> tuple[Step, ...]:
    """Return a case's time line without its words, oldest first."""
    return tuple(
        Step(seq=entry.seq, at=entry.at, kind=entry.kind, who=entry.who)
        for entry in case_file.time_line(tx, desk, reference)
    )


def needed(tx: Tx, desk: Desk, place: Place, token: Token, stored: Stored) -> Needed:
    """Return what the work on a case needs; that it was read is logged (R39)."""
    case_file.log(tx, desk, place, Act.CASE_VIEWED, stored, {"who": token.who})
    return Needed(
        customer=customers.customer_number_of(tx, desk, stored.subject) if stored.subject else "",
        fields=dict(stored.body.fields),
        words=tuple((words.at, words.text) for words in stored.body.words),
    )


def log_events(tx: Tx, desk: Desk, place: Place, token: Token, first: int, last: int, personal: int) -> None:
    """Log that a program read events, ``personal`` of which have a contact or words in them (R39)."""
    details: dict[str, str | int] = {"who": token.who, "events": personal, "from_seq": first, "to_seq": last}
    audit.write(tx, desk, place, Act.CASE_VIEWED, company=token.company, details=details)


def _item(tx: Tx, desk: Desk, now: int, row: Row) -> Item:
    stored = case_file.stored_case(desk, row)
    return Item(stored=stored, claim=claims.current(tx, now, stored.reference), report=work.reported(row["report"]))
