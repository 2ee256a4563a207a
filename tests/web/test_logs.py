"""Log lines: what stands in them, and that nothing of a customer does, whatever is sent and whatever fails (R32)."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError, web

from bot.errors import StoreUnavailableError
from bot.web.watch import logs
from tests.tools.logged import without_chance
from tests.tools.site import Site
from tests.web.guarding import OWN, serving

NUMBER, CODE, TOKEN, NAME = "044999157", "918273", "f00dfeed" * 8, "Xhevrije"
SECRETS = (NUMBER, NUMBER[3:], CODE, TOKEN, NAME, "127.0.0.1", "Fisteku-Agent", "evil.example")


@pytest.fixture(params=["json", "console"])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that is logged, at the finest level, in both formats; afterwards all is as it was."""
    root, access = logging.getLogger(), logging.getLogger("aiohttp.access")
    kept = (root.handlers[:], root.level, access.disabled, logging.raiseExceptions)
    levels = {name: logging.getLogger(name).level for name in ("aiohttp", "asyncio", "uvloop")}
    stream = io.StringIO()
    logs.set_up(request.param, "debug", stream)
    yield stream
    root.handlers[:], level, access.disabled, logging.raiseExceptions = kept
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def documents(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def assert_secret(lines: io.StringIO) -> None:
    """Nothing of what was sent may stand in any line."""
    said = without_chance(lines.getvalue())
    assert said
    assert [secret for secret in SECRETS if secret.lower() in said.lower()] == []
    assert "Traceback" not in said


SENT = [
    ("GET", f"/{NUMBER}?code={CODE}"),
    ("GET", f"/policy/{NUMBER}?version={CODE}"),
    ("GET", f"/case?reference={TOKEN}&company={NAME}"),
    ("GET", f"/widget/{NAME}"),
    ("GET", f"/static/{TOKEN}/{NUMBER}.js"),
    ("GET", f"/session/ipko/leaving?{TOKEN}"),
    ("POST", f"/session/{NUMBER}"),
    ("POST", "/session/ipko"),
    ("POST", "/api/chat/ipko"),
    ("POST", "/api/answer/open"),
    ("DELETE", "/session/ipko"),
    ("PROPFIND", f"/{TOKEN}"),
    ("OPTIONS", f"/{TOKEN}"),
]


@pytest.mark.asyncio
async def test_nothing_that_is_sent_stands_in_a_line(site: Site, lines: io.StringIO) -> None:  # R32
    told = {
        "User-Agent": f"Fisteku-Agent {NUMBER}", "Referer": f"https://evil.example/{NUMBER}", "X-CSRF-Token": TOKEN,
        "Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": NUMBER,
        "Cookie": f"__Host-mburoja-ipko={TOKEN}; x={NUMBER}",
    }  # fmt: skip
    bodies = ({"type": "say", "id": NUMBER, "text": f"{NAME} {NUMBER} {CODE}", "token": TOKEN, "ticket": TOKEN}, NUMBER)
    async with site.browser() as browser:
        for method, path in SENT:
            for body in bodies:
                await browser.ask(method, path, body, **told)
            await browser.ask(method, path, b"\xff" + NUMBER.encode(), **told, Origin="https://evil.example")
        with pytest.raises(WSServerHandshakeError):
            await browser.http.ws_connect(
                f"{site.url}/ws/ipko?{TOKEN}", headers={**told, "Origin": "https://evil.example"}
            )
    assert_secret(lines)
    assert lines.getvalue().count("bot.web.access") == 3 * len(SENT) + 1


@pytest.mark.asyncio
async def test_nothing_of_a_whole_talk_stands_in_a_line(site: Site, lines: io.StringIO) -> None:  # R32
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello(session=TOKEN)
        await socket.say("a-1", f"unë jam {NAME}, {NUMBER}")
        await socket.prove("044 000 101")
        await socket.ws.send_str(f"{{{NUMBER}")
        await socket.ws.send_bytes(NUMBER.encode())
        await socket.closed()
        codes = [site.code]
    said = without_chance(lines.getvalue())
    assert_secret(lines)
    assert "sms.send" in said  # the worker's lines are there
    assert [code for code in [*codes, "044 000 101", "44000101"] if code in said] == []


@pytest.mark.asyncio
async def test_a_line_for_a_request_says_what_was_asked_for_and_how_it_went(lines: io.StringIO) -> None:
    async def well(_request: web.Request) -> web.Response:
        return web.Response(status=201)

    async with serving({"GET /policy/{company}": well}) as client:
        await client.get(f"/policy/{NAME}?{NUMBER}")
        await client.get(f"/{NUMBER}")
        await client.post("/policy/x", headers={"Origin": OWN})
    if lines.getvalue().startswith("{"):
        told = [each for each in documents(lines) if each["logger"] == "bot.web.access"]
        assert [(each["method"], each["route"], each["status"]) for each in told] == [
            ("GET", "/policy/{company}", 201),
            ("GET", "none", 404),
            ("POST", "none", 405),
        ]
        assert set(told[0]) == {"event", "at", "level", "logger", "method", "route", "status", "ms"}
        assert told[0]["at"].endswith("Z")
        assert 0 <= told[0]["ms"] < 1_000
    assert_secret(lines)


@pytest.mark.asyncio
async def test_of_what_fails_stand_the_kind_and_the_place(lines: io.StringIO) -> None:  # R32
    async def fails(request: web.Request) -> web.Response:
        raise {"bug": ValueError(f"{NUMBER} {CODE}"), "store": StoreUnavailableError(NUMBER)}[
            request.match_info["what"]
        ]

    async def half(request: web.Request) -> web.StreamResponse:
        await (answer := web.StreamResponse()).prepare(request)
        raise ValueError(f"{NUMBER} {CODE} {answer}")

    async with serving({"GET /{what}": fails, "GET /half/way": half}) as client:
        await client.get("/bug")
        await client.get("/store")
        await client.get("/half/way")
    said = lines.getvalue()
    assert said.count("ValueError at test_logs.py:") == 2
    assert "StoreUnavailableError at test_logs.py:" in said
    assert_secret(lines)


@pytest.mark.asyncio
async def test_what_speaks_no_http_is_not_repeated(lines: io.StringIO) -> None:  # R32
    async with serving({}) as client:
        for raw in (
            f"{NUMBER} {CODE}\r\n\r\n",
            f"GET /{NUMBER} HTTP/9.{NUMBER}\r\n\r\n",
            f"GET / HTTP/1.1\r\n{NUMBER}\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(raw.encode())
            assert b" 400 " in await reader.readline()
            writer.close()
            await writer.wait_closed()
        await client.get("/")
    assert_secret(lines)


@pytest.mark.asyncio
async def test_what_libraries_say_is_cut_to_their_own_words(lines: io.StringIO) -> None:  # R32
    for name in ("aiohttp.server", "asyncio", "uvloop", "somebody.else"):
        try:
            raise KeyError(NUMBER)
        except KeyError:
            logging.getLogger(name).exception("Error of %s", NUMBER, extra={"code": CODE})
        logging.getLogger(name).error(f"Task failed\nfuture: <Task {NUMBER}>")
    said = lines.getvalue()
    assert said.count("Error of %s") == 4
    assert said.count("KeyError at test_logs.py:") == 4
    assert_secret(lines)


@pytest.mark.asyncio
async def test_what_nobody_waited_for_is_told_by_kind_and_place(lines: io.StringIO) -> None:  # R32
    async def fails() -> None:
        raise ValueError(NUMBER)

    def breaks(number: str) -> None:
        raise ValueError(number)

    loop = asyncio.get_running_loop()
    logs.watch(loop)
    task = asyncio.create_task(fails(), name=NUMBER)
    await asyncio.sleep(0)
    del task
    loop.call_soon(breaks, NUMBER)  # asyncio would name what a callback was given
    await asyncio.sleep(0.01)
    assert lines.getvalue().count("ValueError at test_logs.py:") == 2
    assert_secret(lines)


def test_what_cannot_be_written_is_not_shown_elsewhere(lines: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("bot.web.x").info("%d", NUMBER)  # a slip: the text is no number
    assert NUMBER not in capsys.readouterr().err
    assert NUMBER not in lines.getvalue()


def test_the_level_is_the_one_that_is_set(lines: io.StringIO) -> None:
    logs.set_up("json", "warning", lines)
    logging.getLogger("bot.web.x").info("not this")
    logging.getLogger("bot.web.x").warning("this")
    logging.getLogger("aiohttp.access").warning("nor this")
    assert [each["event"] for each in documents(lines)] == ["this"]
