"""What a hostile or broken client can send to the real server: a clear end for it, and nobody else notices."""

import asyncio
import contextlib
import json
import os
import resource
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from tests.tools.processes import import_customers
from tests.tools.serving import Served
from tests.tools.wire import LONGEST, Caller, Line, Pass, Raw, break_off

pytestmark = [pytest.mark.usefixtures("settings"), pytest.mark.asyncio]

THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
IDLE = 5_000 if THOROUGH else 500
QUESTION = "çka janë cookies?"
SOON = 10.0  # seconds: who is held up waits for much longer


@pytest.fixture(scope="module")
def served(settings: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    del settings
    filled = tmp_path_factory.mktemp("filled") / "filled.db"
    import_customers(filled, "ipko,A-1001,+38344000101,Filan Fisteku")
    folder = tmp_path_factory.mktemp("served")
    with Served(folder, filled, sites={"ipko": ["http://localhost:1"]}, SOCKETS_PER_ADDRESS="100000") as started:
        yield started
        started.worked_well()


@pytest_asyncio.fixture
async def caller(served: Served) -> AsyncIterator[Caller]:
    """Calls the server; afterwards a well-behaved visitor is served as ever."""
    async with Caller(served.address) as ours:
        yield ours
        async with ours.line(await ours.enters()) as line:
            await line.greets()
            assert is_answered(await line.says(QUESTION))


def is_answered(told: list[dict[str, Any]]) -> bool:
    replies = [frame for frame in told if frame["type"] == "message" and frame["from"] == "bot"]
    return any("skedarë" in json.dumps(frame["blocks"], ensure_ascii=False) for frame in replies)


@contextlib.asynccontextmanager
async def a_greeted(caller: Caller) -> AsyncIterator[Line]:
    async with caller.line(await caller.enters()) as line:
        await line.greets()
        yield line


# ---- frames ------------------------------------------------------------------------------------------------------


async def test_a_frame_that_is_too_big_ends_its_connection(caller: Caller) -> None:  # R24
    async with a_greeted(caller) as line:
        await line.sends({"type": "say", "id": "a", "text": "a" * 16 * 1024})
        assert await line.closed() == 1009


async def test_a_frame_of_just_the_largest_size_is_taken(caller: Caller) -> None:  # R24
    async with a_greeted(caller) as line:
        frame = json.dumps({"type": "say", "id": "a", "text": ""})
        await line.sends({"type": "say", "id": "a", "text": "a" * (16 * 1024 - len(frame))})
        assert (await line.until("ack"))[-1]["id"] == "a"


async def test_a_big_message_in_small_pieces_ends_its_connection(served: Served, caller: Caller) -> None:  # R24
    shown = await caller.enters()
    with Raw(served.port, shown) as raw:
        raw.send(0x01, b'{"type":"say","text":"', last=False)
        for _ in range(40):
            raw.send(0x00, b"a" * 1024, last=False)
        assert await asyncio.to_thread(raw.close_code) == 1009


async def test_a_binary_frame_ends_its_connection(caller: Caller) -> None:
    async with a_greeted(caller) as line:
        await line.sends(b'{"type":"hello","last_seq":0}')
        assert await line.closed() == 1003


async def test_a_binary_frame_instead_of_a_greeting_ends_its_connection(caller: Caller) -> None:
    async with caller.line(await caller.enters()) as line:
        await line.sends(b"\x00\xff")
        assert await line.closed() == 1003


BROKEN = [
    "", "{", "null", "5", '"hello"', "[]", "{}", '{"type":"grant"}', '{"type":null}', '{"type":["say"]}',
    '{"type":"say"}',
    '{"type":"say","id":"a"}', '{"type":"say","id":"","text":"a"}', '{"type":"say","id":7,"text":"a"}',
    '{"type":"say","id":"a b","text":"a"}', '{"type":"say","id":"a\\n","text":"a"}', '{"type":"say","id":"a","text":5}',
    '{"type":"choose","id":"a"}', '{"type":"choose","id":"a","value":{}}', '{"type":"hello","last_seq":-1}',
    '{"type":"hello","last_seq":1e400}', '{"type":"hello","last_seq":"0"}', '{"type":"hello","last_seq":0.5}',
    "[" * 5_000, '{"a":' * 3_000, '{"type":"say","id":"a","text":"\\ud800"', "\x00" * 100,
]  # fmt: skip


async def test_what_is_no_frame_is_answered_so_and_repeating_it_ends_the_connection(caller: Caller) -> None:
    for raw in BROKEN:
        async with a_greeted(caller) as line:
            await line.sends(raw)
            refused = await line.reads()
            assert refused, raw
            assert (refused["type"], refused["code"]) == ("error", "bad_frame"), raw
            assert is_answered(await line.says(QUESTION)), raw
            for _ in range(20):
                with contextlib.suppress(ConnectionError):  # the server may have closed by now
                    await line.sends(raw)
            assert await line.closed() == 4000, raw


async def test_whoever_does_not_greet_first_is_told_so_and_closed(caller: Caller) -> None:
    async with caller.line(await caller.enters()) as line:
        await line.sends({"type": "say", "id": "a", "text": "tung"})
        refused = await line.reads()
        assert refused
        assert refused["code"] == "bad_frame"
        assert await line.closed() == 4000


async def test_a_replayed_id_is_acknowledged_again_and_does_nothing(caller: Caller) -> None:
    shown = await caller.enters()
    async with caller.line(shown) as line:
        await line.greets()
        first = await line.says(QUESTION, "the-same")
        for text in (QUESTION, "ndalni krejt reklamat"):
            again = await line.says(text, "the-same")
            assert [frame["type"] for frame in again] == ["ack", "state"]
            assert again[0] == next(frame for frame in first if frame["type"] == "ack")
    async with caller.line(shown) as line:
        welcome, *_ = await line.greets()
        assert welcome["seq"] == 3


async def test_an_id_of_another_conversation_means_nothing_here(caller: Caller) -> None:
    async with a_greeted(caller) as one, a_greeted(caller) as other:
        await one.says("tung", "the-same")
        assert is_answered(await other.says(QUESTION, "the-same"))


async def test_a_choice_that_was_never_offered_does_nothing_but_say_so(caller: Caller) -> None:  # R60
    async with a_greeted(caller) as one, a_greeted(caller) as other:
        offered = [
            item["value"]
            for frame in one.came
            for block in frame.get("blocks", [])
            if block["type"] == "choices"
            for item in block["items"]
        ]
        for value in (*offered[:1], "", "x" * 5_000, "do:withdraw", "\x00", "confirm"):
            await other.sends({"type": "choose", "id": f"c{len(other.came)}", "value": value})
            told = await other.until("state")
            assert told[0]["type"] == "ack"
            assert not any(frame.get("from") == "you" for frame in told)


# ---- who may --------------------------------------------------------------------------------------------------------

STRANGERS = ["", "null", "https://evil.example", "http://localhost:1", "http://127.0.0.1", "file://"]


async def test_a_foreign_origin_gets_no_socket(caller: Caller) -> None:  # R24
    shown = await caller.enters()
    for origin in (*STRANGERS, caller.address + ".evil.example", caller.address + "/"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with caller.line(shown.but(origin=origin)):
                pass
        assert refused.value.status == 403, origin


async def test_a_foreign_origin_changes_nothing_over_http(caller: Caller) -> None:  # R23
    shown = await caller.enters()
    for origin in (*STRANGERS, caller.address + ".evil.example"):
        forged = shown.but(origin=origin)
        assert (await caller.posts(forged, {"type": "hello", "last_seq": 0}))[0] == 403, origin
        for call in (caller.http.post, caller.http.delete):
            async with call(f"{caller.address}/session/ipko", json={}, headers=forged.headers) as answer:
                assert answer.status == 403, origin
                assert "Set-Cookie" not in answer.headers


async def test_without_the_sessions_own_token_nothing_changes_over_http(caller: Caller) -> None:  # R23
    shown, other = await caller.enters(), await caller.enters()
    hello = {"type": "hello", "last_seq": 0}
    for csrf in ("", "x", other.csrf, shown.csrf[:-1], shown.csrf + "a", "é".encode().decode("latin-1")):
        assert (await caller.posts(shown.but(csrf=csrf), hello))[0] == 403
        async with caller.http.delete(f"{caller.address}/session/ipko", headers=shown.but(csrf=csrf).headers) as answer:
            assert answer.status == 403
    assert (await caller.posts(shown, hello))[0] == 200


def forged(shown: Pass) -> list[str]:
    name, _, token = shown.cookie.partition("=")
    changed = "".join(reversed(token))
    return ["", f"{name}=", f"{name}=x", f"{name}={changed}", f"{name}={token}x", f"{name}={'a' * 4_000}",
            f"{name.replace('ipko', 'paysera')}={token}"]  # fmt: skip


async def test_a_forged_token_opens_nothing(caller: Caller) -> None:  # R19
    shown = await caller.enters()
    for cookie in forged(shown):
        async with caller.line(shown.but(cookie=cookie)) as line:
            await line.sends({"type": "hello", "last_seq": 0, "session": "x" * 43})
            assert await line.closed() == 4401, cookie
        assert (await caller.posts(shown.but(cookie=cookie), {"type": "hello", "last_seq": 0}))[0] in {401, 403}


async def test_a_token_of_one_company_opens_nothing_at_another(caller: Caller) -> None:  # R56
    shown = await caller.enters("ipko")
    token = shown.cookie.partition("=")[2]
    crossed = shown.but(company="paysera", cookie=f"__Host-mburoja-paysera={token}")
    async with caller.line(crossed) as line:
        await line.sends({"type": "hello", "last_seq": 0})
        assert await line.closed() == 4401


async def test_a_forged_ticket_renews_nothing(caller: Caller) -> None:  # R19
    shown = await caller.enters()
    for ticket in ("", "x", "a" * 10_000, shown.csrf):
        async with caller.http.post(
            f"{caller.address}/session/ipko", json={"ticket": ticket}, headers=shown.headers
        ) as answer:
            assert answer.status in {401, 403, 409}
            assert "Set-Cookie" not in answer.headers


# ---- too much ----------------------------------------------------------------------------------------------------


async def test_too_many_greetings_of_one_are_refused_too(caller: Caller) -> None:  # R24
    async with a_greeted(caller) as flooding:
        for _ in range(400):
            with contextlib.suppress(ConnectionError):
                await flooding.sends({"type": "hello", "last_seq": 0})
        assert await flooding.closed() == 4029


async def test_too_many_messages_of_one_are_refused_and_then_its_connection_is_closed(caller: Caller) -> None:  # R24
    async with a_greeted(caller) as flooding, a_greeted(caller) as other:
        began = time.monotonic()
        for at in range(200):
            with contextlib.suppress(ConnectionError):
                await flooding.sends({"type": "choose", "id": f"m{at}", "value": "nothing"})
        assert is_answered(await other.says(QUESTION))
        assert await flooding.closed() == 4029
        refilled = (time.monotonic() - began) * 100 / 60  # a hundred a minute
        refused = [frame for frame in flooding.came if frame["type"] == "error"]
        assert {frame["code"] for frame in refused} == {"too_many"}
        assert all(frame["retry_seconds"] > 0 and frame["text"] for frame in refused)
        taken = {frame["id"] for frame in flooding.came if frame["type"] == "ack"}
        assert 90 <= len(taken) <= 101 + refilled
        assert taken.isdisjoint(frame["id"] for frame in refused)  # R52: refused is never taken


async def test_many_idle_connections_hold_up_nobody(served: Served, caller: Caller) -> None:
    """Hundreds here, thousands under MBUROJA_THOROUGH; they cost little, and are let go when they leave."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = psutil.Process(served.pid).memory_info().rss
    async with contextlib.AsyncExitStack() as all_of_them:
        all_of_them.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))  # each is an open file here too
        for _ in range(0, IDLE, 50):
            await asyncio.gather(*(one_idle(caller, all_of_them) for _ in range(50)))
        grown = psutil.Process(served.pid).memory_info().rss - before
        assert grown < IDLE * 80_000 + 20_000_000, grown  # 5,000 within 400 MB
        async with asyncio.timeout(SOON), a_greeted(caller) as line:
            assert is_answered(await line.says(QUESTION))
    assert await served_descriptors_fall(served)


async def one_idle(caller: Caller, stack: contextlib.AsyncExitStack) -> None:
    line = await stack.enter_async_context(caller.line(await caller.enters()))
    await line.greets()


async def served_descriptors_fall(served: Served) -> bool:
    until = time.monotonic() + LONGEST
    while psutil.Process(served.pid).num_fds() >= 200:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.1)
    return True


@pytest.mark.parametrize("path", ["/session/ipko", "/api/chat/ipko", "/api/answer/open"])
async def test_who_breaks_off_in_the_middle_of_a_request_is_no_fault_of_ours(
    served: Served, caller: Caller, path: str
) -> None:
    shown = await caller.enters()
    seen = len(served.lines)
    break_off(served.port, path, shown)
    async with asyncio.timeout(LONGEST):
        while not any('"status": 499' in line for line in served.lines[seen:]):
            await asyncio.sleep(0.01)
    served.worked_well()


@pytest.mark.skipif(not THOROUGH, reason="takes 15 seconds")
async def test_who_connects_and_says_nothing_does_not_stay(caller: Caller) -> None:
    shown = await caller.enters()
    async with caller.line(shown) as line:
        assert await line.closed() == 4000


@pytest.mark.thorough
async def test_a_slow_reader_is_let_go_and_its_other_tab_goes_on(served: Served, caller: Caller) -> None:
    shown = await caller.enters()
    async with caller.line(shown) as quick:
        await quick.greets()
        for _ in range(30):
            await quick.says("çfarë të dhënash mblidhni?")
        with Raw(served.port, shown, buffer=4096) as slow:
            memory = psutil.Process(served.pid).memory_info().rss
            for _ in range(60):  # each brings all that was said so far, and none is read
                slow.send(0x01, b'{"type":"hello","last_seq":0}')
            async with asyncio.timeout(SOON), a_greeted(caller) as other:
                assert is_answered(await other.says(QUESTION))
            assert is_answered(await quick.says(QUESTION))
            async with asyncio.timeout(LONGEST):
                while holds(served, slow):
                    await asyncio.sleep(0.1)
            assert psutil.Process(served.pid).memory_info().rss - memory < 64 * 1024 * 1024
        assert is_answered(await quick.says(QUESTION))


def holds(served: Served, line: Raw) -> bool:
    """Tell whether the server still has a connection open."""
    open_now = psutil.Process(served.pid).net_connections("tcp")
    ends = {each.raddr[1] for each in open_now if each.status == psutil.CONN_ESTABLISHED}
    return line.port in ends


async def test_the_server_outlived_all_of_it(served: Served) -> None:
    assert served.ready()
    assert Path(served.database).exists()
