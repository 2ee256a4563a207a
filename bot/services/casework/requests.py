"""What a conversation does with requests that are there: looks them up, adds to them, takes them back.

Filing is ``filing``, who may see what ``case_access``, the keeping ``case_file``; their functions that other
services and the turn need are given out here too. Knows no wording and no office.
"""

from dataclasses import replace

from bot.dialogue.effects import AddToCase, LocateCase, ReadCases, Shown
from bot.dialogue.events import (
    Case,
    CaseLocated,
    CasesRead,
    Noted,
    ProofMissing,
    Recorded,
    ReferenceWrong,
)
from bot.services.casework.answer_links import fetching
from bot.services.casework.case_access import may_see, singles_out
from bot.services.casework.case_file import (
    basis_facts,
    basis_of,
    load,
    loaded,
    locked,
    log,
    note,
    publish,
    resume,
    stored_cases,
    time_line,
)
from bot.services.casework.case_queue import Filter, late, open_cases
from bot.services.casework.cases import CUSTOMER, Entry, NoteKind, Stored, to_case
from bot.services.casework.filing import case_of, file, file_objection, find_same, where
from bot.services.desk import Desk, Place
from bot.services.identity import proofs
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.records.references import read_reference
from bot.storage.store import Row, Tx

__all__ = [
    "Entry",
    "Filter",
    "Stored",
    "add_words",
    "file",
    "file_objection",
    "find_same",
    "late",
    "load",
    "locate",
    "note",
    "open_cases",
    "open_of_conversation",
    "read_cases",
    "take_back_objection",
    "time_line",
    "to_case",
]


def read_cases(tx: Tx, desk: Desk, place: Place, effect: ReadCases) -> CasesRead | ProofMissing:
    """Return a customer's requests, or (no subject) those that this conversation filed, newest first.

    By a proof that does not single the customer out, only what this conversation filed for them (R55).
    """
    company, here = effect.company, place.conversation
    if effect.subject is None:
        rows = tx.all("requests.of_conversation", company=company, conversation=here)
    else:
        proof = proofs.live(tx, here, company, effect.subject)
        if proof is None:
            return ProofMissing(company=company)
        if singles_out(proof):
            rows = tx.all("requests.of_subject", company=company, subject=effect.subject)
        else:
            rows = tx.all("requests.of_subject_here", company=company, subject=effect.subject, conversation=here)
    return CasesRead(cases=tuple(_shown(tx, desk, place, stored) for stored in stored_cases(desk, rows)))


def open_of_conversation(tx: Tx, desk: Desk, company: str, conversation: str) -> list[Stored]:
    """Return the requests that a conversation filed at a company and that are still open, newest first."""
    rows = tx.all("requests.of_conversation", company=company, conversation=conversation)
    return [stored for stored in stored_cases(desk, rows) if stored.is_open]


def locate(tx: Tx, desk: Desk, place: Place, effect: LocateCase) -> CaseLocated | ReferenceWrong:
    """Find what a reference belongs to; with a proof it reopens the case on any channel (R58).

    Whoever has neither filed it here nor proven to be its customer learns the company only, which they need in
    order to prove it. An escalation that became a request leads to that one; of a receipt they see when the act
    was recorded, and carried out (R38).
    """
    reference = read_reference(effect.typed)
    if reference is None:
        return ReferenceWrong()
    escalation = tx.first("escalations.where", id=reference)
    if escalation and escalation["reference"]:
        reference = str(escalation["reference"])
    stored = load(tx, desk, reference)
    if stored and stored.erased_at is None:
        own = _shown(tx, desk, place, stored) if may_see(tx, place, stored) else None
        return CaseLocated(reference=reference, company=stored.company, own=own)
    receipt = tx.first("requests.receipt", reference=reference)
    if receipt:
        return _receipt_located(tx, place, reference, receipt)
    return CaseLocated(reference=reference, company=escalation["company"] if escalation else None, own=None)


def _shown(tx: Tx, desk: Desk, place: Place, stored: Stored) -> Case:
    """Return a request as whoever is in the conversation may see it, and whether they can fetch its answer (R43)."""
    return replace(case_of(tx, desk, stored), fetching=fetching(tx, desk, place, stored))


def _receipt_located(tx: Tx, place: Place, reference: str, row: Row) -> CaseLocated:
    company, subject = str(row["company"]), row["subject"]
    here = row["conversation"] == place.conversation
    own = here or (subject is not None and proofs.live(tx, place.conversation, company, str(subject)) is not None)
    seen = Recorded(
        reference=reference, company=company, act=str(row["act"]), at=int(row["at"]), applied_at=row["applied_at"]
    )
    return CaseLocated(reference=reference, company=company, own=None, receipt=seen if own else None)


def add_words(tx: Tx, desk: Desk, place: Place, effect: AddToCase) -> Noted | ProofMissing:
    """Put more words of the customer on a request's time line; one that waited for them goes on (R34).

    Words to a request that is closed are kept too, and the back office is told of them.
    """
    stored = locked(tx, desk, effect.reference)
    if stored is None or not may_see(tx, place, stored):
        return ProofMissing(company=stored.company if stored else "")
    note(tx, desk, place.now, stored.reference, NoteKind.WORDS, CUSTOMER, {"text": effect.words, **where(place)})
    log(tx, desk, place, Act.REQUEST_NOTED, stored, {"who": CUSTOMER})
    stored = resume(tx, desk, place, stored)
    body = {"act": "customer.words", "state": stored.state.value, "due_on": stored.due_date.isoformat()}
    publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)
    return Noted()


def take_back_objection(tx: Tx, desk: Desk, place: Place, reference: str) -> None:
    """Close the case of an objection whose restriction the customer had lifted (R41); a closed one stays as it is."""
    stored = locked(tx, desk, reference)
    if stored and stored.is_open:
        end(tx, desk, place, stored, None)


def end(tx: Tx, desk: Desk, place: Place, stored: Stored, shown: Shown | None) -> Stored:
    """End an open request by its customer's wish, and leave its traces."""
    facts = basis_facts(basis_of(desk, stored.company, place.now, shown) if shown else None)
    tx.run("requests.take_back", reference=stored.reference, now=place.now)
    body = {"text": shown.words if shown else "", **where(place), **facts}
    note(tx, desk, place.now, stored.reference, NoteKind.TAKEN_BACK, CUSTOMER, body)
    stored = loaded(tx, desk, stored.reference)
    log(tx, desk, place, Act.REQUEST_TAKEN_BACK, stored, {"who": CUSTOMER, **facts})
    publish(tx, desk, place.now, EventKind.REQUEST_TAKEN_BACK, stored, {"kind": stored.action.value})
    return stored
