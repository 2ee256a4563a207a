"""A directory is asked how it is, so that trouble is known though nobody asks for a code (R11, R50)."""

import asyncio
import contextlib

import pytest

from bot.clock import SECOND
from bot.delivery.directory import choosing
from bot.delivery.directory.choosing import directories
from bot.delivery.directory.http import HttpDirectory
from bot.delivery.directory.port import DirectoryError
from bot.delivery.outage import HOLDS, LOOKS, PEOPLE
from bot.services.outward import directory_health
from bot.services.outward.directory_health import FRESH, TELL_EACH
from bot.storage.store import Tx
from tests.delivery.directory.conftest import ONE, Asking
from tests.tools.desks import NOW
from tests.tools.directory import Mood, person, redirects, says, tells

pytestmark = pytest.mark.asyncio


async def looked(directory: HttpDirectory, times: int = LOOKS) -> None:
    for _ in range(times):
        await directory.look()


async def told(asking: Asking) -> bool:
    """Whether people are told of trouble now."""
    return "alfa" in await asking.read(lambda tx: directory_health.failing(tx, asking.clock.at))


async def in_vain(asking: Asking, *values: str) -> None:
    for value in values:
        with pytest.raises(DirectoryError):
            await asking.find(value)


async def test_trouble_is_known_and_known_to_be_over_although_nobody_asks(asking: Asking) -> None:  # R50
    directory = asking.another(tries=1)
    await directory.look()
    assert not await told(asking)
    asking.crm.mood = says(503)
    await looked(directory)
    assert await told(asking)
    with pytest.raises(DirectoryError, match="rests"):  # nor is it asked for anybody
        await directory.find("alfa", "number", ONE)
    asking.crm.mood = None
    await directory.look()
    assert not await told(asking)
    assert await directory.find("alfa", "number", ONE) == ()
    assert len(asking.crm.asked) == 1


@pytest.mark.parametrize(
    "mood", [says(401), says(404), redirects("/elsewhere"), tells({"status": "down"}), tells([]), tells(b"<!doctype")]
)
async def test_only_an_answer_as_in_the_contract_is_well(asking: Asking, mood: Mood) -> None:
    directory = asking.another(tries=1)
    asking.crm.mood = mood
    await looked(directory)
    assert directory.failing_since == asking.clock.at


async def test_what_becomes_of_one_persons_look_up_is_told_to_nobody(asking: Asking) -> None:  # R11
    asking.crm.mood = says(503)
    asking.directory = directory = asking.another(tries=1)
    for _ in range(20):
        await in_vain(asking, ONE)
        asking.clock.at += 10 * SECOND
        assert directory.failing_since is None
    assert not await told(asking)


async def test_what_several_people_meet_is_told_for_a_while_though_it_says_that_it_is_well(asking: Asking) -> None:
    # R50
    asking.crm.mood = says(503)
    asking.directory = asking.another(tries=1)
    await in_vain(asking, *(f"+3834400010{end}" for end in range(PEOPLE)))
    assert await told(asking)
    asking.crm.mood = None
    await asking.directory.look()
    assert await told(asking)
    asking.clock.at += HOLDS
    await asking.directory.look()
    assert not await told(asking)


async def test_while_it_answers_one_worker_nobody_is_told_of_trouble(asking: Asking) -> None:  # R11
    one, other = asking.another(tries=1), asking.another(tries=1)
    asking.crm.mood = says(503)
    await looked(one)
    assert await told(asking)
    asking.crm.mood = None
    await other.look()
    assert not await told(asking)
    await other.close()  # it ends, and says nothing any more
    assert await told(asking)
    asking.clock.at += FRESH
    assert not await told(asking)


async def test_that_all_is_well_is_not_written_at_every_look(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    real = directory_health.say

    def say(tx: Tx, now: int, worker: str, company: str, failing_since: int | None) -> None:
        written.append(now)
        real(tx, now, worker, company, failing_since)

    monkeypatch.setattr(directory_health, "say", say)
    for passes in (0, 0, TELL_EACH - 1, 1, 1):
        asking.clock.at += passes
        await asking.directory.look()
    assert written == [NOW, NOW + TELL_EACH]


async def test_it_looks_by_itself_and_goes_on_after_a_fault(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "LOOK_EACH", 0.01)
    asking.crm.customers = [person()]
    async with directories(asking.store, asking.desk, asking.clock, {"alfa": asking.crm.settings(tries=1)}) as all_:
        faults = iter([ValueError("of our own")])
        real, begun = all_.own["alfa"].look, list[int]()

        async def look() -> None:
            begun.append(NOW)
            for fault in faults:
                raise fault
            await real()

        monkeypatch.setattr(all_.own["alfa"], "look", look)
        async with all_.looked_at(), asyncio.timeout(30):
            while asking.crm.looks < 2:
                await asyncio.sleep(0.005)
            asking.crm.mood = says(503)
            while not all_.failing:
                await asyncio.sleep(0.005)
        looks = len(begun)
        await asyncio.sleep(0.05)
        assert len(begun) == looks  # and no longer than it is to


async def test_where_no_company_has_its_own_nothing_is_looked_at(asking: Asking) -> None:
    async with directories(asking.store, asking.desk, asking.clock, {}) as none:
        assert isinstance(none.looked_at(), contextlib.nullcontext)
