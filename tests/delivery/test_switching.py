"""What is switched off is told by nobody who speaks for this database, and only there."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.answering import build
from bot.app import Office, open_office
from bot.delivery import switching
from bot.dialogue.switches import Switches
from bot.errors import StoreUnavailableError
from bot.nlu.intents import Kind
from bot.services.desk import OFFICE, Place
from bot.services.knowledge import reviews
from bot.settings import Settings
from bot.storage.store import Tx
from tests.conftest import TODAY
from tests.tools.engines import open_store
from tests.tools.twice import TwiceStore

T = TypeVar("T")
QUESTION, TOPIC = "Çfarë janë cookies?", "cookies-what"


async def switch_off(office: Office) -> None:
    place = Place(conversation="", channel=OFFICE, now=office.clock.now())
    await office.store.transact(
        lambda tx: reviews.switch_off(tx, office.desk, place, "zana", "ipko", TOPIC, "gabim")
    )  # fmt: skip


def kind(office: Office) -> Kind:
    return office.turns().assistant.ask(QUESTION, "ipko").kind


@pytest.mark.asyncio
async def test_whoever_opens_the_database_knows_at_once_what_is_off(settings: Settings, tmp_path: Path) -> None:
    async with open_office(settings, tmp_path / "a.db") as office:
        assert kind(office) is Kind.ANSWER
        await switch_off(office)
    async with open_office(settings, tmp_path / "a.db") as later:  # chat, serve
        assert kind(later) is Kind.HANDOFF
    assert build(settings, lambda: TODAY).ask(QUESTION, "ipko").kind is Kind.ANSWER  # `mburoja ask` has no database


@pytest.mark.asyncio
async def test_who_has_it_open_follows(settings: Settings, tmp_path: Path) -> None:
    async with open_office(settings, tmp_path / "a.db") as office, asyncio.timeout(30):
        await switch_off(office)
        while kind(office) is Kind.ANSWER:
            await asyncio.sleep(0.05)


class _Away(TwiceStore):
    """A database that is away for its first look after the beginning."""

    looks = 0

    async def read(self, work: Callable[[Tx], T]) -> T:
        self.looks += 1
        if self.looks == 2:
            raise StoreUnavailableError("away")
        return await super().read(work)


@pytest.mark.asyncio
async def test_while_the_database_is_away_what_was_known_holds(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R50
    monkeypatch.setattr(switching, "LOOK_EACH", 0.01)
    monkeypatch.setattr(switching, "AT_MOST_EACH", 0.01)
    async with open_office(settings, tmp_path / "a.db") as office:
        await switch_off(office)
        company = office.desk.companies["ipko"]
        store, switches = _Away(open_store(tmp_path / "a.db")), Switches()
        try:
            async with switching.followed(store, switches):
                async with asyncio.timeout(30):
                    while store.looks < 4:
                        assert not switches.tells(company, TOPIC)
                        await asyncio.sleep(0.005)
                assert not switches.tells(company, TOPIC)
        finally:
            await store.close()
