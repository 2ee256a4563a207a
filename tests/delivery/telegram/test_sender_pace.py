"""Too much: what Telegram refuses for a while, and the pace that keeps it from that; nobody waits for another."""

import asyncio
import time

import pytest

from bot.clock import MINUTE, SECOND
from bot.delivery.telegram.calls import Erase
from bot.services import jobs
from tests.delivery.telegram.sending import ANNA, BESA, BOT, Office
from tests.delivery.working import sms, until
from tests.tools.telegram_request import flood

pytestmark = pytest.mark.asyncio


async def test_a_chat_that_got_too_much_waits_and_others_do_not(office: Office) -> None:
    office.network.always = lambda asked: flood(30) if asked.chat == ANNA else None
    await office.order("një", ANNA)
    await office.order("dy", ANNA)
    await office.order("tre", BESA)
    await office.pump.drain(30)
    assert office.network.texts == ["një", "tre"]
    assert office.calls() == [("ready", 0), ("ready", 0), ("done", 1)]
    office.network.always = lambda _asked: None
    office.clock.at += 30 * SECOND - 1
    await office.pump.drain(30)
    assert office.network.texts == ["një", "tre"]
    office.clock.at += 1
    await office.pump.drain(30)
    assert office.network.texts == ["një", "tre", "një", "dy"]


async def test_however_often_it_was_too_much_a_message_is_not_given_up(office: Office) -> None:
    office.network.always = lambda _asked: flood(60)
    await office.order("një")
    for _ in range(jobs.MOST_ATTEMPTS[jobs.JobKind.TELEGRAM_CALL] + 5):
        await office.pump.drain(30)
        office.clock.at += MINUTE
    office.network.always = lambda _asked: None
    await office.pump.drain(30)
    assert office.calls() == [("done", 1)]
    assert await office.store.read(jobs.dead) == []


async def test_messages_into_one_chat_keep_telegrams_pace_and_those_of_others_go_on(office: Office) -> None:
    pump = office.sending(per_second=1000, per_chat=20)
    for number in range(8):
        await office.order(f"a{number}", ANNA)
    for number in range(8):
        await office.order(f"b{number}", 700 + number)
    began = time.monotonic()
    await pump.drain(30)
    took = time.monotonic() - began
    assert took >= 3 / 20  # five at once, then one each twentieth of a second
    assert [text for text in office.network.texts if text[0] == "a"] == [f"a{number}" for number in range(8)]
    assert office.network.texts.index("b7") < office.network.texts.index("a7")


async def test_what_tidies_up_keeps_the_pace_of_the_bot_only(office: Office) -> None:
    pump = office.sending(per_second=1000, per_chat=0.001)
    for number in range(7):
        await office.order(Erase(message=number))
    await pump.drain(30)
    assert len(office.network.asked) == 7


async def test_who_would_wait_long_gives_its_place_to_others(office: Office) -> None:
    pump = office.sending(per_second=1000, per_chat=0.01, at_once=1)
    for number in range(6):
        await office.order(f"a{number}", ANNA)
    await office.order("b", BESA)
    await pump.drain(30)
    assert sorted(office.network.texts) == ["a0", "a1", "a2", "a3", "a4", "b"]
    assert office.calls()[5] == ("ready", 0)


async def test_one_bots_backlog_does_not_hold_up_anothers_reply(office: Office) -> None:
    pump = office.sending((BOT, "beta"), per_second=1, at_once=16)
    for number in range(40):
        await office.order(f"{number}", 700 + number)
    await office.order("përgjigje", BESA, "beta")
    working = asyncio.create_task(pump.drain(60))
    await until(lambda: "përgjigje" in office.network.texts)
    assert len(office.network.texts) < 12
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await pump.close()


async def test_a_backlog_of_messages_does_not_hold_up_a_code(office: Office) -> None:  # R50
    waits = asyncio.Event()
    real = office.network.do_request

    async def slow(*arguments: object, **more: object) -> tuple[int, bytes]:
        await waits.wait()
        return await real(*arguments, **more)  # type: ignore[arg-type]  # as they came

    office.network.do_request = slow  # type: ignore[method-assign]
    for number in range(50):
        await office.order(f"{number}", 700 + number)
    stop = asyncio.Event()
    running = [asyncio.create_task(work) for work in (office.pump.run(stop), office.worker.run(stop))]
    await sms(office, "k")
    await until(lambda: len(office.phone.taken) == 1)
    waits.set()
    await until(lambda: len(office.network.asked) == 50)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*running), 30)
