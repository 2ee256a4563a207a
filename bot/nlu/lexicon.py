"""Maps what people type to concepts; the words themselves stand in ``intents/lexicon/``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.nlu.stem import stem

LONGEST_FORM = 4  # words


@dataclass(frozen=True, kw_only=True)
class Token:
    """A word of a message: as folded, as understood (a near-miss of a known word is mended), its stem."""

    word: str
    known_as: str
    stem: str


class Forms:
    """The forms of all concepts, folded, found by word or by stem. Built once, shared by all lexicons."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        """Take the forms of each concept."""
        self.concepts_of: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.words: set[str] = set()
        for concept, forms in concepts.items():
            for form in forms:
                words = form.split()
                self.words.update(words)
                for key in {tuple(words), tuple(stem(w) for w in words)}:
                    held = self.concepts_of.get(key, ())
                    if concept not in held:
                        self.concepts_of[key] = (*held, concept)


class Lexicon:
    """Reads words and concepts; the longest form wins. A word that nobody knows is taken for a near one."""

    def __init__(self, forms: Forms, vocabulary: Iterable[str]) -> None:
        """Take the forms, and the other words that are known (not to be mended)."""
        self._forms = forms.concepts_of
        self._known = forms.words.union(vocabulary)
        self._near: dict[tuple[str, int], list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= 4 and word.isalpha():
                self._near.setdefault((word[0], len(word)), []).append(word)

    def tokens(self, folded: str) -> list[Token]:
        """Return the words of a folded message, near-misses of known words mended."""
        return [self._token(word) for word in folded.split()]

    def _token(self, word: str) -> Token:
        known = word if word in self._known else self._mend(word)
        return Token(word=word, known_as=known, stem=stem(known))

    def _mend(self, word: str) -> str:
        size = len(word)
        if size < 4 or not word.isalpha():
            return word
        allowed = 2 if size >= 8 else 1
        best, best_distance = word, allowed + 1
        for length in range(size - 1, size + 2):
            near = self._near.get((word[0], length))
            if not near:
                continue
            found = process.extractOne(
                word, near, scorer=DamerauLevenshtein.distance, score_cutoff=min(allowed, best_distance - 1)
            )
            if found:
                best, best_distance = found[0], int(found[1])
                if best_distance == 1:
                    break
        return best

    def concepts(self, tokens: Sequence[Token]) -> list[str]:
        """Return the concepts named, in order of the message, each once. Forms may overlap."""
        words = [t.known_as for t in tokens]
        stems = [t.stem for t in tokens]
        found: dict[str, None] = {}
        for start in range(len(tokens)):
            for size in range(min(LONGEST_FORM, len(tokens) - start), 0, -1):
                end = start + size
                named = self._forms.get(tuple(words[start:end])) or self._forms.get(tuple(stems[start:end]))
                if named:
                    found.update(dict.fromkeys(named))
                    if size > 1:
                        break
        return list(found)
