"""Sorts what happened into the inputs that the table of transitions knows; decides nothing else.

A text is a command, something the state asked for, a wish to act, or a question, in that order of
certainty; a command is matched whole, so that no yes is ever guessed.
"""

import enum
import re

from bot.dialogue.details import has_no_number, lacks_code, reference_in
from bot.dialogue.events import (
    AccountProven,
    ActDone,
    ActRefused,
    AnswerLinked,
    AnswerWithheld,
    Arrived,
    Brought,
    CaseLocated,
    CasesRead,
    Chose,
    CodeAccepted,
    CodeDead,
    CodeRefused,
    CodeUnderWay,
    CodeWrong,
    ConsentsRead,
    Escalated,
    Event,
    Filed,
    Left,
    Noted,
    NothingSame,
    ProofMissing,
    ReferenceWrong,
    Said,
    SameFound,
    StaffSaid,
    Stale,
    TakenBack,
)
from bot.dialogue.state import State
from bot.nlu.commands import Command, Commands
from bot.nlu.intents import Kind

_DIGITS = re.compile(r"\d")
_CODE = re.compile(r"(?<!\d)\d[\d \-]{4,8}\d(?!\d)")
_MAIL = re.compile(r"\S+@\S+\.\S+")


class Input(enum.StrEnum):
    """What can happen to a conversation."""

    ARRIVED = "arrived"
    QUESTION = "question"  # a text that is answered: a question, small talk, something unknown
    WISH = "wish"  # a text or a button that wants something done
    WHOSE = "whose"  # a text about somebody else's data
    TEXT = "text"  # a text that the state asked for
    PICK = "pick"  # a choice that the state offered
    TOPIC = "topic"  # a choice of something to read
    COMPANY = "company"  # a choice of a company
    YES = "yes"
    NO = "no"
    ALL = "all"
    SKIP = "skip"
    CANCEL = "cancel"
    BACK = "back"
    MENU = "menu"
    NEW_CODE = "new_code"
    NO_CODE = "no_code"
    OTHER_NUMBER = "other_number"
    PRIVACY = "privacy"
    FORGET = "forget"
    BOT = "bot"
    STALE = "stale"
    STAFF = "staff"
    BROUGHT = "brought"  # something that is no text
    LEFT = "left"  # the person wants to be forgotten and knows what that means
    # What came of an effect:
    CODE_UNDER_WAY = "code_under_way"
    CODE_REFUSED = "code_refused"
    CODE_ACCEPTED = "code_accepted"
    CODE_WRONG = "code_wrong"
    CODE_DEAD = "code_dead"
    ACCOUNT_PROVEN = "account_proven"
    PROOF_MISSING = "proof_missing"
    CONSENTS_READ = "consents_read"
    ACT_DONE = "act_done"
    ACT_REFUSED = "act_refused"
    CASES_READ = "cases_read"
    CASE_LOCATED = "case_located"
    REFERENCE_WRONG = "reference_wrong"
    SAME_FOUND = "same_found"
    NOTHING_SAME = "nothing_same"
    FILED = "filed"
    TAKEN_BACK = "taken_back"
    ANSWER_LINKED = "answer_linked"
    ANSWER_WITHHELD = "answer_withheld"
    ESCALATED = "escalated"
    NOTED = "noted"


RESULTS: dict[type, Input] = {
    CodeUnderWay: Input.CODE_UNDER_WAY,
    CodeRefused: Input.CODE_REFUSED,
    CodeAccepted: Input.CODE_ACCEPTED,
    CodeWrong: Input.CODE_WRONG,
    CodeDead: Input.CODE_DEAD,
    AccountProven: Input.ACCOUNT_PROVEN,
    ProofMissing: Input.PROOF_MISSING,
    ConsentsRead: Input.CONSENTS_READ,
    ActDone: Input.ACT_DONE,
    ActRefused: Input.ACT_REFUSED,
    CasesRead: Input.CASES_READ,
    CaseLocated: Input.CASE_LOCATED,
    ReferenceWrong: Input.REFERENCE_WRONG,
    SameFound: Input.SAME_FOUND,
    NothingSame: Input.NOTHING_SAME,
    Filed: Input.FILED,
    TakenBack: Input.TAKEN_BACK,
    AnswerLinked: Input.ANSWER_LINKED,
    AnswerWithheld: Input.ANSWER_WITHHELD,
    Escalated: Input.ESCALATED,
    Noted: Input.NOTED,
}
_EVERYWHERE = {
    Command.MENU: Input.MENU,
    Command.PRIVACY: Input.PRIVACY,
    Command.FORGET: Input.FORGET,
    Command.CONSENTS: Input.WISH,
    Command.CASES: Input.WISH,
    Command.OBJECT: Input.WISH,
    Command.PERSON: Input.WISH,
    Command.BOT: Input.BOT,
    Command.CANCEL: Input.CANCEL,
    Command.BACK: Input.BACK,
}
# Short words of another moment: the state asks its own question again, rather than guess what was meant.
_LATE = {Command.YES: Input.YES, Command.NO: Input.NO, Command.ALL: Input.ALL, Command.SKIP: Input.SKIP}
_OFFERED: dict[State, dict[Command, Input]] = {
    State.CONFIRM: {Command.YES: Input.YES, Command.NO: Input.NO},
    State.JOIN: {Command.YES: Input.YES, Command.NO: Input.NO},
    State.CONSENTS: {Command.ALL: Input.ALL, Command.YES: Input.YES, Command.NO: Input.CANCEL},
    State.FIELD: {Command.SKIP: Input.SKIP, Command.NO: Input.SKIP, Command.ALL: Input.ALL},
    State.NUMBER: {Command.NO_CODE: Input.NO_CODE, Command.NO: Input.CANCEL},
    State.CODE: {
        Command.NEW_CODE: Input.NEW_CODE,
        Command.NO_CODE: Input.NO_CODE,
        Command.OTHER_NUMBER: Input.OTHER_NUMBER,
    },
    State.CODE_REPORT: {Command.SKIP: Input.SKIP, Command.NO: Input.SKIP},
    State.REFERENCE: {Command.SKIP: Input.SKIP, Command.NO: Input.CANCEL},
    State.FOR_WHOM: {Command.FOR_ME: Input.PICK, Command.FOR_OTHER: Input.PICK, Command.FOR_FIRM: Input.PICK},
}
# States that read a text themselves, when it looks like what they asked for.
_READS = {
    State.NUMBER: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4,
    State.CODE: lambda text: bool(_CODE.search(text)) or len(_DIGITS.findall(text)) >= 4,
    State.REPLY_TO: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4 or len(text.split()) >= 4,
    State.REFERENCE: lambda text: len(_DIGITS.findall(text)) >= 1 and len(text) >= 8,
    State.CONTACT: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4,
    State.CODE_REPORT: lambda text: len(_DIGITS.findall(text)) >= 4,
}
# States that take any text which is not clearly a question.
_TAKES_TEXT = frozenset({State.FIELD, State.REPLY_TO})
_SURE = 0.4  # share of the winning intent from which a question breaks into a form
KEEP_INTENT = "keep_data"  # "no, leave everything as it is"
_VERY_SURE = 0.85  # share from which another wish breaks into an act that is under way
_UNDISTURBED = frozenset(
    {State.NUMBER, State.CODE, State.ACCOUNT, State.CONSENTS, State.CONTACT, State.JOIN, State.CONFIRM, State.CASES}
)
WHOSE_INTENT = "other_person"
WISHES = frozenset(
    {
        "grant_marketing", "human", "request_status", "take_back_request", "ads_after_withdrawal", "unrequested_code",
        "press", "authority",
    }
)  # fmt: skip


def needs_hearing(state: State, text: str, commands: Commands) -> bool:
    """Tell whether a text must be understood: not where it is a command, or what the state asked for."""
    if state is State.HELD or _command_input(state, commands.find(text)):
        return False
    reads = _READS.get(state)
    return not (reads and reads(text))


def sort(state: State, event: Event, commands: Commands) -> Input:
    """Return the input that an event is in a state."""
    match event:
        case Arrived():
            return Input.ARRIVED
        case Stale():
            return Input.STALE
        case Brought():
            return Input.BROUGHT
        case Left():
            return Input.LEFT
        case StaffSaid():
            return Input.STAFF
        case Chose():
            return _chosen(event.value)
        case Said():
            return _said(state, event, commands)
        case _:
            return RESULTS[type(event)]


def _chosen(value: str) -> Input:
    verb, _, rest = value.partition(":")
    if not rest:
        plain = {"menu": Input.MENU, "cancel": Input.CANCEL, "back": Input.BACK, "no": Input.NO, "all": Input.ALL,
                 "skip": Input.SKIP, "new_code": Input.NEW_CODE, "no_code": Input.NO_CODE, "privacy": Input.PRIVACY,
                 "other_number": Input.OTHER_NUMBER, "bot": Input.BOT}  # fmt: skip
        return plain.get(verb, Input.STALE)
    prefixed = {"yes": Input.YES, "do": Input.WISH, "topic": Input.TOPIC, "company": Input.COMPANY, "pick": Input.PICK}
    return prefixed.get(verb, Input.STALE)


def _command_input(state: State, command: Command | None) -> Input | None:
    if command is None:
        return None
    found = _OFFERED.get(state, {}).get(command) or _EVERYWHERE.get(command)
    if found is None and state is not State.OPEN and state not in _TAKES_TEXT:
        found = _LATE.get(command)
    return found


def _of_proof(state: State, text: str) -> Input | None:
    """Return what a text says of the number or of the code that is waited for, in whatever words."""
    if has_no_number(text):
        return Input.NO_CODE
    return Input.NEW_CODE if state is State.CODE and lacks_code(text) else None


def _said(state: State, event: Said, commands: Commands) -> Input:
    if state is State.HELD:
        return Input.BOT if commands.find(event.text) is Command.BOT else Input.TEXT
    steered, heard = _command_input(state, commands.find(event.text)), event.heard
    if steered is None and heard and state in (State.NUMBER, State.CODE):
        steered = _of_proof(state, event.text)
    if steered:
        return steered
    if heard is None:
        return Input.TEXT
    if state in _TAKES_TEXT and not (
        heard.kind in (Kind.ANSWER, Kind.SILENT) and event.text.rstrip().endswith("?") and heard.score >= _SURE
    ):
        return Input.TEXT
    if heard.intent == KEEP_INTENT and state is not State.OPEN:
        return Input.NO if state is State.CONFIRM else Input.CANCEL
    sure = state not in _UNDISTURBED or heard.score >= _VERY_SURE  # what is under way is not left for a guess
    if sure and heard.intent == WHOSE_INTENT:
        return Input.WHOSE
    if sure and (heard.action or heard.intent in WISHES or (state is State.OPEN and reference_in(event.text))):
        return Input.WISH
    return Input.QUESTION
