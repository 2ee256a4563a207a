"""The table of the dialogue: what each input does in each state, and where it may lead.

One dict, read top to bottom; ``step.py`` looks rows up and holds every handler to the states its row names.
The diagram in docs/dialogue.md is drawn from it. Knows no wording and no service.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.dialogue import acting, proving, requesting, talking, wishing
from bot.dialogue.events import Event
from bot.dialogue.facts import Facts
from bot.dialogue.inputs import Input
from bot.dialogue.pursuing import Step
from bot.dialogue.state import Form, State

Handler = Callable[[Form, Event, Facts], Step]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is done, and the states that it may lead to."""

    do: Handler
    to: frozenset[State]


S, I = State, Input  # noqa: E741  the table is read, not written
# Where an act under way may stand next: whatever it still needs.
_ANY = frozenset(State) - {S.HELD, S.CODE_REPORT, S.CODE}
_FORMS = frozenset(State) - {S.OPEN, S.HELD}

Row = tuple[State, Input, Handler, Iterable[State]]


def _anywhere() -> Iterator[Row]:
    for s in State:
        if s is S.HELD:
            continue
        yield s, I.ARRIVED, talking.arrived, {s}
        yield s, I.QUESTION, talking.question, {s, S.COMPANY} if s is S.OPEN else {s}
        yield s, I.TOPIC, talking.topic, {s}
        yield s, I.COMPANY, talking.company, {s, *_ANY}
        yield s, I.WISH, wishing.wish, {s, S.CODE_REPORT, *_ANY}
        yield s, I.WHOSE, wishing.whose, {s, *_ANY}
        yield s, I.MENU, talking.show_menu, {S.OPEN}
        yield s, I.CANCEL, talking.cancel, {S.OPEN}
        yield s, I.BACK, talking.cancel, {S.OPEN}
        yield s, I.STALE, talking.stale, {s}
        yield s, I.PRIVACY, talking.privacy, {s}
        yield s, I.FORGET, talking.forget, {S.OPEN}
        yield s, I.BOT, talking.noted, {s}
        yield s, I.NOTED, talking.noted, {s}
        yield s, I.ESCALATED, talking.escalated, {S.OPEN}
        yield s, I.STAFF, talking.staff, {s, S.HELD}
        # A choice or a word of another moment: the state asks its own question again.
        for late in (I.YES, I.NO, I.ALL, I.SKIP, I.PICK, I.NEW_CODE, I.NO_CODE, I.OTHER_NUMBER):
            yield s, late, talking.stale, {s}


def _knowing() -> Iterator[Row]:
    # Which company, for whom; then who one is.
    yield S.COMPANY, I.QUESTION, talking.which_company, {S.COMPANY, *_ANY}
    yield S.COMPANY, I.WISH, talking.wish_for_company, {S.COMPANY, S.CODE_REPORT, *_ANY}
    yield S.COMPANY, I.WHOSE, talking.wish_for_company, {S.COMPANY, S.CODE_REPORT, *_ANY}
    yield S.FOR_WHOM, I.PICK, wishing.for_whom, _ANY
    yield S.NUMBER, I.TEXT, proving.number, {S.NUMBER}
    yield S.NUMBER, I.CODE_UNDER_WAY, proving.under_way, {S.CODE}
    yield S.NUMBER, I.CODE_REFUSED, proving.refused, {S.NUMBER}
    yield S.NUMBER, I.NO_CODE, proving.without_code, _ANY
    yield S.CODE, I.TEXT, proving.code, {S.CODE}
    yield S.CODE, I.NEW_CODE, proving.resend, {S.CODE}
    yield S.CODE, I.OTHER_NUMBER, proving.other_number, {S.NUMBER}
    yield S.CODE, I.BACK, proving.other_number, {S.NUMBER}
    yield S.CODE, I.NO_CODE, proving.without_code, _ANY
    yield S.CODE, I.CODE_UNDER_WAY, proving.under_way, {S.CODE}
    yield S.CODE, I.CODE_REFUSED, proving.refused, {S.CODE, S.NUMBER}
    yield S.CODE, I.CODE_WRONG, proving.wrong, {S.CODE, S.NUMBER}
    yield S.CODE, I.CODE_DEAD, proving.dead, {S.NUMBER}
    yield S.CODE, I.CODE_ACCEPTED, proving.accepted, {S.ACCOUNT}
    yield S.ACCOUNT, I.PICK, proving.account, {S.ACCOUNT}
    yield S.ACCOUNT, I.ACCOUNT_PROVEN, proving.proven, _ANY
    for s in (S.ACCOUNT, S.CONSENTS, S.JOIN, S.CONFIRM, S.CASES):
        yield s, I.PROOF_MISSING, proving.missing, _ANY


def _acting() -> Iterator[Row]:
    # Consents and objections.
    yield S.CONSENTS, I.CONSENTS_READ, acting.consents_read, {S.CONSENTS, S.CONFIRM, S.OPEN}
    yield S.CONSENTS, I.PICK, acting.pick_consent, {S.CONSENTS, S.CONFIRM}
    yield S.CONSENTS, I.QUESTION, acting.name_consent, {S.CONSENTS, S.CONFIRM}
    yield S.CONSENTS, I.ALL, acting.all_consents, {S.CONSENTS, S.CONFIRM}
    yield S.CONTACT, I.TEXT, requesting.contact, {S.CONTACT, S.CONFIRM}

    # The confirmation: the only row from which anything is done.
    yield S.CONFIRM, I.YES, acting.yes, _ANY
    yield S.CONFIRM, I.NO, acting.no, {S.OPEN}
    yield S.CONFIRM, I.QUESTION, acting.other_consents, {S.CONFIRM}
    yield S.CONFIRM, I.PICK, acting.some_consents, _ANY
    yield S.CONFIRM, I.BACK, acting.back, _ANY
    yield S.CONFIRM, I.ACT_DONE, acting.done, {S.OPEN}
    yield S.CONFIRM, I.ACT_REFUSED, acting.refused, {S.OPEN, S.CONTACT}
    yield S.CONFIRM, I.FILED, requesting.filed, {S.OPEN}
    yield S.CONFIRM, I.TAKEN_BACK, requesting.taken_back, {S.OPEN}


def _requesting() -> Iterator[Row]:
    yield S.FIELD, I.TEXT, requesting.answer, _ANY
    yield S.FIELD, I.ALL, requesting.everything, _ANY
    yield S.FIELD, I.SKIP, requesting.skip, _ANY
    yield S.FIELD, I.BACK, requesting.back, _ANY
    yield S.REPLY_TO, I.TEXT, requesting.reply_to, _ANY
    yield S.JOIN, I.SAME_FOUND, requesting.same_found, _ANY
    yield S.JOIN, I.NOTHING_SAME, requesting.nothing_same, _ANY
    yield S.JOIN, I.YES, requesting.join, _ANY
    yield S.JOIN, I.NO, requesting.file_new, _ANY

    # Where a request stands.
    yield S.CASES, I.CASES_READ, requesting.cases_read, {S.CASES, S.REFERENCE, S.CONFIRM, S.OPEN}
    yield S.CASES, I.PICK, requesting.pick_case, {S.CASES, S.CONFIRM, S.OPEN}
    yield S.REFERENCE, I.TEXT, requesting.reference, {S.REFERENCE}
    yield S.REFERENCE, I.SKIP, requesting.no_reference, {S.NUMBER}
    yield S.REFERENCE, I.REFERENCE_WRONG, requesting.reference_wrong, {S.REFERENCE}
    yield S.REFERENCE, I.CASE_LOCATED, requesting.located, {S.NUMBER, S.CASES, S.CONFIRM, S.OPEN}

    # A code that nobody asked for.
    yield S.CODE_REPORT, I.TEXT, wishing.report, {S.CODE_REPORT}
    yield S.CODE_REPORT, I.SKIP, wishing.report, {S.CODE_REPORT}


def _held() -> Iterator[Row]:
    for other in (I.TEXT, I.QUESTION, I.WISH, I.WHOSE, I.TOPIC, I.COMPANY, I.YES, I.NO, I.ALL, I.SKIP, I.PICK, I.MENU,
                  I.CANCEL, I.BACK, I.NEW_CODE, I.NO_CODE, I.OTHER_NUMBER, I.FORGET):  # fmt: skip
        yield S.HELD, other, talking.held, {S.HELD}
    yield S.HELD, I.PRIVACY, talking.privacy, {S.HELD}
    yield S.HELD, I.ARRIVED, talking.arrived, {S.HELD}
    yield S.HELD, I.BOT, talking.released, frozenset(State) - {S.HELD}
    yield S.HELD, I.STAFF, talking.staff, frozenset(State)
    yield S.HELD, I.STALE, talking.stale, {S.HELD}
    yield S.HELD, I.NOTED, talking.noted, {S.HELD}
    yield S.HELD, I.PROOF_MISSING, talking.noted, {S.HELD}


# A later row of the same state and input stands for an earlier one.
TABLE: Mapping[tuple[State, Input], Rule] = {
    (state, happened): Rule(do=do, to=frozenset(to))
    for rows in (_anywhere, _knowing, _acting, _requesting, _held)
    for state, happened, do, to in rows()
}
