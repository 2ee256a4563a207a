"""What every service is given: the tools of the house, and where the turn takes place; knows no table."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.clock import moment
from bot.crypto import Randomness, Vault
from bot.limits import Limits
from bot.policy.company import Company, Edition


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The tools of the house: one for the whole process."""

    vault: Vault
    randomness: Randomness
    limits: Limits
    companies: Mapping[str, Company]

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
