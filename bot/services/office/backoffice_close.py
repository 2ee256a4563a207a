"""What ends a case: answered, partly, refused, an objection decided. In force when the person was told (R58).

Same shape and same traces as ``backoffice``; the rules stand in ``office_rules``, the words in ``notice_texts``.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import answer_files, kept_parts
from bot.services.casework.answer_files import Attachment
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import local_day
from bot.services.casework.kept_parts import NewPart
from bot.services.desk import Desk, Place
from bot.services.identity.code_contact import code_contact
from bot.services.office import notice_texts, notices, office_rules
from bot.services.office.backoffice import acted, attend
from bot.services.office.notice_effects import Effect
from bot.services.office.notice_texts import Kept
from bot.services.office.notices import NoticeKind
from bot.services.office.office_rules import RELEASING, Ground
from bot.services.records.audit import Act
from bot.storage.store import Tx

_OBJECTIONS = frozenset({Action.OBJECT_STATISTICS, Action.DSAR_OBJECTION})


class Outcome(enum.StrEnum):
    """What is decided on an objection."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class Grounds(enum.StrEnum):
    """On what an objection may be rejected (Paysera 16; GDPR 21(1)); nothing else will do."""

    COMPELLING = "compelling_grounds"
    LEGAL_CLAIMS = "legal_claims"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision on an objection. A rejection needs its grounds, their reasons, and the clause they rest on."""

    outcome: Outcome
    text: str = ""
    grounds: Grounds | None = None
    clause: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """An answer in part: what was done, why not all of it; for an erasure, what was erased and what is kept."""

    text: str = ""
    reasons: str = ""
    erased: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()


def refuse(
    tx: Tx, desk: Desk, place: Place, who: str, reference: str, reasons: str, ground: Ground = Ground.OTHER
) -> str:
    """Refuse a request as a whole, with reasons; the notice tells of the complaint and the court (R35).

    Never for marketing (R40), never for a missing signature alone. Returns the notice's id.
    """
    stored = office_rules.undecided(tx, desk, reference, "refuse")
    office_rules.may_refuse(stored, ground, reasons)
    reasons = office_rules.said("refuse", "reasons (R35)", reasons)
    office_rules.carries_nothing_personal(tx, desk, stored, reasons)
    stored = attend(tx, desk, place, who, stored)
    told = notice_texts.refusal(desk.companies[stored.company], reference, reasons)
    notice = notices.send(tx, desk, place, reference, NoticeKind.REFUSAL, told, Effect(closes=CaseState.REFUSED))
    facts = {"ground": ground.value, "notice": notice}
    acted(tx, desk, place, who, stored, Act.REQUEST_REFUSED, "refused", reasons, facts)
    return notice


def partly(
    tx: Tx, desk: Desk, place: Place, who: str, reference: str, part: Part, files: Sequence[Attachment] = ()
) -> str:
    """Answer a request in part, with reasons, purpose by purpose for an erasure (R35); returns the notice's id.

    ``files``: see ``answer``.
    """
    stored = office_rules.undecided(tx, desk, reference, "partly")
    office_rules.not_marketing(stored, "partly")
    if stored.action is Action.OBJECT_STATISTICS:
        raise NotAllowedError("partly: R41: an objection to statistics is decided as a whole; use `decide`.")
    named = _named(desk, place, stored, part)
    kept_words = (words for kept in part.kept for words in (kept.what, kept.until))
    every = " ".join((part.text, part.reasons, *part.erased, *kept_words))
    office_rules.carries_nothing_personal(tx, desk, stored, every)
    office_rules.may_release(tx, desk, place, stored, "partly")
    linked = by_link(tx, desk, stored)
    office_rules.fits_its_way("partly", stored, files=len(files), by_link=linked)
    stored = attend(tx, desk, place, who, stored)
    company = desk.companies[stored.company]
    if stored.action in RELEASING:
        if files:
            answer_files.attach(tx, desk, place, who, stored, files)
        told = notice_texts.partly_ready(company, reference, part.reasons, by_link=linked)
    else:
        told = notice_texts.partly(company, reference, " ".join((part.text, part.reasons)), part.erased, named)
    if stored.action is Action.DSAR_ERASURE:
        kept_parts.keep(tx, desk, stored.company, reference, _coming_back(part.kept))
    notice = notices.send(tx, desk, place, reference, NoticeKind.PARTLY, told, Effect(closes=CaseState.PARTLY))
    rests_on = office_rules.policy_facts(desk, stored, place.now, *(kept.clause for kept in part.kept))
    facts: dict[str, str | int] = {"notice": notice, **_files(files), **(rests_on if part.kept else {})}
    acted(tx, desk, place, who, stored, Act.REQUEST_PARTLY_ANSWERED, "partly_answered", every, facts)
    return notice


def answer(
    tx: Tx, desk: Desk, place: Place, who: str, reference: str, text: str = "", files: Sequence[Attachment] = ()
) -> str:
    """Answer a request; returns the notice's id.

    For access and portability the notice says only that the answer is ready and how it comes, after a second proof
    (R17) and not after a SIM change (R13); the answer itself never stands in a chat (R43). A customer who gets codes
    fetches it by a link, so its ``files`` must be given; to anybody else it is sent, so there must be none.
    """
    stored = office_rules.undecided(tx, desk, reference, "answer")
    if stored.action is Action.OBJECT_STATISTICS:
        raise NotAllowedError(
            "answer: R41: an objection to statistics is decided; use `decide --uphold` or `--reject`."
        )
    office_rules.may_release(tx, desk, place, stored, "answer")
    linked = by_link(tx, desk, stored)
    if stored.action in RELEASING:
        if text.strip():
            raise NotAllowedError(
                "answer: R43: the answer to this request is personal data and is not told in a notice; leave the text "
                "out, the customer is told that the answer is ready and how it comes."
            )
        told = notice_texts.answer_ready(reference, by_link=linked)
    else:
        text = office_rules.said("answer", "a text", text)
        office_rules.carries_nothing_personal(tx, desk, stored, text)
        told = notice_texts.answer(reference, text)
    office_rules.fits_its_way("answer", stored, files=len(files), by_link=linked)
    stored = attend(tx, desk, place, who, stored)
    if files:
        answer_files.attach(tx, desk, place, who, stored, files)
    notice = notices.send(tx, desk, place, reference, NoticeKind.ANSWER, told, Effect(closes=CaseState.ANSWERED))
    facts: dict[str, str | int] = {"notice": notice, **_files(files)}
    acted(tx, desk, place, who, stored, Act.REQUEST_ANSWERED, "answered", text, facts)
    return notice


def decide(tx: Tx, desk: Desk, place: Place, who: str, reference: str, decision: Decision) -> str:
    """Decide an objection; returns the notice's id.

    Upheld, statistics stay restricted. A rejection needs recorded grounds; the restriction ends some working days
    after the notice was delivered (R41), not before.
    """
    stored = office_rules.undecided(tx, desk, reference, "decide")
    if stored.action not in _OBJECTIONS:
        raise NotAllowedError(
            "decide: only objections are decided (R41); use `answer`, `partly` or `refuse` for this request."
        )
    office_rules.carries_nothing_personal(tx, desk, stored, decision.text)
    if decision.outcome is Outcome.UPHELD:
        return _uphold(tx, desk, place, who, stored, decision)
    return _reject(tx, desk, place, who, stored, decision)


def by_link(tx: Tx, desk: Desk, stored: Stored) -> bool:
    """Tell whether an answer can be fetched with a code; who has no number of their own that gets one is written to."""
    return stored.subject is not None and code_contact(tx, desk, stored.company, stored.subject) is not None


def _uphold(tx: Tx, desk: Desk, place: Place, who: str, stored: Stored, decision: Decision) -> str:
    statistics = stored.action is Action.OBJECT_STATISTICS
    stored = attend(tx, desk, place, who, stored)
    told = notice_texts.objection_upheld(stored.reference, decision.text, statistics=statistics)
    effect = Effect(closes=CaseState.ANSWERED)
    notice = notices.send(tx, desk, place, stored.reference, NoticeKind.DECISION, told, effect)
    facts = {"decision": decision.outcome.value, "notice": notice}
    acted(tx, desk, place, who, stored, Act.REQUEST_DECIDED, "decided", decision.text, facts)
    return notice


def _reject(tx: Tx, desk: Desk, place: Place, who: str, stored: Stored, decision: Decision) -> str:
    office_rules.not_marketing(stored, "decide")
    if office_rules.mentions_marketing(stored):
        raise NotAllowedError(
            "decide: R40: the objection speaks of advertising too, which must end; `partly` tells what is not done."
        )
    if decision.grounds is None:
        raise NotAllowedError(
            "decide: R41: an objection is rejected only on recorded grounds, compelling_grounds or legal_claims; "
            "without them it is upheld."
        )
    text = office_rules.said("decide", "the reasons (R35, R41)", decision.text)
    clause = office_rules.clause(desk, stored, place.now, "decide", decision.clause)
    rests_on = office_rules.policy_facts(desk, stored, place.now, decision.clause)
    statistics = stored.action is Action.OBJECT_STATISTICS
    stored = attend(tx, desk, place, who, stored)
    told = notice_texts.objection_rejected(
        desk.companies[stored.company],
        stored.reference,
        text,
        clause,
        desk.limits.lifting_working_days if statistics else None,
    )
    effect = Effect(closes=CaseState.REFUSED, lifts=statistics)
    notice = notices.send(tx, desk, place, stored.reference, NoticeKind.DECISION, told, effect)
    grounds = {"decision": decision.outcome.value, "grounds": decision.grounds.value}
    facts = {**grounds, **rests_on, "notice": notice}
    acted(tx, desk, place, who, stored, Act.REQUEST_DECIDED, "decided", text, facts)
    return notice


def _named(desk: Desk, place: Place, stored: Stored, part: Part) -> tuple[Kept, ...]:
    """Return what is kept with its clauses named as a customer reads them, once everything is there (R35)."""
    if stored.action is not Action.DSAR_ERASURE:
        office_rules.said("partly", "reasons (R35)", part.reasons)
    elif not part.kept:
        raise NotAllowedError(
            "partly: R35: an erasure in part names, purpose by purpose, what is kept, by which clause and until when; "
            "if nothing is kept, use `answer`."
        )
    today = local_day(place.now)
    if any(kept.due_on is not None and kept.due_on <= today for kept in part.kept):
        raise NotAllowedError(
            "partly: a part that is kept comes back on a day after today; name a later day, or erase it now."
        )
    return tuple(
        Kept(
            what=office_rules.said("partly", "what is kept", kept.what),
            clause=office_rules.clause(desk, stored, place.now, "partly", kept.clause),
            until=office_rules.said("partly", "until when it is kept", kept.until),
        )
        for kept in part.kept
    )


def _coming_back(kept: Sequence[Kept]) -> Iterator[NewPart]:
    """Yield what comes back into the queue: the parts for which a day was named."""
    for part in kept:
        if part.due_on is not None:
            yield NewPart(what=part.what.strip(), until=part.until.strip(), clause=part.clause, due_on=part.due_on)


def _files(files: Sequence[Attachment]) -> dict[str, int]:
    return {"files": len(files)} if files else {}
