"""The record of every call that was made, for assertions."""

from dataclasses import dataclass, field
from typing import Any

from tests.tools.botapi.parameters import File


@dataclass(kw_only=True)
class Call:
    """A call: ``method`` as the bot wrote it, ``parameters`` with JSON texts decoded; no ``status`` until answered.

    ``fault`` names the ordered fault that it met. With a fault that cuts the connection ``status`` is 0, and ``result``
    tells what was done nevertheless.
    """

    bot: str  # its username
    method: str
    parameters: dict[str, Any]
    at: float  # seconds
    chat: int | None = None
    files: tuple[File, ...] = ()
    status: int | None = None
    result: Any = None
    description: str = ""  # of a refusal
    fault: str = ""
    took: float = 0  # seconds
    through_webhook: bool = False  # named in the answer to an update


@dataclass
class Calls:
    """All calls, oldest first."""

    made: list[Call] = field(default_factory=list)

    def of(self, *methods: str, chat: int | None = None, bot: str | None = None) -> list[Call]:
        """Return the calls of some methods, to a chat, by a bot (its username)."""
        return [
            call
            for call in list(self.made)
            if (not methods or call.method in methods) and chat in (None, call.chat) and bot in (None, call.bot)
        ]

    @property
    def refused(self) -> list[Call]:
        """The calls that were answered with an error."""
        return [call for call in list(self.made) if call.status and call.status >= 400]

    @property
    def uploads(self) -> list[Call]:
        """The calls that carried a file."""
        return [call for call in list(self.made) if call.files]

    def __iter__(self) -> Any:
        """Go through all of them."""
        return iter(list(self.made))

    def __len__(self) -> int:
        """Return how many there were."""
        return len(self.made)
