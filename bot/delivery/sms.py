"""Sending an SMS: the port, how it is doing, and the gateway that shows messages on a screen; knows no job.

A message's text may hold a code: nothing here logs it.
"""

import enum
from collections.abc import Callable
from typing import Protocol

from bot.errors import MburojaError
from bot.services.identity.contacts import mask


class SmsError(MburojaError):
    """A message was not taken; ``temporary``: it may be later."""

    def __init__(self, message: str, *, temporary: bool) -> None:
        """Take what happened, with nothing personal in it, and whether to try again."""
        super().__init__(message)
        self.temporary = temporary


class SmsGateway(Protocol):
    """Takes messages for phones."""

    async def send(self, to: str, text: str) -> None:
        """Hand over a message to ``to`` (E.164). Returns once it is taken. Raises SmsError.

        The same message may be handed over again after a crash.
        """
        ...


class ScreenGateway:
    """Shows messages where it is told to, the number masked (R46), the text in full; for demonstrations and tests."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        """Take what shows a masked number and a text."""
        self._show = show

    async def send(self, to: str, text: str) -> None:
        """Show a message."""
        self._show(mask(to), text)


class Health(enum.StrEnum):
    """How a gateway is doing."""

    WELL = "well"
    FAILING = "failing"


class GatewayHealth:
    """How the SMS gateway is doing, judged by the last messages, for those who tell customers of it (R50).

    It speaks of the gateway as a whole, never of one number (R11): what is told is told to everyone.
    """

    def __init__(self, failures: int = 3) -> None:
        """Take how many temporary failures in a row make it failing."""
        self._failures = failures
        self._in_a_row = 0
        self._since: int | None = None

    @property
    def state(self) -> Health:
        """How it is doing."""
        return Health.WELL if self._since is None else Health.FAILING

    @property
    def since(self) -> int | None:
        """Since when it has been failing (ms UTC), or None."""
        return self._since

    def succeeded(self) -> None:
        """Note that a message was taken."""
        self._in_a_row = 0
        self._since = None

    def failed(self, now: int) -> None:
        """Note that a message was not taken, for no fault of its own."""
        self._in_a_row += 1
        if self._since is None and self._in_a_row >= self._failures:
            self._since = now
