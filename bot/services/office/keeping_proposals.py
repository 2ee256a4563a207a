"""What an erasure is decided on, purpose by purpose, by the policy's grid, and what it says of keeping; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.policy.answers import Answer
from bot.policy.company import Edition

_NAMED = re.compile(r"^[\d.]+\s*\w+:\s*(?P<name>[^.(]{3,240})")  # "9. QËLLIMI: Identifikimi i klientit (…"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A purpose. ``clause`` is the one that says how long its data are kept (empty: the text does not say).

    ``label`` is how a customer reads that clause, ``quote`` are its words.
    """

    purpose: str
    name: str
    clause: str = ""
    label: str = ""
    quote: str = ""


def proposals(edition: Edition) -> tuple[Proposal, ...]:
    """Return the purposes in the grid's order; none for a company whose text is not built by purposes."""
    return tuple(_proposals(edition))


def _proposals(edition: Edition) -> Iterator[Proposal]:
    for purpose, row in edition.grid.cells.items():
        about, kept = edition.answers.get(row.get("purpose", "")), edition.answers.get(row.get("retention", ""))
        if about is None:
            continue
        name = _name(edition, about)
        if kept is None or kept.silent or not kept.cites:
            yield Proposal(purpose=purpose, name=name)
            continue
        passage = edition.text.passage(kept.cites[0])
        yield Proposal(purpose=purpose, name=name, clause=passage.clause, label=passage.label, quote=passage.quote)


def _name(edition: Edition, about: Answer) -> str:
    """Return a purpose's name: as the text heads it, else what its answer is about."""
    for clause in (about.cites[0].partition(".")[0], *about.cites):
        found = _NAMED.match(edition.text.passage(clause).quote) if clause in edition.text else None
        if found:
            return found["name"].strip().rstrip(",")
    return about.label
