"""Everything that the page of one case shows, as values; changes nothing but the log of who looked (R39).

It holds words, a name, a customer number: it goes to a screen of the company's own people, never to a log (R32).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import MINUTE
from bot.dialogue.events import CLOSED
from bot.dialogue.state import State
from bot.policy.actions import Action
from bot.policy.company import Company, Edition
from bot.services.casework import answer_files, case_file, kept_parts, sharing
from bot.services.casework.answer_files import AnswerFile
from bot.services.casework.cases import Entry, NoteKind, Stored
from bot.services.casework.deadlines import local_day
from bot.services.casework.kept_parts import KeptPart
from bot.services.conversations import Message
from bot.services.desk import Desk, Place
from bot.services.identity.code_contact import code_contact
from bot.services.office import case_person, case_steps, claims, notices, office_rules
from bot.services.office.advising import ADVISED
from bot.services.office.case_person import Person
from bot.services.office.case_steps import Possible, Standing, Step
from bot.services.office.claims import Claim
from bot.services.office.notices import Notice, NoticeKind
from bot.services.records import audit, events
from bot.services.records.audit import Act
from bot.services.records.events import APPLYING, EventKind, StoredEvent
from bot.storage.store import Tx

LOOKED = 10 * MINUTE  # opening a case again within this time is not logged again


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """A clause as it stood in a version of the policy; ``quote`` is empty where that version is not kept."""

    clause: str
    label: str
    quote: str
    policy: str


@dataclass(frozen=True, kw_only=True)
class Chat:
    """The conversation in which a case was filed, as long as it was not forgotten. ``held``: a person has it."""

    channel: str
    held: bool
    last_at: int
    blocked: bool


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The files of an answer and the one-time link to them (R43); times in ms UTC, None: no link was made."""

    files: tuple[AnswerFile, ...]
    erased: bool
    expires_at: int | None = None
    spent_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseSeen:
    """One case whole. ``edition``: see ``claims``; ``left`` are days to the date that holds, below zero when late.

    While the clock stands, the days are those that were left when it stopped. ``confirmed``: the date is one that
    customers are told; else it is a target (R33). ``messages`` are there only if the person shared them.
    """

    stored: Stored
    company: Company
    edition: int
    claim: Claim | None
    confirmed: bool
    left: int
    shown: tuple[Quoted, ...]
    clauses: tuple[Quoted, ...]
    entries: tuple[Entry, ...]
    sent: tuple[Notice, ...]
    open_events: tuple[StoredEvent, ...]
    delivery: Delivery
    kept: tuple[KeptPart, ...]
    person: Person
    chat: Chat | None
    shared: bool
    messages: tuple[Message, ...]
    step: Step
    possible: tuple[Possible, ...]

    @property
    def late(self) -> bool:
        """Tell whether it is open and past its date."""
        return self.stored.is_open and self.left < 0


def see(tx: Tx, desk: Desk, now: int, stored: Stored, *, decides: bool, advises: bool) -> CaseSeen:
    """Return a case with all that belongs to it; ``decides`` and ``advises``: what whoever looks may do there."""
    reference = stored.reference
    sent = tuple(notices.of_case(tx, desk, reference))
    entries = case_file.time_line(tx, desk, reference)
    waiting = tuple(event for event in events.of_reference(tx, desk, reference) if event.acknowledged_at is None)
    person = case_person.person_of(tx, desk, now, stored)
    left = _days_left(now, stored)
    company = desk.companies[stored.company]
    origins = (reference, *_escalation(stored))
    standing = Standing(
        action=stored.action,
        state=stored.state,
        taken=stored.taken_by is not None,
        late=stored.is_open and left < 0,
        paused=stored.paused_at is not None,
        erased=stored.erased_at is not None,
        marketing=office_rules.is_about_marketing(stored),
        needs_proof=office_rules.needs_second_proof(stored) and stored.second_proof is None,
        sim_changed=person.sim_changed,
        by_link=stored.subject is not None and code_contact(tx, desk, stored.company, stored.subject) is not None,
        to_send=any(event.kind is EventKind.NOTICE_TO_SEND for event in waiting),
        to_apply=any(event.kind in APPLYING for event in waiting),
        closing=any(notice.effect.closes and notice.delivered_at is None for notice in sent),
        asking=_asking(stored, sent),
        heard_since=_heard_since(stored, entries),
        decides=decides,
        advises=advises,
        advised=any(entry.kind == ADVISED for entry in entries),
    )
    return CaseSeen(
        stored=stored,
        company=company,
        edition=claims.edition(tx, reference),
        claim=claims.current(tx, now, reference),
        confirmed=company.rights.deadline.confirmed is not None,
        left=left,
        shown=_shown(company, stored),
        clauses=_clauses(desk, company, stored),
        entries=entries,
        sent=sent,
        open_events=waiting,
        delivery=_delivery(tx, desk, reference),
        kept=kept_parts.of_case(tx, desk, reference),
        person=person,
        chat=_chat(tx, stored),
        shared=any(sharing.is_shared(tx, origin) for origin in origins),
        messages=next((found for origin in origins if (found := sharing.shared(tx, desk, origin))), ()),
        step=case_steps.next_step(standing),
        possible=case_steps.possible(tx, desk, now, stored, sent),
    )


def looked_lately(tx: Tx, now: int, who: str, reference: str) -> bool:
    """Tell whether somebody's looking at a case, or an escalation, was logged a short time ago."""
    return tx.first("case_view.viewed", reference=reference, who=who, since=now - LOOKED) is not None


def note_look(tx: Tx, desk: Desk, place: Place, who: str, company: str | None, reference: str) -> None:
    """Log that somebody looked at a case or an escalation, unless that was logged a short time ago."""
    if not looked_lately(tx, place.now, who, reference):
        audit.write(tx, desk, place, Act.CASE_VIEWED, company=company, reference=reference, details={"who": who})


def _days_left(now: int, stored: Stored) -> int:
    """Count from today, or from the day on which the clock was stopped: each day that it stands moves the date."""
    return (stored.due_date - local_day(now if stored.paused_at is None else stored.paused_at)).days


def _escalation(stored: Stored) -> tuple[str, ...]:
    found = stored.body.fields.get("escalation")
    return (found,) if found else ()


def _asking(stored: Stored, sent: Sequence[Notice]) -> bool:
    under_way = any(notice.kind is NoticeKind.QUESTION and notice.delivered_at is None for notice in sent)
    return stored.state == "waiting" and under_way


def _heard_since(stored: Stored, entries: Sequence[Entry]) -> bool:
    """Whether the customer said something after the case was closed that nobody replied to."""
    if stored.state not in CLOSED or stored.closed_at is None:
        return False
    after = [entry.kind for entry in entries if entry.at >= stored.closed_at]
    said = [at for at, kind in enumerate(after) if kind == NoteKind.WORDS]
    return bool(said) and "replied" not in after[said[-1] :]


def _shown(company: Company, stored: Stored) -> tuple[Quoted, ...]:
    """Return the clauses that were shown before the confirmation, as they stood in that version (R39)."""
    basis = stored.body.basis
    if basis is None:
        return ()
    edition = next((found for found in company.editions if found.text.version.id == basis.policy), None)
    return tuple(_quoted(edition, clause, basis.policy) for clause in basis.clauses)


def _clauses(desk: Desk, company: Company, stored: Stored) -> tuple[Quoted, ...]:
    """Return the clauses that a person who answers will want, from the text in force when it was received."""
    edition, rights = desk.edition(stored.company, stored.received_at), company.rights
    topic, limit = company.acts.get(stored.action), rights.limits.get(stored.action)
    found = [*(edition.answers[topic].cites if topic in edition.answers else ())] if topic else []
    found += limit.clauses if limit else ()
    if stored.action is Action.OBJECT_STATISTICS and rights.statistics:
        found += rights.statistics.clauses
    if stored.action is Action.WITHDRAW_MARKETING:
        found += [clause for purpose in rights.marketing for clause in purpose.clauses]
    return tuple(_quoted(edition, clause, edition.text.version.id) for clause in dict.fromkeys(found))


def _quoted(edition: Edition | None, clause: str, policy: str) -> Quoted:
    if edition is None or clause not in edition.text:
        return Quoted(clause=clause, label=clause, quote="", policy=policy)
    passage = edition.text.passage(clause)
    return Quoted(clause=clause, label=passage.label, quote=passage.quote, policy=policy)


def _delivery(tx: Tx, desk: Desk, reference: str) -> Delivery:
    last = next(iter(tx.all("case_view.links", reference=reference)), None)
    return Delivery(
        files=answer_files.kept(tx, desk, reference),
        erased=answer_files.erased(tx, reference),
        expires_at=last["expires_at"] if last else None,
        spent_at=last["spent_at"] if last else None,
    )


def _chat(tx: Tx, stored: Stored) -> Chat | None:
    row = tx.first("case_view.conversation", id=stored.conversation) if stored.conversation else None
    if row is None:
        return None
    held = row["state"] == State.HELD.value
    return Chat(channel=row["channel"], held=held, last_at=row["last_at"], blocked=row["blocked_at"] is not None)
