"""What the DPO decided of answers: approved as they stand, approval taken back, not to be told; knows no page.

A decision on words holds for those words only: it names their digest, and other words are not approved by it. That an
answer must not be told holds whatever it says, until somebody switches it on again. Times are milliseconds UTC.
"""

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import NotAllowedError
from bot.policy.answers import Answer, Approval
from bot.policy.company import Company, Edition
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk, Place
from bot.services.one_by_one import one_by_one
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx


class Decision(enum.StrEnum):
    """What was decided of an answer last."""

    APPROVED = "approved"
    OFF = "off"
    NONE = "none"  # an approval was taken back


class Off(enum.StrEnum):
    """By what an answer is switched off."""

    FILE = "file"
    REVIEW = "review"


@dataclass(frozen=True, kw_only=True)
class Review:
    """A decision: by whom (login), when, on which words."""

    topic: str
    decision: Decision
    digest: str
    who: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an answer stands: ``approval`` of just these words; ``outdated``: it was approved, in other words.

    ``digest`` is of its words as they stand; ``review`` is what was decided here last, if anything.
    """

    answer: Answer
    digest: str
    approval: Approval | None
    outdated: bool
    off: Off | None
    review: Review | None


def digest(answer: Answer, edition: Edition) -> str:
    """Return a name (hex) for all that a customer reads: the words, and the quotes under them."""
    quotes = [edition.text.passage(clause).quote for clause in answer.cites]
    said = json.dumps([answer.label, answer.says, answer.silent, answer.cites, quotes], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def switched_off(tx: Tx) -> frozenset[tuple[str, str]]:
    """Return every (company, topic) that is not to be told."""
    return frozenset((row["company"], row["topic"]) for row in tx.all("reviews.off"))


def standings(tx: Tx, company: Company, edition: Edition) -> tuple[Standing, ...]:
    """Return how every answer of an edition stands, in the order of the files."""
    reviews = {row["topic"]: _review(row) for row in tx.all("reviews.of_company", company=company.id)}
    return tuple(_standing(answer, reviews.get(topic), company, edition) for topic, answer in edition.answers.items())


def approve(tx: Tx, desk: Desk, place: Place, who: str, company: str, seen: Mapping[str, str]) -> int:
    """Approve answers as they were seen (topic → digest); returns how many were not approved before.

    Raises NotAllowedError where one reads otherwise by now, or is switched off.
    """
    approved = 0
    for topic, words in seen.items():
        standing = _now(tx, desk, place, company, topic)
        if standing.digest != words:
            raise NotAllowedError("«{label}» reads otherwise by now; read it again.", label=standing.answer.label)
        if standing.off:
            raise NotAllowedError(
                "«{label}» is switched off; switch it on before you approve it.", label=standing.answer.label
            )
        if standing.approval is None:
            _keep(tx, place, who, standing, Decision.APPROVED)
            _log(tx, desk, place, Act.ANSWER_APPROVED, standing, {"who": who, "digest": words})
            approved += 1
    return approved


def take_back(tx: Tx, desk: Desk, place: Place, who: str, company: str, topic: str) -> None:
    """Take an approval back, wherever it was given.

    Raises NotAllowedError where there is none, or the answer is switched off: that must not end with it.
    """
    standing = _now(tx, desk, place, company, topic)
    if standing.off:
        raise NotAllowedError("«{label}» is switched off already.", label=standing.answer.label)
    if standing.approval is None:
        raise NotAllowedError("«{label}» is not approved.", label=standing.answer.label)
    _keep(tx, place, who, standing, Decision.NONE)
    _log(tx, desk, place, Act.ANSWER_APPROVED, standing, {"who": who, "digest": standing.digest, "taken_back": 1})


def switch_off(tx: Tx, desk: Desk, place: Place, who: str, company: str, topic: str, reason: str) -> None:
    """Have an answer not told any more. Raises NotAllowedError where it is off already, or without a reason."""
    standing = _now(tx, desk, place, company, topic)
    if standing.off:
        raise NotAllowedError("«{label}» is switched off already.", label=standing.answer.label)
    _needs(reason)
    _keep(tx, place, who, standing, Decision.OFF)
    _log(tx, desk, place, Act.ANSWER_SWITCHED_OFF, standing, {"who": who, "why": reason})


def switch_on(tx: Tx, desk: Desk, place: Place, who: str, company: str, topic: str, reason: str) -> None:
    """Let an answer be told again; what is approved of it is what its file says.

    Raises NotAllowedError where it is not off, where its file says so, or without a reason.
    """
    standing = _now(tx, desk, place, company, topic)
    label = standing.answer.label
    if standing.off is None:
        raise NotAllowedError("«{label}» is not switched off.", label=label)
    if standing.off is Off.FILE:
        raise NotAllowedError("«{label}» is switched off in the company's file; it is changed there.", label=label)
    _needs(reason)
    tx.run("reviews.forget", company=company, topic=topic)
    _log(tx, desk, place, Act.ANSWER_SWITCHED_ON, standing, {"who": who, "why": reason})


def for_the_files(standings_: Sequence[Standing]) -> tuple[dict[str, Approval | None], frozenset[str]]:
    """Return what the files should say of approvals (topic → approval), and which topics they should switch off."""
    approvals = {s.answer.topic: s.approval for s in standings_ if s.approval != s.answer.approval}
    return approvals, frozenset(s.answer.topic for s in standings_ if s.off)


def _now(tx: Tx, desk: Desk, place: Place, company: str, topic: str) -> Standing:
    """Return how an answer stands, for whoever is about to decide on it."""
    one_by_one(tx, place.now, f"answers of {company}")
    edition = desk.edition(company, place.now)
    answer = edition.answers.get(topic)
    if answer is None:
        raise NotAllowedError("This answer is there no more.")
    row = tx.first("reviews.load", company=company, topic=topic)
    return _standing(answer, _review(row) if row else None, desk.companies[company], edition)


def _standing(answer: Answer, review: Review | None, company: Company, edition: Edition) -> Standing:
    words = digest(answer, edition)
    same = review is not None and review.digest == words
    approval, outdated = answer.approval, False
    if review and review.decision is Decision.APPROVED:
        if same:
            approval = Approval(by=review.who, on=local_day(review.at))
        outdated = not same and approval is None
    elif review and review.decision is Decision.NONE and same and not _later(approval, review):
        approval = None
    off = Off.FILE if answer.topic in company.switched_off else None
    if off is None and review and review.decision is Decision.OFF:
        off = Off.REVIEW
    return Standing(answer=answer, digest=words, approval=approval, outdated=outdated, off=off, review=review)


def _later(approval: Approval | None, review: Review) -> bool:
    """Tell whether the file's approval was given after it had been taken back here."""
    day: dt.date = local_day(review.at)
    return approval is not None and approval.on > day


def _keep(tx: Tx, place: Place, who: str, standing: Standing, decision: Decision) -> None:
    tx.run(
        "reviews.keep",
        company=standing.answer.company, topic=standing.answer.topic, digest=standing.digest,
        decision=decision.value, who=who, now=place.now,
    )  # fmt: skip


def _log(tx: Tx, desk: Desk, place: Place, act: Act, standing: Standing, details: Mapping[str, str | int]) -> None:
    answer = standing.answer
    audit.write(tx, desk, place, act, company=answer.company, details={"topic": answer.topic, **details})


def _needs(reason: str) -> None:
    if not reason.strip():
        raise NotAllowedError("Say why; it stands in the log.")


def _review(row: Row) -> Review:
    return Review(
        topic=row["topic"], decision=Decision(row["decision"]), digest=row["digest"], who=row["who"], at=row["at"]
    )
