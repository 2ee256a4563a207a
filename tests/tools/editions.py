"""Sets up editions of a policy in memory, each topic with an answer that says nothing much."""

import datetime as dt
from collections.abc import Mapping

from bot.policy.answers import Answer, Grid
from bot.policy.clauses import PolicyText, Version
from bot.policy.company import Edition

EMPTY = Grid(cells={}, overview={})
_VERSION = Version(id="v1", dated=None, effective=dt.date(2020, 1, 1), sha256="")
_NO_TEXT = PolicyText(company="shembulli", text="", version=_VERSION, entries=())


def answer(topic: str, *cites: str, part: str = "pjesa") -> Answer:
    """Return an answer that rests on these clauses and stands under this part."""
    return Answer(
        company="shembulli",
        topic=topic,
        part=part,
        label=topic,
        says="Po.",
        cites=cites,
        then=(),
        silent=False,
        place=f"answers/{part}.yaml:1",
        approval=None,
    )


def edition(parts: Mapping[str, str], grid: Grid = EMPTY) -> Edition:
    """Return an edition without text; ``parts`` gives the part of each topic."""
    return Edition(text=_NO_TEXT, answers={t: answer(t, part=part) for t, part in parts.items()}, grid=grid)
