"""What a step of the dialogue is told: what the person did, and what came of an effect; knows no service.

An ``Event`` is a value. Those of the person are made by a channel's turn; the others are the results that
services return for an effect (``effects.py``). Times are milliseconds UTC.
"""

import datetime as dt
import enum
from dataclasses import dataclass

from bot.dialogue.reply import Reply
from bot.nlu.intents import Action, Kind

# ---- what the person did ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a text was understood as, outside any form.

    ``intent`` is the id of the card that won (None: nothing known); ``reply`` answers it as a question.
    ``companies`` are those that the text names; ``about`` is the one that it was read for (None: not known).
    ``beside`` is what another sentence of the same message orders. ``named`` is a company whose bare name is all that
    the text says.
    """

    kind: Kind
    action: Action | None
    intent: str | None
    companies: tuple[str, ...]
    about: str | None
    score: float
    reply: Reply
    beside: Action | None = None
    named: str | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text, cleaned; ``heard`` is None where the state reads it without understanding (a code, a number).

    ``asks``: it was marked as a question ("/pyet …"), whatever the state waits for.
    """

    text: str
    heard: Heard | None
    asks: bool = False


@dataclass(frozen=True, kw_only=True)
class Chose:
    """A choice of a reply of this conversation: its value as the dialogue gave it, and that reply's number."""

    value: str
    label: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class Stale:
    """A button that is no longer offered, or never was."""


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """Somebody opened the conversation, or came back to it; ``company`` is the one whose link they followed."""

    company: str | None = None


class Thing(enum.StrEnum):
    """What somebody sent that is no text."""

    VOICE = "voice"
    FILE = "file"  # a picture, a film, a document: erased where the channel can
    PLACE = "place"
    STICKER = "sticker"
    CONTACT = "contact"  # of somebody else
    EDIT = "edit"  # an earlier message was changed
    OTHER = "other"
    UNREADABLE = "unreadable"  # it came broken, or could not be worked on
    TOO_FAST = "too_fast"  # more than anybody reads came in a minute


@dataclass(frozen=True, kw_only=True)
class Brought:
    """Something came that is no text. ``erased``: the channel takes it out of the conversation."""

    thing: Thing
    erased: bool = False


@dataclass(frozen=True, kw_only=True)
class Left:
    """The person wants to be forgotten, and was told before what that means for what is open."""


@dataclass(frozen=True, kw_only=True)
class StaffSaid:
    """A person of the company took the conversation (``holds``) for a case, or gave it back."""

    reference: str
    holds: bool


# ---- codes --------------------------------------------------------------------------------------------------


class Why(enum.StrEnum):
    """Why something was refused that might be done later or otherwise."""

    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    LOCKED = "locked"
    NOT_KOSOVO = "not_kosovo"
    UNREADABLE = "unreadable"
    BUSY = "busy"


@dataclass(frozen=True, kw_only=True)
class CodeUnderWay:
    """A challenge is open; nobody can tell from it whether the contact is known (R11).

    ``contact`` is masked where it is a number, else as typed.
    """

    challenge: str
    contact: str
    expires_at: int
    resend_at: int


@dataclass(frozen=True, kw_only=True)
class CodeRefused:
    """No challenge was opened. ``until`` is when to try again (0: not by time)."""

    why: Why
    until: int = 0


@dataclass(frozen=True, kw_only=True)
class Account:
    """One customer that the proven number belongs to: ``subject`` is the random id, ``masked`` what is shown.

    ``shared``: a code suffices for withdrawing and objecting only (R55).
    """

    subject: str
    masked: str
    shared: bool
    ended: bool


@dataclass(frozen=True, kw_only=True)
class CodeAccepted:
    """The code was right. ``number_hash`` is what the proof rests on."""

    company: str
    number_hash: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, kw_only=True)
class CodeWrong:
    """The code was wrong (or a decoy's, or unreadable as six digits: then ``counted`` is false)."""

    left: int
    counted: bool = True


@dataclass(frozen=True, kw_only=True)
class CodeDead:
    """The challenge is over: expired, used, replaced, or out of attempts."""

    why: Why


@dataclass(frozen=True, kw_only=True)
class AccountProven:
    """The conversation now acts as this customer of this company."""

    company: str
    subject: str
    masked: str
    shared: bool
    ended: bool


@dataclass(frozen=True, kw_only=True)
class ProofMissing:
    """The act was not done: the proof has ended (idle, a changed number, a code that was not asked for)."""

    company: str


# ---- consents and objections --------------------------------------------------------------------------------


class ConsentState(enum.StrEnum):
    """What is on record for a purpose."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    NOT_GIVEN = "not_given"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What holds for one purpose; ``since`` is None where it is not known."""

    purpose: str
    state: ConsentState
    since: int | None


@dataclass(frozen=True, kw_only=True)
class ConsentsRead:
    """All purposes of the company, in the catalogue's order, and whether statistics are restricted."""

    consents: tuple[Consent, ...]
    statistics_restricted: bool


@dataclass(frozen=True, kw_only=True)
class ActDone:
    """Something was recorded. ``already`` marks that it held before, and was recorded again all the same."""

    reference: str
    company: str
    at: int
    already: bool = False


@dataclass(frozen=True, kw_only=True)
class ActRefused:
    """Something was not recorded; nothing was changed."""

    why: Why
    until: int = 0


# ---- requests -----------------------------------------------------------------------------------------------


class CaseState(enum.StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # for the customer
    EXTENDED = "extended"
    ANSWERED = "answered"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the customer


CLOSED = frozenset({CaseState.ANSWERED, CaseState.PARTLY, CaseState.REFUSED, CaseState.WITHDRAWN})


class Fetching(enum.StrEnum):
    """Whether the answer to a request lies ready to be fetched with a code (R43)."""

    NONE = "none"  # it does not come that way, or not yet
    READY = "ready"  # and whoever is in the conversation has proven to be its customer
    UNPROVEN = "unproven"  # but they have not, or not well enough
    OVER = "over"  # it was kept for its time (R45)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request as its customer may see it. ``due`` is None while the rule is not confirmed (R33).

    ``notes`` are what the company told the customer about it, oldest first.
    """

    reference: str
    company: str
    action: Action
    state: CaseState
    received_at: int
    due: dt.date | None
    pending: bool
    notes: tuple[str, ...] = ()
    fetching: Fetching = Fetching.NONE


@dataclass(frozen=True, kw_only=True)
class CasesRead:
    """The requests of a proven customer (or of this conversation), newest first."""

    cases: tuple[Case, ...]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A receipt as its customer may see it: ``act`` in the audit log's words, when it was applied, if it was."""

    reference: str
    company: str
    act: str
    at: int
    applied_at: int | None


@dataclass(frozen=True, kw_only=True)
class CaseLocated:
    """A reference is well formed; ``company`` is None where there is no such case.

    ``own`` is the case, ``receipt`` the act, where this conversation may see it (it filed it, or is proven to be
    its subject).
    """

    reference: str
    company: str | None
    own: Case | None
    receipt: Recorded | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceWrong:
    """The text is no reference number: a letter is missing or mistyped."""


@dataclass(frozen=True, kw_only=True)
class SameFound:
    """There is an open request of the same kind by the same subject, which this one could join."""

    case: Case


@dataclass(frozen=True, kw_only=True)
class NothingSame:
    """There is none."""


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A request is filed (or joined: ``joined``)."""

    case: Case
    joined: bool = False


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """The customer took a request back."""

    case: Case


@dataclass(frozen=True, kw_only=True)
class AnswerLinked:
    """There is a new one-time link to an answer, until ``expires_at``; ``token`` is shown to its customer only."""

    token: str
    expires_at: int


@dataclass(frozen=True, kw_only=True)
class AnswerWithheld:
    """The answer to a request of ``company`` cannot be fetched now; why is not told (R11)."""

    company: str


@dataclass(frozen=True, kw_only=True)
class Escalated:
    """A person will look at it. ``reference`` names it for the customer."""

    reference: str


@dataclass(frozen=True, kw_only=True)
class OpenCasesFound:
    """What is still to be answered in this conversation, newest first.

    ``sms``: there is something, and an SMS can tell the customer of each when its answer comes (R58). ``known``: there
    is something, and each has an address for its answer already.
    """

    references: tuple[str, ...]
    sms: bool
    known: bool = False


@dataclass(frozen=True, kw_only=True)
class Redirected:
    """The answers to these go elsewhere from now on."""

    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ConversationShared:
    """The officer can read the conversation, for a case. ``already``: they could before, and nothing was changed."""

    reference: str
    already: bool = False


@dataclass(frozen=True, kw_only=True)
class ConversationUnshared:
    """The officer can read the conversation no more, for these cases."""

    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NothingToShare:
    """The conversation has no open case for that; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Done; nothing came of it that the person is told."""


Event = (
    Said | Chose | Stale | Arrived | Brought | Left | StaffSaid
    | CodeUnderWay | CodeRefused | CodeAccepted | CodeWrong | CodeDead | AccountProven | ProofMissing
    | ConsentsRead | ActDone | ActRefused
    | CasesRead | CaseLocated | ReferenceWrong | SameFound | NothingSame | Filed | TakenBack | AnswerLinked
    | AnswerWithheld | Escalated | OpenCasesFound | Redirected | ConversationShared | ConversationUnshared
    | NothingToShare | Noted
)  # fmt: skip
