"""A phone in a town where Telegram brings the letters."""

import pytest

from bot.channels.telegram.turns import TelegramTurns
from bot.channels.turn import Incoming, Taken
from bot.storage.store import Tx
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
