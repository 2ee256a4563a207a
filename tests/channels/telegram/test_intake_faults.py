"""What cannot be read or handled, or not now, is ended or waits: it holds up nobody."""

import asyncio
import logging

import pytest

from bot.channels.telegram import handling
from bot.errors import InputError
from bot.services import updates
from bot.services.updates import Ended
from tests.channels.telegram.booth import Booth, MoodyStore
from tests.channels.telegram.raws import FILAN, FILANE, press, text
from tests.tools.engines import looking

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("hurried")]

BROKEN = text(1).replace(b'"menyja"', b"5").replace(b'"update_id": 1', b'"update_id": 2')


async def test_one_that_cannot_be_read_is_ended_and_told_and_the_next_one_goes_on(
    store: MoodyStore, caplog: pytest.LogCaptureFixture
) -> None:  # R29
    booth = Booth(store)
    async with booth.running():
        await booth.keep(text(1), BROKEN, text(3), b'{"update_id": 4, "message": 5}')
        await booth.done()
    assert booth.turns.ids == [1, 3]
    assert sorted(booth.turns.given_up) == [(2, FILAN, Ended.UNREADABLE), (4, None, Ended.UNREADABLE)]
    assert booth.states() == {1: "done", 2: "unreadable", 3: "done", 4: "unreadable"}
    assert booth.watched["unreadable"] == 2
    assert str(FILAN) not in caplog.text


async def test_a_turn_that_fails_is_tried_again_and_the_chat_keeps_its_order(store: MoodyStore) -> None:
    booth = Booth(store)
    booth.turns.faults["tung"] = handling.MOST_TRIES - 1
    async with booth.running():
        await booth.keep(text(1, "tung"), text(2), text(3, chat=FILANE))
        await booth.done()
    assert sorted(booth.turns.ids) == [1, 2, 3]
    assert booth.turns.ids.index(1) < booth.turns.ids.index(2)
    assert booth.turns.given_up == []
    assert booth.watched["failed"] == 2


async def test_while_a_turn_that_failed_waits_other_chats_go_on_and_its_own_does_not(
    store: MoodyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "AGAIN", 3_600)
    booth = Booth(store)
    booth.turns.faults["tung"] = 1
    async with booth.running():
        await booth.keep(text(1, "tung"), text(2), text(3, chat=FILANE))
        await booth.until(lambda: booth.watched.get("failed") == 1 and booth.turns.ids == [3])
        await booth.keep(text(4, chat=FILANE))
        await booth.until(lambda: booth.turns.ids == [3, 4])
    assert booth.states() == {1: "ready", 2: "ready", 3: "done", 4: "done"}


async def test_a_turn_that_fails_again_and_again_is_given_up_and_its_person_told(
    store: MoodyStore, caplog: pytest.LogCaptureFixture
) -> None:  # R51
    booth = Booth(store)
    booth.turns.faults["044 111 222"] = 99
    async with booth.running():
        await booth.keep(text(1, "044 111 222"), text(2), press(3, data="c:x"))
        await booth.done()
    assert booth.turns.given_up == [(1, FILAN, Ended.FAILED)]
    assert booth.turns.ids == [2, 3]
    assert booth.states()[1] == "failed"
    assert (booth.watched["failed"], booth.watched["given_up"]) == (3, 1)
    assert "ValueError at booth.py:" in caplog.text
    assert "044" not in caplog.text  # R32


async def test_even_one_that_cannot_be_given_up_blocks_nobody(store: MoodyStore) -> None:
    booth = Booth(store)
    booth.turns.faults["tung"] = 99
    booth.turns.silent = True
    async with booth.running():
        await booth.keep(text(1, "tung"), text(2), text(3, chat=FILANE), BROKEN.replace(b": 2,", b": 4,", 1), text(5))
        await booth.done()
    assert sorted(booth.turns.ids) == [2, 3, 5]
    assert booth.states() == {1: "failed", 2: "done", 3: "done", 4: "failed", 5: "done"}


async def test_failures_are_counted_over_restarts(store: MoodyStore) -> None:
    booth = Booth(store)
    await booth.keep(text(1, "tung"))
    for _ in range(2):
        await store.real.transact(lambda tx: updates.failed(tx, "ipko", 1))
    booth.turns.faults["tung"] = 1
    async with booth.running():
        await booth.done()
    assert booth.turns.given_up == [(1, FILAN, Ended.FAILED)]


async def test_one_whose_seal_is_broken_blocks_nobody(store: MoodyStore) -> None:
    await Booth(store).keep(text(1), text(2))
    with looking(store.path) as tables:
        tables.execute("UPDATE updates SET payload_sealed = 'k1.AAAA' WHERE update_id = 1")
    booth = Booth(store)
    async with booth.running():
        await booth.until(lambda: booth.turns.ids == [2])
    assert booth.states() == {1: "unreadable", 2: "done"}


async def test_a_store_that_is_away_for_a_while_loses_nothing(
    store: MoodyStore, caplog: pytest.LogCaptureFixture
) -> None:  # R50
    caplog.set_level(logging.INFO)
    booth = Booth(store)
    async with booth.running():
        await booth.keep(text(1))
        await booth.done()
        store.open.clear()
        keeping = asyncio.create_task(booth.keep(*(text(n, chat=FILAN + n % 3) for n in range(2, 12))))
        store.open.set()
        await keeping
        store.away = True
        await booth.until(lambda: "updates wait: StoreUnavailableError" in caplog.text or not booth.intake.waiting)
        await asyncio.sleep(0.05)
        store.away = False
        await booth.done()
        await booth.keep(text(12))
        await booth.done()
    assert sorted(booth.turns.ids) == list(range(1, 13))


async def test_a_database_that_is_away_from_the_beginning_is_waited_for(store: MoodyStore) -> None:  # R50
    earlier = Booth(store)
    await earlier.keep(text(1))
    booth = Booth(store)
    store.away = True
    async with booth.running():
        await asyncio.sleep(0.03)
        store.away = False
        await booth.until(lambda: booth.turns.ids == [1])


async def test_a_time_that_cannot_be_told_is_waited_for(store: MoodyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    booth = Booth(store)
    await booth.keep(text(1))

    def no_time() -> int:
        raise InputError("no clock")

    with monkeypatch.context() as patched:
        patched.setattr(booth.intake._clock, "now", no_time)
        with pytest.raises(InputError):
            await booth.keep(text(2))
        async with booth.running():
            await booth.until(lambda: booth.intake._dispatcher._away > 0)
            patched.undo()
            await booth.done()
    assert booth.turns.ids == [1]
