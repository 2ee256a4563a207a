"""Due dates against the law and the calendar; where an expectation comes from stands beside it."""

import datetime as dt
from dataclasses import replace

import holidays
import pytest
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter
from dateutil.relativedelta import relativedelta
from holidays.version import __version__ as holiday_data
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR
from bot.policy.rights import Deadline
from bot.services.casework.deadlines import (
    Due,
    add_working_days,
    due_on,
    extended_to,
    extended_with_pause,
    is_working_day,
    local_day,
    may_extend,
    next_working_day,
    promised,
    start_of,
    with_pause,
)

DEADLINE = Deadline()
CALENDAR_ONLY = Deadline(working_day=False)

# EDPB: Guidelines 01/2022, examples of paragraphs 159-161. GDPR: Article 12(3), "one month".
# ART2, ART4: Kosovo's Law 03/L-064 on official holidays: the days; one on a weekend moves to the next working day.
# CAT, ORT: Easter Monday of that year (dateutil.easter says the same). EID: first day as the holidays library has it.
# GOV: the Government's own calendar of that year's days off (rks-gov.net, 2018 and 2019; copies of 2022 and 2024).
# NEWS: the day off was reported (infoshqip.com 2021).
RECEIVED_AND_DUE = [
    # the corresponding day
    ("2024-03-05T12:00Z", "2024-04-05", "EDPB: 5 March, 5 April; a Friday"),
    ("2024-08-31T12:00Z", "2024-09-30", "EDPB: 31 August, 30 September; a Monday"),
    ("2025-08-31T12:00Z", "2025-09-30", "EDPB: received on a Sunday counts all the same"),
    ("2022-08-31T12:00Z", "2022-09-30", "EDPB"),
    ("2026-06-10T12:00Z", "2026-07-10", "GDPR: a Friday"),
    ("2026-09-05T12:00Z", "2026-10-05", "GDPR: a Monday"),
    ("2025-01-14T12:00Z", "2025-02-14", "GDPR: a Friday"),
    ("2024-12-31T12:00Z", "2025-01-31", "GDPR: over the year's end"),
    ("2023-12-31T12:00Z", "2024-01-31", "GDPR: over the year's end"),
    # month ends and leap years
    ("2024-01-29T12:00Z", "2024-02-29", "GDPR: leap year"),
    ("2024-01-30T12:00Z", "2024-02-29", "EDPB ¶160: no 30 February, the month's last day"),
    ("2024-01-31T12:00Z", "2024-02-29", "EDPB ¶160"),
    ("2023-01-28T12:00Z", "2023-02-28", "GDPR"),
    ("2023-01-29T12:00Z", "2023-02-28", "EDPB ¶160: no leap year"),
    ("2023-01-31T12:00Z", "2023-02-28", "EDPB ¶160"),
    ("2025-01-31T12:00Z", "2025-02-28", "EDPB ¶160"),
    ("2028-01-31T12:00Z", "2028-02-29", "EDPB ¶160: leap year; 28 February is a day off (EID, ART4)"),
    ("2024-02-29T12:00Z", "2024-03-29", "GDPR"),
    ("2023-02-28T12:00Z", "2023-03-28", "GDPR: not the month's end"),
    ("2025-03-31T12:00Z", "2025-04-30", "EDPB ¶160"),
    ("2025-05-31T12:00Z", "2025-06-30", "EDPB ¶160"),
    ("2023-10-31T12:00Z", "2023-11-30", "EDPB ¶160: a Thursday"),
    # weekends
    ("2024-10-31T12:00Z", "2024-12-02", "EDPB ¶161: 30 November is a Saturday"),
    ("2025-10-31T12:00Z", "2025-12-01", "EDPB ¶161: 30 November is a Sunday"),
    ("2027-01-31T12:00Z", "2027-03-01", "EDPB ¶161: 28 February is a Sunday"),
    ("2026-08-12T12:00Z", "2026-09-14", "EDPB ¶161: a Saturday"),
    ("2026-08-13T12:00Z", "2026-09-14", "EDPB ¶161: a Sunday"),
    ("2026-10-21T12:00Z", "2026-11-23", "EDPB ¶161: a Saturday"),
    ("2026-10-22T12:00Z", "2026-11-23", "EDPB ¶161: a Sunday"),
    ("2024-03-06T12:00Z", "2024-04-08", "EDPB ¶161: a Saturday, Constitution Day comes after"),
    # New Year, Christmas of both churches
    ("2024-12-01T12:00Z", "2025-01-03", "ART2: 1 and 2 January"),
    ("2024-12-02T12:00Z", "2025-01-03", "ART2: 2 January"),
    ("2022-12-01T12:00Z", "2023-01-04", "ART4: 1 January is a Sunday, 2 a holiday, so 3"),
    ("2027-12-01T12:00Z", "2028-01-05", "ART4: 1 and 2 January on a weekend, so 3 and 4"),
    ("2020-12-02T12:00Z", "2021-01-05", "NEWS, ART4: 4 January 2021 was off"),
    ("2025-12-07T12:00Z", "2026-01-08", "ART2: 7 January"),
    ("2023-12-07T12:00Z", "2024-01-09", "GOV, ART4: 7 January is a Sunday"),
    ("2022-12-07T12:00Z", "2023-01-10", "ART4: 7 January is a Saturday"),
    ("2025-11-25T12:00Z", "2025-12-26", "ART2: 25 December"),
    ("2024-11-25T12:00Z", "2024-12-26", "GOV, ART2: 25 December"),
    ("2027-11-25T12:00Z", "2027-12-28", "ART4: 25 December is a Saturday"),
    # Independence Day
    ("2025-01-15T12:00Z", "2025-02-18", "ART2: a Saturday, then Monday 17 February"),
    ("2025-01-16T12:00Z", "2025-02-18", "ART2: a Sunday, then Monday 17 February"),
    ("2025-01-17T12:00Z", "2025-02-18", "ART2: 17 February"),
    ("2026-01-17T12:00Z", "2026-02-18", "ART2: 17 February, a Tuesday"),
    ("2018-01-17T12:00Z", "2018-02-20", "GOV, ART4: 19 February 2018 was off"),
    ("2019-01-17T12:00Z", "2019-02-19", "GOV, ART4: 18 February 2019 was off"),
    # Constitution Day, Easter of both churches
    ("2026-03-09T12:00Z", "2026-04-10", "ART2: 9 April"),
    ("2018-03-01T12:00Z", "2018-04-03", "GOV, CAT: 2 April 2018 was off"),
    ("2018-03-08T12:00Z", "2018-04-10", "GOV, ORT: 9 April 2018 was off, Easter Monday and Constitution Day"),
    ("2026-03-05T12:00Z", "2026-04-07", "CAT: 6 April"),
    ("2026-03-11T12:00Z", "2026-04-14", "ORT: 13 April"),
    ("2025-03-20T12:00Z", "2025-04-22", "CAT, ORT: both on 21 April"),
    ("2024-04-06T12:00Z", "2024-05-07", "GOV, ORT: 6 May"),
    ("2024-03-01T12:00Z", "2024-04-02", "GOV, CAT: 1 April"),
    ("2022-03-09T12:00Z", "2022-04-12", "GOV, ART4: 9 April 2022 is a Saturday, 11 April is off"),
    ("2022-03-24T12:00Z", "2022-04-26", "GOV, ORT: 25 April"),
    ("2019-03-21T12:00Z", "2019-04-23", "GOV, CAT: 22 April"),
    ("2029-03-09T12:00Z", "2029-04-10", "ORT: 9 April 2029 is Easter Monday and Constitution Day, as in 2018"),
    # May
    ("2025-04-01T12:00Z", "2025-05-02", "ART2: 1 May"),
    ("2026-04-01T12:00Z", "2026-05-04", "ART2: 1 May, a Friday"),
    ("2026-04-09T12:00Z", "2026-05-12", "ART4: 9 May is a Saturday"),
    ("2021-04-09T12:00Z", "2021-05-11", "NEWS, ART4: 10 May 2021 was off"),
    ("2025-04-09T12:00Z", "2025-05-12", "ART2: 9 May, a Friday"),
    ("2027-04-02T12:00Z", "2027-05-05", "ORT, ART4: Easter Monday on 3 May moves 1 May, a Saturday, to 4 May"),
    # Bajrami i Madh, Bajrami i Vogël
    ("2018-05-15T12:00Z", "2018-06-18", "GOV, EID: 15 June 2018"),
    ("2018-07-21T12:00Z", "2018-08-22", "GOV, EID: 21 August 2018"),
    ("2022-04-02T12:00Z", "2022-05-04", "GOV, EID, ART4: 2 May is off for 1 May, a Sunday, and 3 May for Bajram"),
    ("2022-06-09T12:00Z", "2022-07-12", "GOV, EID, ART4: 9 July 2022 is a Saturday"),
    ("2019-07-11T12:00Z", "2019-08-13", "GOV, EID, ART4: 11 August 2019 is a Sunday"),
    ("2024-03-09T12:00Z", "2024-04-11", "GOV, ART2, EID: 9 April, then 10 April 2024"),
    ("2024-05-16T12:00Z", "2024-06-18", "GOV, EID, ART4: 16 June 2024 is a Sunday"),
    ("2025-05-06T12:00Z", "2025-06-09", "EID: 6 June 2025, a Friday"),
    ("2026-02-20T12:00Z", "2026-03-23", "EID: 20 March 2026, a Friday"),
    ("2026-04-27T12:00Z", "2026-05-28", "EID: 27 May 2026"),
    # the day in Kosovo, not in UTC; the clocks change on 29 March and 25 October 2026
    ("2026-03-28T22:30Z", "2026-04-28", "R33: 23:30 in Kosovo (UTC+1)"),
    ("2026-03-28T23:30Z", "2026-04-29", "R33: half past midnight in Kosovo"),
    ("2026-03-29T01:30Z", "2026-04-29", "R33: just after the hour that is left out"),
    ("2026-03-29T21:59Z", "2026-04-29", "R33: 23:59 in Kosovo (UTC+2)"),
    ("2026-03-29T22:00Z", "2026-04-30", "R33: midnight in Kosovo"),
    ("2026-10-24T21:59Z", "2026-11-24", "R33: 23:59 in Kosovo (UTC+2)"),
    ("2026-10-24T22:00Z", "2026-11-25", "R33: midnight in Kosovo"),
    ("2026-10-25T22:30Z", "2026-11-25", "R33: 23:30 in Kosovo (UTC+1)"),
    ("2026-10-25T23:00Z", "2026-11-26", "R33: midnight in Kosovo"),
    ("2026-01-31T23:30Z", "2026-03-02", "R33: already 1 February; 1 March is a Sunday"),
    ("2024-02-28T23:30Z", "2024-03-29", "R33: already 29 February"),
    ("2025-12-31T23:15Z", "2026-02-02", "R33: already the new year; 1 February is a Sunday"),
]

# Tuesdays that the library takes off though Easter Monday was Constitution Day: the law names the Monday (GOV 2018).
NOT_OFF = {dt.date(2018, 4, 10), dt.date(2029, 4, 10)}


def ms(when: str) -> int:
    return int(dt.datetime.fromisoformat(when).timestamp() * 1000)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(("received", "due", "source"), RECEIVED_AND_DUE)
def test_a_request_is_due_a_month_later_on_a_working_day(received: str, due: str, source: str) -> None:  # R33
    assert due_on(ms(received), DEADLINE).date == day(due), source


def test_the_table_of_dates_is_large_and_asks_nothing_twice() -> None:
    assert len({received for received, _, _ in RECEIVED_AND_DUE}) == len(RECEIVED_AND_DUE) >= 60


@pytest.mark.parametrize(
    ("received", "due"),
    [("2026-03-05T12:00Z", "2026-04-05"), ("2024-08-31T12:00Z", "2024-09-30"), ("2024-10-31T12:00Z", "2024-11-30")],
)
def test_the_shift_to_a_working_day_is_a_setting(received: str, due: str) -> None:  # R33
    assert due_on(ms(received), CALENDAR_ONLY).date == day(due)


def test_the_rule_is_named_with_the_version_of_the_holiday_data() -> None:  # R33
    due = due_on(ms("2024-03-05T12:00Z"), DEADLINE)
    assert due.rule == f"gdpr-12-3/1m/next-working-day/holidays-{holiday_data}-XK"


def test_a_rule_that_asks_no_holidays_names_none() -> None:  # R33
    assert due_on(ms("2024-03-05T12:00Z"), CALENDAR_ONLY).rule == "gdpr-12-3/1m"


def test_the_months_are_a_setting() -> None:  # R44
    due = due_on(ms("2026-06-10T12:00Z"), Deadline(months=2, source="Ligji 06/L-082, neni 11"))
    assert due.date == day("2026-08-10")
    assert due.rule.startswith("ligji-06-l-082-neni-11/2m/")


@pytest.mark.parametrize(
    ("received", "extended"),
    [
        ("2024-03-05T12:00Z", "2024-06-05"),  # a Wednesday
        ("2024-08-31T12:00Z", "2024-12-02"),  # 30 November is a Saturday
        ("2024-11-30T12:00Z", "2025-02-28"),  # from receipt, not from the first month's date
        ("2026-02-27T12:00Z", "2026-05-28"),  # Bajrami i Vogël on 27 May
    ],
)
def test_an_extended_request_is_due_three_months_from_receipt(received: str, extended: str) -> None:  # R34
    due = extended_to(ms(received), 0, DEADLINE)
    assert due.date == day(extended)
    assert "/1m+2m/" in due.rule


def test_an_extended_date_is_moved_by_the_pauses() -> None:  # R34
    assert extended_to(ms("2024-03-05T12:00Z"), 5 * DAY, DEADLINE).date == day("2024-06-10")


@pytest.mark.parametrize(
    ("now", "paused", "may"),
    [
        ("2026-03-05T13:00Z", 0, True),
        ("2026-04-05T21:59Z", 0, True),  # the month's last minute in Kosovo
        ("2026-04-05T22:00Z", 0, False),  # the date itself is moved to 7 April, the month is not
        ("2026-04-08T12:00Z", 3 * DAY, True),
        ("2026-04-09T12:00Z", 3 * DAY, False),
        ("2026-04-06T12:00Z", DAY - 1, False),
    ],
)
def test_only_inside_the_first_month_can_it_be_extended(now: str, paused: int, *, may: bool) -> None:  # R34
    assert may_extend(ms(now), ms("2026-03-05T12:00Z"), paused, DEADLINE) is may


@pytest.mark.parametrize(
    ("paused", "due"),
    [
        (0, "2024-04-05"),
        (DAY - 1, "2024-04-05"),  # whole days only
        (DAY, "2024-04-08"),  # 6 April is a Saturday
        (3 * DAY, "2024-04-08"),
        (4 * DAY, "2024-04-11"),  # 9 April is Constitution Day, 10 Bajram
    ],
)
def test_a_pause_moves_the_month_by_its_whole_days(paused: int, due: str) -> None:  # R34
    received = ms("2024-03-05T12:00Z")
    assert with_pause(due_on(received, DEADLINE), received, paused, DEADLINE).date == day(due)


def test_a_weekend_is_not_counted_once_for_the_month_and_once_for_the_pause() -> None:  # R34
    received = ms("2026-08-12T12:00Z")  # the month ends on Saturday 12 September
    assert with_pause(due_on(received, DEADLINE), received, 2 * DAY, DEADLINE).date == day("2026-09-14")


def test_a_date_moved_by_a_pause_says_so_in_its_rule() -> None:  # R33
    received = ms("2024-03-05T12:00Z")
    assert "/paused-4d/" in with_pause(due_on(received, DEADLINE), received, 4 * DAY, DEADLINE).rule


def test_a_pause_never_brings_a_stored_date_nearer() -> None:  # R33
    received = ms("2024-03-05T12:00Z")
    stands = Due(date=day("2024-04-30"), rule="by an older calendar")
    assert with_pause(stands, received, DAY, DEADLINE) == stands
    assert extended_with_pause(day("2024-12-31"), received, DAY, DEADLINE) == day("2024-12-31")
    assert extended_with_pause(day("2024-06-05"), received, 5 * DAY, DEADLINE) == day("2024-06-10")


def test_no_date_is_promised_before_the_rule_is_confirmed() -> None:  # R33, R44
    assert promised(day("2024-04-05"), DEADLINE) is None
    assert promised(day("2024-04-05"), replace(DEADLINE, confirmed=day("2024-01-01"))) == day("2024-04-05")


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-03-05", 1, "2026-03-06"),
        ("2026-03-05", 5, "2026-03-12"),
        ("2026-03-07", 1, "2026-03-09"),  # from a Saturday
        ("2026-04-02", 5, "2026-04-14"),  # 3, 7, 8, 10, 14: both Easter Mondays and Constitution Day lie between
        ("2025-12-31", 1, "2026-01-05"),  # New Year, a weekend
    ],
)
def test_working_days_are_counted_from_the_day_after(start: str, count: int, end: str) -> None:  # R41
    assert add_working_days(day(start), count) == day(end)


def test_no_working_day_is_no_count() -> None:
    with pytest.raises(ValueError, match="from 1"):
        add_working_days(day("2026-03-05"), 0)


def test_a_day_begins_at_midnight_in_kosovo() -> None:
    assert start_of(day("2026-03-29")) == ms("2026-03-28T23:00Z")
    assert start_of(day("2026-03-30")) == ms("2026-03-29T22:00Z")
    assert start_of(day("2026-03-30")) - start_of(day("2026-03-29")) == 23 * HOUR


@pytest.mark.parametrize("year", range(2018, 2061))
def test_the_law_s_own_days_are_no_working_days(year: int) -> None:  # R33; Law 03/L-064, Article 2
    fixed = [(1, 1), (1, 2), (1, 7), (2, 17), (4, 9), (5, 1), (5, 9), (12, 25)]
    sundays = (easter(year, EASTER_WESTERN), easter(year, EASTER_ORTHODOX))
    assert not any(is_working_day(dt.date(year, month, date)) for month, date in fixed)
    assert not any(is_working_day(sunday + dt.timedelta(days=1)) for sunday in sundays)


moments = st.datetimes(dt.datetime(2010, 1, 1), dt.datetime(2070, 12, 31), timezones=st.just(dt.UTC)).map(  # noqa: DTZ001  bounds
    lambda moment: int(moment.timestamp() * 1000)
)
pauses = st.integers(min_value=0, max_value=90 * DAY)


@given(received=moments)
def test_a_due_date_is_a_working_day_and_never_before_a_month(received: int) -> None:  # R33
    due = due_on(received, DEADLINE).date
    month = local_day(received) + relativedelta(months=1)
    assert due.weekday() < 5
    assert due not in holidays.country_holidays("XK", years=due.year) or due in NOT_OFF
    assert month <= due <= month + dt.timedelta(days=7)
    assert not any(is_working_day(month + dt.timedelta(days=n)) for n in range((due - month).days))


@given(received=moments, later=st.integers(min_value=0, max_value=40 * DAY))
def test_what_was_received_later_is_never_due_earlier(received: int, later: int) -> None:  # R33
    assert due_on(received, DEADLINE).date <= due_on(received + later, DEADLINE).date


@given(received=moments, paused=pauses)
def test_a_pause_never_shortens_and_adds_no_more_than_its_days(received: int, paused: int) -> None:  # R34
    due = due_on(received, DEADLINE)
    moved = with_pause(due, received, paused, DEADLINE)
    limit = next_working_day(due.date + dt.timedelta(days=paused // DAY))
    assert due.date <= moved.date <= limit
    assert is_working_day(moved.date)


@given(received=moments, paused=pauses)
def test_an_extension_always_gives_more_time(received: int, paused: int) -> None:  # R34
    moved = with_pause(due_on(received, DEADLINE), received, paused, DEADLINE)
    assert extended_to(received, paused, DEADLINE).date > moved.date


@given(at=moments)
def test_a_moment_lies_in_its_own_day(at: int) -> None:
    today = local_day(at)
    assert start_of(today) <= at < start_of(today + dt.timedelta(days=1))
