"""Updates are kept before they are acknowledged; each is handled once, in order within its chat, whatever happens."""

import asyncio
import contextlib
import logging
import random
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.answering import translations
from bot.assistant import Assistant
from bot.channels.telegram import dispatching, handling, intake, patience
from bot.channels.telegram.arrivals import BusyError
from bot.channels.telegram.queues import Kept, Queues
from bot.channels.telegram.turns import TelegramTurns
from bot.channels.turn import Turns
from bot.clock import moment
from bot.dialogue.compose import Composer
from bot.errors import InputError, StoreUnavailableError
from bot.knowledge.compiled import Knowledge
from bot.services import jobs, updates
from bot.services.updates import Ended
from tests.channels.telegram.booth import Booth, MoodyStore, a_store
from tests.channels.telegram.raws import FILAN, FILANE, group, message, person, press, text, update
from tests.tools.desks import NOW, made_up_desk

pytestmark = pytest.mark.asyncio

BROKEN = text(1).replace(b'"menyja"', b"5").replace(b'"update_id": 1', b'"update_id": 2')


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[MoodyStore]:
    async with a_store(tmp_path / "intake.db") as made:
        yield made


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what takes seconds take hundredths."""
    monkeypatch.setattr(handling, "AGAIN", 0.01)
    monkeypatch.setattr(dispatching, "AGAIN", 0.01)
    for module in (dispatching, intake):
        monkeypatch.setattr(module, "AWAY_FIRST", 0.01)
    monkeypatch.setattr(dispatching, "AWAY_LONGEST", 0.02)


# ---- kept -----------------------------------------------------------------------------------------------------


async def test_a_batch_is_stored_sealed_in_one_transaction_and_erased_when_it_was_handled(
    store: MoodyStore,
) -> None:  # R29
    booth = Booth(store)
    await booth.keep(text(1, "fjala ime"), text(2), text(3))
    assert store.written == 1
    assert booth.states() == {1: "ready", 2: "ready", 3: "ready"}
    assert "fjala" not in str(booth.rows())
    assert str(FILAN) not in str(booth.rows())
    async with booth.running():
        await booth.done()
    assert store.written == 4
    assert booth.rows() == {1: ("done", ""), 2: ("done", ""), 3: ("done", "")}
    assert [arrival.text for _, _, arrival in booth.turns.taken] == ["fjala ime", "menyja", "menyja"]


async def test_an_update_that_comes_again_is_handled_once(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    async with booth.running():
        await booth.keep(text(1), text(1))
        await asyncio.gather(*(booth.keep(text(1)) for _ in range(5)))
        await booth.keep(text(2))
        await booth.done()
        await booth.keep(text(1), text(3))
        await booth.done()
    again = Booth(store)
    await again.keep(text(1))
    async with again.running():
        await again.done()
    assert booth.turns.ids == [1, 2, 3]
    assert again.turns.ids == []
    assert (booth.watched["kept"], booth.watched["repeated"]) == (3, 6)


async def test_two_bots_updates_have_numbers_of_their_own(store: MoodyStore) -> None:
    booth = Booth(store)
    async with booth.running():
        await booth.keep(text(1))
        await booth.keep(text(1), bot="paysera")
        await booth.done()
    assert sorted(bot for bot, _, _ in booth.turns.taken) == ["ipko", "paysera"]


async def test_what_has_no_number_is_counted_and_dropped(
    store: MoodyStore, caplog: pytest.LogCaptureFixture
) -> None:  # R29
    booth = Booth(store)
    await booth.keep(b"{", text(1), b"[1]", b'{"message": "044 111 222"}')
    assert booth.states() == {1: "ready"}
    assert booth.watched["unreadable"] == 3
    assert "044" not in caplog.text
    await booth.keep(b"")
    assert store.written == 1


async def test_past_the_bound_nothing_more_is_kept_until_there_is_room(store: MoodyStore) -> None:  # R52
    booth = Booth(store, most_waiting=3)
    await booth.keep(text(1), text(2))
    with pytest.raises(BusyError):
        await booth.keep(text(3), text(4))
    assert (list(booth.states()), booth.intake.waiting, booth.watched["busy"]) == ([1, 2], 2, 1)
    async with booth.running():
        await booth.done()
        await booth.keep(*(text(number) for number in range(3, 9)))  # one batch fits where nothing waits
        await booth.done()
    assert booth.turns.ids == list(range(1, 9))


async def test_those_being_stored_count_as_waiting(store: MoodyStore) -> None:  # R52
    booth = Booth(store, most_waiting=2)
    store.open.clear()
    keeping = [asyncio.create_task(booth.keep(text(number))) for number in (1, 2)]
    await booth.until(lambda: booth.intake.waiting == 2)
    with pytest.raises(BusyError):
        await booth.keep(text(3))
    store.open.set()
    await asyncio.gather(*keeping)
    assert booth.intake.waiting == 2


async def test_nothing_is_kept_while_the_store_is_away_and_room_is_left_for_what_comes_again(
    store: MoodyStore,
) -> None:  # R50
    booth = Booth(store, most_waiting=1)
    store.away = True
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            await booth.keep(text(1))
    store.away = False
    await booth.keep(text(1))
    assert booth.states() == {1: "ready"}


# ---- in order ---------------------------------------------------------------------------------------------------


async def test_updates_that_overtake_one_another_are_put_in_order(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    await booth.keep(text(1))
    async with booth.running():
        await booth.done()
        for number in (4, 3, 2):
            assert booth.turns.ids == [1]
            await booth.keep(text(number))
            await asyncio.sleep(0.02)  # time enough for its turn, if nothing held it back
        await booth.keep(text(7))
        await booth.done()
    assert booth.turns.ids == [1, 2, 3, 4, 7]


async def test_each_chat_goes_in_order_however_its_updates_come(store: MoodyStore) -> None:
    booth = Booth(store)
    chance = random.Random(3)  # noqa: S311  repeatable
    raws = [text(number, chat=FILAN + number % 17) for number in range(1, 201)]
    for start in range(0, 200, 20):
        part = raws[start : start + 20]
        chance.shuffle(part)
        raws[start : start + 20] = part
    async with booth.running():
        await asyncio.gather(*(booth.keep(raw) for raw in raws))
        await booth.done()
    assert sorted(booth.turns.ids) == list(range(1, 201))
    for chat in range(17):
        own = [number for number in booth.turns.ids if number % 17 == chat]
        assert own == sorted(own)


async def test_what_has_no_chat_waits_for_nobody() -> None:
    queues = Queues()
    for number, chat in ((1, FILAN), (2, FILAN), (3, None), (4, None)):
        queues.add(Kept(bot="ipko", id=number, chat=chat, raw=b"", at=0))
    assert [kept.id for kept in iter(queues.take, None)] == [1, 3, 4]
    assert queues.ready == 0


async def test_a_chat_whose_first_one_is_over_may_still_be_told_that_the_next_one_waits() -> None:
    queues = Queues()
    first, second = (Kept(bot="ipko", id=number, chat=FILAN, raw=b"", at=0) for number in (1, 2))
    for kept in (first, second):
        queues.add(kept)
    assert queues.take() is first
    queues.end(first)
    assert not queues.tell_once(first)
    assert queues.tell_once(second)
    assert not queues.tell_once(second)


async def test_an_earlier_one_that_another_process_kept_is_waited_for(
    store: MoodyStore, monkeypatch: pytest.MonkeyPatch
) -> None:  # R29
    monkeypatch.setattr(intake, "LOOK_EACH", 0.05)
    booth, other = Booth(store), Booth(store)
    async with booth.running():
        await booth.until(lambda: bool(booth.intake._orders))  # it has looked what was left
        await other.keep(text(1))
        await booth.keep(text(2), text(3, chat=FILANE))
        await booth.done()
    assert booth.turns.ids in ([3, 1, 2], [1, 3, 2])
    assert other.turns.ids == []


async def test_what_an_earlier_process_left_is_taken_first(store: MoodyStore) -> None:  # R29
    earlier = Booth(store)
    for number in (3, 1, 2):
        await earlier.keep(text(number))
    booth = Booth(store)
    await booth.keep(text(4))
    async with booth.running():
        await booth.done()
        assert booth.turns.ids == [1, 2, 3, 4]
        await booth.keep(text(5))
        await booth.done()


async def test_one_that_the_first_look_finds_before_its_keeper_knows_is_handled_once(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    store.tells = told = asyncio.Event()
    keeping = [asyncio.create_task(booth.keep(text(number))) for number in (1, 2)]
    await booth.until(lambda: store.written == 2 and len(booth.states()) == 2)
    store.tells = None
    async with booth.running():
        await booth.until(lambda: booth.turns.ids == [1, 2])
        told.set()
        await asyncio.gather(*keeping)
        await booth.done()
        await booth.keep(text(3))
        await booth.done()
    assert booth.turns.ids == [1, 2, 3]


async def test_one_that_both_have_waiting_is_handled_once(store: MoodyStore) -> None:  # R29
    booth = Booth(store)
    store.tells = told = asyncio.Event()
    keeping = asyncio.create_task(booth.keep(text(1)))
    await booth.until(lambda: store.written == 1 and booth.states() == {1: "ready"})
    store.tells = None
    store.open.clear()
    async with booth.running():
        await booth.until(lambda: booth.intake._dispatcher.workers == 1)
        told.set()
        await keeping
        store.open.set()
        await booth.done()
        await booth.keep(text(2))
        await booth.done()
    assert booth.turns.ids == [1, 2]


async def test_more_is_taken_over_than_is_read_at_a_time(store: MoodyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_READ", 2)
    await Booth(store).keep(*(text(number) for number in range(1, 8)))
    booth = Booth(store)
    async with booth.running():
        await booth.until(lambda: len(booth.turns.ids) == 7)
    assert booth.turns.ids == list(range(1, 8))


# ---- what cannot be handled ---------------------------------------------------------------------------------


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
    assert booth.turns.ids == [3, 1, 2]
    assert booth.turns.given_up == []
    assert booth.watched["failed"] == 2


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
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        connection.execute("UPDATE updates SET payload_sealed = 'k1.AAAA' WHERE update_id = 1")
        connection.commit()
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


# ---- beside -------------------------------------------------------------------------------------------------


async def test_a_pressed_button_is_answered_after_its_turn_and_once(store: MoodyStore) -> None:
    booth = Booth(store)
    async with booth.running():
        await booth.keep(press(1), press(1))
        await booth.until(lambda: bool(booth.api.said))
        assert booth.states() == {1: "done"}
        await booth.keep(press(1))
    assert booth.api.said == [("query", "4711")]


async def test_an_inline_query_leads_into_the_private_chat(store: MoodyStore) -> None:
    booth = Booth(store)
    label = translations().gettext("Write to me in private")
    async with booth.running():
        await booth.keep(update(1, inline_query={"id": "q", "from": person(), "query": "", "offset": ""}))
        await booth.until(lambda: bool(booth.api.said))
    assert booth.api.said == [("inline", f"q: {label}")]


async def test_who_waits_for_long_is_shown_once_that_we_are_at_it(
    store: MoodyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.05)
    booth = Booth(store)
    async with booth.running():
        await booth.keep(text(1))
        await booth.done()
        await asyncio.sleep(0.06)
        assert booth.api.said == []
        await booth.keep(text(2), text(3), text(4, chat=FILANE), update(5, message=message() | {"chat": group()}))
        store.open.clear()  # their turns stand still
        await booth.until(lambda: len(booth.api.said) == 2)
        await asyncio.sleep(0.06)
        store.open.set()
        await booth.done()
    assert sorted(booth.api.said) == [("typing", FILAN), ("typing", FILANE)]


async def test_no_more_is_said_beside_than_may_be(store: MoodyStore, monkeypatch: pytest.MonkeyPatch) -> None:  # R52
    monkeypatch.setattr("bot.channels.telegram.aside.MOST", 2)
    monkeypatch.setattr("bot.channels.telegram.aside.LAST_WORDS", 0.01)
    booth = Booth(store)
    begun = []

    async def never(query: str) -> None:
        begun.append(query)
        await asyncio.Event().wait()

    monkeypatch.setattr(booth.api, "answer_query", never)
    async with booth.running():
        await booth.keep(*(press(number) for number in range(1, 6)))
        await booth.done()
    assert len(begun) == 2


async def test_an_answer_that_fails_is_logged_by_its_kind(
    store: MoodyStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    booth = Booth(store)

    async def fails(query: str) -> None:
        raise ValueError(query)

    monkeypatch.setattr(booth.api, "answer_query", fails)
    async with booth.running():
        await booth.keep(press(1))
        await booth.until(lambda: "ValueError at" in caplog.text)
    assert "4711" not in caplog.text


# ---- the end ------------------------------------------------------------------------------------------------


async def test_the_end_finishes_what_is_under_way_and_leaves_the_rest_in_the_store(store: MoodyStore) -> None:
    booth = Booth(store)
    stop = asyncio.Event()
    await booth.keep(text(1), text(2), text(3, chat=FILANE))
    running = asyncio.create_task(booth.intake.run(stop))
    store.open.clear()
    await booth.until(lambda: booth.intake._dispatcher.workers > 0)
    stop.set()
    await asyncio.sleep(0.02)
    assert not running.done()
    store.open.set()
    await running
    assert booth.turns.ids == [1, 3]
    await booth.keep(text(4))
    await asyncio.sleep(0.02)
    assert booth.states() == {1: "done", 2: "ready", 3: "done", 4: "ready"}
    after = Booth(store)
    async with after.running():
        await after.until(lambda: after.turns.ids == [2, 4])


async def test_the_first_update_costs_two_transactions_its_whole_turn_included(
    store: MoodyStore, knowledge: Knowledge
) -> None:
    desk, translate = replace(made_up_desk(), companies=knowledge.companies), translations().gettext
    assistant = Assistant(knowledge, Composer(translate), lambda: moment(NOW).date())
    turns = TelegramTurns(Turns(desk, assistant, knowledge, translate), desk, translate, None)
    booth = Booth(store, turns=turns, desk=desk)
    async with booth.running():
        await booth.keep(text(1, "/menyja@ipko_bot"))
        await booth.done()
    assert store.written == 2
    assert await store.real.read(jobs.waiting) > 0
    assert booth.states() == {1: "done"}
