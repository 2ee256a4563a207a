"""Looking a customer up by what was typed: the port, and the directory in our own database; knows no code.

A look-up is a job after the reply, so that known and unknown contacts take the same time (R11).
"""

from typing import Protocol

from bot.errors import MburojaError
from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.customers import Found
from bot.storage.store import Store


class DirectoryError(MburojaError):
    """The directory gave no answer; nothing is known of the contact, and it is asked again."""


class Directory(Protocol):
    """A company's list of customers."""

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact: ``kind`` "number" (E.164) or "customer" (a customer number); () for nobody.

        Raises DirectoryError.
        """
        ...


class LocalDirectory:
    """The customers that were imported."""

    def __init__(self, store: Store, desk: Desk) -> None:
        """Take where they are, and what opens them."""
        self._store = store
        self._desk = desk

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact. Raises StoreUnavailableError."""
        return await self._store.read(lambda tx: customers.find(tx, self._desk, company, kind, value))
