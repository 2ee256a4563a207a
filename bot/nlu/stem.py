"""A light suffix stemmer for Albanian; knows only endings, no words.

Albanian nouns carry case, number and definiteness at the end, verbs person and tense. Cutting the
commonest endings brings most forms of a word together; a wrong cut does no harm as long as both
sides are cut alike.
"""

import functools

# Longest first; each is cut only when three letters or more are left.
_ENDINGS = tuple(
    sorted(
        [
            # nouns: definite, plural, oblique
            "imeve", "imet", "imit", "imin", "imi", "ime", "eve", "ave", "ive", "esve", "esit", "esin", "esi",
            "isht", "ve", "et", "at", "it", "in", "ja", "je", "es", "en", "ne", "te", "sh", "a", "e", "i", "u",
            "n", "t", "s",
            # verbs: persons, participle, imperative with clitic, optative
            "ojme", "ojne", "ohet", "ohen", "oni", "oje", "ova", "uar", "uara", "ura", "ure", "hen", "het",
            "hem", "ni", "me", "jne", "im", "on", "oj", "oi", "ua", "ur", "ue", "und", "un", "mani", "mni", "ma",
            "nie", "nje", "je", "jani", "ani", "eni", "ini",
        ],
        key=len,
        reverse=True,
    )
)  # fmt: skip


@functools.lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return ``word`` (folded) without its ending; words of three letters and numbers stay."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
