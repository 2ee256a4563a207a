"""What of the queue is asked for, read from an address and written into one; knows no page.

What an address says that is not known here asks for nothing: an old bookmark still opens the queue.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar
from urllib.parse import urlencode

from bot.console.door import HOME
from bot.dialogue.effects import Flag
from bot.dialogue.events import CLOSED, CaseState
from bot.policy.actions import Action
from bot.services.office.worklist import After, Span, Wanted
from bot.services.office.worklist_items import What

PATH = f"{HOME}/queue"
ME, NOBODY = "me", "nobody"
YESTERDAY = "yesterday"
OPEN_STATES = tuple(state for state in CaseState if state not in CLOSED)
_LONGEST = 80  # characters of what is typed into an address
_LATEST = 2**53  # ms

_E = TypeVar("_E", bound=enum.StrEnum)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The fields of the form of filters, as they stand in the address; empty: any."""

    company: str = ""
    what: str = ""
    kind: str = ""
    state: str = ""
    channel: str = ""
    flag: str = ""
    who: str = ""  # ``ME``, ``NOBODY``, or a login
    due: str = ""
    since: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is asked for."""
        return any(getattr(self, field.name) for field in fields(self))

    def wanted(self, companies: tuple[str, ...], who: str) -> Wanted:
        """Return what that means to somebody (their login) who may see these companies."""
        return Wanted(
            companies=tuple(company for company in companies if self.company in {"", company}),
            what=_one(What, self.what),
            kind=_one(Action, self.kind),
            state=_one(CaseState, self.state),
            channel=self.channel or None,
            flag=_one(Flag, self.flag),
            taken_by=who if self.who == ME else (self.who if self.who not in {"", NOBODY} else None),
            untaken=self.who == NOBODY,
            span=_one(Span, self.due),
            recent=self.since == YESTERDAY,
        )

    def address(self, after: After | None = None, path: str = PATH) -> str:
        """Return where the queue stands so."""
        said = {field.name: value for field in fields(self) if (value := getattr(self, field.name))}
        if after:
            said["after"] = _written(after)
        return f"{path}?{urlencode(said)}" if said else path

    def but(self, **changed: str) -> "Asked":
        """Return the same with something else."""
        return replace(self, **changed)


def read(query: Mapping[str, str]) -> tuple[Asked, After | None]:
    """Return what an address asks for, and after which line its page begins."""
    said = {field.name: query.get(field.name, "").strip()[:_LONGEST] for field in fields(Asked)}
    enums: dict[str, type[enum.StrEnum]] = {
        "what": What, "kind": Action, "state": CaseState, "flag": Flag, "due": Span
    }  # fmt: skip
    known = {name: value for name, value in said.items() if name not in enums or _one(enums[name], value)}
    if known.get("since") != YESTERDAY:
        known.pop("since", None)
    return Asked(**known), _after(query.get("after", ""))


def _one(kinds: type[_E], value: str) -> _E | None:
    return kinds(value) if value in set(kinds) else None


def _written(after: After) -> str:
    return f"{after.due}.{after.received}.{after.name}"


def _after(text: str) -> After | None:
    due, _, rest = text[:_LONGEST].partition(".")
    received, _, name = rest.partition(".")
    try:
        day = dt.date.fromisoformat(due)
        at = int(received)
    except ValueError:
        return None
    return After(due=day.isoformat(), received=at, name=name) if 0 <= at <= _LATEST and day.year > 1 else None
