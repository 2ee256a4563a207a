"""A person's screen, the faults that a test orders, and the fake in a thread of its own."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from tests.channels.telegram.fake_botapi.conftest import TOKEN, Raw, a_poll_waits
from tests.tools.botapi import (
    FakeBotApi,
    Fault,
    Person,
    RunningBotApi,
    answers_bad_gateway,
    answers_bad_request,
    answers_forbidden,
    answers_late,
    answers_server_error,
    answers_too_many,
    cuts_after,
    cuts_before,
    waits,
)
from tests.tools.botapi.stage import LONGEST

PO_JO = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Po", callback_data="po"), InlineKeyboardButton("Jo", callback_data="jo")]]
)


# ---- the screen -----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_screen_shows_the_chat_as_it_is_now(bot: telegram.Bot, filan: Person) -> None:
    asked = await bot.send_message(filan.id, "Vërtet?", reply_markup=PO_JO, protect_content=True)
    gone = await bot.send_message(filan.id, "gabim")
    await bot.delete_message(filan.id, gone.message_id)
    mine = filan.says("po")
    filan.edits("jo", mine)
    await bot.edit_message_text("U krye", filan.id, asked.message_id)

    assert [(one.sender, one.text, one.edited) for one in filan.screen] == [
        ("you", "/start", False),
        ("bot", "U krye", True),
        ("you", "jo", True),
    ]
    assert [one.text for one in filan.deleted] == ["gabim"]
    assert filan.last.protected
    assert filan.last.buttons == ()


@pytest.mark.asyncio
async def test_a_person_hears_what_is_new(bot: telegram.Bot, filan: Person) -> None:
    sent = await bot.send_message(filan.id, "një")
    await bot.send_message(filan.id, "dy")
    assert [one.text for one in await filan.hears("dy")] == ["një", "dy"]

    async def later() -> None:
        await asyncio.sleep(0.05)
        await bot.edit_message_text("një e gjysmë", filan.id, sent.message_id)
        await bot.send_message(filan.id, "tre")

    task = asyncio.create_task(later())
    assert [one.text for one in await filan.hears(quiet=2)] == ["një e gjysmë", "tre"]
    await task
    with pytest.raises(AssertionError, match="katër"):
        await filan.hears("katër", timeout=0.05)


@pytest.mark.asyncio
async def test_a_press_carries_the_message_as_it_is(raw: Raw, bot: telegram.Bot, filan: Person) -> None:
    asked = await bot.send_message(filan.id, "Vërtet?", reply_markup=PO_JO)
    before = filan.last
    filan.presses("Jo")
    filan.presses(0)
    await bot.edit_message_text("U krye", filan.id, asked.message_id)
    filan.presses("Po", before)  # the button that was there when it was looked at
    await bot.delete_message(filan.id, asked.message_id)
    filan.presses("Po", before)
    filan.forges("çfarëdo", before)

    presses = [one["callback_query"] for one in await raw("getUpdates") if "callback_query" in one]
    assert [one["data"] for one in presses] == ["jo", "po", "po", "po", "çfarëdo"]
    assert presses[0]["message"]["reply_markup"] == PO_JO.to_dict()
    assert presses[2]["message"]["text"] == "U krye"
    assert presses[3]["message"] == {"message_id": asked.message_id, "chat": presses[0]["message"]["chat"], "date": 0}
    with pytest.raises(AssertionError, match="no button 'Po'"):
        filan.presses("Po")


@pytest.mark.asyncio
async def test_one_person_talks_with_two_bots() -> None:
    other = "222:AAother-token"
    async with FakeBotApi({TOKEN: "ipko_bot", other: "paysera_bot"}) as api:
        filan = api.person(TOKEN)
        there = api.person(other, user=filan.user)
        filan.start()
        async with telegram.Bot(other, base_url=api.base_url) as paysera:
            with pytest.raises(telegram.error.Forbidden):
                await paysera.send_message(filan.id, "a")
            there.start()
            await paysera.send_message(filan.id, "a")
        assert (len(filan.said), len(there.said)) == (0, 1)


@pytest.mark.asyncio
async def test_contacts_of_oneself_and_of_others(api: FakeBotApi, raw: Raw, filan: Person) -> None:
    filan.shares_contact(plus=False)
    filan.shares_contact(own=False, phone="+38344000102")
    own, other = (one["message"]["contact"] for one in (await raw("getUpdates"))[1:])
    assert own == {"phone_number": "38344000101", "first_name": "Filan", "user_id": filan.id}
    assert other == {"phone_number": "+38344000102", "first_name": "Dikush"}
    with pytest.raises(AssertionError, match="press"):
        api.person(TOKEN).says("pa start")


# ---- faults ---------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "error", "delivered"),
    [
        (answers_too_many(3), telegram.error.RetryAfter, 0),
        (answers_forbidden(), telegram.error.Forbidden, 0),
        (answers_bad_request("chat not found"), telegram.error.BadRequest, 0),
        (answers_server_error(), telegram.error.NetworkError, 0),
        (answers_bad_gateway(), telegram.error.NetworkError, 0),
        (cuts_before(), telegram.error.NetworkError, 0),
        (cuts_after(), telegram.error.NetworkError, 1),
        (answers_late(30), telegram.error.TimedOut, 1),
    ],
)
async def test_an_ordered_fault_meets_the_next_calls(
    api: FakeBotApi, bot: telegram.Bot, filan: Person, fault: Fault, error: type[Exception], delivered: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without, the library warns of its own change
    filane = api.person(TOKEN, "Filane")
    filane.start()
    api.order(fault, times=2, method="sendMessage", chat=filan.id)
    await bot.send_message(filane.id, "tjetra")
    await bot.get_me()
    for _ in range(2):
        with pytest.raises(error):
            await bot.send_message(filan.id, "a", read_timeout=1 if fault.seconds else 30)
    assert len(filan.said) == 2 * delivered
    await bot.send_message(filan.id, "b")
    assert filan.last.text == "b"
    assert len(api.faults) == 0
    assert sum(bool(call.fault) for call in api.calls) == 2


@pytest.mark.asyncio
async def test_a_slow_call_is_carried_out_at_last(api: FakeBotApi, bot: telegram.Bot, filan: Person) -> None:
    api.order(waits(0.1))
    started = time.monotonic()
    await bot.send_message(filan.id, "a")
    assert time.monotonic() - started >= 0.1
    assert api.calls.of("sendMessage")[0].took >= 0.09


@pytest.mark.asyncio
async def test_the_server_goes_down_and_comes_back(api: FakeBotApi, bot: telegram.Bot, filan: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=50, offset=600_000_000))
    await a_poll_waits(api)
    await api.down()
    with pytest.raises(telegram.error.TelegramError):
        await poll
    with pytest.raises(telegram.error.NetworkError):
        await bot.send_message(filan.id, "a")
    await api.up()
    await bot.send_message(filan.id, "b")
    api.bad_gateway()
    with pytest.raises(telegram.error.NetworkError, match="Bad Gateway"):
        await bot.send_message(filan.id, "c")
    await api.up()
    await bot.send_message(filan.id, "d")
    assert [one.text for one in filan.said] == ["b", "d"]


# ---- in a thread ----------------------------------------------------------------------------------------------


def post(api: RunningBotApi, method: str, **parameters: Any) -> Any:
    request = urllib.request.Request(
        f"{api.base_url}{TOKEN}/{method}", json.dumps(parameters).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=LONGEST) as answer:
        return json.load(answer)["result"]


def test_a_test_without_a_loop_can_use_it() -> None:
    with RunningBotApi({TOKEN: "ipko_bot"}) as api:
        filan = api.person(TOKEN, phone="+38344000101")
        filan.start("payload")
        assert post(api, "getUpdates", timeout=1)[0]["message"]["text"] == "/start payload"
        post(api, "sendMessage", chat_id=filan.id, text="Vërtet?", reply_markup=PO_JO.to_dict())
        assert [one.text for one in filan.hears("Vërtet")] == ["Vërtet?"]
        filan.presses("Po")
        assert post(api, "getUpdates", offset=-1)[0]["callback_query"]["data"] == "po"
        api.down()
        with pytest.raises(urllib.error.URLError):
            post(api, "getMe")
        api.up()
        assert post(api, "getMe")["username"] == "ipko_bot"
    assert [one.sender for one in filan.screen] == ["you", "bot"]  # what was seen stays readable
