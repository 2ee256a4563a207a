"""The log of acts (R39), sealed into a hash chain with signed heads (R47); knows no file and no channel.

How the chain is computed stands in ``audit_chain``, how it is verified in ``audit_verify``, how it is searched in
``audit_search``.

Entries are written in the act's own transaction, unsealed. One leased sealer gives them their number
and chains them, so that no turn ever waits for the chain's head. Entries name subjects by their random
ids only.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from bot.clock import SECOND
from bot.services.desk import Desk, Place
from bot.services.leases import take_lease
from bot.services.records.audit_chain import GENESIS, Head, canonical, digest, head, searched
from bot.services.records.audit_verify import MOST_FAULTS, Verdict, verify
from bot.storage.store import Tx

__all__ = [
    "GENESIS", "LEASE", "MOST_FAULTS", "SEALER", "Act", "Head", "Verdict", "current_head", "has_unsealed", "index_old",
    "seal_chain", "verify", "write",
]  # fmt: skip

SEALER = "audit.sealer"  # the lease's name
LEASE = 5 * SECOND
_UNREADABLE = "?"  # the act of an old entry that says none
_NO_DETAILS: Mapping[str, str | int] = MappingProxyType({})


class Act(enum.StrEnum):
    """Every act that is logged, as ``<thing>.<past participle>``."""

    CODE_REQUESTED = "code.requested"
    CODE_ACCEPTED = "code.accepted"
    CODE_LOCKED = "code.locked"
    CODE_REPORTED = "code.reported"
    PROOF_ENDED = "proof.ended"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_GRANTED = "consent.granted"
    CONSENT_IMPORTED = "consent.imported"
    MARKETING_STOPPED = "marketing.stopped"
    MARKETING_RESUMED = "marketing.resumed"
    STATISTICS_OBJECTED = "statistics.objected"
    STATISTICS_LIFTED = "statistics.lifted"
    REQUEST_FILED = "request.filed"
    REQUEST_JOINED = "request.joined"
    REQUEST_RECORDED = "request.recorded"
    REQUEST_TAKEN = "request.taken"
    REQUEST_ASKED = "request.asked"
    REQUEST_PAUSED = "request.paused"
    REQUEST_RESUMED = "request.resumed"
    REQUEST_EXTENDED = "request.extended"
    REQUEST_ANSWERED = "request.answered"
    REQUEST_PARTLY_ANSWERED = "request.partly_answered"
    REQUEST_REFUSED = "request.refused"
    REQUEST_TAKEN_BACK = "request.taken_back"
    REQUEST_DECIDED = "request.decided"
    REQUEST_PROVEN = "request.proven"
    REQUEST_NOTED = "request.noted"
    REQUEST_REDIRECTED = "request.redirected"
    ANSWER_ATTACHED = "answer.attached"
    ANSWER_LINKED = "answer.linked"
    ANSWER_UNLOCKED = "answer.unlocked"
    ANSWER_FETCHED = "answer.fetched"
    NOTICE_SENT = "notice.sent"
    NOTICE_DELIVERED = "notice.delivered"
    EVENT_ACKNOWLEDGED = "event.acknowledged"
    ESCALATION_OPENED = "escalation.opened"
    ESCALATION_CLOSED = "escalation.closed"
    ESCALATION_CONVERTED = "escalation.converted"
    CUSTOMERS_IMPORTED = "customers.imported"
    CONVERSATION_FORGOTTEN = "conversation.forgotten"
    RETENTION_ERASED = "retention.erased"
    CUSTOMER_UNLOCKED = "customer.unlocked"
    TRANSCRIPT_SHARED = "transcript.shared"
    CASE_VIEWED = "case.viewed"
    CASE_EXPORTED = "case.exported"
    CASE_ADVISED = "case.advised"
    CLAIM_TAKEN_OVER = "claim.taken_over"
    KEPT_ERASED = "kept.erased"
    STAFF_ADDED = "staff.added"
    STAFF_CHANGED = "staff.changed"
    STAFF_DISABLED = "staff.disabled"
    STAFF_ENROLLED = "staff.enrolled"
    STAFF_SIGNED_IN = "staff.signed_in"
    STAFF_SIGNED_OUT = "staff.signed_out"
    STAFF_REFUSED = "staff.refused"
    STAFF_LOCKED = "staff.locked"
    STAFF_UNLOCKED = "staff.unlocked"
    STAFF_RECOVERED = "staff.recovered"
    QUESTION_SEEN_TO = "question.seen_to"
    ANSWER_APPROVED = "answer.approved"
    ANSWER_SWITCHED_OFF = "answer.switched_off"
    ANSWER_SWITCHED_ON = "answer.switched_on"
    ACCESS_GIVEN = "access.given"
    SECRET_REPLACED = "secret.replaced"  # noqa: S105  no secret
    ACCESS_REVOKED = "access.revoked"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DISABLED = "webhook.disabled"
    AUDIT_VIEWED = "audit.viewed"
    AUDIT_EXPORTED = "audit.exported"


def write(  # noqa: PLR0913  these are an entry's parts
    tx: Tx,
    desk: Desk,
    place: Place,
    act: Act,
    *,
    company: str | None,
    subject: str | None = None,
    reference: str | None = None,
    details: Mapping[str, str | int] = _NO_DETAILS,
) -> None:
    """Log an act in its own transaction (R39, R48). ``details`` hold nothing personal."""
    body = {
        "act": act.value,
        "at": place.now,
        "channel": place.channel,
        "company": company,
        "conversation": place.conversation,
        "details": dict(details),
        "reference": reference,
        "subject": subject,
    }
    # The time stands first, so that ids sort as the entries were made.
    identity = f"{place.now:013x}-{desk.randomness.token()}"
    who = details.get("who")
    tx.run(
        "audit.write",
        id=identity, at=place.now, body=canonical(body), act=act.value, company=company, reference=reference,
        who=str(who) if who is not None else None,
    )  # fmt: skip


def seal_chain(tx: Tx, desk: Desk, now: int, holder: str, most: int = 2000) -> Head | None:
    """Chain up to ``most`` new entries and return the signed head, to be exported after the commit (R47).

    None where there is nothing new, or another holder is at it.
    """
    if not take_lease(tx, SEALER, holder, now, LEASE):
        return None
    rows = tx.all("audit.unsealed", most=most)
    if not rows:
        return None
    last = tx.first("audit.head")
    seq, previous = (int(last["seq"]), str(last["hash"])) if last else (0, GENESIS)
    for row in rows:
        seq += 1
        this = digest(previous, seq, row["id"], row["body"])
        tx.run("audit.seal", id=row["id"], seq=seq, previous=previous, hash=this)
        previous = this
    return head(desk, seq, previous, now)


def has_unsealed(tx: Tx) -> bool:
    """Tell whether there is anything to seal."""
    return bool(tx.all("audit.unsealed", most=1))


def current_head(tx: Tx, desk: Desk, now: int) -> Head | None:
    """Return the chain's head, signed now: what is exported again when a crash came between sealing and exporting."""
    last = tx.first("audit.head")
    return head(desk, int(last["seq"]), str(last["hash"]), now) if last else None


def index_old(tx: Tx, most: int = 500) -> int:
    """Fill the columns that the log is searched by in up to ``most`` entries older than these; returns how many."""
    rows = tx.all("audit.unindexed", most=most)
    for row in rows:
        found = searched(row["body"])
        tx.run(
            "audit.index",
            id=row["id"],
            act=found.act if found and found.act else _UNREADABLE,
            company=found.company if found else None,
            reference=found.reference if found else None,
            who=found.who if found else None,
        )
    return len(rows)
