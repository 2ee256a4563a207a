"""Files what a conversation asks for, or adds it to an open request of the same; knows no wording and no office."""

from dataclasses import replace

from bot.clock import DAY
from bot.dialogue.effects import FileRequest, FindSame, Flag, Shown
from bot.dialogue.events import ActRefused, Case, Filed, NothingSame, ProofMissing, SameFound, Why
from bot.policy.actions import Action
from bot.services.casework.case_access import flags_of, identity_of, singles_out
from bot.services.casework.case_file import (
    basis_facts,
    basis_of,
    create,
    keep_body,
    locked,
    log,
    note,
    publish,
    resume,
    stored_cases,
    told,
)
from bot.services.casework.cases import CUSTOMER, Body, Joined, NewCase, NoteKind, Stored, Words, to_case
from bot.services.casework.deadlines import local_day, start_of
from bot.services.desk import Desk, Place
from bot.services.identity import customers, proofs
from bot.services.identity.proofs import Proof
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.records.references import new_reference
from bot.storage.store import Tx

JOINABLE = frozenset({Action.DSAR_ACCESS, Action.DSAR_PORTABILITY, Action.DSAR_ERASURE})
_FOR_OTHERS = frozenset({Flag.OTHER_PERSON, Flag.FIRM})


def find_same(tx: Tx, desk: Desk, place: Place, effect: FindSame) -> SameFound | NothingSame:
    """Look for an open request of the same proven customer that an identical one could join.

    Only where asking twice is asking for the same: access, portability, erasure.
    """
    proof = proofs.live(tx, place.conversation, effect.company, effect.subject)
    same = _same(tx, desk, proof, effect.company, effect.action)
    return SameFound(case=case_of(tx, desk, same)) if same else NothingSame()


def file(tx: Tx, desk: Desk, place: Place, effect: FileRequest) -> Filed | ProofMissing | ActRefused:
    """File a request, or add it to the one that it joins; what can no longer be joined is filed, never lost.

    Without a subject, or for somebody else (R57), it is filed with its identity pending (R53): capped a day for a
    conversation, and never joined to a customer.
    """
    if effect.subject is None or _FOR_OTHERS.intersection(effect.flags):
        return _file_pending(tx, desk, place, effect)
    proof = proofs.live(tx, place.conversation, effect.company, effect.subject)
    if proof is None:
        return ProofMissing(company=effect.company)
    customers.hold(tx, effect.subject)  # of two who file for one customer at once, the later one sees the other's
    same = _same(tx, desk, proof, effect.company, effect.action) if effect.join else None
    held = locked(tx, desk, same.reference) if same and same.reference == effect.join else None
    if held and held.is_open:  # nobody has answered it just now
        return Filed(case=_join(tx, desk, place, effect, held), joined=True)
    flags = flags_of(proof)
    if _is_second_access(tx, desk, place, effect):
        flags = (*flags, Flag.SECOND_ACCESS.value)
    return Filed(case=_file(tx, desk, place, effect, proof, flags))


def file_objection(tx: Tx, desk: Desk, place: Place, company: str, subject: str, reference: str, shown: Shown) -> None:
    """Open the DPO's case for an objection to statistics, under the objection's own reference (R41)."""
    proof = proofs.live(tx, place.conversation, company, subject)
    new = NewCase(
        company=company,
        action=Action.OBJECT_STATISTICS,
        identity=identity_of(proof),
        subject=subject,
        conversation=place.conversation,
        channel=place.channel,
        body=Body(basis=basis_of(desk, company, place.now, shown)),
        reply_to="",
        flags=flags_of(proof) if proof else (),
        received_at=place.now,
    )
    create(tx, desk, place, reference, new)


def case_of(tx: Tx, desk: Desk, stored: Stored) -> Case:
    """Return a request as its customer may see it, with what the company told them."""
    return to_case(stored, told(tx, desk, stored.reference), desk.companies[stored.company])


def where(place: Place) -> dict[str, str | int]:
    """Return what a time line keeps of where the customer acted."""
    return {"channel": place.channel, "conversation": place.conversation}


def _same(tx: Tx, desk: Desk, proof: Proof | None, company: str, action: Action) -> Stored | None:
    if action not in JOINABLE or proof is None or not singles_out(proof):
        return None
    rows = tx.all("requests.same_open", company=company, subject=proof.subject, kind=action.value)
    return next(iter(stored_cases(desk, rows)), None)


def _file_pending(tx: Tx, desk: Desk, place: Place, effect: FileRequest) -> Filed | ActRefused:
    row = tx.first("requests.pending_since", conversation=place.conversation, since=place.now - DAY)
    if row and row["filed"] >= desk.limits.pending_requests_day:
        return ActRefused(why=Why.TOO_MANY, until=row["first_at"] + DAY)
    pending = replace(effect, subject=None)
    return Filed(case=_file(tx, desk, place, pending, None, (Flag.IDENTITY_PENDING.value,)))


def _file(tx: Tx, desk: Desk, place: Place, effect: FileRequest, proof: Proof | None, flags: tuple[str, ...]) -> Case:
    limit = desk.companies[effect.company].rights.limits.get(effect.action)
    every = (*(flag.value for flag in effect.flags), *flags, *(limit.flags if limit else ()))
    new = NewCase(
        company=effect.company,
        action=effect.action,
        identity=identity_of(proof),
        subject=effect.subject,
        conversation=place.conversation,
        channel=place.channel,
        body=Body(
            fields=dict(effect.fields),
            words=_words(place, effect),
            basis=basis_of(desk, effect.company, place.now, effect.shown),
        ),
        reply_to=effect.reply_to.strip(),
        flags=tuple(dict.fromkeys(every)),
        received_at=place.now,
    )
    return case_of(tx, desk, create(tx, desk, place, new_reference(desk.randomness), new))


def _is_second_access(tx: Tx, desk: Desk, place: Place, effect: FileRequest) -> bool:
    if effect.action is not Action.DSAR_ACCESS or not desk.companies[effect.company].rights.yearly_free:
        return False
    january = local_day(place.now).replace(month=1, day=1)
    row = tx.first(
        "requests.filed_between",
        company=effect.company,
        subject=effect.subject,
        kind=effect.action.value,
        start=start_of(january),
        until=start_of(january.replace(year=january.year + 1)),
    )
    return row is not None and row["filed"] > 0


def _join(tx: Tx, desk: Desk, place: Place, effect: FileRequest, stored: Stored) -> Case:
    """Add a request to an open one that is held: the words and times of both stay, the first one's due date holds."""
    basis = basis_of(desk, effect.company, place.now, effect.shown)
    joined = Joined(
        at=place.now,
        conversation=place.conversation,
        channel=place.channel,
        fields=dict(effect.fields),
        basis=basis,
    )
    words, received = (*stored.body.words, *_words(place, effect)), (*stored.body.joined, joined)
    stored = keep_body(tx, desk, stored, replace(stored.body, words=words, joined=received))
    note(tx, desk, place.now, stored.reference, NoteKind.JOINED, CUSTOMER, {"text": effect.words, **where(place)})
    log(tx, desk, place, Act.REQUEST_JOINED, stored, {"who": CUSTOMER, **basis_facts(basis)})
    stored = resume(tx, desk, place, stored)
    facts = {"kind": stored.action.value, "received_at": place.now, "due_on": stored.due_date.isoformat()}
    publish(tx, desk, place.now, EventKind.REQUEST_JOINED, stored, facts)
    return case_of(tx, desk, stored)


def _words(place: Place, effect: FileRequest) -> tuple[Words, ...]:
    return (Words(at=place.now, text=effect.words),) if effect.words.strip() else ()
