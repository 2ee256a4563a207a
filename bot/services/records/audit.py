"""The log of acts (R39), sealed into a hash chain with signed heads (R47); knows no file and no channel.

Entries are written in the act's own transaction, unsealed. One leased sealer gives them their number
and chains them, so that no turn ever waits for the chain's head. Entries name subjects by their random
ids only.
"""

import enum
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.clock import SECOND
from bot.crypto import same
from bot.services.desk import Desk, Place
from bot.services.leases import take_lease
from bot.storage.store import Row, Tx

GENESIS = "0" * 64  # what the first entry has for the hash before it
SEALER = "audit.sealer"  # the lease's name
LEASE = 5 * SECOND
MOST_FAULTS = 100
_PAGE = 1_000
_LOWEST = -(2**63)  # below every number that a column can hold
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
    ACCESS_REVOKED = "access.revoked"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DISABLED = "webhook.disabled"
    AUDIT_VIEWED = "audit.viewed"
    AUDIT_EXPORTED = "audit.exported"


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last entry of the chain at a time (ms UTC), signed: ``hash`` and signature are hex."""

    seq: int
    hash: str
    at: int
    signature: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What verifying found: how many entries are sealed and not yet, how many heads, and every fault as a line.

    The lines are Albanian and name the entry by its number; past ``MOST_FAULTS`` they are only counted.
    """

    sealed: int
    unsealed: int
    heads: int
    faults: tuple[str, ...]


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
        id=identity, at=place.now, body=_canonical(body), act=act.value, company=company, reference=reference,
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
        digest = _digest(previous, seq, row["id"], row["body"])
        tx.run("audit.seal", id=row["id"], seq=seq, previous=previous, hash=digest)
        previous = digest
    return _head(desk, seq, previous, now)


def has_unsealed(tx: Tx) -> bool:
    """Tell whether there is anything to seal."""
    return bool(tx.all("audit.unsealed", most=1))


def current_head(tx: Tx, desk: Desk, now: int) -> Head | None:
    """Return the chain's head, signed now: what is exported again when a crash came between sealing and exporting."""
    last = tx.first("audit.head")
    return _head(desk, int(last["seq"]), str(last["hash"]), now) if last else None


def verify(tx: Tx, desk: Desk, heads: Sequence[Head]) -> Verdict:
    """Check the whole chain and every signed head; memory does not grow with the log (R47).

    Found are entries that were edited, deleted, moved, inserted, or cut off at the end. Heads may lag behind the
    entries, never lead them. Entries that are not sealed yet cannot be checked, and are counted.
    """
    faults = _Faults()
    chain = _Chain(desk, heads, faults)
    after = _LOWEST
    while rows := tx.all("audit.page", after=after, most=_PAGE):
        for row in rows:
            chain.take(row)
        after = rows[-1]["seq"]
    chain.end()
    waiting = tx.first("audit.count_unsealed")
    return Verdict(
        sealed=chain.count, unsealed=int(waiting["entries"]) if waiting else 0, heads=len(heads), faults=faults.lines()
    )


class _Faults:
    """Collects faults, the first ones in words, the rest as a number."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: str) -> None:
        if len(self._lines) < MOST_FAULTS:
            self._lines.append(line)
        else:
            self._more += 1

    def lines(self) -> tuple[str, ...]:
        more = (f"… dhe {self._more} gabime të tjera.",) if self._more else ()
        return (*self._lines, *more)


class _Chain:
    """Goes along the chain, entry by entry, and along the heads beside it."""

    def __init__(self, desk: Desk, heads: Sequence[Head], faults: _Faults) -> None:
        self.seq = 0
        self.count = 0
        self._hash = GENESIS
        self._desk = desk
        self._faults = faults
        self._heads = sorted((h for h in heads if self._genuine(h)), key=lambda h: h.seq)
        self._next = 0

    def _genuine(self, head: Head) -> bool:
        genuine = same(head.signature, _signature(self._desk, head.seq, head.hash, head.at))
        if not genuine:
            self._faults.add(f"Koka e hyrjes {head.seq} nuk është nënshkruar nga ne: është ndryshuar ose e rreme.")
        return genuine

    def take(self, row: Row) -> None:
        """Check the next entry, and the heads up to it."""
        seq = row["seq"]
        if not isinstance(seq, int) or seq < 1:  # SQLite keeps whatever a tamperer writes there
            self._faults.add(f"Hyrja me numrin {seq!r} është futur: vulosja numëron nga 1.")
            return
        adjoins = seq == self.seq + 1
        if not adjoins:
            first, last = self.seq + 1, seq - 1
            which = f"Mungon hyrja {first}" if first == last else f"Mungojnë hyrjet {first}–{last}"
            self._faults.add(f"{which}: fshirë pas vulosjes.")
        linked = row["previous"] == self._hash
        intact = row["hash"] == _digest(str(row["previous"]), seq, row["id"], row["body"])
        if not intact and linked:
            self._faults.add(f"Hyrja {seq} është ndryshuar pas vulosjes.")
        elif not intact:
            self._faults.add(f"Hyrja {seq} nuk është në vendin e vet: radha u ndryshua, ose një hyrje u fut a u fshi.")
        elif not linked and adjoins:
            self._faults.add(f"Hyrja {seq} nuk vazhdon nga ajo para saj: hyrja {seq - 1} u ndryshua ose u ndërrua.")
        if intact and not _at_stands_in(row["body"], row["at"]):
            self._faults.add(f"Hyrja {seq}: koha e rreshtit është ndryshuar pas vulosjes.")
        self._pass_heads(seq, str(row["hash"]))
        self.seq, self._hash = seq, str(row["hash"])
        self.count += 1

    def _pass_heads(self, seq: int, digest: str) -> None:
        while self._next < len(self._heads) and self._heads[self._next].seq <= seq:
            head = self._heads[self._next]
            self._next += 1
            if head.seq < seq:
                self._faults.add(f"Koka e nënshkruar e hyrjes {head.seq}: kjo hyrje nuk është më në regjistër.")
            elif head.hash != digest:
                self._faults.add(
                    f"Hyrja {seq} nuk përputhet me kokën e nënshkruar: regjistri deri këtu është shkruar prapë."
                )

    def end(self) -> None:
        """Check that no head leads the entries."""
        if self._next < len(self._heads):
            self._faults.add(
                f"Regjistri është shkurtuar: mbaron te hyrja {self.seq}, "
                f"koka e nënshkruar arrin te hyrja {self._heads[-1].seq}."
            )


def _head(desk: Desk, seq: int, digest: str, at: int) -> Head:
    return Head(seq=seq, hash=digest, at=at, signature=_signature(desk, seq, digest, at))


def _signature(desk: Desk, seq: int, digest: str, at: int) -> str:
    return desk.vault.sign("audit", f"{seq}:{digest}:{at}".encode())


def _digest(previous: str, seq: int, identity: str, body: str) -> str:
    return hashlib.sha256(f"{previous}:{seq}:{identity}:{body}".encode("utf-8", "surrogatepass")).hexdigest()


def _at_stands_in(body: str, at: object) -> bool:
    try:
        read = json.loads(body)
    except ValueError:
        return False
    return isinstance(read, dict) and read.get("at") == at


def _canonical(body: Mapping[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
