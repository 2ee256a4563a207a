"""Notices a message in another language by its commonest words; the words stand in ``intents/languages.yaml``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

_FEWEST = 2  # markers; one English word in an Albanian question is how people write


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language by its markers (folded), and the one line that answers in it."""

    code: str
    words: frozenset[str]
    says: str
    with_contact: bool


def foreign_language(words: Sequence[str], languages: Sequence[Language], native: Collection[str]) -> Language | None:
    """Return the language of a message when its words are of it and hardly any is Albanian."""
    best: Language | None = None
    best_count = 0
    for language in languages:
        count = sum(1 for word in words if word in language.words)
        if count > best_count:
            best, best_count = language, count
    own = sum(1 for word in words if word in native)
    enough = best_count >= _FEWEST or (best_count == len(words) and best_count > 0)
    return best if best and enough and own * 3 <= best_count else None
