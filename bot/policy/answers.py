"""The short answers above the quotes, and the grid of purposes; knows no file and no ranking."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who approved an answer, and when."""

    by: str
    on: dt.date


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said about one topic of one company.

    ``cites`` are clause ids, the best first, one to three; ``then`` are topics a person asks next.
    ``silent`` marks that the text does not say it, and the clauses are the nearest ones.
    ``part`` is the part of the policy it stands under (the answers' file). ``approval`` is None until the
    company's lawyer has approved it (shown to the DPO only). ``place`` is where it stands, as file:line.
    """

    company: str
    topic: str
    part: str
    label: str
    says: str
    cites: tuple[str, ...]
    then: tuple[str, ...]
    silent: bool
    place: str
    approval: Approval | None


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Purposes × aspects → topic, for companies whose text is built that way.

    ``cells[purpose][aspect]`` is a topic id; ``overview[aspect]`` answers for all purposes together.
    """

    cells: Mapping[str, Mapping[str, str]]
    overview: Mapping[str, str]

    def place(self, topic: str) -> tuple[str, str] | None:
        """Return the (purpose, aspect) whose cell is ``topic``, or None. The first in order wins."""
        for purpose, row in self.cells.items():
            for aspect, cell in row.items():
                if cell == topic:
                    return purpose, aspect
        return None
