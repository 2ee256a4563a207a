"""Stops marketing to a number or e-mail at once, on anybody's word (R54); never looks whether it is a customer's.

Nothing that is told back depends on what others have done or on who is known: only on this conversation.
"""

from bot.clock import DAY
from bot.dialogue.effects import StopMarketing
from bot.dialogue.events import ActDone, ActRefused, ConsentState, Why
from bot.services.desk import Desk, Place
from bot.services.identity import customers
from bot.services.identity.contacts import Contact, ContactKind, read_reach
from bot.services.records import audit, events, receipts
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.records.receipts import EventType, Evidence, LawfulBasis, RecordedPurpose
from bot.storage.store import Tx

_MARKETING = "marketing"  # the purpose on record where a company's consents are not known by name


def stop_marketing(tx: Tx, desk: Desk, place: Place, effect: StopMarketing) -> ActDone | ActRefused:
    """Suppress a contact at once, unproven, and have the back office told (R54).

    Refused only when no contact can be read, or when this conversation has done it too often today (R53's
    figure, for each company). ``already`` says only that this same conversation stopped it before.
    """
    contact = read_reach(effect.typed)
    if contact is None:
        return ActRefused(why=Why.UNREADABLE)
    until = _capped_until(tx, desk, place, effect.company)
    if until:
        return ActRefused(why=Why.TOO_MANY, until=until)
    contact_hash = _hash(desk, effect.company, contact)
    before = tx.first(
        "suppressions.made_here",
        company=effect.company,
        contact_hash=contact_hash,
        conversation=place.conversation,
    )
    reference = receipts.issue(
        tx,
        desk,
        place,
        act=Act.MARKETING_STOPPED,
        company=effect.company,
        subject=None,
        evidence=Evidence(
            principal=contact.masked,
            event_type=EventType.OBJECTED,
            purposes=_purposes(desk, effect),
            shown=effect.shown,
        ),
    )
    _suppress(tx, desk, place, effect.company, contact, reference)
    audit.write(
        tx,
        desk,
        place,
        Act.MARKETING_STOPPED,
        company=effect.company,
        reference=reference,
        details={"kind": contact.kind.value},
    )
    events.publish(
        tx,
        desk,
        place.now,
        EventKind.MARKETING_STOPPED,
        company=effect.company,
        reference=reference,
        body={"kind": contact.kind.value, "contact": contact.value, "proven": False},
    )
    return ActDone(reference=reference, company=effect.company, at=place.now, already=before is not None)


def resume(tx: Tx, desk: Desk, place: Place, company: str, subject: str, reference: str) -> tuple[str, ...]:
    """Lift what was stopped without proof for a subject's numbers, because their owner granted it (R54).

    ``reference`` is the grant's. Returns the references of what was lifted, in order.
    """
    lifted: set[str] = set()
    for number in customers.numbers_of(tx, desk, subject):
        rows = tx.all(
            "suppressions.lift",
            company=company,
            contact_hash=desk.vault.index("contact", company, ContactKind.NUMBER, number),
            now=place.now,
            by=reference,
        )
        lifted.update(row["reference"] for row in rows)
    for stopped in sorted(lifted):
        audit.write(
            tx,
            desk,
            place,
            Act.MARKETING_RESUMED,
            company=company,
            subject=subject,
            reference=reference,
            details={"stopped": stopped},
        )
    return tuple(sorted(lifted))


def _capped_until(tx: Tx, desk: Desk, place: Place, company: str) -> int:
    """Return when this conversation may do it again (ms UTC), 0: now."""
    row = tx.first(
        "suppressions.made_today",
        act=Act.MARKETING_STOPPED,
        company=company,
        conversation=place.conversation,
        since=place.now - DAY,
    )
    if row is None or row["count"] < desk.limits.pending_requests_day:
        return 0
    return int(row["first"]) + DAY


def _hash(desk: Desk, company: str, contact: Contact) -> str:
    return desk.vault.index("contact", company, contact.kind, contact.value)


def _suppress(tx: Tx, desk: Desk, place: Place, company: str, contact: Contact, reference: str) -> None:
    identity = desk.randomness.token()
    tx.run(
        "suppressions.add",
        id=identity,
        company=company,
        contact_hash=_hash(desk, company, contact),
        contact_sealed=desk.vault.seal("suppressions", contact.value, identity),
        reference=reference,
        at=place.now,
    )


def _purposes(desk: Desk, effect: StopMarketing) -> tuple[RecordedPurpose, ...]:
    """Name the marketing consents; what is on record for them is not looked at."""
    named = [(p.id, p.name, p.clauses) for p in desk.companies[effect.company].rights.marketing]
    return tuple(
        RecordedPurpose(
            id=identity,
            name=name,
            clauses=clauses,
            lawful_basis=LawfulBasis.CONSENT,
            before=ConsentState.UNKNOWN,
        )
        for identity, name, clauses in named or [(_MARKETING, "Marketing", effect.shown.clauses)]
    )
