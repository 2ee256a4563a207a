"""Objections to statistics: the restriction holds at once, the DPO decides afterwards (R41); knows no wording.

The restriction is one flag of the subject, with the reference of the objection that it rests on; nothing else of
the subject is touched. That reference is the case's and the receipt's alike.
"""

from dataclasses import dataclass

from bot.dialogue.effects import LiftStatistics, ObjectStatistics, Shown
from bot.dialogue.events import ActDone, ConsentState, ProofMissing
from bot.services.casework import requests
from bot.services.decisions import consent_rows
from bot.services.decisions.consent_rows import Change
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import proofs
from bot.services.records import audit, events, receipts
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.records.receipts import EventType, Evidence, LawfulBasis, RecordedPurpose
from bot.storage.store import Tx

STATISTICS = "statistics"  # the purpose's id and name on record
_NAME = "Statistika"


@dataclass(frozen=True, kw_only=True)
class _Restriction:
    """Whether statistics are restricted, and by which objection (None: none of ours)."""

    holds: bool
    reference: str | None


@dataclass(frozen=True, kw_only=True)
class Entered:
    """An objection on record: its reference, the case that decides it, whether all of it held before."""

    reference: str
    case: str
    already: bool


def object_statistics(tx: Tx, desk: Desk, place: Place, effect: ObjectStatistics) -> ActDone | ProofMissing:
    """Restrict statistics at once, withdraw what goes with it, and open the DPO's case: one reference (R41).

    Any live proof will do (R55). While the case of an objection is open, another objection is recorded and told
    all the same, but opens no second case. Raises KeyError for a purpose that the company does not have.
    """
    if proofs.live(tx, place.conversation, effect.company, effect.subject) is None:
        return ProofMissing(company=effect.company)
    entered = enter(tx, desk, place, effect)
    if entered.case == entered.reference:
        requests.file_objection(tx, desk, place, effect.company, effect.subject, entered.reference, effect.shown)
    return ActDone(reference=entered.reference, company=effect.company, at=place.now, already=entered.already)


def enter(tx: Tx, desk: Desk, place: Place, objection: ObjectStatistics) -> Entered:
    """Put an objection on record, whoever proved it and however it came; its case is the caller's to open.

    While an earlier objection's case is open, that one decides. Raises KeyError as ``object_statistics``.
    """
    company, subject = objection.company, objection.subject
    before = _hold(tx, company, subject)
    on_record = consent_rows.held(tx, subject)
    change = Change(
        company=company,
        subject=subject,
        purposes=consent_rows.purposes_of(desk, company, objection.withdraws),
        state=ConsentState.WITHDRAWN,
        shown=objection.shown,
    )
    evidence = Evidence(
        principal=subject,
        event_type=EventType.OBJECTED,
        purposes=(
            _recorded(desk, company, objection.shown, before),
            *consent_rows.recorded(change.purposes, on_record),
        ),
        shown=objection.shown,
    )
    act = Act.STATISTICS_OBJECTED
    reference = receipts.issue(tx, desk, place, act=act, company=company, subject=subject, evidence=evidence)
    case = _open_case(tx, desk, before) or reference
    _restrict(tx, desk, place, objection, reference=reference, case=case)
    if change.purposes:
        consent_rows.put_withdrawals(tx, desk, place, change, reference)
    return Entered(reference=reference, case=case, already=before.holds and change.held_before(on_record))


def lift_statistics(tx: Tx, desk: Desk, place: Place, effect: LiftStatistics) -> ActDone | ProofMissing:
    """Lift the restriction because the customer wishes so, and close the case if it is open (R41).

    A proof that several people share, or of a relationship that has ended, is not enough (R55).
    """
    proof = proofs.live(tx, place.conversation, effect.company, effect.subject)
    if proof is None or proof.shared:
        return ProofMissing(company=effect.company)
    before = _hold(tx, effect.company, effect.subject)
    reference = receipts.issue(
        tx,
        desk,
        place,
        act=Act.STATISTICS_LIFTED,
        company=effect.company,
        subject=effect.subject,
        evidence=Evidence(
            principal=effect.subject,
            event_type=EventType.OBJECTION_LIFTED,
            purposes=(_recorded(desk, effect.company, effect.shown, before),),
            shown=effect.shown,
        ),
    )
    tx.run("objections.lift", subject=effect.subject, company=effect.company)
    _tell_lifted(tx, desk, place, company=effect.company, subject=effect.subject, reference=reference, by="customer")
    if before.reference is not None:
        requests.take_back_objection(tx, desk, place, before.reference)
    return ActDone(reference=reference, company=effect.company, at=place.now, already=not before.holds)


def lift_by_decision(tx: Tx, desk: Desk, now: int, reference: str) -> bool:
    """Lift the restriction that an objection set, now that the DPO's decision takes effect (R41); tell if it held.

    Only that objection's own restriction is lifted: one that was taken back and made anew has another reference.
    """
    row = tx.first("objections.lift_by_reference", reference=reference)
    if row is None:
        return False
    place = Place(conversation="", channel=OFFICE, now=now)
    _tell_lifted(tx, desk, place, company=row["company"], subject=row["id"], reference=reference, by="decision")
    return True


def _hold(tx: Tx, company: str, subject: str) -> _Restriction:
    row = tx.first("objections.hold", subject=subject, company=company)
    if row is None or row["statistics_restricted"] != 1:
        return _Restriction(holds=False, reference=None)
    return _Restriction(holds=True, reference=row["statistics_reference"])


def _open_case(tx: Tx, desk: Desk, before: _Restriction) -> str | None:
    """Return the case that is still to be decided; one that is closed decides nothing of a new objection."""
    stored = requests.load(tx, desk, before.reference) if before.reference else None
    return stored.reference if stored and stored.is_open else None


def _restrict(tx: Tx, desk: Desk, place: Place, effect: ObjectStatistics, *, reference: str, case: str) -> None:
    tx.run("objections.restrict", subject=effect.subject, company=effect.company, reference=case)
    audit.write(
        tx,
        desk,
        place,
        Act.STATISTICS_OBJECTED,
        company=effect.company,
        subject=effect.subject,
        reference=reference,
        details={"case": case},
    )
    events.publish(
        tx,
        desk,
        place.now,
        EventKind.STATISTICS_RESTRICTED,
        company=effect.company,
        subject=effect.subject,
        reference=reference,
        body={"case": case},
    )


def _recorded(desk: Desk, company: str, shown: Shown, before: _Restriction) -> RecordedPurpose:
    """Name statistics as a record does; objecting to them is no consent, so *withdrawn* stands for restricted."""
    statistics = desk.companies[company].rights.statistics
    return RecordedPurpose(
        id=STATISTICS,
        name=_NAME,
        clauses=statistics.clauses if statistics else shown.clauses,
        lawful_basis=LawfulBasis.LEGITIMATE_INTEREST,
        before=ConsentState.WITHDRAWN if before.holds else ConsentState.UNKNOWN,
    )


def _tell_lifted(tx: Tx, desk: Desk, place: Place, *, company: str, subject: str, reference: str, by: str) -> None:
    audit.write(
        tx,
        desk,
        place,
        Act.STATISTICS_LIFTED,
        company=company,
        subject=subject,
        reference=reference,
        details={"by": by},
    )
    events.publish(
        tx,
        desk,
        place.now,
        EventKind.STATISTICS_LIFTED,
        company=company,
        subject=subject,
        reference=reference,
        body={"by": by},
    )
