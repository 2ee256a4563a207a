"""The composition root of what only answers: knowledge and catalogue, no store (``app.py`` wires the rest)."""

import datetime as dt
import gettext
from collections.abc import Callable
from pathlib import Path

from bot.assistant import Assistant
from bot.dialogue.compose import Composer
from bot.knowledge.compiling import open_knowledge
from bot.settings import Settings

_LOCALE = Path(__file__).parent / "locale"


def build(settings: Settings, today: Callable[[], dt.date], announce: Callable[[], None] = lambda: None) -> Assistant:
    """Put an assistant together; ``announce`` is called when that will take a while.

    Raises DataError when the data files are malformed.
    """
    knowledge = open_knowledge(settings.data, settings.cache, announce)
    return Assistant(knowledge, Composer(translations().gettext), today)


def translations() -> gettext.NullTranslations:
    """Return the Albanian catalogue; the English of the code where it has not been compiled."""
    return gettext.translation("messages", localedir=_LOCALE, languages=["sq"], fallback=True)
