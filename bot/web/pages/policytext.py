"""Lays a policy text out for reading: headings, clauses with their parts, paragraphs; knows no HTML.

Every character of the text comes once, in order; white space alone is changed, and nothing is put in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.policy.clauses import Entry, EntryKind, PolicyText, collapse

_BETWEEN_PARAGRAPHS = re.compile(r"\n[^\S\n]*(?:\n\s*|(?=•))")
_ENDS = (".", ";", ":", "!", "?")


@dataclass(frozen=True, kw_only=True)
class Clause:
    """What can be pointed at: its paragraphs, then its parts.

    ``label`` is what the chat calls it; "" where the text itself begins so ("9.4 …"), and for a gap.
    """

    id: str
    label: str
    paragraphs: tuple[str, ...]
    parts: list["Clause"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Section:
    """Clauses under a heading; ``heading`` is "" where the text has none, ``label`` is what we call it then."""

    id: str
    label: str
    heading: str
    clauses: list[Clause] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the list of contents calls it: as the text does, where it does."""
        return self.heading or self.label


def sections(text: PolicyText) -> list[Section]:
    """Return the sections in order; what stands before the first heading is a section without id and name."""
    made: list[Section] = []
    path: list[Clause] = []  # the clause being read and those that it is part of
    for entry in text.entries:
        stretch = text.text[entry.start : entry.end]
        if entry.kind is EntryKind.SECTION:
            made.append(Section(id=entry.id, label=entry.label, heading=collapse(stretch)))
            path = []
            continue
        if not made:
            made.append(Section(id="", label="", heading=""))
        paragraphs = tuple(_paragraphs(stretch))
        clause = Clause(id=entry.id, label=_label(entry, paragraphs), paragraphs=paragraphs)
        path = _upto(path, entry.part_of)
        (path[-1].parts if path else made[-1].clauses).append(clause)
        path.append(clause)
    return made


def _upto(path: list[Clause], parent: str | None) -> list[Clause]:
    """Return the path down to the parent; empty where that is not being read (citing it would not show this)."""
    found = [index for index, clause in enumerate(path) if clause.id == parent]
    return path[: found[0] + 1] if found else []


def _label(entry: Entry, paragraphs: tuple[str, ...]) -> str:
    said = paragraphs[0].startswith(entry.label) if paragraphs else False
    return "" if said or entry.kind is EntryKind.GAP else entry.label


def _paragraphs(stretch: str) -> Iterator[str]:
    # A line break alone is where the PDF wrapped; an empty line, or a bullet, begins a paragraph.
    whole = ""
    for part in filter(None, map(collapse, _BETWEEN_PARAGRAPHS.split(stretch))):
        if whole and not whole.endswith(_ENDS) and part[0].islower():
            whole += f" {part}"  # an empty line in mid-sentence is where a page of the PDF ended
            continue
        if whole:
            yield whole
        whole = part
    if whole:
        yield whole
