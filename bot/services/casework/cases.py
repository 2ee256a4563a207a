"""A request of a data subject as a value, and what its customer may see of it; knows no table and no key.

Times are milliseconds UTC, due dates are days in Kosovo, hashes are SHA-256 in hex.
"""

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.dialogue.events import CLOSED, Case, CaseState
from bot.policy.actions import Action
from bot.policy.company import Company
from bot.services.casework.deadlines import Due, promised

CUSTOMER = "customer"  # who acted, on a time line; the back office stands there under its account's name

# R37: no field of a request holds a copy of an identity document, or what is read off one. Where one was looked at,
# the back office records that it was checked, never what it saw.
FORBIDDEN_FIELDS = frozenset(
    {
        "id_card",
        "id_copy",
        "id_document",
        "id_number",
        "id_photo",
        "passport",
        "passport_copy",
        "personal_number",
        "selfie",
    }
)


class Identity(enum.StrEnum):
    """What is known of who filed a request."""

    PROVEN = "proven"
    SHARED = "shared"  # by a number that several people share (R55)
    PENDING = "pending"  # not proven (R53)


class NoteKind(enum.StrEnum):
    """What the customer's side writes on a time line; the back office writes its own kinds there."""

    FILED = "filed"
    JOINED = "joined"
    WORDS = "words"  # the customer said more
    RESUMED = "resumed"
    REDIRECTED = "redirected"  # the answer shall go elsewhere
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the person wrote, and when."""

    at: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What was shown before the person confirmed, its hash, and the policy that was in force (R39)."""

    words: str
    clauses: tuple[str, ...]
    sha256: str
    policy: str
    policy_sha256: str


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A later message that asked for the same: when and where it was received, what was asked and shown."""

    at: int
    conversation: str
    channel: str
    fields: Mapping[str, str]
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class Body:
    """What is sealed of a request. ``basis`` is None where nothing was shown (a letter, a hand-off)."""

    fields: Mapping[str, str] = field(default_factory=dict)
    words: tuple[Words, ...] = ()
    basis: Basis | None = None
    joined: tuple[Joined, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewCase:
    """A request to be filed. ``received_at`` is its receipt at any official channel (R33)."""

    company: str
    action: Action
    identity: Identity
    subject: str | None
    conversation: str | None
    channel: str
    body: Body
    reply_to: str
    flags: tuple[str, ...]
    received_at: int


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A request as it is stored. ``due`` is the first month's date, ``extended_to`` the one after an extension.

    ``paused_at`` is set while the clock stands still; ``paused_ms`` is the sum of the pauses that are over.
    What was erased (R45) is empty.
    """

    reference: str
    company: str
    action: Action
    state: CaseState
    identity: Identity
    subject: str | None
    conversation: str | None
    channel: str
    body: Body
    reply_to: str
    flags: tuple[str, ...]
    received_at: int
    due: Due
    extended_to: dt.date | None
    paused_at: int | None
    paused_ms: int
    taken_by: str | None
    second_proof: str | None
    closed_at: int | None
    erased_at: int | None

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be answered."""
        return self.state not in CLOSED

    @property
    def due_date(self) -> dt.date:
        """The date that holds now: the extended one, if there is one."""
        return self.extended_to or self.due.date


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a time line, numbered from 1; ``body`` says what its kind needs, words under "text"."""

    seq: int
    kind: str
    who: str
    at: int
    body: Mapping[str, object]


def to_case(stored: Stored, told: Sequence[str], company: Company) -> Case:
    """Return a request as its customer may see it; ``told`` is what the company said about it, oldest first.

    No date is promised before the rule is confirmed (R33).
    """
    return Case(
        reference=stored.reference,
        company=stored.company,
        action=stored.action,
        state=stored.state,
        received_at=stored.received_at,
        due=promised(stored.due_date, company.rights.deadline),
        pending=stored.identity is Identity.PENDING,
        notes=tuple(told),
    )
