"""Cuts a policy text into clauses by declared anchors; knows no file and no company.

The texts' own numbering cannot be trusted (a number is missing, one stands twice, a wrapped line
begins with one), so the cut is declared by a lawyer, entry by entry, and proven complete: every
character belongs to exactly one entry.
"""

import datetime as dt
import enum
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_SPACE = re.compile(r"\s+")


def collapse(text: str) -> str:
    """Return ``text`` with runs of white space made one space, and none at the ends."""
    return _SPACE.sub(" ", text).strip()


class EntryKind(enum.Enum):
    """What a stretch of the text is."""

    CLAUSE = "clause"
    SECTION = "section"  # a heading; citing it cites all clauses under it
    GAP = "gap"  # page links, the list of old versions: no rule in it


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """One declared entry: where it starts, in the words of the text (None: a section without heading)."""

    kind: EntryKind
    id: str
    label: str
    starts: str | None
    part_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A stretch ``[start, end)`` of the text, in characters, white space at both ends included."""

    kind: EntryKind
    id: str
    label: str
    start: int
    end: int
    heading: str
    part_of: str | None


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What can be cited: ``text[start:end]`` collapsed is ``quote``. ``label`` is what a customer reads."""

    company: str
    clause: str
    label: str
    heading: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, kw_only=True)
class Version:
    """One dated text of a policy. ``dated`` is the date that the text itself carries, if any."""

    id: str
    dated: dt.date | None
    effective: dt.date
    sha256: str


class AnchorNotFoundError(ValueError):
    """An anchor does not stand in the text after the one before it."""

    def __init__(self, anchor: Anchor, number: int) -> None:
        """Name the entry whose ``starts`` is wrong, and its number in the list (from 0)."""
        super().__init__(anchor.id)
        self.anchor = anchor
        self.number = number


def cut(text: str, anchors: Sequence[Anchor]) -> tuple[Entry, ...]:
    """Return the entries in order; together they cover ``text`` without gap or overlap.

    Raises AnchorNotFoundError when a ``starts`` is not found after the entry before it, ValueError when no
    anchor has a start.
    """
    if not any(anchor.starts for anchor in anchors):
        raise ValueError("no entry has a start")
    starts: list[int] = []
    position = 0
    for index, anchor in enumerate(anchors):
        if not anchor.starts:
            starts.append(-1)  # takes the start of the entry after it: an empty stretch
            continue
        pattern = r"\s+".join(re.escape(word) for word in anchor.starts.split())
        found = re.compile(pattern).search(text, position)
        if not found:
            raise AnchorNotFoundError(anchor, index)
        start = 0 if all(s < 0 for s in starts[:index]) else found.start()
        starts.append(start)
        position = found.start() + 1
    ends = len(text)
    bounds: list[tuple[int, int]] = []
    for start in reversed(starts):
        begin = ends if start < 0 else start
        bounds.append((begin, ends))
        ends = begin
    entries: list[Entry] = []
    heading = ""
    for anchor, (begin, end) in zip(anchors, reversed(bounds), strict=True):
        if anchor.kind is EntryKind.SECTION:
            heading = anchor.label
        entries.append(
            Entry(
                kind=anchor.kind,
                id=anchor.id,
                label=anchor.label,
                start=begin,
                end=end,
                heading=heading,
                part_of=anchor.part_of,
            )
        )
    return tuple(entries)


@dataclass(frozen=True, kw_only=True)
class PolicyText:
    """One version of a company's text, cut; gives passages by clause or section id."""

    company: str
    text: str
    version: Version
    entries: tuple[Entry, ...]

    @functools.cached_property
    def _passages(self) -> Mapping[str, Passage]:
        return {p.clause: p for p in self._all_passages()}

    def passage(self, clause: str) -> Passage:
        """Return the passage of a clause, of a clause with its parts, or of a section. Raises KeyError."""
        return self._passages[clause]

    def __contains__(self, clause: object) -> bool:
        """Tell whether that id can be cited."""
        return clause in self._passages

    @property
    def clauses(self) -> list[Passage]:
        """The single clauses, in the order of the text."""
        return [self._passages[e.id] for e in self.entries if e.kind is EntryKind.CLAUSE]

    def covering(self, clause: str) -> frozenset[str]:
        """Return the ids of the single clauses that a citation of ``clause`` shows whole."""
        cited = self.passage(clause)
        return frozenset(
            e.id
            for e in self.entries
            if e.kind is EntryKind.CLAUSE and cited.start <= self._passages[e.id].start < cited.end
        )

    def _all_passages(self) -> Iterator[Passage]:
        for index, entry in enumerate(self.entries):
            if entry.kind is EntryKind.GAP:
                continue
            end = entry.end
            following = self.entries[index + 1 :]
            if entry.kind is EntryKind.SECTION:
                for other in following:
                    if other.kind is EntryKind.SECTION:
                        break
                    if other.kind is EntryKind.CLAUSE:
                        end = other.end
            else:
                for other in following:
                    if other.part_of != entry.id:
                        break
                    end = other.end
            raw = self.text[entry.start : end]
            left = len(raw) - len(raw.lstrip())
            right = len(raw.rstrip())
            yield Passage(
                company=self.company,
                clause=entry.id,
                label=entry.label,
                heading=entry.heading,
                start=entry.start + left,
                end=entry.start + right,
                quote=collapse(raw),
            )
