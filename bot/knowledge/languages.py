"""Reads how other languages are recognised and greeted: ``intents/languages.yaml``."""

from pathlib import Path

from bot.knowledge.fields import optional_fields
from bot.nlu.fold import fold
from bot.nlu.foreign import Language

__all__ = ["Language", "read_languages"]


def read_languages(root: Path, faults: list[str]) -> tuple[Language, ...]:
    """Read the languages; a missing file means none."""
    head = optional_fields(root / "languages.yaml", "intents/languages.yaml", {"languages"}, faults)
    if head is None:
        return ()
    languages = []
    for entry in head.items("languages"):
        entry.only({"language", "words", "says", "contact"})
        languages.append(
            Language(
                code=entry.text("language"),
                words=frozenset(fold(w) for w in entry.texts("words")),
                says=entry.text("says"),
                with_contact=entry.flag("contact"),
            )
        )
    return tuple(languages)
