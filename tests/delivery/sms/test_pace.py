"""How fast messages go out."""

import asyncio

import pytest

from bot.delivery.pump import cancelled
from bot.delivery.sms import pace
from bot.delivery.sms.pace import Pace
from bot.delivery.sms.port import SmsError

pytestmark = pytest.mark.asyncio


def now() -> float:
    return asyncio.get_running_loop().time()


async def turns(under_test: Pace, count: int, at: list[float]) -> None:
    async with under_test.turns(count) as turn:
        for _ in range(count):
            await turn()
            at.append(now())


async def test_turns_come_evenly_and_never_many_at_once() -> None:
    under_test, at = Pace(100, waiting=5), list[float]()
    await asyncio.gather(*(turns(under_test, 1, at) for _ in range(20)))
    assert at[-1] - at[0] >= 0.16  # 20 turns of 10 ms, two of which may be made up for
    assert all(later - earlier >= 0.008 for earlier, later in zip(at[2:], at[5:], strict=False))


async def test_a_loop_that_was_held_up_does_not_send_all_at_once() -> None:
    under_test, at = Pace(100, waiting=5), list[float]()
    waiting = asyncio.gather(*(turns(under_test, 1, at) for _ in range(30)))
    await asyncio.sleep(0.05)
    until = now() + 0.15
    while now() < until:  # the loop stands still
        pass
    await waiting
    assert max(sum(at[first] <= each < at[first] + 0.02 for each in at) for first in range(30)) <= 4


async def test_the_parts_of_a_message_come_in_one_go() -> None:
    under_test, of = Pace(500, waiting=5), list[str]()

    async def three(name: str) -> None:
        async with under_test.turns(3) as turn:
            for _ in range(3):
                await turn()
                of.append(name)

    await asyncio.gather(*(three(name) for name in "abcd"))
    assert "".join(of) == "aaabbbcccddd"


async def test_who_would_wait_too_long_is_told_at_once() -> None:  # R52
    under_test, at = Pace(0.1, waiting=50), list[float]()
    waiting = [asyncio.create_task(turns(under_test, 1, at)) for _ in range(7)]  # two have their turn at once
    await asyncio.sleep(0)
    with pytest.raises(SmsError) as refused:
        async with asyncio.timeout(5):
            await turns(under_test, 1, at)
    assert (refused.value.kind, refused.value.temporary) == ("sms.busy", True)
    await cancelled(waiting)
    assert len(at) == 2
    async with under_test.turns(5):  # there is room again
        pass


async def test_a_message_that_is_given_up_gives_its_turn_back() -> None:
    under_test, at = Pace(40, waiting=0.125), list[float]()
    given_up = [asyncio.create_task(turns(under_test, 5, at)) for _ in range(1)]
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    await turns(under_test, 5, at)
    assert len(at) >= 5


async def test_it_slows_down_for_a_while_and_never_to_a_crawl(monkeypatch: pytest.MonkeyPatch) -> None:
    under_test = Pace(100, waiting=5)
    monkeypatch.setattr(pace, "CALM", 600)
    for _ in range(50):
        under_test.slow_down()
    assert under_test.apart == pytest.approx(0.02)
    monkeypatch.setattr(pace, "CALM", 0.02)
    under_test.slow_down()
    await asyncio.sleep(0.03)
    assert under_test.apart == pytest.approx(0.01)
