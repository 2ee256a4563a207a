"""What is told of an outage depends on nobody's own code (R11, R50)."""

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SECOND
from bot.delivery.outage import HOLDS, LOOKS, PEOPLE, WITHIN, Outage
from tests.tools.desks import NOW

MINE = 1_000  # what tells me apart


def met(people: int, at: int = NOW, outage: Outage | None = None) -> Outage:
    """An outage that so many people met, each several times."""
    outage = outage or Outage()
    for _ in range(4):
        for whose in range(people):
            outage = outage.failed(at, whose)
    return outage


def test_looks_that_fail_are_told_until_one_is_good() -> None:  # R50
    outage = Outage().look_failed(NOW)
    assert outage.since(NOW) is None  # one may be bad luck
    for passed in range(1, 5):
        outage = outage.look_failed(NOW + passed)
        assert outage.since(NOW + passed) == NOW + LOOKS - 1
    assert outage.succeeded().since(NOW + 9) is not None
    assert outage.looked_well().since(NOW + 9) is None


def test_what_several_people_meet_is_told_and_what_fewer_meet_is_not() -> None:  # R11
    assert met(PEOPLE - 1).since(NOW) is None
    assert met(PEOPLE).since(NOW) == NOW


def test_it_is_told_for_a_while_whoever_is_served_meanwhile_and_then_must_be_met_anew() -> None:  # R11
    outage = Outage()
    for whose in range(PEOPLE):
        outage = outage.failed(NOW, whose)
    last = NOW + HOLDS - 1
    assert outage.succeeded().since(last) == NOW
    assert outage.failed(last, 0).since(last + 1) is None
    assert met(PEOPLE, last, outage).since(last + 1) == NOW  # it goes on


def test_one_that_is_served_between_or_long_ago_is_not_met() -> None:
    assert met(PEOPLE - 1).succeeded().failed(NOW, 99).since(NOW) is None
    assert met(PEOPLE - 1).failed(NOW + WITHIN, 99).since(NOW + WITHIN) is None
    assert met(PEOPLE - 1).failed(NOW + WITHIN - 1, 99).since(NOW + WITHIN - 1) is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["look well", "look bad", "time", "mine fails", "mine is served", "another fails"]),
            st.integers(0, 90 * SECOND),
        ),
        max_size=60,
    )
)
def test_nobody_sees_from_it_what_became_of_one_code(story: list[tuple[str, int]]) -> None:  # R11
    """While fewer than ``PEOPLE`` - 1 others fail, it is the same whether my code went out, failed, or was none."""
    known, unknown, now = Outage(), Outage(), NOW
    others = 0
    for happens, passes in story:
        now += passes
        match happens:
            case "look well":
                known, unknown = known.looked_well(), unknown.looked_well()
            case "look bad":
                known, unknown = known.look_failed(now), unknown.look_failed(now)
            case "mine fails":
                known = known.failed(now, MINE)
            case "mine is served":
                known = known.succeeded()
            case "another fails" if others < PEOPLE - 2:
                others += 1
                known, unknown = known.failed(now, others), unknown.failed(now, others)
        assert known.since(now) == unknown.since(now)
