"""Turns a message into hashed features for the recogniser; knows no classes and no weights."""

import itertools
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.nlu.lexicon import Token

BITS = 16
SIZE = 1 << BITS
_MASK = SIZE - 1


@dataclass(frozen=True, kw_only=True)
class Features:
    """Hashed feature numbers in ``[0, SIZE)``, one list a group; a number may stand more than once."""

    words: tuple[int, ...]
    concepts: tuple[int, ...]
    letters: tuple[int, ...]


def _hash(names: Iterable[str]) -> tuple[int, ...]:
    crc = zlib.crc32
    return tuple({crc(name.encode()) & _MASK for name in names})


def _letter_runs(tokens: Sequence[Token]) -> Iterable[str]:
    for token in tokens:
        padded = f"<{token.word}>"
        size = len(padded)
        for n in (3, 4, 5):
            for start in range(size - n + 1):
                yield padded[start : start + n]


def extract(tokens: Sequence[Token], concepts: Sequence[str]) -> Features:
    """Return the features of a message: stems and pairs of stems, concepts and pairs, runs of letters."""
    stems = [t.stem for t in tokens]
    words = [f"w {s}" for s in stems]
    words += [f"b {a} {b}" for a, b in itertools.pairwise(stems)]
    ideas = [f"c {c}" for c in concepts]
    ordered = sorted(concepts)[:14]
    ideas += [f"p {a} {b}" for i, a in enumerate(ordered) for b in ordered[i + 1 :]]
    return Features(words=_hash(words), concepts=_hash(ideas), letters=_hash(_letter_runs(tokens)))
