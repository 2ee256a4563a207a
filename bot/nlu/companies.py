"""Finds which companies a message names; knows only their names."""

from collections.abc import Iterable, Mapping, Sequence

_LONGEST_ENDING = 3  # letters: Payserasë, IPKO-s, Payserës


class CompanyNames:
    """Companies by the ways people write their names."""

    def __init__(self, aliases: Mapping[str, Iterable[str]]) -> None:
        """Take folded aliases by company id; several words are looked for in a row."""
        self._one: dict[str, str] = {}
        self._many: dict[tuple[str, ...], str] = {}
        for company, names in aliases.items():
            for name in names:
                words = tuple(name.split())
                if len(words) == 1:
                    self._one[words[0]] = company
                else:
                    self._many[words] = company
        self._sizes = sorted({len(words) for words in self._many})

    def without(self, words: Sequence[str]) -> list[str]:
        """Return the words that name no company, or all of them where nothing else is left."""
        rest = [word for word in words if not self._company(word)]
        return rest or list(words)

    def named(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of the companies named, in order of the message, each once."""
        found: dict[str, None] = {}
        for start, word in enumerate(words):
            for size in self._sizes:
                company = self._many.get(tuple(words[start : start + size]))
                if company:
                    found[company] = None
            company = self._company(word)
            if company:
                found[company] = None
        return tuple(found)

    def _company(self, word: str) -> str | None:
        if "@" in word or "www." in word:
            return None
        for cut in range(len(word), max(2, len(word) - _LONGEST_ENDING) - 1, -1):
            company = self._one.get(word[:cut])
            if company:
                return company
        return None
