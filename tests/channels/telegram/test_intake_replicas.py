"""Two processes behind one webhook: what comes to the one is no gap to the other, and each chat keeps its order."""

import asyncio
from pathlib import Path

import pytest

from bot.channels.telegram import seeking
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.turns import Bot
from bot.storage.store import Tx
from tests.channels.telegram.booth import Booth, Notebook, a_store
from tests.channels.telegram.raws import FILAN, FILANE, text
from tests.tools.twice import Rehearsal

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("hurried")]


class Noting(Notebook):
    """Turns of several processes that note what they take in one list."""

    def __init__(self, order: list[int]) -> None:
        super().__init__()
        self._order = order

    def take(self, tx: Tx, now: int, bot: Bot, update_id: int, arrival: Arrival) -> bool:
        took = super().take(tx, now, bot, update_id, arrival)
        self._order += [update_id] if took and not isinstance(tx, Rehearsal) else []
        return took


async def test_updates_that_come_to_two_processes_in_turn_wait_for_nothing(tmp_path: Path) -> None:  # R29
    async with a_store(tmp_path / "updates.db") as one, a_store(tmp_path / "updates.db") as other:
        here, there = Booth(one), Booth(other)
        async with here.running(), there.running():
            await here.keep(text(1))
            await there.keep(text(2))
            await here.done()
            await there.done()
            for number in range(3, 15):
                booth = (here, there)[number % 2]
                await booth.keep(text(number, chat=(FILAN, FILANE)[number % 3 == 0]))
                await booth.done()  # within LONGEST: one that is waited for would hold it up for HELD
    assert sorted(here.turns.ids + there.turns.ids) == list(range(1, 15))


async def test_a_number_that_came_to_nobody_is_waited_for_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R29
    monkeypatch.setattr(seeking, "LOOK_EACH", 0.01)
    async with a_store(tmp_path / "updates.db") as store:
        booth = Booth(store)
        async with booth.running():
            await booth.keep(text(1))
            await booth.done()
            await booth.keep(text(3, "later"))
            await asyncio.sleep(0.2)
            assert booth.turns.ids == [1]
            await booth.keep(text(2, "earlier"))
            await booth.done()
    assert booth.turns.ids == [1, 2, 3]


async def test_of_one_chat_the_order_holds_whoever_is_quicker(tmp_path: Path) -> None:  # R29
    async with a_store(tmp_path / "updates.db") as one, a_store(tmp_path / "updates.db") as other:
        taken: list[int] = []
        here, there = Booth(one, turns=Noting(taken)), Booth(other, turns=Noting(taken))
        async with here.running(), there.running():
            for booth, number in ((here, 1), (there, 2)):
                await booth.keep(text(number))
                await booth.done()
            await asyncio.gather(*((here, there)[number % 2].keep(text(number)) for number in range(3, 21)))
            await here.done()
            await there.done()
    assert taken == list(range(1, 21))
