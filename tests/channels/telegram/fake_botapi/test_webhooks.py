"""The fake posts updates to a webhook as the real server does, and misbehaves where a test asks for it."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import telegram
from aiohttp import web

from tests.channels.telegram.fake_botapi.conftest import TOKEN, Raw
from tests.tools.botapi import SECRET_HEADER, FakeBotApi, Mischief, Person, Rules
from tests.tools.botapi.stage import LONGEST

pytestmark = pytest.mark.asyncio


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [one["message"]["text"] for one in updates if "message" in one]


class Hook:
    """A webhook: what came to it, how it answers."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.status: Callable[[dict[str, Any]], int] = lambda _update: 200
        self.answer: dict[str, Any] | None = None
        self.seconds = 0.0
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        update = json.loads(await request.text())
        self.came.append(update)
        self.headers.append(request.headers.get(SECRET_HEADER))
        await asyncio.sleep(self.seconds)
        return web.json_response(self.answer, status=self.status(update))


@asynccontextmanager
async def hooked() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()


async def test_a_webhook_gets_updates_with_its_secret(api: FakeBotApi, bot: telegram.Bot, filan: Person) -> None:
    async with hooked() as hook:
        await bot.set_webhook(hook.url, secret_token="s3cret", max_connections=7)  # noqa: S106
        filan.says("a")
        await api.settled()
        assert texts(hook.came) == ["/start", "a"]
        assert set(hook.headers) == {"s3cret"}
        info = await bot.get_webhook_info()
        assert (info.url, info.max_connections, info.pending_update_count) == (hook.url, 7, 0)
        with pytest.raises(telegram.error.Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        filan.says("b")
        (update,) = await bot.get_updates(timeout=1)
        assert update.message
        assert update.message.text == "b"


async def test_what_is_not_accepted_comes_again_in_order(raw: Raw) -> None:
    async with hooked() as hook, FakeBotApi({TOKEN: "ipko_bot"}, back_off=0.01) as api:
        filan = api.person(TOKEN)
        filan.start()
        tries: Counter[int] = Counter()

        def status(update: dict[str, Any]) -> int:
            tries[update["update_id"]] += 1
            return 200 if tries[update["update_id"]] > 2 else 503

        hook.status = status
        assert await Raw(api, raw.session)("setWebhook", url=hook.url) is True
        filan.says("a")
        await api.settled()
        assert texts(hook.came) == ["/start"] * 3 + ["a"] * 3
        info = await Raw(api, raw.session)("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


async def test_a_press_overtakes_messages_and_chats_do_not_wait_for_each_other(
    api: FakeBotApi, bot: telegram.Bot, filan: Person
) -> None:
    markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Po", callback_data="po")]])
    await bot.send_message(filan.id, "a", reply_markup=markup)
    filane = api.person(TOKEN, "Filane")
    async with hooked() as hook:
        hook.status = lambda update: 500 if update.get("message", {}).get("from", {}).get("id") == filan.id else 200
        await bot.set_webhook(hook.url)
        filan.says("b")
        filan.presses("Po")
        filane.start()
        async with asyncio.timeout(LONGEST):
            while api.account(TOKEN).updates.waiting > 2:
                await asyncio.sleep(0.01)
        kinds = {list(one)[1] for one in hook.came}
        assert kinds == {"message", "callback_query"}
        assert "b" not in texts(hook.came)  # it waits behind /start
        hook.status = lambda _update: 200
        await api.settled()
        assert texts(hook.came)[-1] == "b"


async def test_no_more_connections_than_were_asked_for(raw: Raw, api: FakeBotApi) -> None:
    async with hooked() as hook:
        hook.seconds = 0.05
        await raw("setWebhook", url=hook.url, max_connections=2)
        for _ in range(6):
            api.person(TOKEN).start()
        await api.settled()
        assert api.postman(TOKEN).most_at_once == 2
        assert len(hook.came) == 6


async def test_updates_come_twice_though_they_were_accepted(raw: Raw, api: FakeBotApi, filan: Person) -> None:
    api.misbehave(TOKEN, Mischief(redeliver=1, later=0.05))
    async with hooked() as hook:
        await raw("setWebhook", url=hook.url)
        for word in "abc":
            filan.says(word)
        await api.settled()
        assert Counter(one["update_id"] for one in hook.came) == dict.fromkeys(range(500_000_001, 500_000_005), 2)


async def test_those_held_back_from_the_poll_come_to_a_webhook_set_since(raw: Raw, api: FakeBotApi) -> None:
    api.misbehave(TOKEN, Mischief(reorder=1, hold=0.05, same_chat=True))
    filan = api.person(TOKEN)
    filan.start()
    filan.says("a")
    async with hooked() as hook:
        await raw("setWebhook", url=hook.url)
        await api.settled()
        assert sorted(texts(hook.came)) == ["/start", "a"]


@pytest.mark.parametrize("same_chat", [False, True])
async def test_one_held_back_is_overtaken_by_its_own_chat_only_where_asked(
    raw: Raw, api: FakeBotApi, *, same_chat: bool
) -> None:
    api.misbehave(TOKEN, Mischief(reorder=0.3, hold=2, same_chat=same_chat, seed=3))
    people = [api.person(TOKEN) for _ in range(3)]
    async with hooked() as hook:
        await raw("setWebhook", url=hook.url)
        for person in people:
            person.start()
        for word, person in itertools.product("abcdef", people):
            person.says(word)
        await api.settled()
        per_chat = [texts([one for one in hook.came if one["message"]["chat"]["id"] == person.id]) for person in people]
        in_order = [told == ["/start", *"abcdef"] for told in per_chat]
        assert all(in_order) is not same_chat
        numbers = [one["update_id"] for one in hook.came]
        assert numbers != sorted(numbers)


async def test_bodies_that_are_no_json_are_posted_where_asked(raw: Raw, api: FakeBotApi, filan: Person) -> None:
    seen: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.misbehave(TOKEN, Mischief(unreadable=1, raw=True, seed=1))
    await raw("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/")
    for _ in range(6):
        filan.says("a")
    await api.settled()
    await runner.cleanup()
    assert len(seen) == 13
    assert any(not body.startswith(b'{"update_id": ') for body in seen)


async def test_a_method_in_the_answer_is_carried_out(raw: Raw, api: FakeBotApi, filan: Person) -> None:
    async with hooked() as hook:
        hook.answer = {"method": "sendMessage", "chat_id": filan.id, "text": "nga përgjigjja"}
        await raw("setWebhook", url=hook.url)
        await filan.hears("nga përgjigjja")
        assert api.calls.of("sendMessage")[0].through_webhook


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"url": "http://a.example/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://a.example:8080/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "https://a.example/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://a.example/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
async def test_webhooks_that_are_refused(raw: Raw, parameters: dict[str, str], description: str) -> None:
    assert await raw("setWebhook", **parameters) == f"Bad Request: {description}"


async def test_http_is_refused_where_a_test_wants_it_so() -> None:
    async with (
        FakeBotApi({TOKEN: "ipko_bot"}, rules=Rules(allow_http=False)) as api,
        aiohttp.ClientSession() as session,
    ):
        told = await Raw(api, session)("setWebhook", url="http://127.0.0.1:1/")
        assert told == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
