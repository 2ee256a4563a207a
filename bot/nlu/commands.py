"""Short words that steer a conversation ("po", "anulo", "menyja"); matched whole, never guessed. Knows no state."""

import enum
from collections.abc import Mapping

from bot.nlu.fold import fold

_MOST_POLITE = 4  # polite words beside a command


class Command(enum.StrEnum):
    """What a short message orders."""

    YES = "yes"
    NO = "no"
    CANCEL = "cancel"
    BACK = "back"
    MENU = "menu"
    ALL = "all"
    SKIP = "skip"
    NEW_CODE = "new_code"
    NO_CODE = "no_code"
    OTHER_NUMBER = "other_number"
    FOR_ME = "for_me"
    FOR_OTHER = "for_other"
    FOR_FIRM = "for_firm"
    PERSON = "person"
    BOT = "bot"
    PRIVACY = "privacy"
    CONSENTS = "consents"
    CASES = "cases"
    OBJECT = "object"
    FORGET = "forget"


class Commands:
    """The forms of every command, and the polite words that say nothing beside them."""

    def __init__(self, forms: Mapping[str, tuple[str, ...]], polite: frozenset[str]) -> None:
        """Take folded forms by command, and folded polite words."""
        self._commands = {form: Command(name) for name, listed in forms.items() for form in listed}
        self._longest = max((len(form.split()) for form in self._commands), default=0)
        self._polite = polite

    def find(self, text: str) -> Command | None:
        """Return the command that the whole text is, polite words aside; None where it says anything more."""
        if len(text.split()) > self._longest + _MOST_POLITE:  # longer than any: not even worth folding
            return None
        words = fold(text).split()
        whole = self._commands.get(" ".join(words))
        if whole:
            return whole
        bare = [word for word in words if word not in self._polite]
        return self._commands.get(" ".join(bare)) if bare else None
