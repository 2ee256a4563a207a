"""The intents that a phrase can be added to: what they are called, which file each has; changes none."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.console import words
from bot.knowledge.compiled import Knowledge
from bot.nlu.pack import Card
from bot.policy.company import Edition

_HEAD = re.compile(r"^intent:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_LONGEST_NAME = 70  # characters
BETWEEN = " — "  # stands between an intent's id and its name, where both are typed


@dataclass(frozen=True, kw_only=True)
class Offered:
    """An intent as it is chosen."""

    id: str
    name: str

    @property
    def typed(self) -> str:
        """What is typed to choose it."""
        return f"{self.id}{BETWEEN}{self.name}"


def offered(knowledge: Knowledge, editions: Iterable[tuple[str, Edition]]) -> dict[str, Offered]:
    """Return the intents that all share and the topics of companies (id, edition), by id."""
    found: dict[str, Offered] = {}
    for company, edition in editions:
        for card in knowledge.pack(company).cards.values():
            name = _name(card, edition)
            if name:
                found.setdefault(card.id, Offered(id=card.id, name=name))
    return dict(sorted(found.items()))


def chosen(typed: str) -> str:
    """Return the id of what was typed or picked from the list."""
    return typed.partition(BETWEEN)[0].strip()


def files(data: Path, wanted: Sequence[str]) -> dict[str, str]:
    """Return the file of each intent (id → path below the data folder); one without a file is left out."""
    found: dict[str, str] = {}
    for path in sorted((data / "intents").rglob("*.yaml")):
        head = _HEAD.search(path.read_text(encoding="utf-8"))
        if head and head[1] in wanted:
            found.setdefault(head[1], path.relative_to(data).as_posix())
    return found


def _name(card: Card, edition: Edition) -> str:
    if card.topic:
        answer = edition.answers.get(card.topic)
        return answer.label if answer else ""
    if card.action:
        return words.kind(card.action.value)
    said = card.says if len(card.says) <= _LONGEST_NAME else card.says[:_LONGEST_NAME].rsplit(" ", 1)[0] + " …"
    return said or card.id
