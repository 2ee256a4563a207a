"""What a step of the dialogue asks to be done; each names the events that may come of it. Knows no service.

Effects are carried out on the turn's open transaction, and their event is given back to the step in the
same turn. Nothing here leaves the process: what must (an SMS, a notice) becomes a job.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.nlu.intents import Action


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was shown before a confirmation: the words, and the clauses quoted (R21, R39, R60)."""

    words: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OpenChallenge:
    """Send a code to the number on file → CodeUnderWay | CodeRefused. ``typed`` is a number or customer number."""

    company: str
    typed: str


@dataclass(frozen=True, kw_only=True)
class RedeemCode:
    """Try a typed code → CodeAccepted | CodeWrong | CodeDead | CodeRefused (locked)."""

    company: str
    challenge: str
    typed: str


@dataclass(frozen=True, kw_only=True)
class UseAccount:
    """Act as one of the accepted accounts → AccountProven | ProofMissing."""

    company: str
    challenge: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class EndProofs:
    """Forget who the person has proven to be, at every company → Noted."""


@dataclass(frozen=True, kw_only=True)
class ReportCode:
    """A code came that was not asked for (R18) → Escalated. ``typed`` may name the number it came to."""

    company: str | None
    typed: str


@dataclass(frozen=True, kw_only=True)
class ReadConsents:
    """→ ConsentsRead | ProofMissing."""

    company: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class Withdraw:
    """Withdraw consents, whatever is on record (R38) → ActDone | ProofMissing."""

    company: str
    subject: str
    purposes: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Give consents again → ActDone | ProofMissing."""

    company: str
    subject: str
    purposes: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class StopMarketing:
    """Stop marketing to a contact without proof (R54) → ActDone | ActRefused. ``typed``: number or e-mail."""

    company: str
    typed: str
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class ObjectStatistics:
    """Object to statistics and withdraw what goes with it (R41) → ActDone | ProofMissing."""

    company: str
    subject: str
    withdraws: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class LiftStatistics:
    """The customer takes the objection to statistics back → ActDone | ProofMissing."""

    company: str
    subject: str
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class FindSame:
    """Look for an open request that an identical one could join → SameFound | NothingSame."""

    company: str
    subject: str
    action: Action


class Flag(enum.StrEnum):
    """What the DPO must know of a request."""

    OTHER_PERSON = "other_person"
    FIRM = "firm"
    IDENTITY_PENDING = "identity_pending"
    SHARED_NUMBER = "shared_number"
    ENDED = "relationship_ended"
    NO_SIGNATURE = "no_signature"
    ERASURE_LIMITED = "erasure_limited"
    SECOND_ACCESS = "second_access_this_year"
    SIM_CHANGED = "sim_changed"
    ADS_AFTER_WITHDRAWAL = "ads_after_withdrawal"


IN_CHAT = "chat"  # as the address of an answer: the conversation itself, on a channel that brings messages


@dataclass(frozen=True, kw_only=True)
class FileRequest:
    """File a request → Filed | ProofMissing | ActRefused (too many without proof).

    ``subject`` is None where nothing is proven (R53); then ``reply_to`` is where the answer goes. ``fields``
    are what was asked, by field name; ``words`` are the person's own. ``join`` names a request to join.
    """

    company: str
    action: Action
    subject: str | None
    fields: Mapping[str, str]
    words: str
    reply_to: str
    flags: tuple[Flag, ...]
    shown: Shown
    join: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadCases:
    """The requests of a subject, or (None) those that this conversation filed → CasesRead | ProofMissing."""

    company: str
    subject: str | None


@dataclass(frozen=True, kw_only=True)
class LocateCase:
    """Look a reference up → CaseLocated | ReferenceWrong."""

    typed: str


@dataclass(frozen=True, kw_only=True)
class LinkAnswer:
    """Make a one-time link to the answer of a request; one before it dies (R43) → AnswerLinked | AnswerWithheld."""

    company: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class TakeBack:
    """Take a request back → TakenBack | ActRefused | ProofMissing."""

    company: str
    reference: str
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class AddToCase:
    """Add words of the customer to an open case (an answer to a question, more to say) → Noted | ProofMissing."""

    reference: str
    words: str


class Escalation(enum.StrEnum):
    """Why a person must look."""

    HAND_OFF = "hand_off"
    UNANSWERED = "unanswered"
    ASKED_AGAIN = "asked_again"  # after an answer: it did not help
    LOCKED = "locked"
    UNREQUESTED_CODE = "unrequested_code"
    AUTHORITY = "authority"
    PRESS = "press"
    ALARM = "alarm"


@dataclass(frozen=True, kw_only=True)
class Escalate:
    """Put something before a person → Escalated (hand-off) or Noted. ``holds``: the person takes over."""

    kind: Escalation
    company: str | None
    words: str


@dataclass(frozen=True, kw_only=True)
class FindOpenCases:
    """Look for what is still to be answered in this conversation, at every company → OpenCasesFound."""


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Let the answers go elsewhere → Redirected. ``reply_to``: an address as typed; None: an SMS tells of them."""

    references: tuple[str, ...]
    reply_to: str | None


@dataclass(frozen=True, kw_only=True)
class ShareConversation:
    """Let the officer read the conversation, for a case that it brought → ConversationShared | NothingToShare.

    An empty ``reference`` means the newest that is open; ``up_to`` is the number of the last message that is shared
    (None: of the last there is).
    """

    reference: str
    up_to: int | None


@dataclass(frozen=True, kw_only=True)
class UnshareConversation:
    """Let the officer read it no more → ConversationUnshared | NothingToShare. An empty ``reference`` means all."""

    reference: str


@dataclass(frozen=True, kw_only=True)
class Understand:
    """Understand a text as said to a company that is known now → Said."""

    text: str
    company: str


Effect = (
    Understand | OpenChallenge | RedeemCode | UseAccount | EndProofs | ReportCode
    | ReadConsents | Withdraw | Grant | StopMarketing | ObjectStatistics | LiftStatistics
    | FindSame | FileRequest | ReadCases | LocateCase | LinkAnswer | TakeBack | AddToCase | Escalate
    | FindOpenCases | Redirect | ShareConversation | UnshareConversation
)  # fmt: skip
