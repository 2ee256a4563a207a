"""The wire over WebSocket: as a browser speaks it, by the real app over a real database."""

import asyncio
import json
from collections.abc import Callable
from functools import partial

import pytest

from bot.clock import DAY
from bot.services.desk import OFFICE, Place
from bot.services.identity import sessions
from bot.services.office import backoffice
from bot.storage.store import Tx
from bot.web.keys import TALKS
from bot.web.wire import codes
from tests.tools.desks import NOW
from tests.tools.site import Browser, Site, text_of

pytestmark = pytest.mark.asyncio

NUMBER = "044 000 101"


def forget(tx: Tx, site: Site, browser: Browser) -> None:
    """Forget a browser's chat, as another process does."""
    session = sessions.find(tx, site.office.desk, browser.company, browser.cookie())
    assert session
    site.app[TALKS].turns.forget(tx, site.clock.now(), session)


def conversations_of_all(tx: Tx) -> list[str]:
    idle = tx.all("retention.idle_conversations", proven=0, before=NOW + DAY, most=100)
    return [row["id"] for row in idle]


async def test_the_first_frame_is_answered_with_the_first_words(site: Site) -> None:  # R42
    async with site.browser() as browser, browser.socket() as socket:
        first, *rest = await socket.hello()
        assert first["type"] == "welcome"
        assert [frame["type"] for frame in rest] == ["message", "state"]
        assert rest[0]["seq"] == first["seq"] == 1
        assert "Mburoja" in text_of(rest)


async def test_a_message_is_acknowledged_then_shown_then_answered(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        ack, mine, reply, state = await socket.say("a-1", "sa gjatë i ruani të dhënat e mia?")
        assert (ack["type"], ack["id"], ack["seq"]) == ("ack", "a-1", 2)
        assert (mine["from"], mine["seq"], text_of([mine])) == ("you", 2, "sa gjatë i ruani të dhënat e mia?")
        assert (reply["from"], reply["seq"]) == ("bot", 3)
        assert any(block["type"] == "quote" for block in reply["blocks"])
        assert state == {"type": "state", "expects": "text", "held": False}


async def test_the_same_id_is_taken_once(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("a-1", "menyja")
        again = await socket.say("a-1", "menyja")
        assert [frame["type"] for frame in again] == ["ack", "state"]
        assert again[0]["seq"] == 2
        assert (await socket.say("a-2", "menyja"))[0]["seq"] == 4


async def test_who_comes_back_gets_what_was_missed_and_no_more(site: Site) -> None:
    async with site.browser() as browser:
        async with browser.socket() as socket:
            await socket.hello()
            await socket.say("a-1", "menyja")
        async with browser.socket() as socket:
            welcome, *rest = await socket.hello(last_seq=2)
            assert welcome["seq"] == 3
            assert [frame["seq"] for frame in rest if frame["type"] == "message"] == [3]
        async with browser.socket() as socket:
            assert [f["type"] for f in await socket.hello(last_seq=3)] == ["welcome", "state"]


async def test_who_knows_another_conversation_gets_all_of_this_one(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        for known in ({"last_seq": 7}, {"last_seq": 1, "conversation": "another"}):
            frames = await socket.hello(**known)
            assert [frame["seq"] for frame in frames if frame["type"] == "message"] == [1]


async def test_a_second_tab_stays_in_step(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as one, browser.socket() as other:
        await one.hello()
        await other.hello()
        mine = await one.say("a-1", "menyja")
        assert await other.until("state") == mine[1:]
        assert [f["seq"] for f in await other.say("b-1", "menyja") if f["type"] == "message"] == [4, 5]
        assert [f["seq"] for f in await one.until("state") if f["type"] == "message"] == [4, 5]


async def test_a_turn_that_is_told_late_tells_no_state_of_before(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    late, tell = list[Callable[[], None]](), site.hub.tell
    async with site.browser() as browser, browser.socket() as one, browser.socket() as other:
        await one.hello()
        await other.hello()
        monkeypatch.setattr(site.hub, "tell", lambda *told, **more: late.append(partial(tell, *told, **more)))
        mine = await one.say("a-1", "ndalni krejt reklamat")
        assert await other.until("state") == mine[1:]  # it was found by a look
        mine = await one.say("a-2", "anulo")
        assert await other.until("state") == mine[1:]
        for told in late:
            told()
        monkeypatch.undo()
        assert [frame["type"] for frame in await other.say("b-1", "menyja")] == ["ack", "message", "message", "state"]


async def test_two_companies_are_two_conversations_in_one_browser(site: Site) -> None:  # R56
    async with site.browser() as browser, browser.socket() as ipko, browser.at("paysera").socket() as paysera:
        await ipko.hello()
        await paysera.hello()
        await ipko.say("a-1", "menyja")
        assert [f["seq"] for f in await paysera.say("a-1", "menyja") if f["type"] == "message"] == [2, 3]


async def test_what_the_company_writes_arrives_by_itself(site: Site) -> None:  # R58
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        reference = await socket.file_a_request()
        place = Place(conversation="", channel=OFFICE, now=site.clock.now())
        await site.change(
            lambda tx: backoffice.reply(tx, site.office.desk, place, "dpo", reference, "E morëm, po merremi me të.")
        )
        message = (await socket.until("state"))[0]
        assert message["from"] == "dpo"
        assert "po merremi me të" in text_of([message])


async def test_a_code_under_way_tells_its_time_and_tries(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        assert (await socket.say("a-1", "ndalni krejt reklamat"))[-1]["expects"] == "number"
        state = (await socket.say("a-2", NUMBER))[-1]
        await site.until(lambda: bool(site.sms))
        assert state["expects"] == "code"
        assert {**state["code"], "resend": ""} == {"seconds": 300, "tries": 5, "resend_seconds": 60, "resend": ""}
        site.clock.at += 61_000
        state = (await socket.say("a-3", "000000" if site.code != "000000" else "000001"))[-1]
        assert {**state["code"], "resend": ""} == {"seconds": 239, "tries": 4, "resend_seconds": 0, "resend": ""}
        before = len(site.sms)
        await socket.choose("a-4", state["code"]["resend"])
        await site.until(lambda: len(site.sms) > before)


async def test_the_token_is_replaced_when_the_code_is_accepted(site: Site) -> None:  # R19
    async with site.browser() as browser, browser.socket() as socket, browser.socket() as other:
        await socket.hello()
        await other.hello()
        old = browser.cookie()
        *_, renew = await socket.prove(NUMBER)
        assert renew["type"] == "renew"
        status, answer = await browser.open(ticket=renew["ticket"])
        assert (status, answer["status"]) == (200, "renewed")
        new = browser.cookie()
        assert new != old
        async with browser.socket() as renewed:
            await renewed.hello(last_seq=0)
            assert await socket.closed() == await other.closed() == codes.RENEWED
            browser.use_cookie(old)
            async with browser.socket() as stale:
                assert await stale.closed_after_hello() == codes.NO_SESSION


async def test_a_ticket_that_was_lost_is_given_again(site: Site) -> None:  # R19
    async with site.browser() as browser:
        async with browser.socket() as socket:
            await socket.hello()
            await socket.prove(NUMBER)
        async with browser.socket() as socket:
            await socket.hello()
            assert (await socket.receive())["type"] == "renew"


async def test_who_types_forget_is_forgotten_in_every_tab(site: Site) -> None:  # R45
    async with site.browser() as browser, browser.socket() as socket, browser.socket() as other:
        await socket.hello()
        await other.hello()
        frames = await socket.say("a-1", "/harro", last="forgotten")
        assert frames[-1]["text"]
        assert await socket.closed() == codes.FORGOTTEN
        assert (await other.until("forgotten"))[-1]["text"] == frames[-1]["text"]
        assert await other.closed() == codes.FORGOTTEN
        async with browser.socket() as again:
            assert await again.closed_after_hello() == codes.NO_SESSION


async def test_what_is_said_in_a_chat_that_was_just_forgotten_elsewhere_is_not_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:  # R45
    async def later() -> None:
        """The look that would find it."""

    monkeypatch.setattr(site.hub, "look", later)
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await site.change(lambda tx: forget(tx, site, browser))
        before = await site.office.store.read(conversations_of_all)
        await socket.say_without_listening("a-1", "Jam Filan Fisteku")
        assert [frame["type"] for frame in await socket.until("forgotten")] == ["forgotten"]
        assert await socket.closed() == codes.FORGOTTEN
        assert await site.office.store.read(conversations_of_all) == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_foreign_origin_gets_no_connection(site: Site, origin: str) -> None:  # R24
    async with site.browser() as browser:
        await browser.open()
        assert await browser.refused_socket(origin) == 403


async def test_without_a_session_it_is_closed_with_a_reason(site: Site) -> None:
    async with site.browser() as browser, browser.socket(session=False) as socket:
        assert await socket.closed_after_hello() == codes.NO_SESSION


async def test_where_cookies_are_refused_the_first_frame_carries_the_session(site: Site) -> None:
    async with site.browser() as browser:
        _, answer = await browser.open(memory=True)
        browser.forget_cookies()
        async with browser.socket(session=False) as socket:
            frames = await socket.hello(session=answer["token"])
            assert [frame["type"] for frame in frames] == ["welcome", "message", "state"]


async def test_what_is_no_frame_is_told_and_the_connection_lives(site: Site) -> None:  # R24
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        for raw in ("{", "[]", '{"type":"fly","id":"x-1"}', '{"type":"say","id":"x-2"}'):
            await socket.ws.send_str(raw)
            told = await socket.receive()
            assert (told["type"], told["code"]) == ("error", "bad_frame")
            assert told.get("id") == (json.loads(raw).get("id") if "x-" in raw else None)
        assert (await socket.say("a-1", "menyja"))[0]["type"] == "ack"


async def test_who_goes_on_sending_nonsense_is_closed(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        for _ in range(site.limits.broken_frames):
            await socket.ws.send_str("{")
        assert await socket.closed() == codes.BROKEN


async def test_a_first_frame_that_is_no_greeting_ends_it(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.ws.send_str('{"type":"say","id":"a-1","text":"menyja"}')
        assert (await socket.receive())["code"] == "bad_frame"
        assert await socket.closed() == codes.BROKEN


async def test_who_never_greets_is_closed(site: Site) -> None:
    site.limit(hello=50)
    async with site.browser() as browser, browser.socket() as socket:
        assert await socket.closed() == codes.BROKEN


async def test_binary_frames_and_too_large_ones_end_it(site: Site) -> None:  # R24
    async with site.browser() as browser:
        async with browser.socket() as socket:
            await socket.hello()
            await socket.ws.send_bytes(b"menyja")
            assert await socket.closed() == codes.BINARY
        async with browser.socket() as socket:
            await socket.hello()
            await socket.ws.send_str(json.dumps({"type": "say", "id": "a", "text": "e" * 17_000}))
            assert await socket.closed() == codes.TOO_BIG


async def test_more_than_a_hundred_a_minute_are_refused_and_can_be_sent_again(site: Site) -> None:  # R24
    site.limit(messages_a_minute=2, refused_in_a_row=4)  # the greeting is one; the next but half a minute later
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("a-0", "menyja")
        refused = await socket.say("a-3", "menyja", last="error")
        assert (refused[-1]["code"], refused[-1]["id"]) == ("too_many", "a-3")
        assert refused[-1]["retry_seconds"] >= 1
        for number in range(3):
            await socket.say(f"b-{number}", "menyja", last="error")
        assert await socket.closed() == codes.TOO_MANY


async def test_greetings_are_counted_too(site: Site) -> None:  # R24
    site.limit(messages_a_minute=2)
    async with site.browser() as browser:
        for _ in range(2):
            async with browser.socket() as socket:
                await socket.hello()
        async with browser.socket() as socket:
            await socket.ws.send_str('{"type":"hello"}')
            assert (await socket.receive())["code"] == "too_many"
            assert await socket.closed() == codes.TOO_MANY


async def test_past_the_bound_a_message_is_refused_and_none_is_lost(site: Site) -> None:  # R52
    site.limit(waiting=0)
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        assert (await socket.say("a-1", "menyja", last="error"))[-1]["code"] == "busy"
        site.limit(waiting=5)
        assert (await socket.say("a-1", "menyja"))[0] == {"type": "ack", "id": "a-1", "seq": 2}


async def test_who_does_not_read_is_closed_and_others_are_not(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as quick, browser.socket() as slow:
        await quick.hello()
        await slow.hello()
        site.limit(unread=1)
        await quick.say_without_listening("a-1", "menyja")
        assert await slow.closed() in (codes.SLOW, None)


async def test_who_says_nothing_for_long_is_closed(site: Site) -> None:  # R24
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        site.hub.end_idle(asyncio.get_running_loop().time() + 1, codes.IDLE)
        assert await socket.closed() == codes.IDLE


async def test_a_server_that_stops_asks_to_come_back(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        site.hub.end_all(codes.RESTART)
        assert await socket.closed() == codes.RESTART


async def test_one_address_gets_so_many_connections(site: Site) -> None:
    site.limit(sockets_of_address=2)
    async with site.browser() as browser, browser.socket() as one, browser.socket():
        assert await browser.refused_socket(site.url) == 503
        await one.ws.close()
        await site.until(lambda: site.hub._admitted == 1)
        async with browser.socket() as again:
            assert (await again.hello())[0]["type"] == "welcome"


async def test_there_are_so_many_connections_in_all_tabs_of_one_chat_and_those_who_say_nothing_too(site: Site) -> None:
    site.limit(sockets=2)
    async with site.browser() as browser, browser.socket() as one, browser.socket():
        await one.hello()
        assert await browser.refused_socket(site.url) == 503


async def test_one_session_gets_so_many_tabs(site: Site) -> None:
    site.limit(sockets_of_session=1)
    async with site.browser() as browser, browser.socket() as one, browser.socket() as other:
        await one.hello()
        assert await other.closed_after_hello() == codes.TOO_MANY


async def test_a_reply_that_takes_long_shows_a_typing_mark(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.wire.sockets.TYPING_AFTER", 0.0)
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say_without_listening("a-1", "sa gjatë i ruani të dhënat e mia?")
        assert await socket.receive() == {"type": "typing"}
