"""Finds what a message says must not be done: "mos i fshini", "s'po du me i fshi"; the words stand in ``intents/``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.nlu.lexicon import Lexicon, Token

_FURTHEST = 4  # words from "mos", or from "dua" after "nuk", to what is denied


@dataclass(frozen=True, kw_only=True)
class Negation:
    """How Albanian denies (folded words).

    ``forbidding`` words deny the verb after them (*mos*); ``denying`` words (*nuk*) deny what follows a
    ``wanting`` word (*nuk dua të …*); ``passed`` are the short words between.
    """

    forbidding: frozenset[str]
    denying: frozenset[str]
    wanting: frozenset[str]
    passed: frozenset[str]

    def denied(self, tokens: Sequence[Token], lexicon: Lexicon) -> frozenset[str]:
        """Return the concepts that the message denies and nowhere affirms."""
        places = set(self._places([t.word for t in tokens]))
        concepts = [frozenset(lexicon.concepts([token])) for token in tokens]
        affirmed = {c for place, found in enumerate(concepts) if place not in places for c in found}
        return frozenset(c for place in places for c in concepts[place]) - affirmed

    def _places(self, words: Sequence[str]) -> Iterator[int]:
        for place, word in enumerate(words):
            begun, after = place, self._next(words, place + 1)
            if word in self.denying:
                if after >= len(words) or words[after] not in self.wanting:
                    continue
                while after < len(words) and words[after] in self.wanting:  # "nuk kam thënë të …"
                    begun, after = after, self._next(words, after + 1)
            elif word not in self.forbidding:
                continue
            if after < len(words) and after - begun <= _FURTHEST:
                yield after

    def _next(self, words: Sequence[str], place: int) -> int:
        while place < len(words) and words[place] in self.passed:
            place += 1
        return place
