"""The evidence of an act: a record that is sealed, kept, and told to the customer as a receipt (R39); knows no act.

The fields are those of consent records in ISO/IEC TS 27560:2023 that apply here. A record names a person by
the random id of the subject or by a masked contact only, so that it can be kept (R45).
"""

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from bot.dialogue.effects import Shown
from bot.dialogue.events import ConsentState
from bot.services.desk import Desk, Place
from bot.services.records.references import new_reference
from bot.storage.store import Tx

SCHEMA = "ISO/IEC TS 27560:2023"
_LANGUAGE = "sq"  # ISO 639-1; the texts and the words shown


class EventType(enum.StrEnum):
    """What the act did to the processing."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    OBJECTION_LIFTED = "objection_lifted"


class EntityType(enum.StrEnum):
    """Who acted: the person themself (PII principal), or the company."""

    PRINCIPAL = "pii_principal"
    CONTROLLER = "pii_controller"


class LawfulBasis(enum.StrEnum):
    """What the processing that the act is about rests on."""

    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate_interest"


@dataclass(frozen=True, kw_only=True)
class Controller:
    """The company that answers for the processing."""

    id: str
    name: str
    contact: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The policy text in force at the act: its version, the SHA-256 of the file (hex), its language."""

    version: str
    sha256: str
    language: str = _LANGUAGE


@dataclass(frozen=True, kw_only=True)
class RecordedPurpose:
    """One purpose that the act is about; ``clauses`` word it, ``before`` is what was on record (UNKNOWN: nothing)."""

    id: str
    name: str
    clauses: tuple[str, ...]
    lawful_basis: LawfulBasis
    before: ConsentState


@dataclass(frozen=True, kw_only=True)
class CollectionMethod:
    """How the person said it: the channel, and the random id of the conversation."""

    channel: str
    conversation: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """One act on record. Times are milliseconds UTC; ``words_sha256`` is over the UTF-8 of ``words_shown`` (R60).

    ``event_time`` is *u regjistrua*; ``applied_at`` is *u zbatua*, when the back office had acknowledged
    everything that the act asked of it (None: not yet). It alone stands outside the seal.
    """

    record_id: str
    act: str
    pii_controller: Controller
    pii_principal_id: str
    event_type: EventType
    event_time: int
    entity_type: EntityType
    privacy_notice: Notice
    purposes: tuple[RecordedPurpose, ...]
    collection_method: CollectionMethod
    words_shown: str
    words_sha256: str
    clauses_shown: tuple[str, ...]
    schema_version: str = SCHEMA
    applied_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What an act brings to its record. ``principal`` is the subject's random id or a masked contact."""

    principal: str
    event_type: EventType
    purposes: Sequence[RecordedPurpose]
    shown: Shown
    entity_type: EntityType = EntityType.PRINCIPAL


def issue(tx: Tx, desk: Desk, place: Place, *, act: str, company: str, subject: str | None, evidence: Evidence) -> str:
    """Store the record of an act, sealed, and return its reference number (R39). Raises KeyError for no company."""
    reference = new_reference(desk.randomness)
    controller = desk.companies[company]
    version = desk.edition(company, place.now).text.version
    words = evidence.shown.words
    record = Record(
        record_id=reference,
        act=act,
        pii_controller=Controller(id=controller.id, name=controller.name, contact=controller.contact),
        pii_principal_id=evidence.principal,
        event_type=evidence.event_type,
        event_time=place.now,
        entity_type=evidence.entity_type,
        privacy_notice=Notice(version=version.id, sha256=version.sha256),
        purposes=tuple(evidence.purposes),
        collection_method=CollectionMethod(channel=place.channel, conversation=place.conversation),
        words_shown=words,
        words_sha256=hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest(),
        clauses_shown=evidence.shown.clauses,
    )
    tx.run(
        "receipts.add",
        reference=reference,
        act=act,
        company=company,
        subject=subject,
        conversation=place.conversation,
        channel=place.channel,
        record_sealed=desk.vault.seal("receipts", msgspec.json.encode(record), reference),
        at=place.now,
    )
    return reference


def read(tx: Tx, desk: Desk, reference: str) -> Record | None:
    """Return a record with the time at which it was applied, or None. Raises SealBrokenError."""
    row = tx.first("receipts.read", reference=reference)
    if row is None:
        return None
    raw = desk.vault.open_bytes("receipts", row["record_sealed"], reference)
    return replace(msgspec.json.decode(raw, type=Record), applied_at=row["applied_at"])


def hold(tx: Tx, reference: str) -> bool:
    """Lock a receipt until the transaction ends, so that two acknowledgements see one another; tell if it is there."""
    return tx.run("receipts.hold", reference=reference) > 0


def applied(tx: Tx, now: int, reference: str) -> bool:
    """Set *u zbatua* (R38); the first time stands. Tell whether it was set now."""
    return tx.run("receipts.applied", reference=reference, now=now) > 0
