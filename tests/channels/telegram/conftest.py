"""A phone in a town where Telegram brings the letters; a database of its own for what takes updates."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.channels.telegram import dispatching, handling, intake
from bot.channels.telegram.turns import TelegramTurns
from bot.channels.turn import Incoming, Taken
from bot.storage.store import Tx
from tests.channels.telegram.booth import MoodyStore, a_store
from tests.channels.telegram.phones import Phone, join
from tests.tools.chatting import Town


@pytest.fixture
def telegram(town: Town) -> TelegramTurns:
    return join(town)


@pytest.fixture
def phone(town: Town, telegram: TelegramTurns) -> Phone:
    return Phone(town, telegram)


@pytest.fixture
def heard(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[Incoming]:
    """What reaches the dialogue, as it comes."""
    came: list[Incoming] = []
    take = town.turns.take

    def listen(tx: Tx, now: int, incoming: Incoming) -> Taken:
        came.append(incoming)
        return take(tx, now, incoming)

    monkeypatch.setattr(town.turns, "take", listen)
    return came


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[MoodyStore]:
    async with a_store(tmp_path / "updates.db") as made:
        yield made


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what takes seconds take hundredths."""
    monkeypatch.setattr(handling, "AGAIN", 0.01)
    monkeypatch.setattr(dispatching, "AGAIN", 0.01)
    for module in (dispatching, intake):
        monkeypatch.setattr(module, "AWAY_FIRST", 0.01)
    monkeypatch.setattr(dispatching, "AWAY_LONGEST", 0.02)
