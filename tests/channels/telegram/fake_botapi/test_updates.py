"""The fake hands updates to polls as the real server does, and misbehaves where a test asks for it."""

import asyncio
import json
from typing import Any

import pytest
import telegram
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

from tests.channels.telegram.fake_botapi.conftest import TOKEN, Raw, a_poll_waits
from tests.tools.botapi import SHAPES, FakeBotApi, Mischief, Person

pytestmark = pytest.mark.asyncio

OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [one["message"]["text"] for one in updates if "message" in one]


# ---- polls ----------------------------------------------------------------------------------------------------


async def test_an_offset_confirms_what_is_below_it(raw: Raw, filan: Person) -> None:
    for word in "abc":
        filan.says(word)
    first = await raw("getUpdates", limit=2)
    assert texts(first) == ["/start", "a"]
    assert [one["update_id"] for one in first] == [500_000_001, 500_000_002]
    assert await raw("getUpdates", limit=2) == first
    assert texts(await raw("getUpdates", offset=first[-1]["update_id"] + 1)) == ["b", "c"]
    assert texts(await raw("getUpdates")) == ["b", "c"]  # what was confirmed is gone
    assert texts(await raw("getUpdates", offset=-1)) == ["c"]
    assert texts(await raw("getUpdates")) == ["c"]
    assert await raw("getUpdates", offset=first[-1]["update_id"] + 3) == []


async def test_a_long_poll_waits_for_news(raw: Raw, filan: Person) -> None:
    (started,) = await raw("getUpdates", timeout=50)
    poll = asyncio.create_task(raw("getUpdates", offset=started["update_id"] + 1, timeout=50))
    await a_poll_waits(raw.api)
    assert not poll.done()
    filan.says("përshëndetje")
    assert texts(await poll) == ["përshëndetje"]


async def test_a_second_poll_ends_the_first(raw: Raw) -> None:
    first = asyncio.create_task(raw("getUpdates", timeout=50))
    await a_poll_waits(raw.api)
    assert await raw("getUpdates") == []
    assert await first == OTHER_POLL


async def test_only_updates_that_are_asked_for_come(raw: Raw, filan: Person) -> None:
    await raw("getUpdates", offset=-1, allowed_updates=["my_chat_member"])
    filan.says("a")
    filan.blocks()
    assert [list(one)[1] for one in await raw("getUpdates")][-1] == "my_chat_member"
    assert "a" not in texts(await raw("getUpdates"))


async def test_a_lost_confirmation_brings_updates_again_once(api: FakeBotApi, raw: Raw, filan: Person) -> None:
    filan.says("a")
    api.misbehave(TOKEN, Mischief(redeliver=1))
    updates = await raw("getUpdates")
    after = updates[-1]["update_id"] + 1
    assert await raw("getUpdates", offset=after) == updates
    assert await raw("getUpdates", offset=after) == []


async def test_those_held_back_are_overtaken(api: FakeBotApi, raw: Raw) -> None:
    api.misbehave(TOKEN, Mischief(reorder=0.5, hold=0.1, same_chat=True, seed=4))
    filan = api.person(TOKEN)
    filan.start()
    for word in range(20):
        filan.says(str(word))
    offset = 0
    got: list[str] = []
    while len(got) < 21:
        updates = await raw("getUpdates", offset=offset, timeout=2)
        offset = updates[-1]["update_id"] + 1
        got += texts(updates)
    assert sorted(got) == sorted(["/start", *map(str, range(20))])
    assert got != ["/start", *map(str, range(20))]


async def test_the_library_reads_every_kind(api: FakeBotApi, bot: telegram.Bot, filan: Person) -> None:
    filan.shares_contact()
    filan.sends_photo("një foto", album="a")
    filan.sends_document()
    filan.sends_voice()
    filan.sends_video_note()
    filan.sends_sticker()
    filan.sends_location()
    filan.says("para")
    filan.edits("pas")
    filan.asks_inline("a")
    filan.blocks()
    group, channel = api.group(TOKEN), api.channel(TOKEN)
    group.adds_bot()
    group.says("a")
    group.migrates()
    channel.adds_bot()
    channel.posts("lajm")

    updates = await bot.get_updates(timeout=1)
    messages = [one.message for one in updates if one.message]
    assert messages[0].entities[0].type == "bot_command"
    assert messages[0].from_user
    assert messages[0].from_user.language_code == "sq"
    assert messages[1].contact
    assert (messages[1].contact.phone_number, messages[1].contact.user_id) == ("+38344000101", filan.id)
    assert (messages[2].caption, messages[2].media_group_id, len(messages[2].photo)) == ("një foto", "a", 3)
    assert all((messages[3].document, messages[4].voice, messages[5].video_note, messages[6].sticker))
    assert messages[7].location
    edited = [one.edited_message for one in updates if one.edited_message]
    assert [one.text for one in edited] == ["pas"]
    assert [one.inline_query.query for one in updates if one.inline_query] == ["a"]
    standings = [one.my_chat_member.new_chat_member.status for one in updates if one.my_chat_member]
    assert standings == ["kicked", "member", "administrator"]
    assert [one.channel_post.text for one in updates if one.channel_post] == ["lajm"]
    assert any(one.new_chat_members for one in messages)
    assert any(one.migrate_to_chat_id for one in messages)


async def test_unreadable_updates_come_between(api: FakeBotApi, raw: Raw, filan: Person) -> None:
    api.misbehave(TOKEN, Mischief(unreadable=1, seed=2))
    for _ in range(10):
        filan.says("a")
    updates = await raw("getUpdates")
    assert len(updates) == 21
    assert [one["update_id"] for one in updates] == list(range(500_000_001, 500_000_022))
    assert texts([one for one in updates if type(one.get("message")) is dict and "from" in one["message"]][:1])
    assert len({json.dumps(shape()) for shape in SHAPES}) == len(SHAPES)


async def test_an_application_of_the_library_runs_on_it(api: FakeBotApi) -> None:
    async def echo(update: telegram.Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message
        await update.effective_message.reply_text(f"u tha: {update.effective_message.text}")

    application = ApplicationBuilder().token(TOKEN).base_url(api.base_url).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    async with application:
        await application.start()
        assert application.updater
        await application.updater.start_polling(timeout=1)
        filan = api.person(TOKEN)
        filan.start()
        filan.says("përshëndetje")
        assert [one.text for one in await filan.hears("përsh")] == ["u tha: /start", "u tha: përshëndetje"]
        await application.updater.stop()
        await application.stop()
