"""Updates are kept before they are acknowledged; each is handled once, in order within its chat, whatever happens."""

import asyncio
import random
from dataclasses import replace

import pytest

from bot.answering import translations
from bot.assistant import Assistant
from bot.channels.telegram import intake
from bot.channels.telegram.arrivals import BusyError
from bot.channels.telegram.queues import Kept, Queues
from bot.channels.telegram.turns import TelegramTurns
from bot.channels.turn import Turns
from bot.clock import moment
from bot.dialogue.compose import Composer
from bot.errors import StoreUnavailableError
from bot.knowledge.compiled import Knowledge
from bot.services import jobs
from tests.channels.telegram.booth import HELD, Booth, MoodyStore, let_pass
from tests.channels.telegram.raws import FILAN, FILANE, text
from tests.tools.desks import NOW, made_up_desk

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("hurried")]


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
        await booth.done()
        await booth.keep(text(7))
        await asyncio.sleep(0.02)
        assert booth.turns.ids == [1, 2, 3, 4]
        let_pass(HELD)  # the two between them never come
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
    assert sorted(booth.turns.ids) == [1, 2, 3]
    assert booth.turns.ids.index(1) < booth.turns.ids.index(2)  # when another chat's turn comes, nobody says
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
    assert sorted(booth.turns.ids) == [1, 3]  # which of two chats is first, nobody says
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
        await booth.until(lambda: booth.intake._dispatcher.running)  # it has looked what was left
        await booth.keep(text(1, "/menyja@ipko_bot"))
        await booth.done()
    assert store.written == 2
    assert await store.real.read(jobs.waiting) > 0
    assert booth.states() == {1: "done"}
