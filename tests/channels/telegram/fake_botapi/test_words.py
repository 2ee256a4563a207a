"""What a message may say and which buttons it may have: refused as the real server refuses, in its words."""

import json
from typing import Any

import aiohttp
import pytest
import telegram

from tests.channels.telegram.fake_botapi.conftest import TOKEN, Raw
from tests.tools.botapi import FakeBotApi, Person

pytestmark = pytest.mark.asyncio


# ---- tokens, methods, ways to call ----------------------------------------------------------------------------


async def test_a_call_may_come_as_json_as_a_form_in_parts_or_in_the_address(
    api: FakeBotApi, raw: Raw, filan: Person
) -> None:
    words = {"chat_id": str(filan.id), "text": "përshëndetje"}
    address = f"{api.base_url}{TOKEN}/SENDmessage"
    parts = aiohttp.FormData(words, default_to_multipart=True)
    for way in ({"json": words}, {"data": words}, {"data": parts}):
        async with raw.session.post(address, **way) as answer:
            assert answer.status == 200
    async with raw.session.get(address, params=words) as answer:
        assert answer.status == 200
    assert [one.text for one in filan.said] == ["përshëndetje"] * 4


@pytest.mark.parametrize(
    ("token", "method", "description"),
    [
        (TOKEN, "sendFax", "Not Found"),
        ("222:AAother", "getMe", "Unauthorized"),
        ("no-token", "getMe", "Not Found"),
    ],
)
async def test_unknown_tokens_and_methods_are_refused(raw: Raw, token: str, method: str, description: str) -> None:
    assert await raw(method, token) == description


async def test_who_it_is(bot: telegram.Bot) -> None:
    assert bot.username == "ipko_bot"
    assert bot.id == 111


# ---- texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("", "message text is empty"),
        (" \n ", "text must be non-empty"),
        ("<b></b>", "text must be non-empty"),
        ("a" * 4097, "message is too long"),
        ("👍" * 2049, "message is too long"),  # two UTF-16 code units each
        ("ë" * 20_000, "text is too long"),
        ("<p>a</p>", 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
        ("ë<br>", 'can\'t parse entities: Unsupported start tag "br" at byte offset 2'),
        ("1 < 2", 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
        ("1 <", "can't parse entities: Unclosed start tag at byte offset 2"),
        ("<b>a", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("a</b>", "can't parse entities: Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a</b", "can't parse entities: Unclosed end tag at byte offset 4"),
        ('<a href="x', "can't parse entities: Unclosed start tag at byte offset 0"),
        ("<span>a</span>", 'can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>a</tg-emoji>", "can't parse entities: Invalid custom emoji identifier specified"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "can't parse entities: blockquote entities can't be"),
    ],
)
async def test_texts_that_are_refused(raw: Raw, filan: Person, text: str, description: str) -> None:
    told = await raw("sendMessage", chat_id=filan.id, text=text, parse_mode="HTML")
    assert told.startswith(f"Bad Request: {description}")
    assert filan.said == []


async def test_the_length_counts_after_parsing(raw: Raw, filan: Person) -> None:
    await raw("sendMessage", chat_id=filan.id, text="<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")
    assert filan.last.text == "&" * 4096
    assert filan.last.entities[0].length == 4096


@pytest.mark.parametrize(
    ("source", "text", "kind", "marked"),
    [
        ("👍 <b>po</b>", "👍 po", "bold", "po"),
        ("<strong>po</strong>", "po", "bold", "po"),
        ("<EM>po</EM>", "po", "italic", "po"),
        ("<blockquote>po &amp; jo</blockquote>", "po & jo", "blockquote", "po & jo"),
        ("<blockquote expandable>po</blockquote>", "po", "expandable_blockquote", "po"),
        ("<a href='https://a.example/?a=1&amp;b=2'>ketu</a>", "ketu", "text_link", "ketu"),
        ("<code>a<b>b</b></code>", "ab", "code", "ab"),
        ('<span class="tg-spoiler">po</span>', "po", "spoiler", "po"),
        ("  <b> po </b>\n", "po", "bold", "po"),
        ("<i>po</>", "po", "italic", "po"),
    ],
)
async def test_texts_keep_their_words_and_their_marks(
    raw: Raw, filan: Person, source: str, text: str, kind: str, marked: str
) -> None:
    await raw("sendMessage", chat_id=filan.id, text=source, parse_mode="HTML")
    assert filan.last.text == text
    assert filan.last.marked(kind) == (marked,)
    assert len(filan.last.entities) == 1


async def test_what_is_no_reference_stays_as_it_is(raw: Raw, filan: Person) -> None:
    source = "IPKO & Paysera &nbsp; &lt;b&gt; &#235;&#xEB; &quot;"
    await raw("sendMessage", chat_id=filan.id, text=source, parse_mode="HTML")
    assert filan.last.text == 'IPKO & Paysera &nbsp; <b> ëë "'


async def test_a_link_keeps_its_address(raw: Raw, filan: Person) -> None:
    await raw("sendMessage", chat_id=filan.id, text="<a href='https://a.example/b'>ketu</a>", parse_mode="HTML")
    assert filan.last.links == {"ketu": "https://a.example/b"}


async def test_without_a_parse_mode_nothing_is_parsed(bot: telegram.Bot, filan: Person) -> None:
    await bot.send_message(filan.id, "<p>1 < 2</p>", protect_content=True, disable_notification=True)
    assert filan.last.text == "<p>1 < 2</p>"
    assert (filan.last.protected, filan.last.silent) == (True, True)


# ---- buttons --------------------------------------------------------------------------------------------------


def inline(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("markup", "description"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ([], "object expected as reply markup"),
        ({"inline_keyboard": {}}, 'field "inline_keyboard" must be of type Array'),
        ({"inline_keyboard": [{"text": "a"}]}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array'),
        (inline({"callback_data": "a"}), "can't parse inline keyboard button: Can't find field \"text\""),
        (inline({"text": "", "callback_data": "a"}), "inline keyboard button text must be non-empty"),
        (inline({"text": "a"}), "can't parse inline keyboard button: Text buttons are unallowed"),
        (inline({"text": "a", "callback_data": ""}), "can't parse inline keyboard button: Text buttons are unallowed"),
        (inline({"text": "a", "callback_data": "b", "url": "https://a.example"}), "can't parse inline keyboard"),
        (inline({"text": "a", "callback_data": "ë" * 33}), "BUTTON_DATA_INVALID"),
        (
            inline({"text": "a", "url": "http://localhost:8080/x"}),
            "inline keyboard button URL 'http://localhost:8080/x' is invalid: Wrong HTTP URL",
        ),
        (inline({"text": "a", "url": "ftp://a.example"}), "inline keyboard button URL 'ftp://a.example' is invalid:"),
        (inline(*[{"text": "a", "callback_data": "b"}] * 101), "reply markup is too long"),
        ({"keyboard": [[{}]]}, "can't parse keyboard button: Can't find field \"text\""),
    ],
)
async def test_buttons_that_are_refused(raw: Raw, filan: Person, markup: object, description: str) -> None:
    told = await raw("sendMessage", chat_id=filan.id, text="a", reply_markup=markup)
    assert told.startswith(f"Bad Request: {description}"), told


async def test_buttons_at_their_limits(raw: Raw, filan: Person) -> None:
    rows = [[{"text": "a", "callback_data": "ë" * 32}] * 10] * 10
    await raw("sendMessage", chat_id=filan.id, text="a", reply_markup=json.dumps({"inline_keyboard": rows}))
    assert len(filan.last.labels) == 100
    await raw("sendMessage", chat_id=filan.id, text="a", reply_markup=inline({"text": "b", "url": "tg://user?id=1"}))
    assert filan.last.links == {"b": "tg://user?id=1"}


async def test_a_contact_is_asked_for_in_private_only(api: FakeBotApi, raw: Raw, filan: Person) -> None:
    keyboard = {"keyboard": [[{"text": "Numri im", "request_contact": True}], ["Jo"]], "one_time_keyboard": True}
    group = api.group(TOKEN)
    group.adds_bot()
    refused = await raw("sendMessage", chat_id=group.id, text="a", reply_markup=keyboard)
    assert refused == "Bad Request: phone number can be requested in private chats only"

    await raw("sendMessage", chat_id=filan.id, text="a", reply_markup=keyboard)
    assert filan.keyboard == (("Numri im",), ("Jo",))
    filan.presses("Numri im")
    assert filan.screen[-1].media == "contact"
    assert filan.keyboard is None  # one time


async def test_a_keyboard_is_taken_away(raw: Raw, filan: Person) -> None:
    await raw("sendMessage", chat_id=filan.id, text="a", reply_markup={"keyboard": [["Po"]]})
    filan.presses("Po")
    assert (filan.screen[-1].sender, filan.screen[-1].text) == ("you", "Po")
    await raw("sendMessage", chat_id=filan.id, text="b", reply_markup={"remove_keyboard": True})
    assert filan.keyboard is None
