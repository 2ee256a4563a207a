"""What every service is given: the tools of the house, and where the turn takes place; knows no table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.clock import moment
from bot.crypto import Randomness, Vault
from bot.limits import Limits
from bot.policy.company import Company, Edition
from bot.storage.store import Tx


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message of the company, with its number in the conversation; ``body`` is its blocks' JSON.

    ``notice`` is the id of the notice that it brings, if any: whoever brings it reports ``notices.delivered`` or
    ``notices.not_sent``.
    """

    conversation: str
    address: str
    seq: int
    body: bytes
    notice: str | None = None


class Push(Protocol):
    """Sees to it that a letter is brought, by a job of the same transaction: for channels that do not fetch."""

    def __call__(self, tx: Tx, desk: "Desk", now: int, letter: Letter, /) -> None:
        """Add the job."""
        ...


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The tools of the house: one for the whole process. ``pushes`` are by channel."""

    vault: Vault
    randomness: Randomness
    limits: Limits
    companies: Mapping[str, Company]
    pushes: Mapping[str, Push] = field(default_factory=dict)

    def edition(self, company: str, now: int) -> Edition:
        """Return the edition of a company's policy in force at a time."""
        return self.companies[company].on(moment(now).date())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and when something happens: the conversation, its channel, the time (ms UTC)."""

    conversation: str
    channel: str
    now: int


OFFICE = "office"  # the channel of what the back office does
