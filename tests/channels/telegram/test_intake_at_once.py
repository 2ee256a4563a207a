"""An update that has nothing before it is kept and handled in one transaction; too many of one chat are not read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.telegram import dispatching, handling, patience
from bot.dialogue.events import Thing
from bot.errors import StoreUnavailableError
from tests.channels.telegram.booth import Booth, a_store, let_pass
from tests.channels.telegram.raws import FILAN, FILANE, press, text

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _only_what_is_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is tried again at once; nobody has waited for long before a test says so."""
    for module in (handling, dispatching):
        monkeypatch.setattr(module, "AGAIN", 0.01)
    monkeypatch.setattr(patience, "SECONDS", 60)


@contextlib.asynccontextmanager
async def at_work(folder: Path, **more: Any) -> AsyncIterator[Booth]:
    """An intake at work, which knows the order of numbers from a first update."""
    async with a_store(folder / "intake.db") as store:
        made = Booth(store, **more)
        async with made.running():
            await made.until(lambda: made.intake._dispatcher.running)  # it has looked what was left
            await made.keep(text(1))
            await made.done()
            store.written = 0
            yield made


@pytest_asyncio.fixture
async def booth(tmp_path: Path) -> AsyncIterator[Booth]:
    async with at_work(tmp_path) as made:
        yield made


async def test_it_costs_one_transaction_and_what_it_says_is_never_stored(booth: Booth) -> None:  # R29
    await booth.keep(text(2))
    assert booth.turns.ids == [1, 2]  # before it is acknowledged
    assert booth.store.written == 1
    assert booth.rows()[2] == ("done", "")
    assert not booth.intake.waiting


async def test_chats_go_side_by_side_and_each_in_order(booth: Booth) -> None:
    booth.store.open.clear()
    keeping = [asyncio.create_task(booth.keep(text(number, chat=number))) for number in (2, 3, 4)]
    keeping += [asyncio.create_task(booth.keep(text(number, chat=4))) for number in (5, 6)]
    await booth.until(lambda: booth.intake.waiting == 5)
    booth.store.open.set()
    await asyncio.gather(*keeping)
    await booth.done()
    assert sorted(booth.turns.ids) == [1, 2, 3, 4, 5, 6]
    assert [number for number in booth.turns.ids if number >= 4] == [4, 5, 6]


async def test_one_that_comes_again_is_known(booth: Booth) -> None:  # R29
    await booth.keep(text(2))
    await booth.keep(text(2))
    assert booth.turns.ids == [1, 2]
    assert booth.watched["repeated"] == 1


async def test_one_whose_turn_fails_is_kept_and_tried_again_before_the_next_of_its_chat(booth: Booth) -> None:  # R51
    booth.turns.faults["tung"] = 2
    await booth.keep(text(2, "tung"))
    await booth.keep(text(3))
    await booth.keep(text(4, chat=FILANE))
    await booth.done()
    assert [number for number in booth.turns.ids if number != 4] == [1, 2, 3]
    assert booth.states() == {1: "done", 2: "done", 3: "done", 4: "done"}


async def test_nothing_is_acknowledged_while_the_store_is_away_and_it_is_taken_when_it_comes_again(
    booth: Booth,
) -> None:  # R29, R50
    booth.store.away = True
    with pytest.raises(StoreUnavailableError):
        await booth.keep(text(2))
    booth.store.away = False
    await booth.keep(text(2))
    await booth.keep(text(3))
    await booth.done()
    assert booth.turns.ids == [1, 2, 3]


async def test_a_press_is_answered_once(booth: Booth) -> None:
    await booth.keep(press(2))
    await booth.keep(press(2))
    await booth.until(lambda: bool(booth.api.said))
    assert [what for what, _ in booth.api.said] == ["query"]


async def test_more_than_is_read_in_a_minute_is_told_and_not_read_and_others_go_on(tmp_path: Path) -> None:  # R52
    async with at_work(tmp_path, per_minute=2) as booth:  # the next but half a minute later
        for number in range(2, 7):
            await booth.keep(text(number, f"{number}"))
        await booth.keep(text(7, "tjetri", chat=FILANE))
        await booth.done()
        things = [arrival.thing for _, _, arrival in booth.turns.taken]
        assert things[:2] == [None] * 2
        assert set(things[2:6]) == {Thing.TOO_FAST}
        assert len({arrival.album for _, _, arrival in booth.turns.taken[2:6]}) == 1  # so that it is told once
        assert booth.turns.taken[-1][2].text == "tjetri"
        assert booth.watched["too_fast"] == 4
        let_pass(31)
        await booth.keep(text(8))
        assert booth.turns.taken[-1][2].thing is None


async def test_a_button_of_who_is_too_fast_stops_waiting_too(tmp_path: Path) -> None:  # R52
    async with at_work(tmp_path, per_minute=2) as booth:
        await booth.keep(text(2))
        await booth.keep(press(3))
        await booth.until(lambda: bool(booth.api.said))
        assert booth.turns.taken[-1][2].thing is Thing.TOO_FAST
        assert booth.api.said == [("query", "4711")]


async def test_after_one_that_had_to_wait_who_waits_is_still_shown_that_we_are_at_it(booth: Booth) -> None:  # R51
    booth.turns.faults["tung"] = 1
    await booth.keep(text(2, "tung"))
    await booth.done()
    let_pass(61)
    await booth.until(lambda: not len(booth.intake._patience))
    assert booth.api.said == []
    await booth.keep(text(3), text(4, chat=FILANE))
    booth.store.open.clear()
    let_pass(61)
    await booth.until(lambda: len(booth.api.said) == 2)
    booth.store.open.set()
    await booth.done()


async def test_of_what_had_to_wait_nothing_is_remembered_when_it_is_over(booth: Booth) -> None:  # R52
    for number in range(2, 12):
        booth.turns.faults["tung"] = 1
        await booth.keep(text(number, "tung"))
        await booth.done()
    let_pass(61)
    await booth.until(lambda: not len(booth.intake._patience))


async def test_who_waits_because_a_turn_failed_is_shown_that_we_are_at_it(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:  # R51
    monkeypatch.setattr(handling, "AGAIN", 3_600)
    booth.turns.faults["tung"] = 2
    await booth.keep(text(2, "tung"))
    let_pass(61)
    await booth.until(lambda: bool(booth.api.said))
    assert booth.api.said == [("typing", FILAN)]
    assert booth.turns.ids == [1]  # it waits on


async def test_when_the_store_is_back_updates_go_at_once_again(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:  # R50
    monkeypatch.setattr(dispatching, "AWAY_FIRST", 0.01)
    await booth.keep(text(2), text(3, chat=FILANE))
    booth.store.away = True
    await booth.until(lambda: not booth.intake._dispatcher.is_well)
    booth.store.away = False
    await booth.done()
    booth.store.written = 0
    await booth.keep(text(4))
    assert sorted(booth.turns.ids) == [1, 2, 3, 4]
    assert booth.store.written == 1
