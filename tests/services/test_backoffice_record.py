"""What came by e-mail, in a shop, by post is entered with its true day, and holds as what came in the chat."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.clock import DAY
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Identity
from bot.services.office.backoffice import SecondProof
from bot.services.office.backoffice_record import Incoming, Way, record
from bot.services.records import events
from bot.services.records.events import EventKind
from tests.services.acting import House, customer, made_up_house
from tests.services.casework import ADDRESS, DPO, case, office
from tests.tools.desks import NOW

TODAY = dt.date(2026, 3, 5)
LETTER = Incoming(
    company="alfa",
    action=Action.DSAR_ACCESS,
    way=Way.POST,
    on=dt.date(2026, 2, 27),
    words="Ju lutem, kopjen e të dhënave të mia.",
    reply_to=ADDRESS,
)


@pytest.fixture
def house() -> House:
    return made_up_house()


def enter(house: House, incoming: Incoming, now: int = NOW) -> str:
    return record(house.tx, house.desk, office(now), DPO, incoming)


def kinds(house: House) -> list[EventKind]:
    return [event.kind for event in events.open_events(house.tx, house.desk)]


@pytest.mark.parametrize("way", Way)
def test_the_time_runs_from_the_day_on_which_it_came(house: House, way: Way) -> None:  # R33
    stored = case(house, enter(house, replace(LETTER, way=way)))
    assert stored.due_date == dt.date(2026, 3, 27)
    assert (stored.channel, stored.identity, stored.reply_to) == (way.value, Identity.PENDING, ADDRESS)
    assert [words.text for words in stored.body.words] == [LETTER.words]


def test_what_comes_today_was_received_by_now(house: House) -> None:  # R33
    assert case(house, enter(house, replace(LETTER, on=TODAY))).received_at <= NOW


def test_a_day_that_is_to_come_is_not_taken(house: House) -> None:  # R33
    with pytest.raises(NotAllowedError, match="R33"):
        enter(house, replace(LETTER, on=TODAY + dt.timedelta(days=1)))


def test_the_day_is_that_of_kosovo(house: House) -> None:  # R33
    midnight_passed = NOW + 14 * 3_600_000 + 1_800_000  # 23:30 UTC, half past midnight in Kosovo
    enter(house, replace(LETTER, on=dt.date(2026, 3, 6)), midnight_passed)


def test_who_entered_it_stands_beside_it(house: House) -> None:  # R39
    reference = enter(house, LETTER)
    entries = case_file.time_line(house.tx, house.desk, reference)
    assert [(entry.kind, entry.who) for entry in entries] == [("filed", DPO), ("recorded", DPO)]
    assert entries[1].body["way"] == "post"


def test_a_customer_number_alone_joins_nothing_to_a_customer(house: House) -> None:  # R53
    customer(house.tx, house.desk, number="A1001")
    stored = case(house, enter(house, replace(LETTER, customer="A-1001")))
    assert (stored.subject, stored.identity) == (None, Identity.PENDING)
    assert stored.body.fields == {"customer_number": "A-1001"}


def test_a_customer_who_was_checked_is_that_customer(house: House) -> None:  # R17, R37
    subject = customer(house.tx, house.desk, number="A1001")
    incoming = replace(LETTER, customer="a 1001", checked=SecondProof.SHOP, reply_to="")
    stored = case(house, enter(house, incoming))
    assert (stored.subject, stored.identity, stored.second_proof) == (subject, Identity.PROVEN, "shop")


def test_a_customer_number_that_nobody_has_is_told(house: House) -> None:
    with pytest.raises(NotAllowedError, match="no customer of that company"):
        enter(house, replace(LETTER, customer="A-9999", checked=SecondProof.SHOP))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reply_to": " "}, "reply address"),
        ({"words": ""}, "own words"),
        ({"company": "gama"}, "known are alfa, beta"),
    ],
)
def test_what_is_missing_is_told(house: House, changes: dict[str, str], says: str) -> None:
    with pytest.raises(NotAllowedError, match=says):
        enter(house, replace(LETTER, **changes))  # type: ignore[arg-type]
    assert house.rows("requests") == []


@pytest.mark.parametrize(
    "incoming",
    [
        replace(LETTER, action=Action.WITHDRAW_MARKETING),
        replace(LETTER, action=Action.DSAR_OBJECTION, fields={"against": "marketing"}),
    ],
)
def test_the_end_of_marketing_is_passed_on_at_once(house: House, incoming: Incoming) -> None:  # R38, R54
    for _ in range(7):  # the office is no conversation: no cap of a conversation holds for it
        enter(house, incoming)
    assert kinds(house).count(EventKind.MARKETING_STOPPED) == 7
    assert len(house.rows("suppressions")) == 7


def test_a_checked_customer_s_letter_withdraws_their_consents_too(house: House) -> None:  # R38, R40
    subject = customer(house.tx, house.desk, number="A1001")
    incoming = replace(LETTER, action=Action.WITHDRAW_MARKETING, customer="A-1001", checked=SecondProof.SHOP)
    enter(house, replace(incoming, reply_to="pa adresë të lexueshme"))  # nothing that a stop could be passed on to
    withdrawn = {row["purpose"] for row in house.rows("consents") if row["state"] == "withdrawn"}
    assert withdrawn == {"offers", "personal"}
    assert {row["subject"] for row in house.rows("consents")} == {subject}
    assert kinds(house).count(EventKind.CONSENT_WITHDRAWN) == 2


def test_an_objection_to_statistics_of_a_checked_customer_restricts_them_at_once(house: House) -> None:  # R41
    customer(house.tx, house.desk, number="A1001")
    incoming = replace(LETTER, action=Action.OBJECT_STATISTICS, customer="A-1001", checked=SecondProof.SHOP)
    reference = enter(house, incoming)
    (row,) = house.rows("subjects")
    assert (row["statistics_restricted"], row["statistics_reference"]) == (1, reference)
    assert EventKind.STATISTICS_RESTRICTED in kinds(house)
    assert case(house, reference).due_date == dt.date(2026, 3, 27)


def test_the_statistics_of_who_was_not_checked_stay_as_they_are(house: House) -> None:  # R53
    customer(house.tx, house.desk, number="A1001")
    enter(house, replace(LETTER, action=Action.OBJECT_STATISTICS, customer="A-1001"), NOW + DAY)
    assert house.rows("subjects")[0]["statistics_restricted"] == 0
