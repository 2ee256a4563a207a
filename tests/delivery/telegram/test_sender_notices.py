"""Notices brought into chats: delivered when all of it is there, and by another way where nobody is (R58)."""

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.delivery.telegram.calls import Leave
from bot.dialogue.events import CaseState
from bot.services import jobs
from tests.delivery.telegram.sending import BOT, NOTICE, Office
from tests.services.acting import FILAN
from tests.tools.telegram_request import BLOCKED, refused

pytestmark = pytest.mark.asyncio


# ---- who is not there ------------------------------------------------------------------------------------------


async def test_who_blocked_the_bot_is_noted_and_the_notice_goes_by_sms(office: Office) -> None:  # R58
    reference = await office.refuse_a_case()
    office.network.always = lambda _asked: BLOCKED
    await office.pump.drain(30)
    assert office.blocked() == [True]
    assert {state for state, _ in office.calls()} == {"done"}  # no fault, no alarm, no other try
    assert office.rows("SELECT * FROM escalations") == []
    await office.worker.drain(30)
    [(to, text)] = office.phone.taken
    assert to == FILAN
    assert reference in text
    assert office.rows("SELECT delivered_by FROM notices") == [{"delivered_by": "sms"}]
    assert "notice.to_send" not in [row["kind"] for row in office.rows("SELECT kind FROM events")]
    assert ("telegram.blocked", BOT) in office.seen


async def test_what_the_company_writes_later_does_not_even_try(office: Office) -> None:  # R58
    await office.refuse_a_case()
    office.network.always = lambda _asked: BLOCKED
    await office.pump.drain(30)
    asked = len(office.network.asked)
    await office.refuse_a_case(customer=False)
    await office.pump.drain(30)
    assert len(office.network.asked) == asked


async def test_a_group_that_threw_the_bot_out_is_no_trouble(office: Office) -> None:
    office.network.always = lambda _asked: refused(403, "Forbidden: bot was kicked from the group chat")
    await office.order("Flas vetëm në privatësi.", -4_000_001)
    await office.order(Leave(), -4_000_001)
    await office.pump.drain(30)
    assert office.calls() == [("done", 1)] * 2
    assert office.rows("SELECT * FROM escalations") == []


# ---- notices --------------------------------------------------------------------------------------------------


def state(office: Office, reference: str) -> str:
    [row] = office.rows("SELECT state FROM requests WHERE reference = ?", reference)
    return str(row["state"])


async def test_a_notice_takes_effect_when_all_of_it_is_there(office: Office) -> None:  # R58
    reference = await office.refuse_a_case()
    assert await office.pump.run_once() == 1
    assert office.network.texts == [NOTICE[0]]
    assert state(office, reference) == CaseState.RECEIVED
    await office.pump.drain(30)
    assert office.network.texts == list(NOTICE)
    assert state(office, reference) == CaseState.REFUSED
    assert office.rows("SELECT delivered_by FROM notices") == [{"delivered_by": "chat"}]
    await office.worker.drain(30)
    assert office.phone.taken == []


async def test_a_notice_that_telegram_does_not_take_goes_by_sms_and_people_are_told(office: Office) -> None:  # R50, R58
    reference = await office.refuse_a_case()
    office.network.always = lambda _asked: refused(400, "Bad Request: message is too long")
    await office.pump.run_once()
    [dead] = await office.store.read(jobs.dead)
    assert dead.error == "telegram.refused"
    assert [row["kind"] for row in office.rows("SELECT kind FROM escalations")] == ["alarm"]
    assert "alarm.raised" in [row["kind"] for row in office.rows("SELECT kind FROM events")]
    await office.worker.drain(30)
    assert reference in office.phone.taken[0][1]


async def test_a_reply_that_telegram_does_not_take_is_before_people_and_the_next_one_goes(
    office: Office,
) -> None:  # R50
    office.network.next.append(refused(400, "Bad Request: message text is empty"))
    await office.order("një")
    await office.order("dy")
    await office.pump.drain(30)
    assert office.network.texts == ["një", "dy"]
    assert office.calls() == [("dead", 1), ("done", 1)]
    assert [row["kind"] for row in office.rows("SELECT kind FROM escalations")] == ["alarm"]


async def test_where_all_bots_were_taken_away_a_notice_goes_by_sms_after_days_and_people_are_told(
    office: Office,
) -> None:  # R50, R58
    reference = await office.refuse_a_case()
    worker, began = office.without_bots(), office.clock.at
    while not await office.store.read(jobs.dead):
        await worker.drain(30)
        office.clock.at += HOUR
    assert office.clock.at - began > 3 * DAY  # perhaps it was a mistake
    assert {row["kind"] for row in office.rows("SELECT kind FROM escalations")} == {"alarm"}
    await worker.drain(30)
    assert reference in office.phone.taken[0][1]


async def test_where_all_bots_were_taken_away_by_mistake_a_notice_arrives_when_they_are_back(
    office: Office,
) -> None:  # R50
    await office.refuse_a_case()
    await office.without_bots().drain(30)
    office.clock.at += 5 * MINUTE
    await office.pump.drain(30)
    assert office.network.texts == list(NOTICE)
