"""Reads how other languages are recognised and greeted: ``intents/languages.yaml``."""

from pathlib import Path

from bot.errors import DataError
from bot.knowledge.fields import Fields
from bot.knowledge.yamlfile import read_yaml
from bot.nlu.fold import fold
from bot.nlu.foreign import Language

__all__ = ["Language", "read_languages"]


def read_languages(root: Path, faults: list[str]) -> tuple[Language, ...]:
    """Read the languages; a missing file means none."""
    path = root / "languages.yaml"
    if not path.exists():
        return ()
    try:
        head = Fields(read_yaml(path, "intents/languages.yaml"), (), faults)
    except DataError as error:
        faults.extend(error.faults)
        return ()
    head.only({"languages"})
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
