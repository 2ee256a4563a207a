"""What a person of the company does on a case before it is decided: take it, reply, ask, prove, note, acknowledge.

Closing a case stands in ``backoffice_close``, entering one that came by another way in ``backoffice_record``. Each
act is audited with who did it, stands on the time line, and is told as ``request.changed`` (docs/backoffice.md).
A rule that forbids raises NotAllowedError (``office_rules``); no face (command line, console, API) has its own.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.casework.cases import Stored, Words
from bot.services.casework.deadlines import extended_to, promised
from bot.services.desk import Desk, Place
from bot.services.identity import sim
from bot.services.office import acknowledging, notice_texts, notices, office_rules
from bot.services.office.notice_effects import NO_EFFECT, Effect, may_extend
from bot.services.office.notices import NoticeKind
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Tx

_NO_FACTS: Mapping[str, str | int] = MappingProxyType({})


class About(enum.StrEnum):
    """What a question to the customer is about; only the first two stop the clock (R34)."""

    IDENTITY = "identity"
    SCOPE = "scope"
    OTHER = "other"


class SecondProof(enum.StrEnum):
    """How it was checked who somebody is (R17); nothing else of it is kept (R37)."""

    CONTRACT_FACTS = "contract_facts"
    EMAIL_ON_FILE = "email_on_file"
    SHOP = "shop"
    CALL_BACK = "call_back"


def take(tx: Tx, desk: Desk, place: Place, who: str, reference: str) -> Stored:
    """See to a case; its state becomes in progress. One that somebody else sees to is refused."""
    stored = office_rules.open_case(tx, desk, reference, "take")
    if stored.taken_by not in {None, who}:
        raise NotAllowedError(
            "take: {taken_by} sees to request {reference}; `take --hand-over` takes it over, and is recorded.",
            taken_by=str(stored.taken_by),
            reference=reference,
        )
    return stored if stored.taken_by == who else _taken(tx, desk, place, who, stored)


def hand_over(tx: Tx, desk: Desk, place: Place, who: str, reference: str) -> Stored:
    """See to a case from now on, whoever saw to it before."""
    stored = office_rules.open_case(tx, desk, reference, "take")
    return stored if stored.taken_by == who else _taken(tx, desk, place, who, stored)


def attend(tx: Tx, desk: Desk, place: Place, who: str, stored: Stored) -> Stored:
    """Return a case that is about to be acted on; one that nobody sees to yet is taken by whoever acts."""
    return stored if stored.taken_by else _taken(tx, desk, place, who, stored)


def reply(tx: Tx, desk: Desk, place: Place, who: str, reference: str, text: str) -> str:
    """Tell the customer something; the case stays as it is. Returns the notice's id."""
    stored = office_rules.known(tx, desk, reference)
    text = office_rules.said("reply", "a text", text)
    office_rules.carries_nothing_personal(tx, desk, stored, text)
    office_rules.asks_for_no_copy(stored, text)
    notice = notices.send(tx, desk, place, reference, NoticeKind.REPLY, notice_texts.reply(reference, text))
    acted(tx, desk, place, who, stored, Act.NOTICE_SENT, "replied", text, {"notice": notice})
    return notice


def ask(tx: Tx, desk: Desk, place: Place, who: str, reference: str, text: str, about: About) -> str:
    """Ask the customer; the case waits for the answer. Returns the notice's id.

    The clock stops, from the delivery on, only for identity and scope, and only inside the first month (R34).
    """
    stored = office_rules.undecided(tx, desk, reference, "ask")
    if stored.state is CaseState.WAITING:
        raise NotAllowedError(
            "ask: request {reference} waits for its customer already; `reply` adds to what was asked.",
            reference=reference,
        )
    text = office_rules.said("ask", "a question", text)
    office_rules.carries_nothing_personal(tx, desk, stored, text)
    office_rules.asks_for_no_copy(stored, text)
    pauses = about is not About.OTHER
    if pauses:
        office_rules.may_pause(desk, place.now, stored)
    stored = attend(tx, desk, place, who, stored)
    tx.run("backoffice.wait", reference=reference)
    told = notice_texts.question(reference, text, pauses=pauses)
    effect = Effect(pauses=True) if pauses else NO_EFFECT
    notice = notices.send(tx, desk, place, reference, NoticeKind.QUESTION, told, effect)
    facts = {"about": about.value, "notice": notice}
    acted(tx, desk, place, who, case_file.loaded(tx, desk, reference), Act.REQUEST_ASKED, "asked", text, facts)
    return notice


def extend(
    tx: Tx, desk: Desk, place: Place, who: str, reference: str, reasons: str, until: dt.date | None = None
) -> str:
    """Extend the time once, by the law's further months or to a day before that; in force on delivery (R34, R58).

    The customer reads the new date where the rule is confirmed, or a person named the day (R33). Returns the
    notice's id.
    """
    stored = office_rules.undecided(tx, desk, reference, "extend")
    reasons = office_rules.said("extend", "reasons (R34)", reasons)
    office_rules.carries_nothing_personal(tx, desk, stored, reasons)
    under_way = any(n.kind is NoticeKind.EXTENSION for n in office_rules.undelivered(tx, desk, reference))
    if stored.extended_to or under_way:
        raise NotAllowedError(
            "extend: R34: request {reference} was extended already, and that is possible once; answer it, or `reply`.",
            reference=reference,
        )
    if not may_extend(desk, place.now, stored):
        raise NotAllowedError(
            "extend: R34: only inside the first month, which is over; answer without delay, and `reply` why it is late."
        )
    deadline = desk.companies[stored.company].rights.deadline
    longest = extended_to(stored.received_at, stored.paused_ms, deadline).date
    day = until or longest
    if not stored.due.date < day <= longest:
        raise NotAllowedError(
            "extend: R34: by {months} months at most; name a day after {due} and not after {longest}.",
            months=deadline.extension_months,
            due=stored.due.date.isoformat(),
            longest=longest.isoformat(),
        )
    stored = attend(tx, desk, place, who, stored)
    told = notice_texts.extension(reference, reasons, until or promised(day, deadline))
    notice = notices.send(tx, desk, place, reference, NoticeKind.EXTENSION, told, Effect(extends=day))
    facts = {"until": day.isoformat(), "notice": notice}
    acted(tx, desk, place, who, stored, Act.REQUEST_EXTENDED, "extended", reasons, facts)
    return notice


def prove(tx: Tx, desk: Desk, place: Place, who: str, reference: str, proof: SecondProof) -> None:
    """Record that it was checked in a second way who the customer is (R17): only which way is kept (R37)."""
    stored = office_rules.open_case(tx, desk, reference, "proof")
    if proof is SecondProof.CALL_BACK and stored.subject and sim.changed_lately(tx, desk, place.now, stored.subject):
        raise NotAllowedError(
            "proof: R13: the SIM of a number on file was changed too short a time ago, so a call back proves nothing; "
            "use contract_facts, email_on_file or shop."
        )
    stored = attend(tx, desk, place, who, stored)
    tx.run("backoffice.prove", reference=reference, proof=proof.value)
    acted(tx, desk, place, who, stored, Act.REQUEST_PROVEN, "proven", "", {"checked": proof.value})


def add_words(
    tx: Tx, desk: Desk, place: Place, who: str, reference: str, text: str, came_at: int | None = None
) -> None:
    """Enter what the customer said by another way (an e-mail, in a shop); a case that waited for it goes on (R34).

    ``came_at`` is when it came (None: now): a pause ends with that, not with being entered.
    """
    stored = office_rules.known(tx, desk, reference)
    text = office_rules.said("words", "what the customer said", text)
    at = place.now if came_at is None else min(came_at, place.now)
    words = (*stored.body.words, Words(at=at, text=text))
    stored = case_file.keep_body(tx, desk, stored, replace(stored.body, words=words))
    facts: dict[str, str | int] = {"came_at": at} if at < place.now else {}
    acted(tx, desk, place, who, stored, Act.REQUEST_NOTED, "words", text, facts)
    case_file.resume(tx, desk, place, stored, who, at)


def note(tx: Tx, desk: Desk, place: Place, who: str, reference: str, text: str) -> None:
    """Put a note for the back office on the time line; the customer is not told."""
    stored = office_rules.known(tx, desk, reference)
    acted(tx, desk, place, who, stored, Act.REQUEST_NOTED, "noted", office_rules.said("note", "a text", text))


def warn_of_fee(tx: Tx, desk: Desk, place: Place, who: str, reference: str, amount: str, reasons: str) -> str:
    """Warn the customer that a fee may be asked (R36); returns the notice's id."""
    stored = office_rules.undecided(tx, desk, reference, "fee")
    office_rules.not_marketing(stored, "fee")
    amount = office_rules.said("fee", "an amount (R36)", amount)
    reasons = office_rules.said("fee", "reasons (R36)", reasons)
    office_rules.carries_nothing_personal(tx, desk, stored, f"{amount} {reasons}")
    stored = attend(tx, desk, place, who, stored)
    told = notice_texts.fee_warning(reference, amount, reasons)
    notice = notices.send(tx, desk, place, reference, NoticeKind.FEE_WARNING, told)
    acted(tx, desk, place, who, stored, Act.REQUEST_NOTED, "fee_warned", reasons, {"amount": amount, "notice": notice})
    return notice


def decide_fee(tx: Tx, desk: Desk, place: Place, who: str, reference: str, amount: str, reasons: str) -> str:
    """Record that a fee is asked, after the customer was warned of it (R36); returns the notice's id."""
    stored = office_rules.undecided(tx, desk, reference, "fee")
    office_rules.not_marketing(stored, "fee")
    amount = office_rules.said("fee", "an amount (R36)", amount)
    reasons = office_rules.said("fee", "reasons (R36)", reasons)
    office_rules.carries_nothing_personal(tx, desk, stored, f"{amount} {reasons}")
    sent = notices.of_case(tx, desk, reference)
    if not any(n.kind is NoticeKind.FEE_WARNING and n.delivered_at is not None for n in sent):
        raise NotAllowedError(
            "fee: R36: a request is free; a fee may be decided only after a warning was delivered (`fee --warn`)."
        )
    told = notice_texts.fee(desk.companies[stored.company], reference, amount, reasons)
    notice = notices.send(tx, desk, place, reference, NoticeKind.FEE, told)
    facts = {"decision": "fee", "amount": amount, "notice": notice}
    acted(tx, desk, place, who, stored, Act.REQUEST_DECIDED, "fee_decided", reasons, facts)
    return notice


def acknowledge(tx: Tx, desk: Desk, place: Place, who: str, event: str) -> bool:
    """Note that the back office has taken an event over (R38, R58); tells whether it was open until now."""
    return acknowledging.acknowledge(tx, desk, place, event, who)


def acted(  # noqa: PLR0913, PLR0917  what an act leaves behind
    tx: Tx,
    desk: Desk,
    place: Place,
    who: str,
    stored: Stored,
    act: Act,
    kind: str,
    text: str = "",
    facts: Mapping[str, str | int] = _NO_FACTS,
) -> None:
    """Leave an act's traces: the time line (with its words), the audit and the event (without), R39."""
    case_file.note(tx, desk, place.now, stored.reference, kind, who, {"text": text, **facts})
    case_file.log(tx, desk, place, act, stored, {**facts, "who": who, "act": kind})
    body = {**facts, "act": kind, "state": stored.state.value, "who": who}
    case_file.publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)


def _taken(tx: Tx, desk: Desk, place: Place, who: str, stored: Stored) -> Stored:
    tx.run("backoffice.take", reference=stored.reference, who=who)
    taken = case_file.loaded(tx, desk, stored.reference)
    facts = {"from": stored.taken_by} if stored.taken_by else _NO_FACTS
    acted(tx, desk, place, who, taken, Act.REQUEST_TAKEN, "taken", "", facts)
    return taken
