"""What the fake's own tests share: the fake with one bot, ways to call it, a person who has started."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import telegram

from tests.tools.botapi import FakeBotApi, Person
from tests.tools.botapi.stage import LONGEST

TOKEN = "111:AAfake-token_of-nobody"  # noqa: S105  the fake's own
FILAN = "+38344000101"


class Raw:
    """Calls as bare HTTP."""

    def __init__(self, api: FakeBotApi, session: aiohttp.ClientSession) -> None:
        self.api, self.session = api, session

    async def __call__(self, method: str, token: str = TOKEN, **parameters: Any) -> Any:
        """Call with JSON; return the result, or the description of the refusal."""
        async with self.session.post(f"{self.api.base_url}{token}/{method}", json=parameters) as answer:
            body = await answer.json()
        assert body["ok"] or body["error_code"] == answer.status
        return body["result"] if body["ok"] else body["description"]


async def a_poll_waits(api: FakeBotApi) -> None:
    """Return when a poll waits for news."""
    async with asyncio.timeout(LONGEST):
        while not api.account(TOKEN).updates.is_polled:
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi({TOKEN: "ipko_bot"}) as fake:
        yield fake


@pytest_asyncio.fixture
async def raw(api: FakeBotApi) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(api, session)


@pytest_asyncio.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(TOKEN, base_url=api.base_url) as made:
        yield made


@pytest.fixture
def filan(api: FakeBotApi) -> Person:
    person = api.person(TOKEN, phone=FILAN)
    person.start()
    return person
