"""Calls as they reach Telegram, updates as they come from there; no token is shown."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from telegram.error import NetworkError, TimedOut

from bot.delivery.pump import DeliveryError
from bot.delivery.telegram.botapi import KINDS, BotApi, TelegramError
from bot.delivery.telegram.calls import Button, Erase, Leave, Mark, Send
from tests.delivery.telegram.sending import TOKEN
from tests.tools.botapi.fake import FakeBotApi
from tests.tools.telegram_request import BLOCKED, RecordingRequest, flood, refused

pytestmark = pytest.mark.asyncio

CHAT = 600_000_123
MARKED = Mark(message=7, keyboard=((Button(text="✓ Po", data="c:1"),),))


# ---- what is sent ---------------------------------------------------------------------------------------------


async def test_it_opens_and_closes_without_asking_telegram_anything(api: BotApi, network: RecordingRequest) -> None:
    await api.start()
    await api.close()
    assert network.asked == []
    assert network.opened == network.closed > 0


async def test_a_message_goes_as_html_and_shows_no_preview_of_links(api: BotApi, network: RecordingRequest) -> None:
    await api.make(CHAT, Send(text="<b>Përgjigja</b>"))
    [sent] = network.of("sendMessage")
    assert sent == {
        "chat_id": CHAT,
        "text": "<b>Përgjigja</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    assert network.asked[0].token == TOKEN


async def test_buttons_stand_in_their_rows(api: BotApi, network: RecordingRequest) -> None:
    rows = (
        (Button(text="Po", data="c:1"), Button(text="Jo", data="c:2")),
        (Button(text="Teksti", url="https://a.al"),),
    )
    await api.make(CHAT, Send(text="?", keyboard=rows))
    assert network.of("sendMessage")[0]["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Po", "callback_data": "c:1"}, {"text": "Jo", "callback_data": "c:2"}],
            [{"text": "Teksti", "url": "https://a.al"}],
        ]
    }


async def test_the_key_that_shares_a_number_comes_and_goes(api: BotApi, network: RecordingRequest) -> None:
    await api.make(CHAT, Send(text="?", contact="Jepe numrin tim"))
    await api.make(CHAT, Send(text="Faleminderit", clears=True))
    shown, gone = (sent["reply_markup"] for sent in network.of("sendMessage"))
    assert shown == {
        "keyboard": [[{"text": "Jepe numrin tim", "request_contact": True}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }
    assert gone == {"remove_keyboard": True}


async def test_what_is_protected_cannot_be_passed_on(api: BotApi, network: RecordingRequest) -> None:
    await api.make(CHAT, Send(text="Lidhja", protect=True))
    assert network.of("sendMessage")[0]["protect_content"] is True


async def test_messages_are_marked_and_erased_and_chats_left(api: BotApi, network: RecordingRequest) -> None:
    for call in (MARKED, Mark(message=8), Erase(message=9), Leave()):
        await api.make(CHAT, call)
    assert [(asked.method, asked.parameters) for asked in network.asked] == [
        (
            "editMessageReplyMarkup",
            {
                "chat_id": CHAT,
                "message_id": 7,
                "reply_markup": {"inline_keyboard": [[{"text": "✓ Po", "callback_data": "c:1"}]]},
            },
        ),
        ("editMessageReplyMarkup", {"chat_id": CHAT, "message_id": 8}),
        ("deleteMessage", {"chat_id": CHAT, "message_id": 9}),
        ("leaveChat", {"chat_id": CHAT}),
    ]


# ---- what nobody waits for ------------------------------------------------------------------------------------


async def test_presses_queries_and_typing_are_answered(api: BotApi, network: RecordingRequest) -> None:
    await api.answer_query("q1")
    await api.answer_query("q2", "U ruajt")
    await api.answer_inline("q3", "Më shkruani këtu")
    await api.typing(CHAT)
    assert [(asked.method, asked.parameters) for asked in network.asked[:2]] == [
        ("answerCallbackQuery", {"callback_query_id": "q1"}),
        ("answerCallbackQuery", {"callback_query_id": "q2", "text": "U ruajt"}),
    ]
    [inline], [typing] = network.of("answerInlineQuery"), network.of("sendChatAction")
    assert inline["results"] == []
    assert inline["button"] == {"text": "Më shkruani këtu", "start_parameter": "inline"}
    assert typing == {"chat_id": CHAT, "action": "typing"}


@pytest.mark.parametrize("trouble", [BLOCKED, flood(9), TimedOut(), (200, b"no JSON"), RuntimeError("a bug")])
async def test_what_nobody_waits_for_never_fails(api: BotApi, network: RecordingRequest, trouble: Any) -> None:
    network.always = lambda _asked: trouble
    await api.answer_query("q1")
    await api.answer_inline("q3", "x")
    await api.typing(CHAT)
    assert len(network.asked) == 3


async def test_what_nobody_waits_for_can_still_be_broken_off(api: BotApi, network: RecordingRequest) -> None:
    def cancels(_asked: object) -> None:
        raise asyncio.CancelledError

    network.always = cancels
    with pytest.raises(asyncio.CancelledError):
        await api.typing(CHAT)


# ---- updates --------------------------------------------------------------------------------------------------


async def test_updates_are_asked_for_by_kind_and_given_as_they_came(api: BotApi, network: RecordingRequest) -> None:
    raws = ['{"update_id": 5, "message": {"text": "ë"}}', "17", '{"a":[1,{"b":"]}"}]}', "null"]
    network.next.append((200, f'{{"ok": true, "result": [{", ".join(raws)}]}}'.encode()))
    assert await api.get_updates(5, 25, 100) == [raw.encode() for raw in raws]
    [asked] = network.asked
    assert asked.parameters == {"offset": "5", "timeout": "25", "limit": "100", "allowed_updates": list(KINDS)}
    assert isinstance(asked.read_timeout, float)
    assert asked.read_timeout > 25  # longer than Telegram waits
    await api.get_updates(None, 0, 1)
    assert "offset" not in network.asked[1].parameters


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(409, "Conflict: terminated by other getUpdates request"), "telegram.conflict"),
        (refused(401, "Unauthorized"), "telegram.token"),
        (refused(404, "Not Found"), "telegram.token"),
        (flood(5), "telegram.flood"),
        ((200, b"<html>"), "telegram.answer"),
        ((200, b'{"ok": true, "result": {"update_id": 1}}'), "telegram.answer"),
        ((502, b"<html>"), "telegram.away"),
        (TimedOut(), "telegram.timeout"),
    ],
)
async def test_updates_that_cannot_be_had_say_why(
    api: BotApi, network: RecordingRequest, answer: Any, kind: str
) -> None:
    network.next.append(answer)
    with pytest.raises(TelegramError) as caught:
        await api.get_updates(1, 0, 1)
    assert caught.value.kind == kind


# ---- tokens and texts -----------------------------------------------------------------------------------------


async def everything(api: BotApi) -> list[BaseException]:
    """Make every kind of call, and return what was raised."""
    raised: list[BaseException] = []
    for call in (Send(text="Filan Fisteku <b>"), MARKED, Erase(message=7), Leave()):
        try:
            await api.make(CHAT, call)
        except DeliveryError as error:
            raised.append(error)
    try:
        await api.get_updates(None, 0, 1)
    except DeliveryError as error:
        raised.append(error)
    await api.answer_query("q", "Filan Fisteku")
    await api.typing(CHAT)
    return raised


@pytest.mark.parametrize(
    "trouble",
    [
        lambda _asked: None,
        lambda _asked: refused(404, "Not Found"),
        lambda _asked: refused(400, "Bad Request: can't parse entities: Filan"),
        lambda _asked: (500, f'{{"{TOKEN}": Filan'.encode()),
        lambda _asked: (200, f'{{"{TOKEN}": Filan'.encode()),
        lambda asked: NetworkError(f"httpx.ConnectError: {asked.token}"),
        lambda asked: RuntimeError(f"https://api.telegram.org/bot{asked.token} Filan"),
    ],
)
async def test_neither_token_nor_text_is_logged_or_raised(
    network: RecordingRequest, caplog: pytest.LogCaptureFixture, trouble: Callable[[Any], Any]
) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    api = BotApi("alfa", TOKEN, request=network)
    network.always = trouble
    raised = await everything(api)
    told = [caplog.text, repr(api), repr(api.bot), str(api.bot)]
    for error in raised:
        assert error.__cause__ is None
        assert error.__context__ is None  # whoever shows a traceback shows nothing of the library's error
        told += [str(error), repr(error), repr(vars(error))]
    for secret in (TOKEN, TOKEN.partition(":")[2], "Filan", str(CHAT)):
        assert secret not in "\n".join(told)


async def test_over_a_real_network_no_token_is_logged_either(caplog: pytest.LogCaptureFixture) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    async with FakeBotApi({TOKEN: "alfabot"}) as fake:
        api = BotApi("alfa", TOKEN, api=fake.url)
        wrong = BotApi("beta", TOKEN[:-1] + "1", api=fake.url)
        for each in (api, wrong):
            await each.start()
            await everything(each)
        assert await api.get_updates(None, 0, 10) == []
        await fake.down()
        await everything(api)
        for each in (api, wrong):
            await each.close()
    assert TOKEN[:-1] not in caplog.text
