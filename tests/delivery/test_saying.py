"""What a process said of something outside is taken back when it ends, also what it was just saying (R50)."""

import asyncio
from collections.abc import Callable

import pytest

from bot.delivery.saying import Saying
from bot.services.outward import directory_health
from bot.storage.store import Tx
from tests.delivery.working import House

pytestmark = pytest.mark.asyncio
SAYS = "worker-1"


def says(now: int) -> Callable[[Tx], None]:
    return lambda tx: directory_health.say(tx, now, SAYS, "alfa", now)


def takes_back(tx: Tx) -> None:
    directory_health.leave(tx, SAYS)


async def failing(house: House) -> frozenset[str]:
    return await house.store.read(lambda tx: directory_health.failing(tx, house.clock.at))


async def test_what_was_said_is_taken_back(house: House) -> None:
    saying = Saying(house.store)
    await saying.say(says(house.clock.at))
    assert await failing(house) == {"alfa"}
    await saying.take_back(takes_back)
    assert await failing(house) == set()


async def test_who_said_nothing_takes_nothing_back(house: House) -> None:
    """Looking only must not write: a database may be full."""
    await Saying(house.store).take_back(lambda _: pytest.fail("nothing was said"))


async def test_what_is_just_being_said_is_taken_back_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    saying, real = Saying(house.store), house.store.transact
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def held(work: Callable[[Tx], None]) -> None:
        begun.set()
        await may_go_on.wait()
        await real(work)

    monkeypatch.setattr(house.store, "transact", held)
    cut_short = asyncio.create_task(saying.say(says(house.clock.at)))
    await begun.wait()
    cut_short.cancel()
    taking_back = asyncio.create_task(saying.take_back(takes_back))
    await asyncio.wait([cut_short])
    assert cut_short.cancelled()
    may_go_on.set()
    await taking_back
    assert await failing(house) == set()
