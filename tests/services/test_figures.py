"""Figures: what is counted of made-up cases whose times, shares and ages are known beforehand."""

import datetime as dt
import itertools
from collections.abc import Mapping

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.nlu.intents import Kind
from bot.services.casework.deadlines import start_of
from bot.services.figures import reading
from bot.services.figures.counting import Age, Code, Figures, Outcome, Spread, Stands, spread
from bot.services.figures.period import Period, Span, between, spanning
from bot.services.figures.tallying import Tally, count_codes
from tests.services.acting import House, made_up_house
from tests.tools.desks import NOW
from tests.tools.engines import undone

TODAY = dt.date(2026, 3, 5)
YEAR = spanning(Span.YEAR, TODAY)
NOON = 12 * HOUR


def at(day: str, hour: float = 12.0) -> int:
    """A time in Kosovo."""
    return start_of(dt.date.fromisoformat(day)) + int(hour * HOUR)


_numbers = itertools.count()


def put(
    house: House,
    received: int,
    closed: int | None = None,
    *,
    kind: str = "dsar_access",
    state: str = "",
    due: str = "2026-12-31",
    extended: str | None = None,
    paused: int | None = None,
    pauses: int = 0,
    company: str = "alfa",
) -> None:
    """A request as the table has it."""
    house.tables.insert(
        "requests",
        {
            "reference": f"R{next(_numbers)}",
            "company": company,
            "kind": kind,
            "proof": "proven",
            "channel": "web",
            "state": state or ("answered" if closed else "in_progress"),
            "body_sealed": "",
            "flags": "[]",
            "received_at": received,
            "due_on": due,
            "due_rule": "r",
            "extended_to": extended,
            "paused_at": paused,
            "paused_ms": pauses,
            "closed_at": closed,
        },
    )


def read(house: House, period: Period = YEAR, *companies: str) -> Figures:
    return reading.read(house.tx, house.desk, NOW, companies or ("alfa",), period)


@pytest.fixture
def house() -> House:
    return made_up_house()


@pytest.mark.parametrize(
    ("tenths", "found"),
    [
        ({}, None),
        ({5: 0}, None),
        ({5: 1}, Spread(count=1, median=0.5, worst=0.5)),
        ({10: 1, 30: 1}, Spread(count=2, median=2.0, worst=3.0)),
        ({10: 1, 30: 1, 500: 1}, Spread(count=3, median=3.0, worst=50.0)),
        ({10: 3, 30: 1}, Spread(count=4, median=1.0, worst=3.0)),
        ({10: 2, 30: 2}, Spread(count=4, median=2.0, worst=3.0)),
        ({0: 1, 1: 99}, Spread(count=100, median=0.1, worst=0.1)),
    ],
)
def test_half_took_no_longer_than_the_one_in_the_middle(tenths: Mapping[int, int], found: Spread | None) -> None:
    assert spread(tenths) == found


def test_days_to_answer_leave_the_pauses_out(house: House) -> None:  # R34
    put(house, at("2026-01-10"), at("2026-01-20"))  # 10 days
    put(house, at("2026-01-10"), at("2026-02-09"), pauses=10 * DAY)  # 30, of which 10 stood still
    put(house, at("2026-01-10"), at("2026-01-11"), kind="complaint")
    put(house, at("2026-01-10"), at("2026-03-01"), state="withdrawn")  # nobody answered that one
    put(house, at("2026-01-10"))  # still open
    figures = read(house)
    assert figures.spread("dsar_access") == Spread(count=2, median=15.0, worst=20.0)
    assert figures.spread("complaint") == Spread(count=1, median=1.0, worst=1.0)
    assert figures.spread() == Spread(count=3, median=10.0, worst=20.0)
    assert figures.spread("dsar_erasure") is None


@pytest.mark.parametrize(
    ("closed", "due", "extended", "told"),
    [
        (
            at("2026-02-10", 23.99),
            "2026-02-10",
            None,
            (1, 0),
        ),  # the day is over at midnight in Kosovo, not in Greenwich
        (at("2026-02-11", 0), "2026-02-10", None, (0, 1)),
        (at("2026-02-11", 0.5), "2026-02-11", None, (1, 0)),
        (at("2026-02-20"), "2026-02-10", "2026-04-10", (1, 0)),  # extended (R34)
        (at("2025-07-10", 23.99), "2025-07-10", None, (1, 0)),  # the same in summer
        (at("2025-07-11", 0), "2025-07-10", None, (0, 1)),
    ],
)
def test_on_time_is_what_was_delivered_by_the_due_date(  # R33
    house: House, closed: int, due: str, extended: str | None, told: tuple[int, int]
) -> None:
    put(house, closed - 20 * DAY, closed, due=due, extended=extended)
    punctual = read(house).punctual["dsar_access"]
    assert (punctual.on_time, punctual.late) == told


def test_the_share_on_time_is_of_all_that_were_answered(house: House) -> None:
    for day, state in (("01-15", "answered"), ("01-31", "partly"), ("02-01", "refused"), ("02-02", "answered")):
        put(house, at("2026-01-01"), at(f"2026-{day}"), state=state, due="2026-02-01")
    put(house, at("2026-01-01"), at("2026-02-20"), state="withdrawn", due="2026-02-01")
    assert read(house).on_time().share == 0.75
    assert (read(house).on_time().on_time, read(house).on_time().late) == (3, 1)


def test_requests_are_counted_by_kind_and_state_of_those_that_came_in_the_time(house: House) -> None:
    put(house, at("2026-02-01", 0), kind="complaint")
    put(house, at("2026-02-28", 23.9), at("2026-03-02"), kind="complaint")
    put(house, at("2026-01-31", 23.9), kind="complaint")
    put(house, at("2026-03-01", 0), kind="complaint")
    put(house, at("2026-02-10"), kind="dsar_access", company="beta")
    february = Period(first=dt.date(2026, 2, 1), last=dt.date(2026, 2, 28))
    assert read(house, february).received == {("complaint", "in_progress"): 1, ("complaint", "answered"): 1}
    assert read(house, february, "alfa", "beta").received[("dsar_access", "in_progress")] == 1


def test_each_month_has_what_came_and_what_was_closed(house: House) -> None:
    put(house, at("2025-12-31", 23.5), at("2026-01-01", 0.5))
    put(house, at("2026-02-01"), at("2026-02-28"), state="withdrawn")
    put(house, at("2026-02-28"))
    quarter = Period(first=dt.date(2025, 12, 10), last=dt.date(2026, 2, 28))
    months = [(each.part.first.month, each.received, each.closed) for each in read(house, quarter).months]
    assert months == [(12, 1, 0), (1, 0, 1), (2, 2, 1)]


def test_open_ones_stand_by_age_late_in_time_or_with_a_clock_that_stands_still(house: House) -> None:
    put(house, NOW - DAY, due="2026-04-05")
    put(house, NOW - 7 * DAY, due="2026-04-05")
    put(house, NOW - 7 * DAY - MINUTE, due="2026-03-05")  # due today is not late yet
    put(house, NOW - 31 * DAY, due="2026-03-04", state="waiting")  # waits for the customer, but its clock runs
    put(house, NOW - 31 * DAY, due="2026-03-04", paused=NOW - DAY, state="waiting")
    put(house, NOW - 200 * DAY, due="2026-01-04", extended="2026-03-04", state="extended")
    put(house, NOW - 200 * DAY, NOW - DAY)
    assert read(house).open == {
        (Age.WEEK, Stands.IN_TIME): 2,
        (Age.FORTNIGHT, Stands.IN_TIME): 1,
        (Age.TWO_MONTHS, Stands.LATE): 1,
        (Age.TWO_MONTHS, Stands.PAUSED): 1,
        (Age.OLDER, Stands.LATE): 1,
    }


def test_withdrawals_wait_until_they_are_acknowledged(house: House) -> None:  # R38
    for seq, (kind, hours, done) in enumerate(
        [
            ("consent.withdrawn", 30, None),
            ("consent.withdrawn", 2, None),
            ("consent.withdrawn", 90, NOW),
            ("marketing.stopped", 24, None),
            ("request.filed", 99, None),
        ]
    ):
        house.tables.insert(
            "events",
            {
                "seq": seq,
                "id": f"e{seq}",
                "kind": kind,
                "company": "alfa",
                "body_sealed": "",
                "at": NOW - hours * HOUR,
                "acknowledged_at": done,
            },
        )
    waiting = read(house).waiting
    assert sorted(waiting) == ["consent.withdrawn", "marketing.stopped"]
    withdrawn = waiting["consent.withdrawn"]
    assert (withdrawn.count, withdrawn.late, withdrawn.oldest) == (2, 1, NOW - 30 * HOUR)
    assert waiting["marketing.stopped"].late == 1


def test_what_was_put_before_a_person_is_counted_by_kind_and_end(house: House) -> None:
    for number, (kind, state) in enumerate([("hand_off", "open"), ("hand_off", "closed"), ("press", "converted")]):
        house.tables.insert(
            "escalations",
            {"id": f"E{number}", "kind": kind, "company": "alfa", "body_sealed": "", "state": state, "at": NOW - DAY},
        )
    counted = {("hand_off", "open"): 1, ("hand_off", "closed"): 1, ("press", "converted"): 1}
    assert read(house).escalations == counted


def test_a_question_counts_once_however_often_its_turn_is_run(house: House) -> None:
    tally = Tally()
    for kind in (Kind.ANSWER, Kind.ANSWER, Kind.SMALLTALK):
        tally.heard(NOW, ("c1", "m1"), "alfa", kind)
    tally.heard(NOW, ("c1", "m2"), "alfa", Kind.SILENT)
    tally.heard(NOW, ("c2", "m1"), "alfa", Kind.HANDOFF)
    tally.heard(NOW, ("c2", "m2"), None, Kind.OUTOFSCOPE)
    assert tally.write(house.tx, NOW) == 4
    tally.written()
    assert tally.write(house.tx, NOW) == 0
    figures = read(house)
    assert figures.questions == {
        Outcome.ANSWERED: 1, Outcome.SILENT: 1, Outcome.HANDED_OVER: 1, Outcome.NOT_UNDERSTOOD: 0,
    }  # fmt: skip
    assert figures.unplaced_questions == 1
    assert read(house, YEAR, "beta").questions[Outcome.ANSWERED] == 0


def test_questions_that_could_not_be_written_are_written_the_next_time(house: House) -> None:  # R50
    tally = Tally()
    tally.heard(NOW, ("c1", "m1"), "alfa", Kind.ANSWER)
    with undone(house.tables):  # the commit failed, so nobody says that it was kept
        tally.write(house.tx, NOW)
    tally.heard(NOW, ("c1", "m2"), "alfa", Kind.ANSWER)
    tally.write(house.tx, NOW)
    tally.written()
    assert read(house).questions[Outcome.ANSWERED] == 2


def test_codes_are_counted_once_when_they_are_over_by_the_day_they_were_asked_for(house: House) -> None:
    def challenge(name: str, created: int, state: str, *, sent: bool = True) -> None:
        house.tables.insert(
            "challenges",
            {
                "id": name,
                "conversation": "c",
                "company": "alfa",
                "contact_hash": "h",
                "code_hash": "h",
                "state": state,
                "created_at": created,
                "expires_at": created,
                "sent_at": created if sent else None,
            },
        )

    midnight = start_of(TODAY)
    challenge("a", midnight - MINUTE, "used")
    challenge("b", midnight, "dead")
    challenge("c", NOW - HOUR, "open", sent=False)  # a decoy: nothing was sent (R11)
    challenge("d", NOW - MINUTE, "open")  # not over yet
    for now in (NOW - 30 * MINUTE, NOW, NOW):
        assert count_codes(house.tx, house.desk, now) == 0
    assert read(house).codes == {Code.ASKED: 3, Code.SENT: 2, Code.USED: 1}
    today = Period(first=TODAY, last=TODAY)
    assert read(house, today).codes == {Code.ASKED: 2, Code.SENT: 1, Code.USED: 0}
    count_codes(house.tx, house.desk, NOW + HOUR)
    assert read(house, today).codes == {Code.ASKED: 3, Code.SENT: 2, Code.USED: 0}


def test_codes_are_counted_across_the_night_on_which_the_clocks_are_set_back(house: House) -> None:
    night = start_of(dt.date(2025, 10, 26))
    count_codes(house.tx, house.desk, night - HOUR)
    count_codes(house.tx, house.desk, night + 26 * HOUR)
    names = [row["name"] for row in house.rows("counters")]
    assert names == ["figures.codes:alfa", "figures.codes:beta"]


@pytest.mark.parametrize(
    ("span", "today", "first", "last"),
    [
        (Span.MONTH, "2026-03-05", "2026-02-01", "2026-02-28"),
        (Span.MONTH, "2028-03-31", "2028-02-01", "2028-02-29"),
        (Span.MONTH, "2026-01-01", "2025-12-01", "2025-12-31"),
        (Span.QUARTER, "2026-03-05", "2025-10-01", "2025-12-31"),
        (Span.QUARTER, "2026-12-31", "2026-07-01", "2026-09-30"),
        (Span.YEAR, "2026-03-05", "2025-03-06", "2026-03-05"),
        (Span.YEAR, "2028-02-29", "2027-03-01", "2028-02-29"),
    ],
)
def test_the_times_that_are_offered(span: Span, today: str, first: str, last: str) -> None:
    found = spanning(span, dt.date.fromisoformat(today))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


def test_any_two_days_may_be_chosen_in_either_order_but_not_centuries() -> None:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
    assert between(last, first) == Period(first=first, last=last)
    assert between(dt.date(1900, 1, 1), last) is None
