"""A company as Mburoja knows it: its names, its text, its answers; knows no file."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.policy.answers import Answer, Grid
from bot.policy.appearance import Appearance
from bot.policy.clauses import Passage, PolicyText
from bot.policy.rights import Rights
from bot.policy.templates import Template

MOST_CITED = 3
MOST_QUOTED = 2500  # characters, all quotes of one reply together


@dataclass(frozen=True, kw_only=True)
class Agency:
    """The supervisory authority's name of today: a setting (R44), for the texts name it otherwise.

    It is told with the answers in ``topics``, and marked as not confirmed until the DPO has confirmed it.
    """

    name: str
    confirmed: dt.date | None
    topics: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One version of a company's text with the answers and the grid written for it."""

    text: PolicyText
    answers: Mapping[str, Answer]
    grid: Grid

    def purpose(self, topic: str) -> str | None:
        """Return the purpose that a topic is about: by its cell, else by the part of the policy it shares."""
        placed = self.grid.place(topic)
        if placed:
            return placed[0]
        part = self.answers[topic].part
        sharing = [purpose for purpose, row in self.grid.cells.items() if self._in_part(row, part)]
        return sharing[0] if len(sharing) == 1 else None

    def _in_part(self, row: Mapping[str, str], part: str) -> bool:
        return any(self.answers[cell].part == part for cell in row.values() if cell in self.answers)

    def cited(self, topics: tuple[str, ...]) -> list[Passage]:
        """Return the passages for one or more topics, the best of each first, within the limits.

        A passage that shares words with one already chosen is left out.
        """
        rows = [self.answers[topic].cites for topic in topics]
        ordered = [row[i] for i in range(MOST_CITED) for row in rows if i < len(row)]
        chosen: list[Passage] = []
        total = 0
        for clause in ordered:
            passage = self.text.passage(clause)
            known = any(p.start < passage.end and passage.start < p.end for p in chosen)
            if known or len(chosen) == MOST_CITED or total + len(passage.quote) > MOST_QUOTED:
                continue
            chosen.append(passage)
            total += len(passage.quote)
        return chosen


class Decides(enum.StrEnum):
    """Who decides on requests: the DPO, or somebody of the controller whom the DPO advises (GDPR 38(6))."""

    DPO = "dpo"
    CONTROLLER = "controller"


@dataclass(frozen=True, kw_only=True)
class Company:
    """One controller.

    ``aliases`` are folded; ``acts`` maps an action to the topic that explains it; ``editions`` are
    in order of the day from which they hold; topics in ``switched_off`` are not answered; ``rights`` is
    what its customers can do here; ``appearance`` is how it looks in the widget; ``decides`` is who decides;
    ``templates`` are ready words for what a customer is told, the shared ones too.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    acts: Mapping[str, str]
    contact: str
    agency: Agency | None
    switched_off: frozenset[str]
    editions: tuple[Edition, ...]
    rights: Rights = field(default_factory=Rights)
    appearance: Appearance = field(default_factory=Appearance)
    decides: Decides = Decides.DPO
    templates: tuple[Template, ...] = ()

    def on(self, day: dt.date) -> Edition:
        """Return the edition in force on a day; before the first one, the first."""
        in_force = [e for e in self.editions if e.text.version.effective <= day]
        return (in_force or list(self.editions[:1]))[-1]
