"""Edits, deletions, chats, presses, the profile: carried out and refused as the real server does."""

from typing import Any

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from tests.channels.telegram.fake_botapi.conftest import TOKEN, Raw
from tests.tools.botapi import FakeBotApi, Limits, Person, Rules

pytestmark = pytest.mark.asyncio


def inline(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


# ---- edits and deletions ---------------------------------------------------------------------------------------


async def test_edits(raw: Raw, filan: Person) -> None:
    sent = await raw(
        "sendMessage", chat_id=filan.id, text="a", reply_markup=inline({"text": "x", "callback_data": "y"})
    )
    message = {"chat_id": filan.id, "message_id": sent["message_id"]}

    await raw("editMessageText", **message, text="<b>b</b>", parse_mode="HTML")
    assert (filan.last.text, filan.last.marked("bold"), filan.last.buttons) == ("b", ("b",), ())
    again = await raw("editMessageText", **message, text=" <b>b</b>", parse_mode="HTML")
    assert again.startswith("Bad Request: message is not modified: specified new message content and reply markup are")
    await raw("editMessageReplyMarkup", **message, reply_markup=inline({"text": "z", "callback_data": "y"}))
    assert filan.last.buttons == (("z",),)
    assert "not modified" in await raw(
        "editMessageReplyMarkup", **message, reply_markup=inline({"text": "z", "callback_data": "y"})
    )
    other = await raw("editMessageText", **message, text="c", reply_markup={"remove_keyboard": True})
    assert other == "Bad Request: inline keyboard expected"


async def test_edits_that_are_refused(raw: Raw, filan: Person) -> None:
    mine = filan.says("e imja")
    fixed = await raw("sendMessage", chat_id=filan.id, text="a", reply_markup={"keyboard": [["Po"]]})
    numbers = {0: "message to edit not found", mine.message_id: "message can't be edited"}
    for number, description in {**numbers, fixed["message_id"]: "message can't be edited"}.items():
        told = await raw("editMessageText", chat_id=filan.id, message_id=number, text="b")
        assert told == f"Bad Request: {description}"


async def test_deletions(api: FakeBotApi, raw: Raw, filan: Person) -> None:
    mine = filan.says("e imja")
    assert await raw("deleteMessage", chat_id=filan.id, message_id=mine.message_id) is True
    assert [one.text for one in filan.deleted] == ["e imja"]
    told = await raw("deleteMessage", chat_id=filan.id, message_id=mine.message_id)
    assert told == "Bad Request: message to delete not found"

    group = api.group(TOKEN)
    group.adds_bot()
    theirs = group.says("e jona")
    told = await raw("deleteMessage", chat_id=group.id, message_id=theirs.message_id)
    assert told == "Bad Request: message can't be deleted"

    sent = [(await raw("sendMessage", chat_id=filan.id, text="a"))["message_id"] for _ in range(2)]
    assert await raw("deleteMessages", chat_id=filan.id, message_ids=[*sent, 999_999]) is True
    assert filan.said == []


# ---- whom a bot may write to -----------------------------------------------------------------------------------


async def test_chats_that_a_bot_may_not_write_to(api: FakeBotApi, raw: Raw, filan: Person) -> None:
    async def told(chat: object) -> Any:
        return await raw("sendMessage", chat_id=chat, text="a")

    filane = api.person(TOKEN, "Filane")
    group = api.group(TOKEN)
    assert await told(1) == "Bad Request: chat not found"
    assert await told("") == "Bad Request: chat_id is empty"
    assert await told(filane.id) == "Forbidden: bot can't initiate conversation with a user"
    assert await told(group.id) == "Forbidden: bot is not a member of the group chat"
    filan.blocks()
    assert await told(filan.id) == "Forbidden: bot was blocked by the user"
    filan.unblocks()
    assert (await told(filan.id))["text"] == "a"
    filan.is_deactivated()
    assert await told(filan.id) == "Forbidden: user is deactivated"


async def test_a_group_moves_and_is_left(api: FakeBotApi, bot: telegram.Bot) -> None:
    group = api.group(TOKEN)
    group.says("pa botin")
    group.adds_bot()
    assert [one.my_chat_member is not None for one in await bot.get_updates()] == [True, False]
    old = group.id
    new = group.migrates()
    with pytest.raises(telegram.error.ChatMigrated) as moved:
        await bot.send_message(old, "a")
    assert moved.value.new_chat_id == new
    await bot.send_message(new, "a")
    await bot.leave_chat(new)
    assert group.bot_is == "left"
    with pytest.raises(telegram.error.Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(new, "a")


async def test_too_much_is_refused_where_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without, the library warns of its own change
    async with FakeBotApi({TOKEN: "ipko_bot"}, limits=Limits(chat_burst=2, chat_rate=0.01)) as api:
        filane = api.person(TOKEN)
        filane.start()
        async with telegram.Bot(TOKEN, base_url=api.base_url) as bot:
            for _ in range(2):
                await bot.send_message(filane.id, "a")
            with pytest.raises(telegram.error.RetryAfter):
                await bot.send_message(filane.id, "a")
        assert len(filane.said) == 2


# ---- presses and inline queries --------------------------------------------------------------------------------


async def test_a_press_is_answered_in_time(raw: Raw, bot: telegram.Bot, filan: Person) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Po", callback_data="po")]])
    await bot.send_message(filan.id, "Vërtet?", reply_markup=markup)
    query = filan.presses("Po")
    assert filan.unanswered == [query]
    await bot.answer_callback_query(query, "U krye", show_alert=True)
    assert [(one.text, one.alert) for one in filan.notices] == [("U krye", True)]
    assert filan.unanswered == []
    unknown = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await raw("answerCallbackQuery", callback_query_id="1") == unknown


async def test_a_press_is_answered_too_late() -> None:
    async with FakeBotApi({TOKEN: "ipko_bot"}, rules=Rules(query_lifetime=-1)) as api:
        filan = api.person(TOKEN)
        filan.start()
        async with telegram.Bot(TOKEN, base_url=api.base_url) as bot:
            markup = InlineKeyboardMarkup([[InlineKeyboardButton("Po", callback_data="po")]])
            await bot.send_message(filan.id, "Vërtet?", reply_markup=markup)
            with pytest.raises(telegram.error.BadRequest, match="Query is too old"):
                await bot.answer_callback_query(filan.presses(0))


async def test_an_inline_query_is_answered(raw: Raw, bot: telegram.Bot, filan: Person) -> None:
    query = filan.asks_inline("fshirja")
    article = telegram.InlineQueryResultArticle("1", "Fshirja", telegram.InputTextMessageContent("Nuk përgjigjem këtu"))
    await bot.answer_inline_query(query, [article])
    answer = filan.inline_answer(query)
    assert answer
    assert answer[0]["title"] == "Fshirja"
    assert await raw("answerInlineQuery", inline_query_id=query, results=[{}]) == "Bad Request: RESULT_ID_INVALID"


# ---- the profile -----------------------------------------------------------------------------------------------


async def test_the_profile_is_kept_by_language(bot: telegram.Bot) -> None:
    await bot.set_my_commands([("start", "Fillo"), ("harro", "Fshije bisedën")], language_code="sq")
    await bot.set_my_description("ë" * 512)
    await bot.set_my_short_description("ë" * 120)
    await bot.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())

    assert [one.command for one in await bot.get_my_commands(language_code="sq")] == ["start", "harro"]
    assert await bot.get_my_commands() == ()
    assert (await bot.get_my_description()).description == "ë" * 512
    assert (await bot.get_my_short_description()).short_description == "ë" * 120
    assert isinstance(await bot.get_chat_menu_button(), telegram.MenuButtonCommands)


@pytest.mark.parametrize(
    ("method", "parameters", "description"),
    [
        ("setMyCommands", {"commands": [{"command": "Çka", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "a"}]}, "command length must not exceed"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, "command description must be non-empty"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "a" * 257}]}, "command description length"),
        ("setMyDescription", {"description": "a" * 513}, "USER_BOT_DESCRIPTION_TOO_LONG"),
        ("setMyShortDescription", {"short_description": "a" * 121}, "ABOUT_TOO_LONG"),
        ("sendChatAction", {"action": "dancing"}, "wrong parameter action in request"),
        ("sendDocument", {}, "there is no document in the request"),
    ],
)
async def test_what_else_is_refused(raw: Raw, method: str, parameters: dict[str, Any], description: str) -> None:
    assert (await raw(method, **parameters)).startswith(f"Bad Request: {description}")


async def test_an_upload_is_noted(api: FakeBotApi, bot: telegram.Bot, filan: Person) -> None:
    await bot.send_message(filan.id, "a")
    assert api.calls.uploads == []
    await bot.send_document(filan.id, b"abc", filename="raport.pdf")
    (call,) = api.calls.uploads
    assert [(file.name, file.size) for file in call.files] == [("raport.pdf", 3)]
    assert (call.method, call.chat, call.status) == ("sendDocument", filan.id, 200)
