"""Telegram is asked for updates; nothing is confirmed before it is stored, and no trouble ends the asking."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import polling
from bot.channels.telegram.polling import MOST, SECONDS, Polling
from bot.channels.telegram.reading import peek
from bot.delivery.pump import DeliveryError
from tests.channels.telegram.booth import LONGEST, Booth, MoodyStore
from tests.channels.telegram.raws import text

pytestmark = pytest.mark.asyncio


class Line:
    """Telegram's side: first what it is told to answer, then what was not confirmed; else the question waits."""

    def __init__(self, *answers: list[bytes] | Exception, pending: tuple[bytes, ...] = ()) -> None:
        self.answers = list(answers)
        self.pending = list(pending)
        self.asked: list[int | None] = []
        self.broken_off = 0

    async def get_updates(self, offset: int | None, seconds: int, most: int) -> list[bytes]:
        assert (seconds, most) == (SECONDS, MOST)
        self.asked.append(offset)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        self.pending = [raw for raw in self.pending if (peek(raw).update_id or 0) >= (offset or 0)]
        if not self.pending:
            try:
                await asyncio.Event().wait()
            finally:
                self.broken_off += 1
        return self.pending


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(polling, "LONGEST_WAIT", 0.004)


@contextlib.asynccontextmanager
async def asking(booth: Booth, line: Line) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Polling(booth.intake, line, "ipko").run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(LONGEST):
            await task


async def test_what_was_stored_is_confirmed_by_the_next_question(store: MoodyStore) -> None:  # R29
    booth, line = Booth(store), Line([text(5), text(6)], [text(7)])
    async with asking(booth, line):
        await booth.until(lambda: len(line.asked) == 3)
        assert list(booth.states()) == [5, 6, 7]
    assert line.asked == [None, 7, 8]
    assert line.broken_off == 1  # the end waits for no answer


async def test_nothing_is_confirmed_while_it_is_not_stored(store: MoodyStore) -> None:  # R29
    booth, line = Booth(store), Line(pending=(text(5), text(6)))
    store.away = True
    async with asking(booth, line):
        await booth.until(lambda: len(line.asked) >= 3)
        assert (set(line.asked), len(line.pending)) == ({None}, 2)
        store.away = False
        await booth.until(lambda: line.asked[-1:] == [7])
    assert list(booth.states()) == [5, 6]


async def test_where_too_many_wait_the_same_is_asked_for_again(store: MoodyStore) -> None:  # R52
    booth, line = Booth(store, most_waiting=1), Line([text(5)], pending=(text(6),))
    async with asking(booth, line):
        await booth.until(lambda: booth.watched.get("busy", 0) > 1)
        assert line.asked[-1:] == [6]
        async with booth.running():
            await booth.until(lambda: line.asked[-1:] == [7])
    assert list(booth.states()) == [5, 6]


async def test_what_is_told_again_after_a_restart_is_known(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    await booth.keep(text(5))
    line = Line([text(5), text(6)])
    async with asking(booth, line):
        await booth.until(lambda: len(line.asked) == 2)
    assert (booth.watched["kept"], booth.watched["repeated"]) == (2, 1)


async def test_after_silence_numbers_may_begin_anew_so_none_is_asked_for(store: MoodyStore) -> None:
    booth, line = Booth(store), Line([text(900)], [], [text(3)])
    async with asking(booth, line):
        await booth.until(lambda: len(line.asked) == 4)
    assert line.asked == [None, 901, None, 4]


async def test_trouble_is_waited_out_and_told_once(store: MoodyStore, caplog: pytest.LogCaptureFixture) -> None:  # R50
    caplog.set_level(logging.INFO)
    away = [DeliveryError("telegram.away", temporary=True) for _ in range(5)]
    other = [DeliveryError("telegram.conflict", temporary=True), DeliveryError("telegram.token", temporary=False)]
    booth, line = Booth(store), Line([text(5)], *away, *other, ValueError("044 111 222"), [text(6)])
    async with asking(booth, line):
        await booth.until(lambda: line.asked[-1:] == [7])
    told = [record.getMessage() for record in caplog.records if record.name == polling.__name__]
    trouble = ["telegram.away", "telegram.conflict", "telegram.token", "ValueError at test_polling.py"]
    assert [next(one for one in trouble if one in said) for said in told[:-1]] == trouble
    assert told[-1] == "updates of the bot ipko are asked for again"
    assert "044" not in caplog.text
    assert set(line.asked[1:-1]) == {6}


async def test_telegram_is_given_the_time_that_it_asks_for(store: MoodyStore) -> None:
    flood = DeliveryError("telegram.flood", temporary=True, wait=60_000)
    booth, line = Booth(store), Line(flood, [text(5)])
    async with asking(booth, line):
        await booth.until(lambda: len(line.answers) == 1)
        await asyncio.sleep(0.02)
        assert line.asked == [None]  # and the end waits for nothing


async def test_waits_grow_to_a_bound_and_differ() -> None:
    poll = Polling.__new__(Polling)
    poll._name, poll._trouble, poll._failures = "ipko", "", 0
    waits = [poll._wait("telegram.away") for _ in range(40)]
    assert polling.FIRST_WAIT / 2 <= waits[0] <= polling.FIRST_WAIT
    assert all(polling.LONGEST_WAIT / 2 <= wait <= polling.LONGEST_WAIT for wait in waits[5:])
    assert len(set(waits[5:])) > 30


async def test_what_cannot_be_confirmed_is_not_asked_for_without_end(store: MoodyStore) -> None:
    booth, line = Booth(store), Line([text(3)], [b'"what"'], [b'"what"', text(5)])
    async with asking(booth, line):
        await booth.until(lambda: line.asked[-1:] == [6])
    assert line.asked == [None, 4, 4, 6]
    assert booth.watched["unreadable"] == 2
