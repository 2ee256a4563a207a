"""What the bot could not answer, like questions together; what somebody did about them; knows no page.

A question is an escalation that nobody has asked a person for: its asker was told nothing of it. Times are
milliseconds UTC.
"""

import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import NotAllowedError
from bot.nlu.fold import fold
from bot.policy.actions import Action
from bot.services.casework import escalations
from bot.services.desk import Desk, Place
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx

MOST_READ = 2_000  # of one company; older ones come when newer are seen to


class Outcome(enum.StrEnum):
    """What was done about a question."""

    REPLY = "reply"  # its asker is answered by a person
    PHRASE = "phrase"  # it became an example in the files
    ELSEWHERE = "elsewhere"  # it was answered in another way
    NOT_OURS = "not_ours"  # it is not about personal data
    NO_SENSE = "no_sense"  # nothing was asked


CLOSING = (Outcome.NOT_OURS, Outcome.NO_SENSE, Outcome.ELSEWHERE, Outcome.PHRASE)


class Order(enum.StrEnum):
    """Which come first."""

    OFTEN = "often"
    NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One time that it was asked. ``reachable``: an answer can go somewhere."""

    id: str
    company: str | None
    words: str
    kind: str
    channel: str
    at: int
    reachable: bool


@dataclass(frozen=True, kw_only=True)
class Question:
    """What several asked alike, newest first; never empty."""

    asked: tuple[Asked, ...]

    @property
    def last(self) -> Asked:
        """The newest; its id stands for the question."""
        return self.asked[0]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Questions in their order. ``more``: there are older ones that were not read."""

    questions: tuple[Question, ...]
    more: bool


def waiting(tx: Tx, desk: Desk, companies: Sequence[str], order: Order = Order.OFTEN) -> Waiting:
    """Return what waits at companies, with what names none."""
    read = [tx.all("questions.of_company", company=company, most=MOST_READ) for company in companies]
    read.append(tx.all("questions.of_nobody", most=MOST_READ))
    questions = _alike(asked for rows in read for row in rows if (asked := _asked(desk, row)))
    return Waiting(
        questions=tuple(sorted(questions, key=lambda question: place_of(question, order))),
        more=any(len(rows) == MOST_READ for rows in read),
    )


def place_of(question: Question, order: Order) -> tuple[int, int, str]:
    """Return what questions are sorted by."""
    often, last = -len(question.asked), -question.last.at
    return (often, last, question.last.id) if order is Order.OFTEN else (last, often, question.last.id)


def find(tx: Tx, desk: Desk, companies: Sequence[str], identities: Sequence[str]) -> tuple[Question | None, ...]:
    """Return the questions of these companies (or nobody's) that hold ids; None for one that is seen to."""
    by_id = {one.id: question for question in waiting(tx, desk, companies).questions for one in question.asked}
    return tuple(by_id.get(identity) for identity in identities)


def see_to(  # noqa: PLR0913, PLR0917  these are an act's parts
    tx: Tx, desk: Desk, place: Place, who: str, question: Question, until: int, outcome: Outcome, why: str
) -> int:
    """Take a question off the list, as often as it was asked up to a time; returns how often that was.

    ``why`` is the outcome in words, for whoever opens it later.
    """
    closed = 0
    for one in question.asked:
        if one.at <= until and escalations.close(tx, desk, place, one.id, who, why):
            _log(tx, desk, place, one, {"who": who, "outcome": outcome.value})
            closed += 1
    return closed


def taught(tx: Tx, desk: Desk, place: Place, who: str, question: Question, intent: str) -> None:
    """Note that a phrase was made of a question: it waits until the patch is in the files."""
    _log(tx, desk, place, question.last, {"who": who, "outcome": Outcome.PHRASE.value, "intent": intent})


def to_request(tx: Tx, desk: Desk, place: Place, who: str, asked: Asked, company: str) -> str:
    """Make a request to the DPO of one asking, so that it can be replied to; returns the reference.

    Raises NotAllowedError where no answer could reach who asked, or somebody has seen to it.
    """
    if not asked.reachable:
        raise NotAllowedError("Nobody can be answered here: the conversation is gone, and no address was left.")
    reference = escalations.to_request(tx, desk, place, asked.id, Action.CONTACT_DPO, who, company)
    _log(
        tx, desk, place, asked, {"who": who, "outcome": Outcome.REPLY.value, "request": reference}, company=company
    )  # fmt: skip
    return reference


def _alike(every: Iterable[Asked]) -> list[Question]:
    alike: dict[tuple[str | None, str], list[Asked]] = {}
    for asked in sorted(every, key=lambda asked: (-asked.at, asked.id)):
        alike.setdefault((asked.company, fold(asked.words) or asked.words.strip()), []).append(asked)
    return [Question(asked=tuple(times)) for times in alike.values()]


def _asked(desk: Desk, row: Row) -> Asked | None:
    """Return one asking, or None where its words were erased."""
    if not row["body_sealed"]:
        return None
    body = json.loads(desk.vault.open("escalations", row["body_sealed"], row["id"]))
    return Asked(
        id=row["id"],
        company=row["company"],
        words=body["words"],
        kind=row["kind"],
        channel=body["channel"],
        at=row["at"],
        reachable=bool(body.get("reply_to") or row["address_sealed"]),
    )


def _log(
    tx: Tx, desk: Desk, place: Place, asked: Asked, details: Mapping[str, str | int], company: str | None = None
) -> None:  # fmt: skip
    audit.write(
        tx, desk, place, Act.QUESTION_SEEN_TO,
        company=asked.company or company, reference=asked.id, details=details,
    )  # fmt: skip
