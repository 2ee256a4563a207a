"""The gates: which readings a message rules out, whatever the recogniser says; the words stand in ``intents/``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.nlu.pack import Guess, Reading

# Margins: how much louder than a question an act must speak ...
_IN_A_QUESTION = 1.5  # ... in a message that only asks
_IN_DOUBT = 0.3  # ... in one that looks like a question but might be a polite order
BY_ITSELF = 0.15
"""The share that an act must have of its own where the message denies the likeliest one."""


@dataclass(frozen=True, kw_only=True)
class Gates:
    """How a message is known to ask (folded words; ``asking`` and ``polite`` are concepts)."""

    openers: frozenset[str]
    doubtful: frozenset[str]
    greetings: frozenset[str]
    asking: frozenset[str]
    polite: frozenset[str]

    def held_back(self, reading: Reading) -> float:
        """Return by how much of a margin acts are held back in this message."""
        if self.asking.intersection(reading.concepts):
            return _IN_A_QUESTION
        first = next((t.word for t in reading.tokens if t.word not in self.greetings), "")
        if first in self.openers:
            return _IN_A_QUESTION
        looks_asking = first in self.doubtful or "?" in reading.text
        return _IN_DOUBT if looks_asking and not self.polite.intersection(reading.concepts) else 0.0


def allowed(
    guesses: Sequence[Guess],
    reading: Reading,
    gates: Gates,
    native: frozenset[str],
    denied: frozenset[str] = frozenset(),
) -> list[Guess]:
    """Return the guesses that the message allows, best first.

    An intent is left out when the message has a concept of its ``unless`` (a grant can never be read out
    of a withdrawal), or denies one of its ``unless_denied`` (nor an erasure out of "mos i fshini"). Where that
    was the likeliest, no act follows in its place that is hardly likelier than any other. In a message that
    asks, acts are held back: asking how a thing is done is a question. So are they in a message without one
    common word.
    """
    concepts = set(reading.concepts)
    open_to = [g for g in guesses if not concepts.intersection(g.card.unless) and not _denies(denied, g)]
    if guesses and _denies(denied, guesses[0]):
        open_to = [g for g in open_to if not g.card.action or g.share >= BY_ITSELF]
    strange = not any(t.word in native for t in reading.tokens)
    by = _IN_A_QUESTION if strange else gates.held_back(reading)
    if not by:
        return open_to
    held = [replace(g, margin=g.margin - by) if g.card.action else g for g in open_to]
    return sorted(held, key=lambda g: -g.margin)


def _denies(denied: frozenset[str], guess: Guess) -> bool:
    return not denied.isdisjoint(guess.card.unless_denied)
