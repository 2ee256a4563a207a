"""The table of the dialogue: what each input does in each state, and where it may lead.

One dict, read top to bottom; ``step.py`` looks rows up and holds every handler to the states its row names.
The diagram in docs/dialogue.md is drawn from it. Knows no wording and no service.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.dialogue import (
    acting,
    bringing,
    fetching,
    holding,
    introducing,
    leaving,
    proving,
    requesting,
    sharing,
    talking,
    wishing,
)
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


S, On = State, Input
# Where an act under way may stand next: whatever it still needs.
_ANY = frozenset(State) - {S.HELD, S.CODE_REPORT, S.CODE, S.LEAVING}

Row = tuple[State, Input, Handler, Iterable[State]]


def _anywhere() -> Iterator[Row]:
    for s in State:
        if s is S.HELD:
            continue
        yield s, On.ARRIVED, introducing.arrived, {s}
        yield s, On.ASK, introducing.invite, {s}
        yield s, On.QUESTION, talking.question, {s, S.COMPANY} if s is S.OPEN else {s}
        yield s, On.TOPIC, talking.topic, {s}
        yield s, On.COMPANY, talking.company, {s, *_ANY}
        yield s, On.WISH, wishing.wish, {s, S.CODE_REPORT, *_ANY}
        yield s, On.WHOSE, wishing.whose, {s, *_ANY}
        yield s, On.MENU, talking.show_menu, {S.OPEN}
        yield s, On.CANCEL, talking.cancel, {S.OPEN}
        yield s, On.BACK, talking.cancel, {S.OPEN}
        yield s, On.STALE, talking.stale, {s}
        yield s, On.PRIVACY, introducing.privacy, {s}
        yield s, On.FORGET, leaving.forget, {S.LEAVING}
        yield s, On.LEFT, leaving.at_once, {S.OPEN}
        yield s, On.BROUGHT, bringing.brought, {s}
        yield s, On.UNKNOWN, talking.unknown, {s}
        yield s, On.BOT, talking.noted, {s}
        yield s, On.NOTED, talking.noted, {s}
        yield s, On.ESCALATED, talking.escalated, {S.OPEN}
        yield s, On.STAFF, holding.staff, {s, S.HELD}
        yield from _sharing(s)
        # A choice or a word of another moment: the state asks its own question again.
        for late in (On.YES, On.NO, On.ALL, On.SKIP, On.PICK, On.NEW_CODE, On.NO_CODE, On.OTHER_NUMBER):
            yield s, late, talking.stale, {s}


def _sharing(s: State) -> Iterator[Row]:
    # Whether the officer may read the conversation is no part of what is under way.
    yield s, On.SHARE, sharing.share, {s}
    yield s, On.UNSHARE, sharing.unshare, {s}
    yield s, On.SHARED, sharing.shared, {s}
    yield s, On.UNSHARED, sharing.unshared, {s}
    yield s, On.NOT_SHARED, sharing.nothing, {s}


def _knowing() -> Iterator[Row]:
    # Which company, for whom; then who one is.
    yield S.COMPANY, On.QUESTION, talking.which_company, {S.COMPANY, *_ANY}
    yield S.COMPANY, On.WISH, talking.wish_for_company, {S.COMPANY, S.CODE_REPORT, *_ANY}
    yield S.COMPANY, On.WHOSE, talking.wish_for_company, {S.COMPANY, S.CODE_REPORT, *_ANY}
    yield S.FOR_WHOM, On.PICK, wishing.for_whom, _ANY
    yield S.NUMBER, On.TEXT, proving.number, {S.NUMBER}
    yield S.NUMBER, On.CODE_UNDER_WAY, proving.under_way, {S.CODE}
    yield S.NUMBER, On.CODE_REFUSED, proving.refused, {S.NUMBER}
    yield S.NUMBER, On.NO_CODE, proving.without_code, _ANY
    yield S.CODE, On.TEXT, proving.code, {S.CODE}
    yield S.CODE, On.NEW_CODE, proving.resend, {S.CODE}
    yield S.CODE, On.OTHER_NUMBER, proving.other_number, {S.NUMBER}
    yield S.CODE, On.BACK, proving.other_number, {S.NUMBER}
    yield S.CODE, On.NO_CODE, proving.without_code, _ANY
    yield S.CODE, On.CODE_UNDER_WAY, proving.under_way, {S.CODE}
    yield S.CODE, On.CODE_REFUSED, proving.refused, {S.CODE, S.NUMBER}
    yield S.CODE, On.CODE_WRONG, proving.wrong, {S.CODE, S.NUMBER}
    yield S.CODE, On.CODE_DEAD, proving.dead, {S.NUMBER}
    yield S.CODE, On.CODE_ACCEPTED, proving.accepted, {S.ACCOUNT}
    yield S.ACCOUNT, On.PICK, proving.account, {S.ACCOUNT}
    yield S.ACCOUNT, On.ACCOUNT_PROVEN, proving.proven, _ANY
    for s in (S.ACCOUNT, S.CONSENTS, S.JOIN, S.CONFIRM, S.CASES):
        yield s, On.PROOF_MISSING, proving.missing, _ANY


def _acting() -> Iterator[Row]:
    # Consents and objections.
    yield S.CONSENTS, On.CONSENTS_READ, acting.consents_read, {S.CONSENTS, S.CONFIRM, S.OPEN}
    yield S.CONSENTS, On.PICK, acting.pick_consent, {S.CONSENTS, S.CONFIRM}
    yield S.CONSENTS, On.QUESTION, acting.name_consents, {S.CONSENTS, S.CONFIRM}
    yield S.CONSENTS, On.ALL, acting.all_consents, {S.CONSENTS, S.CONFIRM}
    yield S.CONTACT, On.TEXT, requesting.contact, {S.CONTACT, S.CONFIRM}

    # The confirmation: the only row from which anything is done.
    yield S.CONFIRM, On.YES, acting.yes, _ANY
    yield S.CONFIRM, On.NO, acting.no, {S.OPEN}
    yield S.CONFIRM, On.QUESTION, acting.name_consents, {S.CONFIRM}
    yield S.CONFIRM, On.PICK, acting.some_consents, _ANY
    yield S.CONFIRM, On.BACK, acting.back, _ANY
    yield S.CONFIRM, On.ACT_DONE, acting.done, {S.OPEN}
    yield S.CONFIRM, On.ACT_REFUSED, acting.refused, {S.OPEN, S.CONTACT}
    yield S.CONFIRM, On.FILED, requesting.filed, {S.OPEN}
    yield S.CONFIRM, On.TAKEN_BACK, requesting.taken_back, {S.OPEN}


def _requesting() -> Iterator[Row]:
    yield S.FIELD, On.TEXT, requesting.answer, _ANY
    yield S.FIELD, On.ALL, requesting.everything, _ANY
    yield S.FIELD, On.SKIP, requesting.skip, _ANY
    yield S.FIELD, On.BACK, requesting.back, _ANY
    yield S.REPLY_TO, On.TEXT, requesting.reply_to, _ANY
    yield S.REPLY_TO, On.PICK, requesting.reply_here, _ANY
    yield S.JOIN, On.SAME_FOUND, requesting.same_found, _ANY
    yield S.JOIN, On.NOTHING_SAME, requesting.nothing_same, _ANY
    yield S.JOIN, On.YES, requesting.join, _ANY
    yield S.JOIN, On.NO, requesting.file_new, _ANY

    # Where a request stands.
    yield S.CASES, On.CASES_READ, requesting.cases_read, {S.CASES, S.REFERENCE, S.NUMBER, S.CONFIRM, S.OPEN}
    yield S.CASES, On.PICK, requesting.pick_case, {S.CASES, S.NUMBER, S.CONFIRM, S.OPEN}
    yield S.REFERENCE, On.TEXT, requesting.reference, {S.REFERENCE}
    yield S.REFERENCE, On.SKIP, requesting.no_reference, {S.NUMBER}
    yield S.REFERENCE, On.REFERENCE_WRONG, requesting.reference_wrong, {S.REFERENCE}
    yield S.REFERENCE, On.CASE_LOCATED, requesting.located, {S.NUMBER, S.CASES, S.CONFIRM, S.OPEN}

    yield S.OPEN, On.ANSWER_LINKED, fetching.linked, {S.OPEN}
    yield S.OPEN, On.ANSWER_WITHHELD, fetching.withheld, {S.OPEN}

    # A code that nobody asked for.
    yield S.CODE_REPORT, On.TEXT, wishing.report, {S.CODE_REPORT}
    yield S.CODE_REPORT, On.SKIP, wishing.report, {S.CODE_REPORT}


def _leaving() -> Iterator[Row]:
    # Whoever wants to be forgotten says first where the answers to what is open shall go.
    yield S.LEAVING, On.OPEN_CASES_FOUND, leaving.found, {S.LEAVING, S.OPEN}
    yield S.LEAVING, On.PICK, leaving.picked, {S.LEAVING, S.OPEN}
    yield S.LEAVING, On.TEXT, leaving.address, {S.LEAVING}
    yield S.LEAVING, On.REDIRECTED, leaving.redirected, {S.OPEN}
    for out in (On.CANCEL, On.BACK, On.MENU):
        yield S.LEAVING, out, leaving.stay, {S.OPEN, S.HELD}
    for other in (On.WISH, On.WHOSE, On.COMPANY):
        yield S.LEAVING, other, leaving.instead, frozenset(State) - {S.LEAVING, S.HELD}


def _held() -> Iterator[Row]:
    for other in (On.TEXT, On.WHOSE, On.TOPIC, On.COMPANY, On.YES, On.NO, On.ALL, On.SKIP,
                  On.PICK, On.MENU, On.CANCEL, On.BACK, On.NEW_CODE, On.NO_CODE, On.OTHER_NUMBER):  # fmt: skip
        yield S.HELD, other, holding.held, {S.HELD}
    # What is written as a command is meant for the bot.
    yield S.HELD, On.QUESTION, talking.question, {S.HELD}
    yield S.HELD, On.ASK, introducing.invite, {S.HELD}
    yield S.HELD, On.WISH, holding.wish, frozenset(State) - {S.LEAVING}
    yield S.HELD, On.PRIVACY, introducing.privacy, {S.HELD}
    yield S.HELD, On.FORGET, leaving.forget, {S.LEAVING}
    yield S.HELD, On.LEFT, leaving.at_once, {S.OPEN}
    yield S.HELD, On.BROUGHT, bringing.brought, {S.HELD}
    yield S.HELD, On.ARRIVED, introducing.arrived, {S.HELD}
    yield S.HELD, On.BOT, holding.released, frozenset(State) - {S.HELD, S.LEAVING}
    yield S.HELD, On.STAFF, holding.staff, frozenset(State) - {S.LEAVING}
    yield S.HELD, On.STALE, talking.stale, {S.HELD}
    yield S.HELD, On.NOTED, talking.noted, {S.HELD}
    yield S.HELD, On.PROOF_MISSING, talking.noted, {S.HELD}
    yield from _sharing(S.HELD)


# A later row of the same state and input stands for an earlier one.
TABLE: Mapping[tuple[State, Input], Rule] = {
    (state, happened): Rule(do=do, to=frozenset(to))
    for rows in (_anywhere, _knowing, _acting, _requesting, _leaving, _held)
    for state, happened, do, to in rows()
}
