"""Which directory a company has: its own over HTTP where the settings name one, else the list that was imported."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from bot.clock import Clock
from bot.delivery.directory.http import HttpDirectory
from bot.delivery.directory.local import LocalDirectory
from bot.delivery.directory.port import Directory
from bot.delivery.directory.settings import DirectorySettings
from bot.delivery.directory.watch import DirectoryWatch
from bot.delivery.looks import looked_at
from bot.errors import InputError
from bot.services.desk import Desk
from bot.services.identity.customers import Found
from bot.storage.store import Store

LOOK_EACH = 10.0  # seconds


class Directories(Directory):
    """The directories of all companies."""

    def __init__(self, own: Mapping[str, HttpDirectory], local: Directory) -> None:
        """Take the companies' own, by company, and what the others are looked up in."""
        self.own, self._local = MappingProxyType(dict(own)), local

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact of a company. Raises DirectoryError, StoreUnavailableError."""
        return await self.own.get(company, self._local).find(company, kind, value)

    async def find_anew(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return the same, with nothing of it remembered. Raises as ``find`` does."""
        return await self.own.get(company, self._local).find_anew(company, kind, value)

    @property
    def failing(self) -> Mapping[str, int]:
        """Since when (ms UTC) a company's directory has not answered; only those that do not."""
        since = {company: directory.failing_since for company, directory in self.own.items()}
        return {company: at for company, at in since.items() if at is not None}

    async def look(self) -> None:
        """Ask every company's own how it is."""
        await asyncio.gather(*(directory.look() for directory in self.own.values()))

    def looked_at(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Ask them from time to time while the context lasts."""
        return looked_at(self.look, LOOK_EACH) if self.own else contextlib.nullcontext()


@contextlib.asynccontextmanager
async def directories(
    store: Store, desk: Desk, clock: Clock, settings: Mapping[str, DirectorySettings],
    watch: DirectoryWatch | None = None,
) -> AsyncIterator[Directories]:  # fmt: skip
    """Give the directories of all companies while the context lasts; ``settings`` are those of the companies' own.

    Raises InputError where one names certificates that cannot be read.
    """
    async with contextlib.AsyncExitStack() as stack:
        own = {}
        for company, told in settings.items():
            try:
                own[company] = HttpDirectory(company, told, store, desk, clock, watch)
            except (OSError, ssl.SSLError):
                raise InputError(
                    f"directories.{company}.ca_file: certifikatat te {told.ca_file} nuk lexohen. Jepni një skedar PEM."
                ) from None
            stack.push_async_callback(own[company].close)
        yield Directories(own, LocalDirectory(store, desk))
