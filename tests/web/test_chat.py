"""The wire over plain HTTP: the same frames, for browsers whose WebSockets are blocked."""

from typing import Any

import pytest

from tests.tools.site import Browser, Site, text_of

pytestmark = pytest.mark.asyncio


async def _post(browser: Browser, **frame: object) -> tuple[int, list[dict[str, Any]]]:
    status, told, _ = await browser.ask("POST", f"/api/chat/{browser.company}", frame)
    return status, told["frames"]


async def test_a_greeting_opens_the_conversation(site: Site) -> None:
    async with site.browser() as browser:
        await browser.open()
        status, frames = await _post(browser, type="hello", last_seq=0)
        assert status == 200
        assert [frame["type"] for frame in frames] == ["welcome", "message", "state"]


async def test_a_message_brings_the_same_frames_as_a_socket(site: Site) -> None:
    async with site.browser() as browser:
        await browser.open()
        await _post(browser, type="hello")
        _, frames = await _post(browser, type="say", id="a-1", text="menyja", last_seq=1)
        assert [frame["type"] for frame in frames] == ["ack", "message", "message", "state"]
        assert [frame["seq"] for frame in frames[:3]] == [2, 2, 3]


async def test_what_was_missed_comes_with_the_next_message(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("s-1", "menyja")
        _, frames = await _post(browser, type="say", id="a-1", text="menyja", last_seq=1)
        assert [frame["seq"] for frame in frames if frame["type"] == "message"] == [2, 3, 4, 5]
        assert [f["seq"] for f in await socket.until("state") if f["type"] == "message"] == [4, 5]


async def test_the_same_id_is_taken_once_on_either_road(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("a-1", "menyja")
        _, frames = await _post(browser, type="say", id="a-1", text="menyja", last_seq=3)
        assert [frame["type"] for frame in frames] == ["ack", "state"]


async def test_who_says_nothing_but_forget_is_forgotten(site: Site) -> None:  # R45
    async with site.browser() as browser:
        await browser.open()
        status, frames = await _post(browser, type="say", id="a-1", text="/harro")
        assert (status, frames[-1]["type"]) == (200, "forgotten")


async def test_a_code_brings_a_ticket(site: Site) -> None:  # R19
    async with site.browser() as browser:
        await browser.open()
        await _post(browser, type="say", id="a-1", text="/pelqimet")
        await _post(browser, type="say", id="a-2", text="044 000 101")
        await site.until(lambda: bool(site.sms))
        _, frames = await _post(browser, type="say", id="a-3", text=site.code, last_seq=5)
        assert frames[-1]["type"] == "renew"
        _, frames = await _post(browser, type="hello", last_seq=7)
        assert frames[-1]["type"] == "renew"  # the first one may have been lost


async def test_a_typed_code_is_not_shown_again(site: Site) -> None:  # R16
    async with site.browser() as browser:
        await browser.open()
        await _post(browser, type="say", id="a-1", text="/pelqimet")
        await _post(browser, type="say", id="a-2", text="044 000 101")
        await site.until(lambda: bool(site.sms))
        _, frames = await _post(browser, type="say", id="a-3", text=site.code, last_seq=5)
        assert site.code not in text_of(frames)


async def test_who_is_forgotten_is_told_so(site: Site) -> None:
    async with site.browser() as browser:
        await browser.open()
        _, frames = await _post(browser, type="say", id="a-1", text="/harro")
        assert frames[-1]["type"] == "forgotten"
        assert (await browser.ask("POST", "/api/chat/ipko", {"type": "hello"}))[0] == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"type":"fly"}', b'{"type":"say","id":"a"}', b"\xff\xfe"])
async def test_what_is_no_frame_is_told(site: Site, body: bytes) -> None:
    async with site.browser() as browser:
        await browser.open()
        status, told, _ = await browser.ask("POST", "/api/chat/ipko", body)
        assert status == 400
        assert told["frames"][0]["code"] == "bad_frame"


async def test_a_body_that_is_too_large_is_refused(site: Site) -> None:  # R24
    async with site.browser() as browser:
        await browser.open()
        status, told, _ = await browser.ask("POST", "/api/chat/ipko", b'"' + b"e" * 17_000 + b'"')
        assert status == 413
        assert told["frames"][0]["type"] == "error"


async def test_too_many_and_busy_can_be_tried_again(site: Site) -> None:  # R24 R52
    async with site.browser() as browser:
        await browser.open()
        site.limit(waiting=0)
        status, frames = await _post(browser, type="say", id="a-1", text="menyja")
        assert (status, frames[0]["code"], frames[0]["id"]) == (503, "busy", "a-1")
        site.limit(waiting=5, messages_a_minute=2)  # counted, whatever they are
    async with site.browser() as browser:
        await browser.open()
        for number in range(2):
            assert (await _post(browser, type="say", id=f"b-{number}", text="menyja"))[0] == 200
        status, frames = await _post(browser, type="say", id="b-2", text="menyja")
        assert (status, frames[0]["code"]) == (429, "too_many")
        assert frames[0]["retry_seconds"] >= 1
