"""Sorts what happened into the inputs that the table of transitions knows; decides nothing else.

A text is a command, something the state asked for, a wish to act, or a question, in that order of
certainty; a command is matched whole, so that no yes is ever guessed.
"""

import re
from collections.abc import Callable

from bot.dialogue.details import (
    asks_what_for,
    has_no_number,
    is_reference,
    lacks_code,
    orders_objection,
    reads_as_question,
    reference_in,
)
from bot.dialogue.events import Arrived, Brought, Chose, Event, Heard, Left, Said, StaffSaid, Stale
from bot.dialogue.inputs import KEEP_INTENT, RESULTS, WHOSE_INTENT, WISHES, Input
from bot.dialogue.state import State
from bot.nlu.commands import Command, Commands
from bot.nlu.intents import Action, Kind

_DIGITS = re.compile(r"\d")
_CODE = re.compile(r"(?<!\d)\d[\d \-]{4,8}\d(?!\d)")
_MAIL = re.compile(r"\S+@\S+\.\S+")
_EVERYWHERE = {
    Command.MENU: Input.MENU,
    Command.PRIVACY: Input.PRIVACY,
    Command.FORGET: Input.FORGET,
    Command.ASK: Input.ASK,
    Command.CONSENTS: Input.WISH,
    Command.CASES: Input.WISH,
    Command.OBJECT: Input.WISH,
    Command.PERSON: Input.WISH,
    Command.BOT: Input.BOT,
    Command.SHARE: Input.SHARE,
    Command.UNSHARE: Input.UNSHARE,
    Command.CANCEL: Input.CANCEL,
    Command.BACK: Input.BACK,
}
# Short words of another moment: the state asks its own question again, rather than guess what was meant.
_LATE = {Command.YES: Input.YES, Command.NO: Input.NO, Command.ALL: Input.ALL, Command.SKIP: Input.SKIP}
# While a person of the company has the conversation, what is not written as a command is said to them.
_HELD = {
    Command.BOT: Input.BOT, Command.FORGET: Input.FORGET, Command.SHARE: Input.SHARE, Command.UNSHARE: Input.UNSHARE,
}  # fmt: skip
_HELD_BY_STROKE = {
    Command.PRIVACY: Input.PRIVACY, Command.ASK: Input.ASK, Command.MENU: Input.ARRIVED, Command.PERSON: Input.ARRIVED,
    Command.CANCEL: Input.BOT, Command.CONSENTS: Input.WISH, Command.CASES: Input.WISH, Command.OBJECT: Input.WISH,
}  # fmt: skip
_OFFERED: dict[State, dict[Command, Input]] = {
    State.CONFIRM: {Command.YES: Input.YES, Command.NO: Input.NO},
    State.JOIN: {Command.YES: Input.YES, Command.NO: Input.NO},
    State.CONSENTS: {Command.ALL: Input.ALL, Command.YES: Input.YES, Command.NO: Input.CANCEL},
    State.FIELD: {Command.SKIP: Input.SKIP, Command.NO: Input.SKIP, Command.ALL: Input.ALL},
    State.NUMBER: {  # a new code is asked for by the number; the words are no report of an unasked one
        Command.NEW_CODE: Input.NEW_CODE,
        Command.NO_CODE: Input.NO_CODE,
        Command.OTHER_NUMBER: Input.OTHER_NUMBER,
        Command.NO: Input.CANCEL,
    },
    State.CODE: {
        Command.NEW_CODE: Input.NEW_CODE,
        Command.NO_CODE: Input.NO_CODE,
        Command.OTHER_NUMBER: Input.OTHER_NUMBER,
    },
    State.CODE_REPORT: {Command.SKIP: Input.SKIP, Command.NO: Input.SKIP},
    State.REPLY_TO: {Command.HERE: Input.PICK},
    State.REFERENCE: {Command.SKIP: Input.SKIP, Command.NO: Input.CANCEL},
    State.LEAVING: {Command.NO: Input.CANCEL},
    State.FOR_WHOM: {Command.FOR_ME: Input.PICK, Command.FOR_OTHER: Input.PICK, Command.FOR_FIRM: Input.PICK},
}
# States that read a text themselves, when it looks like what they asked for.
_READS: dict[State, Callable[[str], bool]] = {
    State.NUMBER: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4 or text.strip().isdigit(),
    State.CODE: lambda text: bool(_CODE.search(text)) or len(_DIGITS.findall(text)) >= 4 or text.strip().isdigit(),
    State.REPLY_TO: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4,
    State.LEAVING: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4,
    State.REFERENCE: lambda text: len(_DIGITS.findall(text)) >= 1 and len(text) >= 8,
    State.CONTACT: lambda text: bool(_MAIL.search(text)) or len(_DIGITS.findall(text)) >= 4,
    State.CODE_REPORT: lambda text: len(_DIGITS.findall(text)) >= 4,
}
# States that take any text which is not clearly a question.
_TAKES_ADDRESS = frozenset({State.REPLY_TO, State.LEAVING})
_TAKES_TEXT = _TAKES_ADDRESS | {State.FIELD}
_SURE = 0.4  # share of the winning intent from which a question breaks into a form
_CERTAIN = 0.95  # share from which a wish is no address
_VERY_SURE = 0.85  # share from which another wish breaks into an act that is under way
# States of an act that has its company: the bare name of one means the same act there.
_AT_A_COMPANY = frozenset(
    {State.FOR_WHOM, State.KIND, State.NUMBER, State.CODE, State.ACCOUNT, State.CONSENTS, State.JOIN, State.CONFIRM,
     State.CASES, State.REFERENCE, State.CONTACT}
)  # fmt: skip
_UNDISTURBED = frozenset(
    {State.NUMBER, State.CODE, State.ACCOUNT, State.CONSENTS, State.CONTACT, State.JOIN, State.CONFIRM, State.CASES,
     State.LEAVING}
)  # fmt: skip


def needs_hearing(state: State, text: str, commands: Commands) -> bool:
    """Tell whether a text must be understood: not where it is a command, or what the state asked for."""
    if state is State.HELD or _command_input(state, commands.find(text)) or commands.unknown(text):
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
    prefixed = {
        "yes": Input.YES,
        "share": Input.SHARE,
        "unshare": Input.UNSHARE,
        "do": Input.WISH,
        "begin": Input.WISH,
        "topic": Input.TOPIC,
        "company": Input.COMPANY,
        "pick": Input.PICK,
    }
    return prefixed.get(verb, Input.STALE)


def _command_input(state: State, command: Command | None) -> Input | None:
    if command is None:
        return None
    command = Command.YES if command is Command.GO else command
    found = _OFFERED.get(state, {}).get(command) or _EVERYWHERE.get(command)
    if found or state in (State.OPEN, State.FIELD):
        return found
    return _LATE.get(command, Input.STALE if state in _TAKES_ADDRESS else None)  # a command is no address


def _of_proof(state: State, text: str) -> Input | None:
    """Return what a text says of the number or of the code that is waited for, in whatever words."""
    if asks_what_for(text):
        return Input.QUESTION
    if has_no_number(text):
        return Input.NO_CODE
    return Input.NEW_CODE if state is State.CODE and lacks_code(text) else None


def _said_to_person(text: str, commands: Commands) -> Input:
    command = commands.find(text)
    by_stroke = _HELD_BY_STROKE if commands.slashed(text) else {}
    return {**_HELD, **by_stroke}.get(command, Input.TEXT) if command else Input.TEXT


def _steered(state: State, event: Said, commands: Commands) -> Input | None:
    """Return what a text orders in so many words."""
    command = commands.find(event.text)
    found = _command_input(state, command)
    if found is None and state is State.OPEN and command and event.heard and event.heard.action:
        return Input.MENU  # a bare "bone" orders nothing by itself, whatever it looks like
    if found is None and event.heard and state in (State.NUMBER, State.CODE):
        found = _of_proof(state, event.text)
    return found or (Input.UNKNOWN if commands.unknown(event.text) else None)


def _breaks_in(state: State, text: str, heard: Heard) -> bool:
    """Tell whether a text is something else than what a state asked for that takes nearly any text."""
    asks = heard.kind in (Kind.ANSWER, Kind.SILENT)
    if state is State.FIELD:
        return asks and text.rstrip().endswith("?") and heard.score >= _SURE
    if _MAIL.search(text) or _DIGITS.search(text):
        return False
    if reads_as_question(text, sure=asks and heard.score >= _VERY_SURE):
        return True
    # Addresses are often heard as a correction: they are what people want corrected.
    ordered = heard.action not in (None, Action.DSAR_RECTIFICATION)
    return ordered and heard.score >= _CERTAIN


def _means_to_act(state: State, text: str, heard: Heard) -> bool:
    """Tell whether a text that was not understood as a wish is one all the same."""
    if state is State.OPEN:
        return heard.kind in (Kind.ANSWER, Kind.SILENT) and orders_objection(text)
    return bool(heard.named) and state in _AT_A_COMPANY


def _said(state: State, event: Said, commands: Commands) -> Input:
    heard = event.heard
    if event.asks and state is not State.OPEN:
        return Input.QUESTION
    if state is State.HELD:
        return _said_to_person(event.text, commands)
    steered = None if event.asks else _steered(state, event, commands)
    if steered or heard is None:
        return steered or Input.TEXT
    if state in _TAKES_TEXT and not _breaks_in(state, event.text, heard):
        return Input.TEXT
    if heard.intent == KEEP_INTENT and state is not State.OPEN:
        return Input.NO if state is State.CONFIRM else Input.CANCEL
    if state is State.OPEN and is_reference(event.text):
        return Input.WISH
    sure = state not in _UNDISTURBED or heard.score >= _VERY_SURE  # what is under way is not left for a guess
    if sure and heard.intent == WHOSE_INTENT:
        return Input.WHOSE
    wishes = heard.action or heard.intent in WISHES or (state is State.OPEN and reference_in(event.text))
    return Input.WISH if (sure and wishes) or _means_to_act(state, event.text, heard) else Input.QUESTION
