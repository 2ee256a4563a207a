"""A directory of the company "alfa", the office that asks it, and the tables where what it says is taken up."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.delivery.directory import calling
from bot.delivery.directory.http import HttpDirectory
from bot.services.decisions import consent_rows
from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.customers import Found
from bot.services.lists import importing
from bot.storage.sqlite import SqliteStore
from bot.storage.store import T, Tx
from tests.delivery.working import MovedClock
from tests.tools.desks import made_up_desk
from tests.tools.directory import Crm, crm

ONE, TWO, THREE = "+38344000101", "+38344000102", "+38344000103"


class Asking:
    """What asks: a directory over HTTP, its store, its desk, a clock that is moved."""

    def __init__(self, folder: Path, own: Crm) -> None:
        self.crm = own
        self.store = SqliteStore.open(folder / "directory.db")
        self.desk: Desk = made_up_desk()
        self.clock = MovedClock()
        self._open: list[HttpDirectory] = []
        self.directory = self.another()

    def another(self, **settings: Any) -> HttpDirectory:
        """A directory with settings of its own, as of another process."""
        made = HttpDirectory("alfa", self.crm.settings(**settings), self.store, self.desk, self.clock)
        self._open.append(made)
        return made

    async def find(self, value: str = ONE, kind: str = "number") -> tuple[Found, ...]:
        return await self.directory.find("alfa", kind, value)

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self.store.read(work)

    async def numbers(self, customer_number: str = "A-1001") -> tuple[str, ...]:
        """The numbers on file for a customer."""
        return await self.read(lambda tx: customers.numbers_of(tx, self.desk, self._subject(tx, customer_number)))

    async def states(self, customer_number: str = "A-1001") -> dict[str, str]:
        """The consents on file, by purpose."""
        held = await self.read(lambda tx: consent_rows.held(tx, self._subject(tx, customer_number)))
        return {purpose: holds.state.value for purpose, holds in held.items()}

    def _subject(self, tx: Tx, customer_number: str) -> str:
        subject = importing.subject_of(tx, self.desk, "alfa", customer_number)
        assert subject, "not on file"
        return subject

    async def close(self) -> None:
        for each in self._open:
            await each.close()
        await self.store.close()


@pytest_asyncio.fixture
async def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asking]:
    monkeypatch.setattr(calling, "BACK_OFF", 0.01)
    async with crm() as own, contextlib.AsyncExitStack() as stack:
        asking = Asking(tmp_path, own)
        stack.push_async_callback(asking.close)
        yield asking
