"""A bot whose network is made up, and an office that writes into chats."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.delivery.telegram.botapi import BotApi
from tests.delivery.telegram.sending import BOT, TOKEN, Office
from tests.tools.telegram_request import RecordingRequest


@pytest.fixture
def network() -> RecordingRequest:
    """A network for ``api``."""
    return RecordingRequest()


@pytest.fixture
def api(network: RecordingRequest) -> BotApi:
    """A bot."""
    return BotApi(BOT, TOKEN, request=network)


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office over a database file."""
    opened = Office(tmp_path)
    yield opened
    await opened.store.close()
