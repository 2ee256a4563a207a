"""When what fails is left alone: it is never stuck, never hammered, and one probe at a time goes out."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SECOND
from bot.delivery.circuit import Admitted, Circuit, Refused, Rules, State

RULES = Rules(failures=3, rest=5 * SECOND, longest_rest=30 * SECOND, patience=20 * SECOND)


@dataclass
class Line:
    """A circuit that is used, and what was done with it."""

    circuit: Circuit = field(default_factory=lambda: Circuit(rules=RULES))
    now: int = 1_000

    def state(self) -> State:
        return self.circuit.state

    def ask(self) -> Admitted | Refused:
        self.circuit, told = self.circuit.asked(self.now)
        return told

    def admitted(self) -> int:
        told = self.ask()
        assert isinstance(told, Admitted)
        return told.turn

    def fails(self, turn: int | None = None) -> None:
        turn = self.admitted() if turn is None else turn
        self.circuit = self.circuit.failed(turn, self.now)

    def answers(self, turn: int | None = None) -> None:
        turn = self.admitted() if turn is None else turn
        self.circuit = self.circuit.succeeded(turn)

    def looks(self, *, well: bool) -> None:
        self.circuit = self.circuit.looked_well() if well else self.circuit.look_failed(self.now)

    def ends(self, turn: int, how: str) -> None:
        match how:
            case "answer":
                self.answers(turn)
            case "fail":
                self.fails(turn)
            case "drop":
                self.circuit = self.circuit.dropped(turn, self.now)

    def opens(self) -> None:
        for _ in range(RULES.failures):
            self.fails()
        assert self.state() is State.OPEN


def test_failures_in_a_row_open_it_and_one_answer_between_them_does_not() -> None:
    line = Line()
    line.fails()
    line.fails()
    line.answers()
    line.fails()
    line.fails()
    assert line.state() is State.CLOSED
    line.fails()
    assert line.state() is State.OPEN
    assert line.ask() == Refused(wait=RULES.rest)


def test_one_probe_goes_out_when_the_rest_is_over_and_its_answer_closes_it() -> None:
    line = Line()
    line.opens()
    line.now += RULES.rest
    probe = line.admitted()
    assert line.state() is State.HALF_OPEN
    assert line.ask() == Refused(wait=RULES.soon)
    line.answers(probe)
    assert line.state() is State.CLOSED
    assert line.circuit.since is None
    line.admitted()


def test_each_failed_probe_doubles_the_rest_up_to_a_bound() -> None:
    line = Line()
    line.opens()
    opened = line.circuit.since
    rests = []
    for _ in range(5):
        line.now = line.circuit.until
        line.fails()
        rests.append((line.circuit.until - line.now) // SECOND)
    assert rests == [10, 20, 30, 30, 30]
    assert line.circuit.since == opened == 1_000


def test_what_began_before_it_opened_says_nothing_about_it() -> None:
    line = Line()
    before = line.admitted()
    line.opens()
    open_until = line.circuit.until
    line.fails(before)
    assert line.circuit.until == open_until
    line.answers(before)
    assert line.state() is State.OPEN


def test_a_probe_that_never_reports_is_given_up() -> None:
    line = Line()
    line.opens()
    line.now = line.circuit.until
    lost = line.admitted()
    line.now += RULES.patience - 1
    assert isinstance(line.ask(), Refused)
    line.now += 1
    again = line.admitted()
    assert again != lost
    line.fails(lost)
    assert line.state() is State.HALF_OPEN
    line.answers(again)
    assert line.state() is State.CLOSED


def test_a_probe_that_is_broken_off_says_nothing_and_the_next_may_probe_at_once() -> None:
    line = Line()
    line.opens()
    line.now = line.circuit.until
    probe = line.admitted()
    line.circuit = line.circuit.dropped(probe, line.now)
    assert line.state() is State.OPEN
    line.answers()
    assert line.state() is State.CLOSED
    again = line.admitted()
    assert line.circuit.dropped(again, line.now) == line.circuit  # one that is well stays so
    line.opens()
    assert line.circuit.dropped(again, line.now) == line.circuit


def test_looks_alone_open_it_and_one_that_is_good_closes_it() -> None:
    line = Line()
    for _ in range(RULES.looks):
        assert line.state() is State.CLOSED
        line.looks(well=False)
    assert line.state() is State.OPEN
    until = line.circuit.until
    line.now += SECOND
    line.looks(well=False)
    assert line.circuit.until == until  # it is probed no later for that
    line.looks(well=True)
    assert line.state() is State.CLOSED


def test_a_good_look_says_nothing_of_what_only_calls_meet_nor_a_bad_one_of_what_takes_them() -> None:
    line = Line()
    line.fails()
    line.looks(well=True)
    line.fails()
    line.looks(well=True)
    line.fails()
    assert line.state() is State.OPEN
    line.looks(well=True)
    assert line.state() is State.OPEN
    line.looks(well=False)
    line.looks(well=False)
    line.now = line.circuit.until
    line.answers()
    line.looks(well=False)  # again and again, though messages are taken
    assert line.state() is State.CLOSED


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "answer", "fail", "drop", "lose", "look well", "look bad"]),
            st.integers(0, 40 * SECOND), st.integers(0, 5),
        ),
        max_size=60,
    )
)  # fmt: skip
def test_whatever_happens_it_lets_one_through_at_a_time_and_comes_back(steps: list[tuple[str, int, int]]) -> None:
    line = Line()
    under_way: list[int] = []
    probes: dict[int, int] = {}  # turn, when it went out
    for what, passes, which in steps:
        line.now += passes
        if what == "ask":
            was = line.circuit
            told = line.ask()
            if isinstance(told, Refused):
                assert 0 < told.wait <= max(RULES.longest_rest, RULES.patience)
                assert was.state is not State.CLOSED
                assert line.now < was.until
                continue
            if was.state is not State.CLOSED:
                assert line.now >= was.until  # never before its rest, or the probe before it, is over
                assert all(line.now - at >= RULES.patience for turn, at in probes.items() if turn == was.turn)
                probes[told.turn] = line.now
            under_way.append(told.turn)
        elif what.startswith("look"):
            line.looks(well=what == "look well")
        elif under_way:
            turn = under_way.pop(which % len(under_way))
            line.ends(turn, what)
            if what == "drop":
                probes.pop(turn, None)
        assert line.circuit.in_a_row < RULES.failures
        assert (line.circuit.since is None) == (line.state() is State.CLOSED)
    line.now += max(RULES.longest_rest, RULES.patience)
    line.answers()  # whatever was, by now one goes out, and its answer makes all well
    assert line.state() is State.CLOSED
