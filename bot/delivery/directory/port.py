"""Looking a customer up by what was typed: the port; knows no code and no network.

A look-up is a job after the reply, so that known and unknown contacts take the same time (R11).
"""

from typing import Protocol

from bot.errors import MburojaError
from bot.services.identity.customers import Found


class DirectoryError(MburojaError):
    """The directory gave no answer; nothing is known of the contact, and it is asked again.

    ``kind`` says why, with nothing personal in it ("directory.slow"). ``wait`` (ms): asking sooner is in vain.
    """

    def __init__(self, kind: str, *, wait: int | None = None) -> None:
        """Take what happened, and how long to wait."""
        super().__init__(kind)
        self.kind, self.wait = kind, wait


class Directory(Protocol):
    """A company's list of customers."""

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact: ``kind`` "number" (E.164) or "customer" (a customer number); () for nobody.

        Raises DirectoryError.
        """
        ...

    async def find_anew(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return the same, with nothing of it remembered: for a code that releases an answer (R13)."""
        return await self.find(company, kind, value)
