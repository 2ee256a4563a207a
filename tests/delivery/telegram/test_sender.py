"""Calls out of the outbox: once and in order, whatever happens to Telegram or to the sender."""

import logging

import pytest
from telegram.error import TimedOut

from bot.clock import DAY, HOUR, MINUTE
from bot.delivery.telegram.calls import Button, Chat, Erase, Mark
from bot.services import jobs
from tests.delivery.telegram.sending import ANNA, BESA, BOT, DRIN, NOTICE, TOKEN, Office, away
from tests.tools.telegram_request import BLOCKED, Answer, Asked, flood, refused

pytestmark = pytest.mark.asyncio


# ---- sending ------------------------------------------------------------------------------------------------


async def test_calls_are_made_once_in_their_order_and_forgotten(office: Office) -> None:  # R15
    for text in ("një", "dy", "tre"):
        await office.order(text)
    await office.pump.drain(30)
    await office.pump.drain(30)
    assert office.network.texts == ["një", "dy", "tre"]
    assert [asked.chat for asked in office.network.asked] == [ANNA] * 3
    assert office.calls() == [("done", 1)] * 3
    assert [row["payload_sealed"] for row in office.rows("SELECT payload_sealed FROM jobs")] == [""] * 3
    assert office.seen == [("sent", BOT)] * 3


async def test_what_tidies_up_does_not_wait_behind_messages(office: Office) -> None:
    office.network.always = lambda asked: away(asked) if asked.method == "sendMessage" else None
    await office.order("një")
    await office.order(Mark(message=7, keyboard=((Button(text="✓ Po", data="c:1"),),)))
    await office.pump.drain(30)
    await office.order(Erase(message=8))
    await office.pump.drain(30)
    assert [asked.method for asked in office.network.asked[-2:]] == ["editMessageReplyMarkup", "deleteMessage"]
    assert office.calls() == [("ready", 1), ("done", 1), ("done", 1)]


async def test_many_chats_are_served_at_once_each_in_its_order(office: Office) -> None:
    for number in range(5):
        for chat in range(1, 21):
            await office.order(f"{number}", chat)
    await office.pump.drain(30)
    for chat in range(1, 21):
        assert [asked.parameters["text"] for asked in office.network.asked if asked.chat == chat] == list("01234")


async def test_a_company_whose_bot_was_taken_away_loses_nothing(office: Office) -> None:  # R50
    await office.order("një", bot="beta")
    await office.order("dy")
    await office.pump.drain(30)
    assert office.network.texts == ["dy"]
    office.clock.at += 5 * MINUTE - 1
    await office.sending((BOT, "beta")).drain(30)
    assert office.network.texts == ["dy"]  # somebody has to mend it: there is time
    office.clock.at += 1
    await office.sending((BOT, "beta")).drain(30)
    assert office.network.texts == ["dy", "një"]


# ---- Telegram is away ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [away, lambda _asked: TimedOut(), lambda _asked: (502, b"<html>")])
async def test_what_could_not_be_sent_is_sent_by_itself_when_telegram_is_back(
    office: Office, trouble: object
) -> None:  # R50
    office.network.always = trouble  # type: ignore[assignment]  # each is one
    for text in ("një", "dy"):
        await office.order(text)
    for _ in range(6):
        await office.pump.drain(30)
        office.clock.at += 5 * MINUTE
    assert set(office.network.texts) == {"një"}
    assert len(office.network.texts) == 6
    office.network.always = lambda _asked: None
    office.network.asked.clear()
    await office.pump.drain(30)
    assert office.network.texts == ["një", "dy"]


async def test_the_same_message_is_not_tried_without_a_pause(office: Office) -> None:
    office.network.always = away
    await office.order("një")
    await office.pump.drain(30)
    await office.pump.drain(30)
    assert len(office.network.asked) == 1


async def test_a_reply_is_not_sent_any_more_after_a_day_and_a_notice_is(office: Office) -> None:  # R50
    office.network.always = away
    await office.refuse_a_case(ANNA)
    await office.order("Përgjigje", BESA)
    await office.pump.drain(30)
    office.clock.at += DAY
    office.network.always = lambda _asked: None
    office.network.asked.clear()
    await office.pump.drain(30)
    assert office.network.texts == list(NOTICE)


async def test_a_notice_goes_by_sms_when_telegram_was_away_for_days(office: Office) -> None:  # R50, R58
    reference = await office.refuse_a_case()
    began = office.clock.at
    office.network.always = away
    while not await office.store.read(jobs.dead):
        await office.pump.drain(30)
        office.clock.at += HOUR
    assert office.clock.at - began > 3 * DAY
    await office.worker.drain(30)
    assert reference in office.phone.taken[0][1]


async def test_a_refused_token_is_tried_again_only_after_a_while_and_then_all_is_sent(office: Office) -> None:  # R50
    office.network.always = lambda _asked: refused(401, "Unauthorized")
    await office.order("një")
    await office.pump.drain(30)
    office.clock.at += 5 * MINUTE - 1
    await office.pump.drain(30)
    assert len(office.network.asked) == 1
    office.network.always = lambda _asked: None
    office.clock.at += 1
    await office.pump.drain(30)
    assert office.calls() == [("done", 2)]


# ---- order, also in trouble ------------------------------------------------------------------------------------


async def test_whatever_happens_a_chat_gets_its_messages_in_their_order(office: Office) -> None:  # R49
    troubles: list[Answer | None] = [flood(2), None, away(office_asked()), TimedOut(), None, (500, b"{}"), flood(1)]
    office.network.always = lambda _asked: troubles.pop(0) if troubles else None
    made: list[tuple[int, str]] = []
    for number in range(6):
        for chat in (ANNA, BESA, DRIN):
            await office.order(f"{number}", chat)
    while any(state == "ready" for state, _ in office.calls()):
        await office.pump.drain(30)
        office.clock.at += MINUTE
    made = [(asked.chat, str(asked.parameters["text"])) for asked in office.network.asked]
    for chat in (ANNA, BESA, DRIN):
        texts = [text for its, text in made if its == chat]
        assert texts == sorted(texts), "out of order"
        assert set(texts) == set("012345")


def office_asked() -> Asked:
    return Asked(method="sendMessage", parameters={}, token=TOKEN, read_timeout=None)


async def test_a_sender_that_was_killed_leaves_its_calls_to_the_next(office: Office) -> None:  # R49
    await office.order("një")
    kinds = (jobs.JobKind.TELEGRAM_CALL,)
    claimed = await office.store.transact(lambda tx: jobs.claim(tx, office.desk, office.clock.at, kinds, 5, MINUTE))
    assert len(claimed) == 1  # and it is gone
    await office.pump.drain(30)
    assert office.network.texts == []
    office.clock.at += MINUTE
    await office.sending().drain(30)
    assert office.network.texts == ["një"]


async def test_nothing_personal_is_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    answers: list[Answer] = [
        BLOCKED,
        flood(1),
        refused(400, "Bad Request: Filan"),
        refused(404, "Not Found"),
        RuntimeError(f"{TOKEN} Filan"),
    ]
    for chat, answer in enumerate(answers, ANNA):
        office.network.next.append(answer)
        await office.order("Filan Fisteku 123456", chat)
        await office.pump.drain(30)
    await office.refuse_a_case()
    await office.pump.drain(30)
    written = caplog.text
    assert "telegram.call" in written
    assert "was given up: telegram.refused" in written
    for personal in ("Filan", "123456", str(ANNA)[:-1], TOKEN, "Kërkesa juaj", Chat(bot=BOT, id=ANNA).address):
        assert personal not in written
