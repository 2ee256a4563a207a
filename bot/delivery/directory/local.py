"""The directory in our own database: the customers that were imported; knows no network."""

from bot.delivery.directory.port import Directory
from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.customers import Found
from bot.storage.store import Store


class LocalDirectory(Directory):
    """The customers that were imported."""

    def __init__(self, store: Store, desk: Desk) -> None:
        """Take where they are, and what opens them."""
        self._store = store
        self._desk = desk

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact. Raises StoreUnavailableError."""
        return await self._store.read(lambda tx: customers.find(tx, self._desk, company, kind, value))
