"""Messages whose answer comes late, and those that are sent again meanwhile or given up (R50)."""

import asyncio

import pytest

from bot.delivery.sms.port import Sms, Taken
from tests.delivery.sms.lines import SHORT, Line, line
from tests.delivery.working import until

pytestmark = pytest.mark.asyncio
PATIENT = 30.0  # seconds


async def unanswered(of: Line, **more: str) -> None:
    """Send a message whose answer is held; who sent it gives up, and the next one is patient again."""
    of.centre.holds_answers = True
    of.waits(SHORT)
    assert await of.kind_of(**more) == ("sms.unanswered", True)
    of.waits(PATIENT)
    await of.centre.until(lambda centre: bool(centre.taken))


async def test_a_late_answer_is_waited_for_and_the_message_is_not_sent_again() -> None:
    async with line() as of:
        await unanswered(of)
        await unanswered(of)  # still waiting for the first
        sending = asyncio.create_task(of.send())
        await asyncio.sleep(0)
        of.centre.let_go()
        await sending
        assert len(of.centre.taken) == 1
        assert of.late == []  # it was waited for, in the end


async def test_an_answer_that_comes_when_nobody_waits_is_told_and_remembered() -> None:
    async with line() as of:
        await unanswered(of, notice="n")
        of.centre.let_go()
        await until(lambda: bool(of.late))
        sms, taken = of.late[0]
        assert (sms.key, sms.notice) == ("k", "n")
        assert await of.send() == taken
        assert len(of.centre.taken) == 1
        await of.send()  # the key once more, for something new
        assert len(of.centre.taken) == 2


async def test_that_a_message_was_taken_late_cannot_be_kept_and_it_is_taken_all_the_same() -> None:
    async with line() as of:
        of.fault = OSError("no room")
        await unanswered(of)
        of.centre.let_go()
        await until(lambda: bool(of.gateway._late) and not of.gateway._telling)
        await of.send()
        assert len(of.centre.taken) == 1


async def test_what_was_taken_late_is_told_before_the_gateway_is_closed() -> None:
    async with line() as of:
        await unanswered(of)
        kept, begun = of.gateway._on_late, asyncio.Event()

        async def slow(sms: Sms, taken: Taken) -> None:
            begun.set()
            await asyncio.sleep(0.05)
            await kept(sms, taken)

        of.gateway._on_late = slow
        of.centre.let_go()
        async with asyncio.timeout(30):
            await begun.wait()
        await of.gateway.close()
        assert len(of.late) == 1


async def test_who_gives_up_before_the_message_went_out_takes_it_back() -> None:
    async with line(window=1) as of:
        of.centre.holds_answers = True
        first = asyncio.create_task(of.send("a"))
        await of.centre.until(lambda centre: len(centre.taken) == 1)
        sending = [asyncio.create_task(of.send(text, key=text)) for text in "bcd"]
        await until(lambda: of.gateway._pace._asked == 3)  # one waits for room in the window, two for their turn
        for given_up in sending[:2]:
            given_up.cancel()
        of.centre.let_go()
        await asyncio.gather(first, *sending, return_exceptions=True)
        assert of.centre.texts() == ["a", "d"]


async def test_two_who_send_the_same_message_at_once_send_it_once() -> None:
    async with line() as of:
        of.centre.late = 0.1
        first, second = await asyncio.gather(of.send(), of.send())
        assert first == second
        assert len(of.centre.taken) == 1
