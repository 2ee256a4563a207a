"""How much is taken of one browser."""

from bot.web.wire.limits import Allowance


class _Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_so_many_at_once_and_refilled_evenly() -> None:  # R24
    time = _Time()
    allowance = Allowance(100, time)
    assert [allowance.take() for _ in range(101)] == [True] * 100 + [False]
    time.seconds = 0.6
    assert allowance.take()
    assert not allowance.take()
    time.seconds = 600
    assert [allowance.take() for _ in range(101)] == [True] * 100 + [False]


def test_it_tells_how_long_to_wait() -> None:
    time = _Time()
    allowance = Allowance(6, time)
    while allowance.take():
        pass
    assert allowance.wait_seconds == 10
    time.seconds = 9
    assert allowance.wait_seconds == 1


def test_a_full_one_need_not_be_remembered() -> None:
    time = _Time()
    allowance = Allowance(60, time)
    assert allowance.full
    allowance.take()
    assert not allowance.full
    time.seconds = 1
    assert allowance.full
