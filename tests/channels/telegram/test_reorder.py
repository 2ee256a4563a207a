"""Updates are put into the order of their numbers, and nothing is held up for long."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.reorder import FAR, Reorder

HOLD = 0.3


def test_what_comes_in_order_goes_at_once() -> None:
    order = Reorder(HOLD, last=4)
    assert [order.take(number, 0) for number in (5, 6, 7)] == [[5], [6], [7]]
    assert order.due is None


def test_one_waits_for_those_below_it_and_goes_after_them() -> None:
    order = Reorder(HOLD, last=4)
    assert order.take(7, 0.0) == []
    assert order.take(6, 0.1) == []
    assert order.take(6, 0.1) == []  # brought twice
    assert order.release(0.2) == []
    assert order.take(5, 0.2) == [5, 6, 7]
    assert (order.due, len(order)) == (None, 0)


def test_one_that_does_not_come_holds_up_the_others_once_and_no_longer_than_it_may() -> None:
    order = Reorder(HOLD, last=4)
    order.take(7, 0.0)
    assert order.due == HOLD
    assert order.release(HOLD - 0.01) == []
    assert order.release(HOLD) == [7]
    assert order.take(8, 0.4) == [8]
    assert order.take(5, 0.5) == [5]  # late
    assert order.take(9, 0.5) == [9]


def test_who_waited_long_enough_takes_along_those_below_who_came_later() -> None:
    order = Reorder(HOLD, last=4)
    order.take(9, 0.0)
    order.take(7, 0.2)
    order.take(12, 0.25)
    assert order.release(HOLD) == [7, 9]
    assert order.due == 0.25 + HOLD
    assert order.take(10, 0.4) == [10]
    assert order.release(0.25 + HOLD) == [12]


def test_the_first_one_ever_waits_for_nothing() -> None:
    order = Reorder(HOLD)
    assert order.take(700, 0) == [700]
    assert order.take(702, 0) == []
    assert order.take(701, 0) == [701, 702]


def test_numbers_that_are_chosen_anew_are_held_up_once_at_most() -> None:
    higher = Reorder(HOLD, last=4)
    assert higher.take(10**9, 0.0) == []
    assert higher.release(HOLD) == [10**9]
    assert higher.take(10**9 + 1, 1.0) == [10**9 + 1]
    lower = Reorder(HOLD, last=10**9)
    assert lower.take(1_000, 0.0) == [1_000]
    assert lower.take(1_002, 0.0) == []  # order holds among the new ones too
    assert lower.take(1_001, 0.0) == [1_001, 1_002]
    late = Reorder(HOLD, last=10**9)
    assert late.take(10**9 - FAR + 1, 0.0) == [10**9 - FAR + 1]
    assert late.take(10**9 + 1, 0.0) == [10**9 + 1]


def test_no_more_than_so_many_are_held() -> None:
    order = Reorder(HOLD, last=0, most=3)
    assert [order.take(number, 0) for number in (5, 3, 9)] == [[], [], []]
    assert order.take(4, 0) == [3, 4, 5]
    assert len(order) == 1


@given(st.randoms(use_true_random=False), st.integers(0, 30), st.sets(st.integers(0, 30)))
def test_whatever_comes_however_goes_once_and_none_waits_longer_than_it_may(
    chance: random.Random, count: int, lost: set[int]
) -> None:
    order, gone, came, now = Reorder(HOLD, last=99, most=8), [], {}, 0.0
    numbers = [100 + number for number in range(count) if number not in lost]
    chance.shuffle(numbers)
    for number in numbers:
        now += chance.random() * HOLD / 3
        gone += order.release(now)
        came[number] = now
        gone += order.take(number, now)
        held = set(came) - set(gone)
        assert len(held) == len(order) <= 8
        assert all(now < came[one] + HOLD for one in held)
    gone += order.release(now + HOLD)
    assert sorted(gone) == sorted(numbers)
    assert order.due is None
