"""What a person must look at that is no request (yet): hand-offs, questions without answer, alarms; knows no wording.

The customer knows it by its id, a reference number. Times are milliseconds UTC.
"""

import enum
import json
from dataclasses import dataclass

from bot.dialogue.effects import Escalate, Escalation, Flag
from bot.dialogue.events import Escalated, Noted
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import CUSTOMER, Body, Identity, NewCase, Words
from bot.services.desk import Desk, Place
from bot.services.records import audit, events
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.records.references import new_reference
from bot.storage.store import Row, Tx

_UNTOLD = frozenset({Escalation.UNANSWERED, Escalation.ASKED_AGAIN})
NO_COMPANY = ""  # in an event: the person had named none


class State(enum.StrEnum):
    """What has become of an escalation."""

    OPEN = "open"
    CLOSED = "closed"
    CONVERTED = "converted"


@dataclass(frozen=True, kw_only=True)
class StoredEscalation:
    """An escalation as it is stored; ``reference`` is the request that it became.

    ``reply_to`` is where an answer goes once its conversation was forgotten; empty as long as it was not.
    ``closed_by`` and ``closed_why`` say who closed it without making it a request, and why.
    """

    id: str
    kind: Escalation
    company: str | None
    conversation: str | None
    channel: str
    subject: str | None
    words: str
    reply_to: str
    state: State
    reference: str | None
    at: int
    closed_at: int | None
    closed_by: str = ""
    closed_why: str = ""


def open_escalation(
    tx: Tx, desk: Desk, place: Place, kind: Escalation, company: str | None, words: str, subject: str | None = None
) -> str:
    """Put something before a person; return its id, which can be told to the customer."""
    identity = new_reference(desk.randomness)
    tx.run(
        "escalations.add",
        id=identity,
        kind=kind.value,
        company=company,
        conversation=place.conversation,
        subject=subject,
        body_sealed=_seal(desk, identity, {"words": words, "channel": place.channel}),
        now=place.now,
    )
    audit.write(
        tx, desk, place, Act.ESCALATION_OPENED, company=company, subject=subject, reference=identity,
        details={"kind": kind.value},
    )  # fmt: skip
    events.publish(
        tx, desk, place.now, EventKind.ESCALATION_OPENED, company=company or NO_COMPANY, subject=subject,
        reference=identity, body={"kind": kind.value},
    )  # fmt: skip
    return identity


def escalate(tx: Tx, desk: Desk, place: Place, effect: Escalate) -> Escalated | Noted:
    """Put what a conversation brought before a person: a hand-off, an authority, press.

    A question without answer, or whose answer did not help, is noted too, but its asker is told nothing of it: nobody
    asked for a person.
    """
    reference = open_escalation(tx, desk, place, effect.kind, effect.company, effect.words)
    return Noted() if effect.kind in _UNTOLD else Escalated(reference=reference)


def load(tx: Tx, desk: Desk, identity: str) -> StoredEscalation | None:
    """Return an escalation, or None where there is no such one."""
    row = tx.first("escalations.load", id=identity)
    return _stored(desk, row) if row else None


def held(tx: Tx, desk: Desk, identity: str) -> StoredEscalation | None:
    """Return an escalation, held until the transaction ends: nobody closes it or makes it a request; None for none."""
    return load(tx, desk, identity) if tx.run("escalations.hold", id=identity) else None


def list_open(tx: Tx, desk: Desk, company: str | None = None, most: int = 500) -> tuple[StoredEscalation, ...]:
    """Return those that are open, oldest first: a company's and those that name none, or (None) all."""
    return tuple(_stored(desk, row) for row in tx.all("escalations.open", company=company, most=most))


def close(tx: Tx, desk: Desk, place: Place, identity: str, who: str, why: str = "") -> bool:
    """Note that a person has seen to it, and how; tell whether it was open until now."""
    stored = held(tx, desk, identity)
    if stored is None or stored.state is not State.OPEN:
        return False
    body = {**_body(stored), "closed_by": who, "closed_why": why.strip()}
    tx.run("escalations.set_body", id=identity, body_sealed=_seal(desk, identity, body))
    if not tx.run("escalations.close", id=identity, now=place.now):
        return False
    audit.write(
        tx, desk, place, Act.ESCALATION_CLOSED, company=stored.company, subject=stored.subject, reference=identity,
        details={"who": who, "kind": stored.kind.value},
    )  # fmt: skip
    _end_alarm(tx, desk, place, identity, who)
    return True


def redirect(tx: Tx, desk: Desk, place: Place, identity: str, reply_to: str) -> None:
    """Keep where the answer to an open escalation shall go: its conversation is forgotten."""
    stored = held(tx, desk, identity)
    if stored is None or stored.state is not State.OPEN:
        return
    body = {**_body(stored), "reply_to": reply_to}
    tx.run("escalations.set_body", id=identity, body_sealed=_seal(desk, identity, body))
    audit.write(
        tx, desk, place, Act.REQUEST_REDIRECTED, company=stored.company, subject=stored.subject, reference=identity,
        details={"who": CUSTOMER, "way": "address", "kind": stored.kind.value},
    )  # fmt: skip


def to_request(
    tx: Tx, desk: Desk, place: Place, identity: str, action: Action, who: str, company: str | None = None
) -> str:
    """Make an open escalation a request and return its reference; each names the other.

    Its clock runs from when the person wrote, not from today (R33), and its identity is pending: nothing was
    proven (R53). ``company`` is needed where the escalation names none. Raises NotAllowedError.
    """
    stored = held(tx, desk, identity)
    if stored is None or stored.state is not State.OPEN:
        raise NotAllowedError(
            "{escalation} is no open escalation; only an open one can become a request.", escalation=identity
        )
    company = stored.company or company
    if company is None or company not in desk.companies:
        raise NotAllowedError(
            "{escalation} names no company; say which company the request is for.", escalation=identity
        )
    reference = new_reference(desk.randomness)
    if not tx.run("escalations.convert", id=identity, now=place.now, reference=reference, company=company):
        raise NotAllowedError(
            "{escalation} was closed meanwhile; only an open one can become a request.", escalation=identity
        )
    new = NewCase(
        company=company,
        action=action,
        identity=Identity.PENDING,
        subject=None,
        conversation=stored.conversation,
        channel=stored.channel,
        body=Body(
            fields={"escalation": identity},
            words=(Words(at=stored.at, text=stored.words),) if stored.words.strip() else (),
        ),
        reply_to=stored.reply_to,
        flags=(Flag.IDENTITY_PENDING.value,),
        received_at=stored.at,
    )
    case_file.create(tx, desk, place, reference, new, who)
    audit.write(
        tx, desk, place, Act.ESCALATION_CONVERTED, company=company, reference=identity,
        details={"who": who, "request": reference, "kind": action.value},
    )  # fmt: skip
    _end_alarm(tx, desk, place, identity, who)
    return reference


def _end_alarm(tx: Tx, desk: Desk, place: Place, identity: str, who: str) -> None:
    """Acknowledge the alarm that stood before people as this escalation: what was seen to waits nowhere any more."""
    for event in events.of_reference(tx, desk, identity):
        if event.kind is EventKind.ALARM_RAISED and events.close(tx, desk, place.now, event.id, who):
            audit.write(
                tx, desk, place, Act.EVENT_ACKNOWLEDGED, company=event.company, subject=event.subject,
                reference=identity, details={"event": event.id, "kind": event.kind.value, "who": who},
            )  # fmt: skip


def _stored(desk: Desk, row: Row) -> StoredEscalation:
    # Retention leaves nothing where a sealed text stood.
    sealed = row["body_sealed"]
    body = json.loads(desk.vault.open("escalations", sealed, row["id"])) if sealed else {"words": "", "channel": ""}
    return StoredEscalation(
        id=row["id"],
        kind=Escalation(row["kind"]),
        company=row["company"],
        conversation=row["conversation"],
        channel=body["channel"],
        subject=row["subject"],
        words=body["words"],
        reply_to=body.get("reply_to", ""),
        state=State(row["state"]),
        reference=row["reference"],
        at=row["at"],
        closed_at=row["closed_at"],
        closed_by=body.get("closed_by", ""),
        closed_why=body.get("closed_why", ""),
    )


def _body(stored: StoredEscalation) -> dict[str, str]:
    return {"words": stored.words, "channel": stored.channel, "reply_to": stored.reply_to}


def _seal(desk: Desk, identity: str, body: dict[str, str]) -> str:
    return desk.vault.seal("escalations", json.dumps(body, ensure_ascii=False, sort_keys=True), identity)
