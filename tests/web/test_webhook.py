"""Telegram's webhook: only who has the secret is let in, and what is acknowledged is stored."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.guard.security import LARGEST_BODY
from bot.web.telegram import webhook
from bot.web.telegram.keys import WEBHOOKS, Webhooks
from bot.web.telegram.webhook import LARGEST_UPDATE, SECRET
from tests.channels.telegram.booth import Booth, MoodyStore, a_store
from tests.channels.telegram.raws import FILAN, text
from tests.tools.site import Site
from tests.web.guarding import OWN, Client, made_up_app

pytestmark = pytest.mark.asyncio

TOKEN = "the-secret-of-ipko"  # noqa: S105  of a fictional bot
SECRETS = {"ipko": TOKEN, "paysera": "another"}


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[MoodyStore]:
    async with a_store(tmp_path / "webhook.db") as made:
        yield made


@contextlib.asynccontextmanager
async def serving(booth: Booth | None, secrets: Mapping[str, str] = SECRETS) -> AsyncIterator[Client]:
    """Serve the webhook, and a page's route beside it."""

    async def well(_request: web.Request) -> web.Response:
        return web.Response(text="well")

    app = made_up_app({"POST /other": well, "POST /telegram": well, "POST /telegram/ipko/more": well})
    if booth:
        app[WEBHOOKS] = Webhooks(intake=booth.intake, secrets=secrets)
    webhook.add_routes(app)
    server = TestServer(app, access_log=None)
    await server.start_server(lingering_time=0.1)
    async with TestClient(server) as client:
        yield client


async def bring(client: Client, body: bytes, secret: str | None = TOKEN, bot: str = "ipko", **more: str) -> int:
    """Post an update as Telegram does; returns the status."""
    headers = {"Content-Type": "application/json", **({SECRET: secret} if secret is not None else {}), **more}
    async with client.post(f"/telegram/{bot}", data=io.BytesIO(body), headers=headers) as answer:
        told = await answer.read()
        assert answer.status != 200 or told == b""
        assert ("Retry-After" in answer.headers) == (answer.status == 503)
        return answer.status


async def test_an_update_is_stored_before_it_is_acknowledged(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    async with serving(booth) as client:
        assert await bring(client, text(1)) == 200
        assert booth.states() == {1: "ready"}
        store.open.clear()
        bringing = asyncio.create_task(bring(client, text(2)))
        await booth.until(lambda: booth.intake.waiting == 2)
        assert not bringing.done()
        store.open.set()
        assert await bringing == 200
        async with booth.running():
            await booth.done()
    assert booth.turns.ids == [1, 2]


@pytest.mark.parametrize("secret", ["", "wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "another", "ë", None])
async def test_who_has_not_the_secret_is_refused_and_nothing_is_stored_or_read(
    store: MoodyStore, secret: str | None
) -> None:  # R28
    booth = Booth(store)
    async with serving(booth) as client:
        assert await bring(client, text(1), secret) == 403
        assert await bring(client, b"{", secret) == 403
        for bot in ("nobody", "all", "IPKO", "ipko%00", "ë"):
            assert await bring(client, text(1), TOKEN, bot) == 403
    assert (booth.states(), booth.watched, store.written) == ({}, {}, 0)


async def test_a_secret_that_is_given_twice_is_none(store: MoodyStore) -> None:  # R28
    async with serving(Booth(store)) as client:
        headers = [(SECRET, TOKEN), (SECRET, TOKEN)]
        assert (await client.post("/telegram/ipko", data=text(1), headers=headers)).status == 403


async def test_a_secret_that_is_no_text_at_all_is_wrong_and_no_fault(store: MoodyStore) -> None:  # R28
    async with serving(Booth(store)) as client:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = f"POST /telegram/ipko HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{SECRET}: ".encode()
        writer.write(head + b"\xff\xfe\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"403"
        writer.close()
        await writer.wait_closed()


async def test_an_unknown_bot_has_no_secret_that_could_be_guessed(store: MoodyStore) -> None:  # R28
    async with serving(Booth(store)) as client:
        for told in ("", "no bot of this name", "None"):
            assert await bring(client, text(1), told, "nobody") == 403


async def test_without_secrets_there_is_no_webhook(store: MoodyStore) -> None:
    for booth in (None, Booth(store)):
        async with serving(booth, {}) as client:
            assert await bring(client, text(1)) == 404
    assert store.written == 0


async def test_only_posting_is_known(store: MoodyStore) -> None:
    async with serving(Booth(store)) as client:
        for method in ("GET", "PUT", "DELETE"):
            headers = {SECRET: TOKEN, "Origin": OWN}
            assert (await client.request(method, "/telegram/ipko", headers=headers)).status == 405


async def test_what_comes_again_is_acknowledged_and_handled_once(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    async with serving(booth) as client, booth.running():
        assert await asyncio.gather(*(bring(client, text(1)) for _ in range(8))) == [200] * 8
        await booth.done()
        assert await bring(client, text(1)) == 200
    assert booth.turns.ids == [1]


async def test_while_nothing_can_be_stored_telegram_is_asked_to_come_again(store: MoodyStore) -> None:  # R50
    booth = Booth(store)
    async with serving(booth) as client:
        store.away = True
        assert await bring(client, text(1)) == 503
        store.away = False
        assert booth.states() == {}
        assert await bring(client, text(1)) == 200


async def test_while_too_many_wait_telegram_is_asked_to_come_again(store: MoodyStore) -> None:  # R52
    booth = Booth(store, most_waiting=1)
    async with serving(booth) as client:
        assert [await bring(client, text(number)) for number in (1, 2)] == [200, 503]
        assert booth.states() == {1: "ready"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"update_id": "x"}', b"<html></html>"])
async def test_what_is_no_update_is_acknowledged_or_it_would_come_for_ever(
    store: MoodyStore, body: bytes
) -> None:  # R29
    booth = Booth(store)
    async with serving(booth) as client:
        assert await bring(client, body) == 200
    assert (booth.watched, store.written) == ({"unreadable": 1}, 0)


async def test_a_large_update_is_taken_and_one_that_is_too_large_is_acknowledged_and_dropped(
    store: MoodyStore,
) -> None:
    booth = Booth(store)
    frame = len(text(1, ""))
    async with serving(booth) as client:
        assert await bring(client, text(1, "a" * (2 * LARGEST_BODY))) == 200
        assert await bring(client, text(2, "a" * (LARGEST_UPDATE - frame))) == 200
        assert await bring(client, text(3, "a" * (LARGEST_UPDATE - frame + 1))) == 200
        assert await bring(client, text(4, "a" * (3 * LARGEST_UPDATE))) == 200
        assert await bring(client, text(5)) == 200
    assert booth.states() == {1: "ready", 2: "ready", 5: "ready"}
    assert booth.watched["unreadable"] == 2


async def test_a_body_without_end_is_left_alone(store: MoodyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_MOST_DRAINED", 2 * LARGEST_UPDATE)
    booth = Booth(store)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"a" * 65536

    async with serving(booth) as client:
        with monkeypatch.context() as patched:
            patched.setattr(webhook, "BODY_SECONDS", 0.05)
            slow = await client.post("/telegram/ipko", data=slowly(), headers={SECRET: TOKEN})
            assert slow.status == 408
        with contextlib.suppress(Exception):  # the connection is hung up, before or after the answer is read
            assert (await client.post("/telegram/ipko", data=endless(), headers={SECRET: TOKEN})).status == 200
        await booth.until(lambda: booth.watched == {"unreadable": 1})
        assert await bring(client, text(1)) == 200


async def test_nothing_else_became_exempt_from_what_holds_for_browsers(store: MoodyStore) -> None:  # R24
    async with serving(Booth(store)) as client:
        for path in ("/other", "/telegram", "/telegram/ipko/more", "/telegram/", "/nowhere"):
            for headers in ({SECRET: TOKEN}, {SECRET: TOKEN, "Content-Type": "application/json", "Origin": "null"}):
                assert (await client.post(path, data=b"{}", headers=headers)).status == 403, path
        own = {"Origin": OWN, "Content-Type": "text/plain"}
        assert (await client.post("/other", data=b"{}", headers=own)).status == 415


async def test_on_the_real_server_every_other_route_asks_for_its_own_origin(site: Site) -> None:  # R24
    async with ClientSession() as http:
        asked = 0
        for route in site.app.router.routes():
            resource = route.resource
            if route.method not in ("POST", "PUT", "PATCH", "DELETE") or resource is None:
                continue
            if resource.canonical == webhook.PATH:
                continue
            asked += 1
            path = resource.canonical.replace("{", "").replace("}", "")
            async with http.request(route.method, site.url + path, json={}) as answer:
                assert answer.status == 403, path
        assert asked >= 2


async def test_logs_and_metrics_name_neither_the_secret_nor_anything_of_a_person(
    store: MoodyStore, caplog: pytest.LogCaptureFixture
) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    booth = Booth(store)
    async with serving(booth) as client:
        assert client.app is not None
        for body in (text(1, "044 111 222"), b"044 111 222", text(2).replace(b'"menyja"', b"44111222")):
            await bring(client, body)
        await bring(client, text(3), "a-wrong-one-044 111 222".replace(" ", "-"))
        async with booth.running():
            await booth.done()
    said = caplog.text + json.dumps([vars(record) for record in caplog.records], default=str)
    for secret in (TOKEN, str(FILAN), "044 111 222", "44111222", "a-wrong-one"):
        assert secret not in said
    assert webhook.PATH in said
