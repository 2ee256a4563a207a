"""What Telegram's refusals mean: a wait, silence, somebody who is not there, a fault of ours."""

import datetime as dt
import logging
from typing import Any

import pytest
from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.clock import MINUTE, SECOND
from bot.delivery.telegram.botapi import BotApi, TelegramError
from bot.delivery.telegram.calls import Button, Call, Erase, Leave, Mark, Send
from tests.tools.telegram_request import BLOCKED, RecordingRequest, flood, refused

pytestmark = pytest.mark.asyncio

CHAT = 600_000_123
MARKED = Mark(message=7, keyboard=((Button(text="✓ Po", data="c:1"),),))


async def failing(api: BotApi, call: Call) -> TelegramError:
    """Make a call that fails, and return how."""
    with pytest.raises(TelegramError) as caught:
        await api.make(CHAT, call)
    return caught.value


async def test_who_sent_too_much_is_told_when_to_come_again(api: BotApi, network: RecordingRequest) -> None:
    network.next.append(flood(7))
    error = await failing(api, Send(text="x"))
    assert (error.kind, error.temporary, error.wait) == ("telegram.flood", True, 7 * SECOND)


@pytest.mark.parametrize("after", [7, dt.timedelta(seconds=7)])
async def test_the_wait_is_read_however_the_library_gives_it(
    api: BotApi, network: RecordingRequest, monkeypatch: pytest.MonkeyPatch, after: int | dt.timedelta
) -> None:
    error = RetryAfter(7)
    monkeypatch.setattr(RetryAfter, "retry_after", after)
    network.next.append(error)
    assert (await failing(api, Send(text="x"))).wait == 7 * SECOND


async def test_no_wait_is_shorter_than_a_second(api: BotApi, network: RecordingRequest) -> None:
    network.next.append(RetryAfter(dt.timedelta(milliseconds=1)))
    assert (await failing(api, Send(text="x"))).wait == SECOND


@pytest.mark.parametrize(
    "answer",
    [
        BLOCKED,
        refused(403, "Forbidden: user is deactivated"),
        refused(403, "Forbidden: bot can't initiate conversation with a user"),
        refused(403, "Forbidden: bot was kicked from the group chat"),
        refused(400, "Bad Request: chat not found"),
        refused(400, "Bad Request: user is deactivated"),
        refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100_900),
    ],
)
@pytest.mark.parametrize("call", [Send(text="x"), MARKED, Erase(message=7)])
async def test_who_cannot_be_reached_is_blocked(
    api: BotApi, network: RecordingRequest, call: Call, answer: tuple[int, bytes]
) -> None:
    network.next.append(answer)
    error = await failing(api, call)
    assert (error.kind, error.temporary, error.blocked) == ("telegram.blocked", False, True)


@pytest.mark.parametrize(
    ("answer", "kind", "temporary", "at_least"),
    [
        (refused(400, "Bad Request: message is too long"), "telegram.refused", False, 0),
        (refused(401, "Unauthorized"), "telegram.token", True, 5 * MINUTE),
        (refused(404, "Not Found"), "telegram.token", True, 5 * MINUTE),
        (refused(409, "Conflict: terminated by other getUpdates request"), "telegram.conflict", True, 0),
        (refused(500, "Internal Server Error"), "telegram.away", True, 0),
        ((502, b"<html>Bad Gateway</html>"), "telegram.away", True, 0),
        ((200, b"<html>A portal of the hotel</html>"), "telegram.away", True, 0),
        (NetworkError("httpx.ConnectError: no route"), "telegram.away", True, 0),
        (OSError("the socket"), "telegram.away", True, 0),
        (TimedOut(), "telegram.timeout", True, 0),
    ],
)
async def test_other_trouble_passes_or_not(
    api: BotApi, network: RecordingRequest, answer: Any, kind: str, temporary: bool, at_least: int  # noqa: FBT001
) -> None:  # fmt: skip
    network.next.append(answer)
    error = await failing(api, Send(text="x"))
    assert (error.kind, error.temporary, error.at_least) == (kind, temporary, at_least)
    assert not error.blocked
    assert error.wait is None


@pytest.mark.parametrize(
    "words",
    [
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message",
        "message to edit not found",
        "message can't be edited",
        "message to delete not found",
        "message can't be deleted for everyone",
        "message can't be deleted",
    ],
)
async def test_tidying_up_that_comes_too_late_is_done(api: BotApi, network: RecordingRequest, words: str) -> None:
    network.always = lambda _asked: refused(400, f"Bad Request: {words}")
    await api.make(CHAT, MARKED)
    await api.make(CHAT, Erase(message=7))
    assert (await failing(api, Send(text="x"))).kind == "telegram.refused"


async def test_tidying_up_that_is_worded_wrongly_is_our_fault(api: BotApi, network: RecordingRequest) -> None:
    network.next.append(refused(400, "Bad Request: BUTTON_DATA_INVALID"))
    assert (await failing(api, MARKED)).kind == "telegram.refused"


@pytest.mark.parametrize(
    "answer",
    [
        refused(403, "Forbidden: bot is not a member of the group chat"),
        refused(400, "Bad Request: chat not found"),
        refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100_900),
    ],
)
async def test_a_group_that_is_left_already_is_left(
    api: BotApi, network: RecordingRequest, answer: tuple[int, bytes]
) -> None:
    network.next.append(answer)
    await api.make(-4_000_001, Leave())


async def test_what_telegram_cannot_read_goes_as_plain_words(
    api: BotApi, network: RecordingRequest, caplog: pytest.LogCaptureFixture
) -> None:
    unread = refused(400, 'Bad Request: can\'t parse entities: Unsupported start tag "foo" at byte offset 3')
    network.next.append(unread)
    keyboard = ((Button(text="Po", data="c:1"),),)
    await api.make(CHAT, Send(text='<b>A &amp; B</b> &lt;x&gt; <a href="https://a.al">këtu</a>', keyboard=keyboard))
    first, second = network.of("sendMessage")
    assert second["text"] == "A & B <x> këtu"
    assert "parse_mode" not in second
    assert second["reply_markup"] == first["reply_markup"]
    [said] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "këtu" not in said.getMessage()  # R32


async def test_what_goes_wrong_with_plain_words_is_judged_as_ever(api: BotApi, network: RecordingRequest) -> None:
    unread = refused(400, "Bad Request: can't parse entities")
    network.next.extend([unread, BLOCKED, unread, flood(3), unread, unread])
    assert (await failing(api, Send(text="<b>x"))).blocked
    assert (await failing(api, Send(text="<b>x"))).wait == 3 * SECOND
    assert (await failing(api, Send(text="<b>x"))).kind == "telegram.refused"
    assert len(network.asked) == 6  # no third try
