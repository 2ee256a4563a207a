"""Whole clocks as a table: received, asked, answered by the customer, extended, and which date stands in the end.

Holidays of Kosovo in these stories: 2026: Easter Mondays 6 and 13 April, Constitution Day 9 April, 1 May, Europe Day 9
May (a Saturday, so Monday 11), Bajram 20 March and 27 May; 2027: Bajram 10 March; 2028 is a leap year.
"""

import datetime as dt
from dataclasses import replace

import pytest

from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase, Stored, to_case
from bot.services.casework.deadlines import ZONE
from bot.services.desk import Place
from bot.services.office import backoffice, notices
from bot.services.office.backoffice import About
from bot.services.records.references import new_reference
from tests.services.acting import House, made_up_house
from tests.services.casework import DPO, office

# received · what happened (day hour: act) · the first month's date · the extended one · what the customer is promised
# (alfa's rule is confirmed, beta's is not)
STORIES = [
    ("alfa", "2026-03-05 10", "", "2026-04-07", "", "2026-04-07"),  # 5 April is a Sunday, 6 Easter Monday
    ("beta", "2026-03-05 10", "", "2026-04-07", "", ""),  # unconfirmed: a target, no promise
    ("alfa", "2026-08-31 10", "", "2026-09-30", "", "2026-09-30"),  # a month without a 31st
    ("alfa", "2026-12-31 23", "", "2027-02-01", "", "2027-02-01"),  # 31 January is a Sunday
    ("alfa", "2028-01-31 10", "", "2028-02-29", "", "2028-02-29"),  # a leap year
    ("alfa", "2027-01-29 10", "", "2027-03-01", "", "2027-03-01"),  # 28 February is a Sunday
    ("alfa", "2028-02-29 10", "", "2028-03-29", "", "2028-03-29"),
    # A question about identity or scope stops the clock from its delivery until the answer; only whole days count.
    ("alfa", "2026-06-10 09", "06-15 10 ask scope; 06-18 10 words", "2026-07-13", "", "2026-07-13"),  # 3 days
    ("alfa", "2026-06-10 09", "06-15 10 ask scope; 06-16 09 words", "2026-07-10", "", "2026-07-10"),  # 23 hours
    (  # onto a Saturday
        "alfa", "2026-06-10 09", "06-15 10 ask identity; 06-16 10 words",
        "2026-07-13", "", "2026-07-13",
    ),
    ("alfa", "2026-06-10 09", "06-15 10 ask other; 06-25 10 words", "2026-07-10", "", "2026-07-10"),  # nothing stops
    ("beta", "2026-06-10 09", "06-15 10 ask scope; 06-18 10 words", "2026-07-13", "", ""),
    # Two pauses are added up before their days are counted.
    (
        "alfa", "2026-06-10 09", "06-11 10 ask scope; 06-11 22 words; 06-12 10 ask identity; 06-12 22 words",
        "2026-07-13", "", "2026-07-13",
    ),
    # Summer time ends in the pause: 48 hours are two days, whatever the clock on the wall shows.
    ("alfa", "2026-10-20 09", "10-24 10 ask scope; 10-26 09 words", "2026-11-23", "", "2026-11-23"),
    # An extension counts from receipt, not from the first month's date.
    ("alfa", "2026-06-10 09", "07-10 23 extend", "2026-07-10", "2026-09-10", "2026-09-10"),  # the month's last hour
    ("alfa", "2026-11-30 09", "12-15 10 extend", "2026-12-30", "2027-03-01", "2027-03-01"),  # 28 February is a Sunday
    ("alfa", "2027-11-30 09", "12-15 10 extend", "2027-12-30", "2028-02-29", "2028-02-29"),  # in a leap year
    ("alfa", "2026-02-09 09", "02-20 10 extend", "2026-03-09", "2026-05-12", "2026-05-12"),  # 9 May moved to Monday 11
    ("beta", "2026-06-10 09", "06-20 10 extend", "2026-07-10", "2026-09-10", ""),
    # A pause before an extension, and one after it, both move the extended date.
    (
        "alfa", "2026-06-10 09", "06-11 10 ask scope; 06-14 10 words; 07-01 10 extend",
        "2026-07-13", "2026-09-14", "2026-09-14",
    ),
    (
        "alfa", "2026-06-10 09", "06-20 10 extend; 06-25 10 ask scope; 06-29 10 words",
        "2026-07-14", "2026-09-14", "2026-09-14",
    ),
    # The month that a pause lengthened can still be extended in those days.
    (
        "alfa", "2026-06-10 09", "06-15 10 ask scope; 06-20 10 words; 07-15 10 extend",
        "2026-07-15", "2026-09-15", "2026-09-15",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("company", "received", "acts", "due", "extended", "promise"), STORIES)
def test_which_date_stands_in_the_end(
    company: str, received: str, acts: str, due: str, extended: str, promise: str
) -> None:  # R33, R34
    house = made_up_house()
    reference = _filed(house, company, _ms(received))
    for act in filter(None, acts.split("; ")):
        _do(house, reference, received[:4], act)
    stored = case_file.loaded(house.tx, house.desk, reference)
    assert (stored.due.date.isoformat(), stored.extended_to.isoformat() if stored.extended_to else "") == (
        due,
        extended,
    )
    told = to_case(stored, (), house.desk.companies[company]).due
    assert (told.isoformat() if told else "") == promise


REFUSED = [
    ("2026-06-10 09", "", "07-11 00 extend", "first month"),  # an hour too late
    ("2026-06-10 09", "06-20 10 extend", "06-25 10 extend", "once"),
    ("2026-06-10 09", "", "07-11 00 ask scope", "first month"),
    ("2026-06-10 09", "", "07-11 00 ask identity", "first month"),
    ("2026-06-10 09", "06-15 10 ask scope", "06-16 10 ask scope", "waits"),
    ("2028-01-31 10", "", "03-01 00 extend", "first month"),  # the month ended on 29 February
    # A holiday at the end moves the date, not the month in which it may be extended.
    ("2026-03-05 10", "", "04-06 10 extend", "first month"),
]


@pytest.mark.parametrize(("received", "before", "act", "why"), REFUSED)
def test_the_clock_is_not_stopped_or_moved_against_its_rules(
    received: str, before: str, act: str, why: str
) -> None:  # R34
    house = made_up_house()
    reference = _filed(house, "alfa", _ms(received))
    for earlier in filter(None, before.split("; ")):
        _do(house, reference, received[:4], earlier)
    stood = case_file.loaded(house.tx, house.desk, reference)
    with pytest.raises(NotAllowedError, match=why):
        _do(house, reference, received[:4], act)
    assert _dates(case_file.loaded(house.tx, house.desk, reference)) == _dates(stood)


def test_an_extension_that_was_delivered_too_late_changes_nothing() -> None:  # R34, R58
    house = made_up_house()
    reference = _filed(house, "alfa", _ms("2026-06-10 09"))
    notice = _extend(house, reference, _ms("2026-07-10 23"))
    notices.delivered(house.tx, house.desk, _ms("2026-07-11 00"), notice, "address")
    stored = case_file.loaded(house.tx, house.desk, reference)
    assert (stored.due_date.isoformat(), stored.state) == ("2026-07-10", CaseState.IN_PROGRESS)


def test_a_promised_date_is_not_moved_by_another_rule_later() -> None:  # R33
    house = made_up_house()
    reference = _filed(house, "alfa", _ms("2026-03-05 10"))
    rights = house.desk.companies["alfa"].rights
    other = replace(rights, deadline=replace(rights.deadline, working_day=False, months=2))
    companies = {**house.desk.companies, "alfa": replace(house.desk.companies["alfa"], rights=other)}
    desk = replace(house.desk, companies=companies)
    assert case_file.loaded(house.tx, desk, reference).due_date.isoformat() == "2026-04-07"


def _filed(house: House, company: str, received_at: int) -> str:
    new = NewCase(
        company=company, action=Action.DSAR_ACCESS, identity=Identity.PENDING, subject=None, conversation=None,
        channel="terminal", body=Body(), reply_to="filan@shembull.example", flags=(), received_at=received_at,
    )  # fmt: skip
    reference = new_reference(house.desk.randomness)
    here = Place(conversation="c1", channel="terminal", now=received_at)
    case_file.create(house.tx, house.desk, here, reference, new)
    return reference


def _do(house: House, reference: str, year: str, act: str) -> None:
    """Do an act, and let its notice be delivered at once; one of January or February is of the next year."""
    date, hour, what, *more = act.split()
    at = _ms(f"{year}-{date} {hour}")
    match what:
        case "ask":
            text = "Cilin vit e keni fjalën?"
            notice = backoffice.ask(house.tx, house.desk, office(at), DPO, reference, text, About(more[0]))
        case "extend":
            notice = _extend(house, reference, at)
        case _:
            backoffice.add_words(house.tx, house.desk, office(at), DPO, reference, "Vitin 2025")
            return
    notices.delivered(house.tx, house.desk, at, notice, "address")


def _extend(house: House, reference: str, at: int) -> str:
    return backoffice.extend(house.tx, house.desk, office(at), DPO, reference, "Janë shumë dokumente")


def _dates(stored: Stored) -> tuple[object, ...]:
    return stored.due, stored.extended_to, stored.paused_ms, stored.paused_at


def _ms(written: str) -> int:
    day, hour = written.split()
    local = dt.datetime.fromisoformat(day).replace(hour=int(hour), tzinfo=ZONE)
    return int(local.timestamp() * 1000)
