"""People in a private chat with a bot: Person for a test with a loop, RunningPerson for one without."""

from typing import Self

from tests.tools.botapi.account import Account
from tests.tools.botapi.hands import Hands
from tests.tools.botapi.screen import Shown
from tests.tools.botapi.sight import What
from tests.tools.botapi.stage import LONGEST

QUIET = 1.0  # seconds after which a bot that has spoken says no more: longer than a busy machine pauses


class Person(Hands):
    """A person in a test with a loop of its own."""

    def at(self, account: Account) -> Self:
        """Return the same person in a chat with another bot."""
        return type(self)(self.stage, account, self.user)

    async def hears(self, what: What = None, timeout: float = LONGEST, quiet: float = QUIET) -> list[Shown]:
        """Return what the bot said or reworded since the last time.

        Waits until some of it has the words ``what``, or fulfils it; without, until it has been ``quiet`` for so many
        seconds. Fails after ``timeout`` seconds.
        """
        return await self._hears(what, timeout, quiet)


class RunningPerson(Hands):
    """A person in a test without a loop."""

    def at(self, account: Account) -> Self:
        """Return the same person in a chat with another bot."""
        return type(self)(self.stage, account, self.user)

    def hears(self, what: What = None, timeout: float = LONGEST, quiet: float = QUIET) -> list[Shown]:
        """Return what the bot said or reworded since the last time: as Person's, but it blocks."""
        return self.stage.wait_for(self._hears(what, timeout, quiet), timeout + LONGEST)
