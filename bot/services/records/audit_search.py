"""Searches the log of acts (R39): the newest first, page by page; changes nothing and verifies nothing.

A page goes on after the last entry that was seen (``Mark``), so that what is written meanwhile moves nothing. Times are
milliseconds UTC.
"""

import datetime as dt
import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.services.casework.deadlines import start_of
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx, Value

PAGE = 50  # entries on a screen
_LATEST = 2**62
_HIGHEST = "\U0010ffff"  # above every id
NOWHERE = ""  # stands for the entries that belong to no company


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a page ended; the next one begins right after it."""

    at: int
    id: str

    def __str__(self) -> str:
        """Return it as an address has it."""
        return f"{self.at}.{self.id}"


NEWEST = Mark(at=_LATEST, id=_HIGHEST)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for. ``places`` are ids of companies, ``NOWHERE`` too; None and "" mean any.

    ``since`` and ``until`` are days in Kosovo, both included.
    """

    places: tuple[str, ...]
    reference: str = ""
    act: str = ""
    who: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def first(self) -> int:
        """The first moment that is looked at."""
        return start_of(self.since) if self.since else 0

    @property
    def end(self) -> int:
        """The first moment that is not looked at any more."""
        return start_of(self.until + dt.timedelta(days=1)) if self.until else _LATEST


@dataclass(frozen=True, kw_only=True)
class Found:
    """An entry of the log as it stands there. ``seq``, ``previous`` and ``hash`` are None until it is sealed."""

    id: str
    at: int
    body: str
    seq: int | None
    previous: str | None
    hash: str | None

    @property
    def mark(self) -> Mark:
        """Where it stands."""
        return Mark(at=self.at, id=self.id)

    @property
    def read(self) -> Mapping[str, Any]:
        """What it says, by ``act``, ``at``, ``channel``, ``company``, ``details``, ``reference``; empty if broken."""
        try:
            body = json.loads(self.body)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


def read_mark(text: str) -> Mark | None:
    """Return the mark that an address has; None for what is none."""
    at, dot, identity = text.partition(".")
    return (
        Mark(at=int(at), id=identity) if dot and identity and at.isdecimal() and len(at) < len(str(_LATEST)) else None
    )


def page(tx: Tx, wanted: Search, after: Mark = NEWEST, most: int = PAGE) -> tuple[Found, ...]:
    """Return the next entries that are older than a mark, the newest first."""
    if wanted.reference:
        rows = tx.all("audit.of_reference", reference=wanted.reference)
        found = [_found(row) for row in rows if _fits(wanted, row, after)]
        return tuple(sorted(found, key=_order, reverse=True)[:most])
    pages = [[_found(row) for row in _rows(tx, wanted, place, after, most)] for place in wanted.places]
    return tuple(heapq.merge(*pages, key=_order, reverse=True))[:most]


def of_case(tx: Tx, reference: str) -> tuple[Found, ...]:
    """Return every entry under a reference number, as they were sealed, then those that are not yet."""
    found = [_found(row) for row in tx.all("audit.of_reference", reference=reference)]
    return tuple(sorted(found, key=lambda entry: _LATEST if entry.seq is None else entry.seq))


def is_indexed(tx: Tx) -> bool:
    """Tell whether every entry can be found: older ones are given their columns little by little."""
    return not tx.all("audit.unindexed", most=1)


def last(tx: Tx, who: str, act: Act) -> int | None:
    """Return when somebody last did something, or None."""
    row = tx.first("audit.last_of", who=who, act=act.value)
    return row["at"] if row else None


def highest(tx: Tx) -> int:
    """Return the number of the chain's last entry; 0 for none."""
    row = tx.first("audit.highest")
    return int(row["seq"] or 0) if row else 0


def _rows(tx: Tx, wanted: Search, place: str, after: Mark, most: int) -> Sequence[Row]:
    given: dict[str, Value] = {
        "since": wanted.first, "until": wanted.end, "at": after.at, "id": after.id, "act": wanted.act or None,
        "who": wanted.who or None, "most": most,
    }  # fmt: skip
    if place == NOWHERE:
        return tx.all("audit.search_nowhere", **given)
    return tx.all("audit.search", company=place, **given)


def _fits(wanted: Search, row: Row, after: Mark) -> bool:
    return (
        (row["company"] or NOWHERE) in wanted.places
        and wanted.first <= row["at"] < wanted.end
        and (row["at"], row["id"]) < (after.at, after.id)
        and wanted.act in {"", row["act"]}
        and wanted.who in {"", row["who"]}
    )


def _order(entry: Found) -> tuple[int, str]:
    return entry.at, entry.id


def _found(row: Row) -> Found:
    return Found(
        id=row["id"], at=row["at"], body=row["body"], seq=row["seq"], previous=row["previous"], hash=row["hash"]
    )
