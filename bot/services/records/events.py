"""The event catalogue: what the back office must take note of, until it says that it has; knows no act's rules.

An event is written in the transaction of its act (R48) and stays open until acknowledged. ``seq`` is given
under a lock that lasts until commit, so the order of numbers is the order of commits, without a gap: who has
read up to a number has missed nothing before it.
"""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import moment
from bot.services.desk import Desk
from bot.services.records import receipts
from bot.storage.store import Row, Tx

VERSION = 1  # of the message
_COUNTER = "events"


class EventKind(enum.StrEnum):
    """Everything the back office is told of."""

    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_GRANTED = "consent.granted"
    MARKETING_STOPPED = "marketing.stopped"
    STATISTICS_RESTRICTED = "statistics.restricted"
    STATISTICS_LIFTED = "statistics.lifted"
    REQUEST_FILED = "request.filed"
    REQUEST_JOINED = "request.joined"
    REQUEST_CHANGED = "request.changed"
    REQUEST_TAKEN_BACK = "request.taken_back"
    ESCALATION_OPENED = "escalation.opened"
    NOTICE_TO_SEND = "notice.to_send"
    ALARM_RAISED = "alarm.raised"


# Acknowledging these says that the act was applied in the company's own systems (R38: "u zbatua").
APPLYING = frozenset(
    {
        EventKind.CONSENT_WITHDRAWN,
        EventKind.CONSENT_GRANTED,
        EventKind.MARKETING_STOPPED,
        EventKind.STATISTICS_RESTRICTED,
        EventKind.STATISTICS_LIFTED,
    }
)


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """An event with its body opened. Times are milliseconds UTC; ``subject`` is the random id."""

    id: str
    seq: int
    kind: EventKind
    company: str
    subject: str | None
    reference: str | None
    body: Mapping[str, Any]
    at: int
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None


def publish(  # noqa: PLR0913  these are an event's parts
    tx: Tx,
    desk: Desk,
    now: int,
    kind: EventKind,
    *,
    company: str,
    subject: str | None = None,
    reference: str | None = None,
    body: Mapping[str, object],
) -> int:
    """Write an event, to be told after commit, and return its number. ``body`` holds what JSON can hold."""
    identity = desk.randomness.token()
    counted = tx.first("events.next_seq", name=_COUNTER)
    if counted is None:
        raise RuntimeError("the counter of events gave no number")
    seq = int(counted["value"])
    tx.run(
        "events.add",
        seq=seq,
        id=identity,
        kind=kind,
        company=company,
        subject=subject,
        reference=reference,
        body_sealed=desk.vault.seal("events", json.dumps(body, ensure_ascii=False, sort_keys=True), identity),
        at=now,
    )
    return seq


def open_events(tx: Tx, desk: Desk, company: str | None = None, most: int = 500) -> list[StoredEvent]:
    """Return the events not yet acknowledged, the oldest first, of one company or (None) of all."""
    return [_stored(desk, row) for row in tx.all("events.open", company=company, most=most)]


def late(tx: Tx, desk: Desk, now: int, company: str | None = None) -> list[StoredEvent]:
    """Return the events that were not acknowledged within ``limits.unacknowledged`` (R38), the oldest first."""
    before = now - desk.limits.unacknowledged
    return [_stored(desk, row) for row in tx.all("events.late", company=company, before=before)]


def page(
    tx: Tx, desk: Desk, company: str, after: int, *, kind: EventKind | None, is_open: bool | None, most: int
) -> list[StoredEvent]:
    """Return a company's events numbered above ``after``, in order; of one kind, open or not, or (None) all."""
    rows = tx.all(
        "events.page",
        company=company, after=after, kind=kind.value if kind else None,
        open=None if is_open is None else int(is_open), most=most,
    )  # fmt: skip
    return [_stored(desk, row) for row in rows]


def load(tx: Tx, desk: Desk, identity: str) -> StoredEvent | None:
    """Return an event, or None where there is no such one."""
    row = tx.first("events.load", id=identity)
    return _stored(desk, row) if row else None


def last_seq(tx: Tx) -> int:
    """Return the number of the newest event; 0 where there was none."""
    row = tx.first("events.counter", name=_COUNTER)
    return int(row["value"]) if row else 0


def of_reference(tx: Tx, desk: Desk, reference: str) -> list[StoredEvent]:
    """Return what was published under a reference number, with who acknowledged it and when (R39), in order."""
    return [_stored(desk, row) for row in tx.all("events.of_reference", reference=reference)]


def close(tx: Tx, desk: Desk, now: int, identity: str, who: str) -> StoredEvent | None:
    """Mark an event as taken over; None where it is not open. What follows of it is ``acknowledging``'s."""
    row = tx.first("events.acknowledge", id=identity, now=now, who=who)
    return _stored(desk, row) if row else None


def await_appliance(tx: Tx, now: int, reference: str) -> None:
    """Let a receipt say *u zbatua* once nothing that its act asked of the back office is open (R38)."""
    receipts.hold(tx, reference)  # of two acknowledgements at once, the later one sees that none is left
    waiting = {EventKind(row["kind"]) for row in tx.all("events.waiting", reference=reference)}
    if not waiting & APPLYING:
        receipts.applied(tx, now, reference)


def message(stored: StoredEvent) -> dict[str, Any]:
    """Return the message that every face of the back office gives out (command line, API, webhooks)."""
    return {
        "version": VERSION,
        "id": stored.id,
        "seq": stored.seq,
        "type": stored.kind.value,
        "time": moment(stored.at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "company": stored.company,
        "subject": stored.subject,
        "reference": stored.reference,
        "data": dict(stored.body),
    }


def _stored(desk: Desk, row: Row) -> StoredEvent:
    return StoredEvent(
        id=row["id"],
        seq=row["seq"],
        kind=EventKind(row["kind"]),
        company=row["company"],
        subject=row["subject"],
        reference=row["reference"],
        body=json.loads(desk.vault.open("events", row["body_sealed"], row["id"])),
        at=row["at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
    )
