"""The pace: never faster than allowed, each gets its turn, and who is at rest is forgotten."""

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.telegram.pace import Pace

ALMOST = 1e-6
rates = st.sampled_from([1, 3, 10, 25, 30])
asked = st.lists(st.tuples(st.floats(0, 20), st.none() | st.integers(1, 4)), min_size=1, max_size=80)


def played(pace: Pace, calls: list[tuple[float, int | None]]) -> list[tuple[float, int | None]]:
    """Let calls ask when they come, and again when they are told to; return when each was made."""
    queue = [(at, number, chat) for number, (at, chat) in enumerate(calls)]
    heapq.heapify(queue)
    made = []
    asks = 0
    while queue:
        now, number, chat = heapq.heappop(queue)
        turn = pace.turn(now, chat)
        assert turn.wait >= 0
        assert turn.given or turn.wait > 0
        if turn.given:
            made.append((now + turn.wait, chat))
        else:
            heapq.heappush(queue, (now + turn.wait + ALMOST, number, chat))
        asks += 1
        assert asks < 100 * len(calls), "somebody asks without an end"
    return sorted(made, key=lambda call: call[0])


def at_most(times: list[float], rate: float, burst: int) -> None:
    """No stretch of time has more than ``burst`` and what comes at ``rate``."""
    for start in range(len(times)):
        for end in range(start + burst, len(times)):
            assert end - start + 1 <= burst + (times[end] - times[start]) * rate + 100 * ALMOST * rate


@given(asked, rates, st.sampled_from([0.5, 1.0, 3.0]), st.integers(1, 5))
def test_neither_a_bot_nor_a_chat_is_ever_faster_than_allowed(
    calls: list[tuple[float, int | None]], per_second: int, per_chat: float, burst: int
) -> None:
    made = played(Pace(per_second, per_chat, burst, 2.0), calls)
    assert len(made) == len(calls)
    at_most([at for at, _ in made], per_second, max(1, per_second // 5))
    for chat in {chat for _, chat in made if chat is not None}:
        at_most([at for at, its in made if its == chat], per_chat, burst)


@given(st.integers(1, 200), rates, st.integers(1, 8))
def test_everybody_gets_a_turn_and_no_time_is_lost(count: int, per_second: int, chats: int) -> None:
    made = played(Pace(per_second, 100, 100, 2.0), [(0.0, number % chats) for number in range(count)])
    assert len(made) == count
    assert made[-1][0] <= count / per_second + 4.0


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    pace = Pace(10, 1, 1, 2.0)
    waits = [pace.turn(0.0, chat).wait for chat in range(20)]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(1.8)


def test_a_rest_saves_up_a_few_messages_into_a_chat_and_no_more() -> None:
    pace = Pace(1000, 1, 5, 2.0)
    given_at_once = [pace.turn(100.0, 7) for _ in range(6)]
    assert [turn.given for turn in given_at_once] == [True] * 5 + [False]
    assert given_at_once[-1].wait == pytest.approx(1, abs=0.05)
    assert pace.turn(100.0, 8).given
    assert pace.turn(100.0).given  # what is no message waits for no chat


def test_a_refused_ask_costs_the_chat_nothing() -> None:
    pace = Pace(1, 1, 1, 0.5)
    assert pace.turn(0.0, 1).given
    assert not pace.turn(0.0, 2).given  # the bot's turn lies too far ahead
    assert pace.turn(1.0, 2).given


def test_those_who_would_wait_long_come_again_one_after_another() -> None:
    pace = Pace(10, 1, 1, 2.05)
    turns = [pace.turn(0.0) for _ in range(40)]
    far = [turn.wait for turn in turns if not turn.given]
    assert len(far) == 40 - 22  # one a tenth of a second, two at once
    assert all(wait > 2.05 for wait in far)
    assert len({round(wait, 3) for wait in far}) == len(far)


def test_chats_at_rest_are_forgotten() -> None:
    pace = Pace(30, 1, 5, 2.0)
    most = 0
    for second in range(300):
        for number in range(30):
            pace.turn(float(second) + number / 30, 30 * second + number)
            most = max(most, pace.remembered)
    assert most < 200
