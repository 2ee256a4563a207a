"""Short words that steer a conversation ("po", "anulo", "menyja"); matched whole, never guessed. Knows no state."""

import enum
import re
from collections.abc import Mapping

from bot.nlu.fold import fold

_MOST_POLITE = 4  # polite words beside a command
_SLASHED = re.compile(r"\s*/(?P<name>[^\W\d]\w{0,31})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)


class Command(enum.StrEnum):
    """What a short message orders."""

    YES = "yes"
    GO = "go"  # a yes that may also begin what was offered
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
    HERE = "here"
    ASK = "ask"
    SHARE = "share"
    UNSHARE = "unshare"


# What a word behind a stroke ("/kerkesat") orders whatever is written after it; a yes or a no never is.
_BY_STROKE = frozenset(
    {
        Command.MENU, Command.CANCEL, Command.PERSON, Command.BOT, Command.PRIVACY, Command.CONSENTS, Command.CASES,
        Command.OBJECT, Command.FORGET, Command.ASK,
    }
)  # fmt: skip


class Commands:
    """The forms of every command, and the polite words that say nothing beside them."""

    def __init__(self, forms: Mapping[str, tuple[str, ...]], polite: frozenset[str]) -> None:
        """Take folded forms by command, and folded polite words."""
        self._commands = {form: Command(name) for name, listed in forms.items() for form in listed}
        self._longest = max((len(form.split()) for form in self._commands), default=0)
        self._polite = polite

    def find(self, text: str) -> Command | None:
        """Return the command that the whole text is, polite words aside; None where it says anything more.

        Behind a stroke the first word is enough ("/kerkesat te ipko").
        """
        return self._whole(text) or self._by_stroke(text)

    def question(self, text: str) -> str:
        """Return the question that stands behind "/pyet"; empty where none does."""
        slashed = _SLASHED.fullmatch(text)
        asks = slashed is not None and self._by_stroke(text) is Command.ASK
        return (slashed["rest"] or "").strip() if slashed and asks else ""

    def unknown(self, text: str) -> bool:
        """Tell whether a text begins as a command does ("/abc") and is none."""
        return self.slashed(text) and self.find(text) is None

    def slashed(self, text: str) -> bool:
        """Tell whether a text is written as a command, with a stroke."""
        return _SLASHED.fullmatch(text) is not None

    def _by_stroke(self, text: str) -> Command | None:
        slashed = _SLASHED.fullmatch(text)
        named = self._commands.get(fold(slashed["name"])) if slashed else None
        return named if named in _BY_STROKE else None

    def _whole(self, text: str) -> Command | None:
        if len(text.split()) > self._longest + _MOST_POLITE:  # longer than any: not even worth folding
            return None
        words = fold(text).split()
        whole = self._commands.get(" ".join(words))
        if whole:
            return whole
        bare = [word for word in words if word not in self._polite]
        return self._commands.get(" ".join(bare)) if bare else None
