"""What a company's customers can do, as its lawyer declared it (rights.yaml): consents, objections, limits.

Every rule names its clauses; a figure of law that no policy text gives carries its source and whether the
DPO has confirmed it (R44). Knows no file and no clock.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.policy.actions import Action


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """One consent: its name as the text gives it, the clauses that word it, whether it is marketing.

    ``label`` is how it stands on a button (64 characters at most); ``words`` are folded ways of naming it.
    """

    id: str
    name: str
    label: str
    clauses: tuple[str, ...]
    marketing: bool
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """How objecting to statistical processing works here (R41).

    ``explains`` is told before the confirmation; ``withdraws`` are consents that the same confirmation
    withdraws (purpose ids); ``clauses`` are quoted.
    """

    explains: str
    clauses: tuple[str, ...]
    withdraws: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What is said, with its clauses, before a request of one kind is confirmed; ``flags`` go to the DPO."""

    says: str
    clauses: tuple[str, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """Within which time a request is to be answered (R33): months by the calendar, and what that rests on.

    ``confirmed`` is the day on which the DPO confirmed it; before, no date is promised to a customer.
    """

    months: int = 1
    extension_months: int = 2
    working_day: bool = True
    source: str = "GDPR 12(3)"
    confirmed: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Rights:
    """All of it for one company. Without a rights.yaml everything is taken as a request and decided by people.

    ``foreign`` are calling codes ("+49") whose numbers on file may get an SMS (R10). ``retention_note`` is said to
    people whose relationship has ended. ``yearly_free`` marks that a second access request of a calendar year
    is flagged.
    """

    purposes: tuple[Purpose, ...] = ()
    statistics: Statistics | None = None
    limits: Mapping[Action, Limit] = field(default_factory=dict)
    deadline: Deadline = field(default_factory=Deadline)
    foreign: tuple[str, ...] = ()
    yearly_free: bool = False
    ended_note: str = ""

    def purpose(self, identity: str) -> Purpose:
        """Return a consent by its id. Raises KeyError."""
        for purpose in self.purposes:
            if purpose.id == identity:
                return purpose
        raise KeyError(identity)

    def knows(self, identity: str) -> bool:
        """Tell whether there is such a consent."""
        return any(p.id == identity for p in self.purposes)

    @property
    def marketing(self) -> tuple[Purpose, ...]:
        """The consents that "all advertising" means."""
        return tuple(p for p in self.purposes if p.marketing)
