"""What the back office sees of its cases: the queue, one case whole, and rows to export; changes nothing.

A row holds no words and no contact; one case shown whole does (R32: it goes to a screen, never to a log).
"""

from dataclasses import asdict, dataclass
from typing import Any

from bot.clock import moment
from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.services.casework import case_file, case_queue
from bot.services.casework.case_queue import Filter
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.office import notices
from bot.services.records import events
from bot.storage.store import Tx

MOST = 1000  # rows of the queue on one screen; the export has all


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case as a line: times in ISO 8601 UTC, dates as days in Kosovo. ``subject`` is the random id.

    ``due_on`` is the date that holds now (R33); it is a target as long as its rule is not ``confirmed``.
    """

    reference: str
    company: str
    kind: str
    state: str
    identity: str
    channel: str
    received_at: str
    due_on: str
    due_rule: str
    confirmed: bool
    extended: bool
    paused_since: str
    paused_ms: int
    late: bool
    taken_by: str
    second_proof: str
    closed_at: str
    flags: str
    subject: str


def queue(
    tx: Tx, desk: Desk, now: int, company: str | None = None, state: CaseState | None = None, *, late: bool = False
) -> list[CaseRow]:
    """Return the open cases (or those in a state), what is due first standing first."""
    before = local_day(now) if late else None
    wanted = Filter(company=company, state=state, due_before=before)
    return [_row(desk, stored, now) for stored in case_queue.open_cases(tx, desk, wanted, most=MOST)]


def export(tx: Tx, desk: Desk, now: int, company: str | None = None, state: CaseState | None = None) -> list[CaseRow]:
    """Return every case, closed ones too."""
    rows = tx.all("backoffice.requests", company=company, state=state.value if state else None)
    return [_row(desk, stored, now) for stored in case_file.stored_cases(desk, rows)]


def show(tx: Tx, desk: Desk, now: int, reference: str) -> dict[str, Any]:
    """Return one case whole, as plain data: its row, its words, its time line, notices and events."""
    stored = case_file.load(tx, desk, reference)
    if stored is None:
        raise NotAllowedError(
            "There is no request {reference}; `mburoja requests list` shows those there are.", reference=reference
        )
    return {
        **asdict(_row(desk, stored, now)),
        "customer": customers.customer_number_of(tx, desk, stored.subject) if stored.subject else "",
        "name": customers.name_of(tx, desk, stored.subject) if stored.subject else "",
        "reply_to": stored.reply_to,
        "fields": dict(stored.body.fields),
        "words": [{"at": iso(words.at), "text": words.text} for words in stored.body.words],
        "time_line": [
            {"seq": entry.seq, "at": iso(entry.at), "kind": entry.kind, "who": entry.who, "body": dict(entry.body)}
            for entry in case_file.time_line(tx, desk, reference)
        ],
        "notices": [
            {
                "id": notice.id,
                "kind": notice.kind.value,
                "text": notice.text,
                "route": notice.route.value if notice.route else "",
                "sent_at": iso(notice.created_at),
                "delivered_at": iso(notice.delivered_at),
                "lift_on": notice.effect.lift_on.isoformat() if notice.effect.lift_on else "",
            }
            for notice in notices.of_case(tx, desk, reference)
        ],
        "events": [
            {"id": event.id, "type": event.kind.value, "acknowledged_at": iso(event.acknowledged_at)}
            for event in events.of_reference(tx, desk, reference)
        ],
    }


def iso(at: int | None) -> str:
    """Return a time as ISO 8601 UTC to the second; empty for none."""
    return moment(at).isoformat(timespec="seconds").replace("+00:00", "Z") if at is not None else ""


def _row(desk: Desk, stored: Stored, now: int) -> CaseRow:
    company = desk.companies.get(stored.company)  # one that is no longer served keeps its cases
    return CaseRow(
        reference=stored.reference,
        company=stored.company,
        kind=stored.action.value,
        state=stored.state.value,
        identity=stored.identity.value,
        channel=stored.channel,
        received_at=iso(stored.received_at),
        due_on=stored.due_date.isoformat(),
        due_rule=stored.due.rule,
        confirmed=company is not None and company.rights.deadline.confirmed is not None,
        extended=stored.extended_to is not None,
        paused_since=iso(stored.paused_at),
        paused_ms=stored.paused_ms,
        late=stored.is_open and stored.paused_at is None and stored.due_date < local_day(now),
        taken_by=stored.taken_by or "",
        second_proof=stored.second_proof or "",
        closed_at=iso(stored.closed_at),
        flags=" ".join(stored.flags),
        subject=stored.subject or "",
    )
