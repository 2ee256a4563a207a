"""What the company's own lists say of consents is taken only where it is newer than what holds (R59)."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR
from bot.dialogue.effects import Grant, ReadConsents, Withdraw
from bot.dialogue.events import ActDone, ConsentsRead, ConsentState
from bot.services.decisions import consents
from tests.services.acting import SHOWN, House, made_up_house, proven_customer
from tests.tools.desks import NOW, place

GIVEN, WITHDRAWN, NOT_GIVEN, UNKNOWN = (
    ConsentState.GIVEN,
    ConsentState.WITHDRAWN,
    ConsentState.NOT_GIVEN,
    ConsentState.UNKNOWN,
)


def _say(house: House, subject: str, state: ConsentState, now: int = NOW) -> None:
    """What the customer says here, on offers."""
    tx, desk = house.tx, house.desk
    if state is GIVEN:
        giving = Grant(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
        assert isinstance(consents.grant(tx, desk, place(now), giving), ActDone)
    else:
        withdrawal = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
        assert isinstance(consents.withdraw(tx, desk, place(now), withdrawal), ActDone)


def _import(house: House, subject: str, state: ConsentState, since: int | None, now: int = NOW) -> bool:
    return consents.record_imported(house.tx, house.desk, now, subject, "offers", state, since, "import:test")


def _state(house: House, subject: str) -> ConsentState:
    read = consents.read(house.tx, house.desk, place(), ReadConsents(company="alfa", subject=subject))
    assert isinstance(read, ConsentsRead)
    return read.consents[0].state


_BEFORE, _AFTER = NOW - DAY, NOW + HOUR

_CASES = [
    # what holds (state, since), the list (state, since), taken, what holds then
    (None, (GIVEN, _BEFORE), True, GIVEN),
    (None, (GIVEN, None), True, GIVEN),
    (None, (NOT_GIVEN, None), True, NOT_GIVEN),
    (None, (UNKNOWN, _BEFORE), False, UNKNOWN),
    ((GIVEN, _BEFORE), (WITHDRAWN, NOW), True, WITHDRAWN),
    ((GIVEN, _BEFORE), (WITHDRAWN, _BEFORE), False, GIVEN),
    ((GIVEN, _BEFORE), (WITHDRAWN, _BEFORE - 1), False, GIVEN),
    ((GIVEN, _BEFORE), (WITHDRAWN, None), False, GIVEN),
    ((GIVEN, _BEFORE), (GIVEN, NOW), False, GIVEN),
    ((GIVEN, _BEFORE), (UNKNOWN, NOW), False, GIVEN),
    ((WITHDRAWN, _BEFORE), (GIVEN, None), False, WITHDRAWN),
    ((GIVEN, None), (WITHDRAWN, None), True, WITHDRAWN),
    ((GIVEN, None), (GIVEN, None), False, GIVEN),
    ((GIVEN, None), (WITHDRAWN, _BEFORE), False, GIVEN),
    ((GIVEN, None), (WITHDRAWN, _AFTER), True, WITHDRAWN),
    ((WITHDRAWN, _BEFORE), (GIVEN, _AFTER + 1), False, WITHDRAWN),  # still to come: not believed
]


@pytest.mark.parametrize(("holds", "listed", "taken", "then"), _CASES)
def test_a_list_is_taken_only_where_it_is_newer(
    holds: tuple[ConsentState, int | None] | None,
    listed: tuple[ConsentState, int | None],
    taken: bool,  # noqa: FBT001
    then: ConsentState,
) -> None:  # R59
    house = made_up_house()
    subject = proven_customer(house)
    if holds:
        _import(house, subject, *holds, now=NOW)
    assert _import(house, subject, *listed, now=_AFTER) is taken
    assert _state(house, subject) is then


@pytest.mark.parametrize("since", [None, _BEFORE, NOW - 1, NOW, _AFTER + 1])
def test_no_list_undoes_a_newer_withdrawal_made_here(since: int | None) -> None:  # R59
    house = made_up_house()
    subject = proven_customer(house)
    _say(house, subject, WITHDRAWN)
    assert not _import(house, subject, GIVEN, since, now=_AFTER)
    assert _state(house, subject) is WITHDRAWN


def test_a_list_that_is_newer_than_the_withdrawal_is_taken() -> None:  # R59
    house = made_up_house()
    subject = proven_customer(house)
    _say(house, subject, WITHDRAWN)
    assert _import(house, subject, GIVEN, NOW + 1, now=_AFTER)
    assert _state(house, subject) is GIVEN


def test_what_the_customer_says_here_always_holds() -> None:  # R38, R59
    house = made_up_house()
    subject = proven_customer(house)
    _import(house, subject, GIVEN, _AFTER, now=_AFTER)
    _say(house, subject, WITHDRAWN)  # by a clock that lags
    assert _state(house, subject) is WITHDRAWN


def test_lists_publish_nothing_and_are_logged_where_they_change_something() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    _import(house, subject, GIVEN, _BEFORE)
    _import(house, subject, GIVEN, _BEFORE)
    _import(house, subject, GIVEN, NOW)
    assert house.rows("events") == house.rows("receipts") == []
    (entry,) = [json.loads(row["body"]) for row in house.rows("audit")]
    assert (entry["act"], entry["subject"], entry["company"]) == ("consent.imported", subject, "alfa")
    assert entry["details"] == {"purpose": "offers", "state": "given", "source": "import:test"}
    assert [(row["source"], row["reference"]) for row in house.rows("consents")] == [("import:test", None)] * 2


def test_a_list_says_again_what_holds_and_is_remembered_as_newer() -> None:  # R59
    house = made_up_house()
    subject = proven_customer(house)
    _import(house, subject, GIVEN, _BEFORE)
    assert not _import(house, subject, GIVEN, NOW)
    assert not _import(house, subject, WITHDRAWN, _BEFORE + 1)
    assert _state(house, subject) is GIVEN


_statements = st.lists(
    st.tuples(st.sampled_from([GIVEN, WITHDRAWN, NOT_GIVEN]), st.integers(1, 40)), unique_by=lambda s: s[1], max_size=8
)


@given(_statements, st.randoms(use_true_random=False))
def test_lists_lead_to_the_newest_statement_in_whatever_order_they_come(  # R59
    statements: list[tuple[ConsentState, int]],
    chance: random.Random,
) -> None:
    house = made_up_house()
    subject = proven_customer(house)
    shuffled = list(statements)
    chance.shuffle(shuffled)
    for state, since in shuffled:
        _import(house, subject, state, since)
    newest = max(statements, key=lambda s: s[1], default=(UNKNOWN, 0))
    assert _state(house, subject) is newest[0]


_acts = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from([GIVEN, WITHDRAWN])),
        st.tuples(st.sampled_from([GIVEN, WITHDRAWN, NOT_GIVEN]), st.none() | st.integers(0, 12)),
    ),
    max_size=12,
)


@given(_acts)
def test_nothing_older_ever_beats_what_was_said_here(acts: list[tuple[object, object]]) -> None:  # R59
    """Every act takes an hour; a list names one of these hours, or none."""
    house = made_up_house()
    subject = proven_customer(house)
    said: tuple[int, ConsentState] | None = None
    since_then: list[int] = []
    for hour, (what, which) in enumerate(acts):
        now = NOW + hour * HOUR
        if what == "say":
            _say(house, subject, ConsentState(str(which)), now)
            said, since_then = (now, ConsentState(str(which))), []
        else:
            since = None if which is None else NOW + int(str(which)) * HOUR
            if _import(house, subject, ConsentState(str(what)), since, now=now) and since is not None:
                since_then.append(since)
        numbers = [row["seq"] for row in house.rows("consents")]
        assert numbers == list(range(1, len(numbers) + 1))
        if said and not since_then:
            assert _state(house, subject) is said[1]
        assert all(said is None or said[0] < since <= now for since in since_then)
