"""All that is needed to understand messages to one company; put together by ``bot.knowledge``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.companies import CompanyNames
from bot.nlu.features import extract
from bot.nlu.fold import fold
from bot.nlu.intents import Action, Kind
from bot.nlu.lexicon import Lexicon, Token
from bot.nlu.recogniser import Recogniser, shares

POLICY = "policy"  # the one class that stands for all topics where no company is known yet
SHARPNESS = 5.0


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the dialogue must know of an intent; the phrases stay behind."""

    id: str
    topic: str | None  # of the pack's company; None for an intent that all companies share
    kind: Kind
    action: Action | None
    says: str
    longest: int
    unless: frozenset[str]
    unless_denied: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A message as read: its words and concepts."""

    text: str
    folded: str
    tokens: tuple[Token, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Guess:
    """An intent and how likely it is: ``share`` of all classes (0-1), ``margin`` of the trained machine."""

    card: Card
    share: float
    margin: float


class Pack:
    """The intents, the words and the trained recogniser of one company (or of none)."""

    def __init__(self, cards: Sequence[Card], lexicon: Lexicon, recogniser: Recogniser, names: CompanyNames) -> None:
        """Take cards for every class of the recogniser. Companies' names say nothing of what is asked."""
        self._names = names
        self.cards: Mapping[str, Card] = {card.id: card for card in cards}
        self.lexicon = lexicon
        self._recogniser = recogniser
        self._ordered = [self.cards[c] for c in recogniser.classes]

    def read(self, text: str) -> Reading:
        """Fold a message and find its concepts."""
        folded = " ".join(self._names.without(fold(text).split()))
        tokens = tuple(self.lexicon.tokens(folded))
        return Reading(text=text, folded=folded, tokens=tokens, concepts=tuple(self.lexicon.concepts(tokens)))

    def guesses(self, reading: Reading, most: int = 12) -> list[Guess]:
        """Return the likeliest intents, best first. Intents that the message is too long for are left out."""
        margins = self._recogniser.margins(extract(reading.tokens, reading.concepts))
        likely = shares(margins, SHARPNESS)
        size = len(reading.tokens)
        order = np.argsort(-margins, kind="stable")[: most + 8]
        guesses = [
            Guess(card=self._ordered[i], share=float(likely[i]), margin=float(margins[i]))
            for i in order
            if not 0 < self._ordered[i].longest < size
        ]
        return guesses[:most]
