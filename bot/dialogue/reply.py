"""A reply as blocks that every channel renders in its own way; no channel builds sentences."""

from dataclasses import dataclass

from bot.nlu.intents import Action, Kind
from bot.policy.clauses import Passage


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """One or two sentences."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A clause, word for word, and ``source``: whose policy it is and which clause."""

    passage: Passage
    source: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a person can pick: what they read, and the value that comes back.

    ``lasting``: it means the same later too, so that another one of the same reply can be picked after it.
    """

    label: str
    value: str
    lasting: bool = False


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Choices under one line that says what they are."""

    prompt: str
    items: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One line of a receipt."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was recorded, under a reference number, to be kept by the person."""

    reference: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A page to open."""

    label: str
    url: str


Block = Paragraph | Quote | Choices | Receipt | Link


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole reply. ``score`` is the share of the intent that won (0-1)."""

    kind: Kind
    company: str | None
    action: Action | None
    blocks: tuple[Block, ...]
    topics: tuple[str, ...] = ()
    score: float = 0.0

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(block.text for block in self.blocks if isinstance(block, Paragraph))

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The clauses quoted, the best first."""
        return tuple(block.passage for block in self.blocks if isinstance(block, Quote))

    @property
    def choices(self) -> tuple[Choice, ...]:
        """All choices, in order."""
        return tuple(item for block in self.blocks if isinstance(block, Choices) for item in block.items)
