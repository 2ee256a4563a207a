"""What the worker does, over a store that runs every work twice: a deadlock costs a run, and changes nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MINUTE
from tests.delivery.working import House, act, sms, verdict
from tests.tools.engines import TWICE
from tests.tools.twice import TwiceStore

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    made.store = made.store if TWICE else TwiceStore(made.store)
    made.worker = made.another()
    yield made
    await made.store.close()


async def test_a_code_is_sent_once(house: House) -> None:  # R49
    await house.customer()
    await house.ask()
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1
    assert sorted(house.jobs()) == [("directory.lookup", "done"), ("sms.send", "done")]
    assert house.rows("SELECT attempts FROM challenges") == [{"attempts": 0}]


async def test_what_cannot_be_sent_is_tried_as_often_as_it_may_be(house: House) -> None:
    house.phone.down()
    await sms(house, "k")
    for _ in range(3):
        await house.worker.drain(30)
        house.clock.at += 30 * MINUTE
    assert [row["attempts"] for row in house.rows("SELECT attempts FROM jobs")] == [house.phone.tried]


async def test_the_log_is_sealed_once(house: House) -> None:  # R47
    await act(house, 5)
    await house.worker.house.seal()
    told = await verdict(house)
    assert (told.sealed, told.unsealed, told.faults) == (5, 0, ())
