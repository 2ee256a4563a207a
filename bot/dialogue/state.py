"""What a conversation remembers between two messages; knows no wording and nothing of how it is kept.

Everything here is plain data: it is stored sealed after every turn, so that a conversation goes on at the
same step after a crash, on any machine.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.dialogue.effects import Flag, Shown
from bot.dialogue.events import Account, Case, Consent
from bot.nlu.understand import Context
from bot.policy.actions import Action


class State(enum.StrEnum):
    """Where a conversation stands: what the next message is expected to be."""

    OPEN = "open"  # a question, a wish, a choice of the menu
    COMPANY = "company"  # which company is meant
    FOR_WHOM = "for_whom"  # for oneself or for somebody else
    KIND = "kind"  # which request
    NUMBER = "number"  # a number or customer number to prove who one is
    CODE = "code"  # the code from the SMS
    ACCOUNT = "account"  # which of several accounts
    CONSENTS = "consents"  # which consents
    FIELD = "field"  # an answer to a question of a request
    REPLY_TO = "reply_to"  # where an answer without proof shall go
    JOIN = "join"  # join the same request, or file another
    CONFIRM = "confirm"  # yes or no to exactly what was shown
    CASES = "cases"  # which of one's requests
    REFERENCE = "reference"  # a reference number
    CONTACT = "contact"  # a number or e-mail to which no more marketing shall go
    CODE_REPORT = "code_report"  # the number to which a code came that nobody asked for
    LEAVING = "leaving"  # where the answers to open cases shall go once all is forgotten
    HELD = "held"  # a person of the company has the conversation


class Act(enum.StrEnum):
    """What a person is after."""

    SEE_CONSENTS = "see_consents"
    WITHDRAW = "withdraw"
    GRANT = "grant"
    STOP = "stop"  # marketing to a contact, without proof
    OBJECT = "object"  # to statistics
    LIFT = "lift"  # the objection to statistics
    REQUEST = "request"
    SEE_CASES = "see_cases"
    TAKE_BACK = "take_back"


class About(enum.StrEnum):
    """Whose data an act is about (R57)."""

    SELF = "self"
    OTHER = "other"
    FIRM = "firm"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """An act under way, and all that is known for it.

    ``company`` is empty while it is not known; ``about`` is None where it must be asked first. ``without_code``:
    the person cannot or will not prove who they are (R53). ``whole``: "all advertising" was meant, so that a
    consent beside it is asked about. ``same`` is an open request that could be joined; ``looked``: it was looked for.
    ``own``: this conversation may see the case of ``reference``.
    """

    act: Act
    company: str = ""
    action: Action | None = None
    about: About | None = About.SELF
    purposes: tuple[str, ...] = ()
    whole: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    flags: tuple[Flag, ...] = ()
    without_code: bool = False
    reply_to: str = ""
    typed: str = ""
    reference: str = ""
    own: bool = False
    looked: bool = False
    same: Case | None = None
    join: str | None = None


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """The code under way. ``contact`` is masked; times in milliseconds UTC; ``left`` is None before any try."""

    id: str
    company: str
    contact: str
    expires_at: int
    resend_at: int
    left: int | None = None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What was shown to be confirmed. ``digest`` names exactly this showing of it (R60)."""

    digest: str
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A choice that was offered: its opaque id, what it means, and in which reply it stood."""

    id: str
    value: str
    label: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The question that was answered last: its words, what it was about, and in which turn.

    ``others`` were offered as possibly meant instead ("company/topic"). ``noted``: that the answer did not help stands
    before the people who look after it already.
    """

    words: str
    company: str
    topics: tuple[str, ...]
    turn: int
    others: tuple[str, ...] = ()
    noted: bool = False


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """What is open while a person wants to be forgotten. ``sms``: an SMS can tell of each answer;
    ``known``: each has an address for its answer already.

    ``held``: a person of the company had the conversation, and has it again if nothing is forgotten.
    ``reply_to`` is where the answers go (None: an SMS tells of them).
    """

    references: tuple[str, ...] = ()
    sms: bool = False
    known: bool = False
    held: bool = False
    reply_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """The whole of it. ``waiting`` is a text that waits for its company; ``several``: more than one was named where
    one must be (R56); ``proofs`` are by company; ``typed`` is the number or customer number last typed for a code;
    ``before`` is the state to which a person gives the conversation back."""

    state: State = State.OPEN
    company: str | None = None
    context: Context | None = None
    waiting: str = ""
    several: bool = False
    goal: Goal | None = None
    typed: str = ""
    challenge: Challenge | None = None
    accounts: tuple[Account, ...] = ()
    proofs: Mapping[str, Account] = field(default_factory=dict)
    confirmation: Confirmation | None = None
    consents: tuple[Consent, ...] = ()
    restricted: bool = False
    cases: tuple[Case, ...] = ()
    offers: tuple[Offer, ...] = ()
    greeted: bool = False
    before: State = State.OPEN
    held_for: str = ""
    leaving: Leaving | None = None
    asked: Asked | None = None
