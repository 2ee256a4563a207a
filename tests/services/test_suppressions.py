"""Marketing is stopped on anybody's word, at once, and nothing is told of anybody else."""

import json
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.effects import Grant, Shown, StopMarketing, Withdraw
from bot.dialogue.events import ActDone, ActRefused, ConsentState, Why
from bot.limits import Limits
from bot.policy.rights import Rights
from bot.services.decisions import consents, suppressions
from bot.services.office import acknowledging
from bot.services.records import events, receipts
from bot.services.records.receipts import EventType, Evidence
from tests.services.acting import FILAN, House, customer, made_up_house, prove, proven_customer
from tests.tools.desks import LATER, NOW, place

SHOWN = Shown(words="Reklamat te ky numër do të ndalen. A e konfirmoni?", clauses=("1",))
STRANGER = "+38344000199"


def _stop(
    house: House, typed: str = FILAN, *, now: int = NOW, conversation: str = "c1", company: str = "alfa"
) -> ActDone | ActRefused:
    effect = StopMarketing(company=company, typed=typed, shown=SHOWN)
    return suppressions.stop_marketing(house.tx, house.desk, place(now, conversation), effect)


def _stopped(
    house: House, typed: str = FILAN, *, now: int = NOW, conversation: str = "c1", company: str = "alfa"
) -> ActDone:
    done = _stop(house, typed, now=now, conversation=conversation, company=company)
    assert isinstance(done, ActDone)
    return done


def _grant(house: House, subject: str, *purposes: str) -> ActDone:
    effect = Grant(company="alfa", subject=subject, purposes=purposes, shown=SHOWN)
    done = consents.grant(house.tx, house.desk, place(LATER), effect)
    assert isinstance(done, ActDone)
    return done


def _lifted(house: House) -> list[str | None]:
    return [row["lifted_by"] for row in house.rows("suppressions")]


@pytest.mark.parametrize(
    ("typed", "kind", "contact", "masked"),
    [
        ("044 000 101", "number", FILAN, "+383 44 *** *01"),
        ("44000101", "number", FILAN, "+383 44 *** *01"),
        ("+383 44 000-101", "number", FILAN, "+383 44 *** *01"),
        ("numri im është 00383 44 000 101, ju lutem", "number", FILAN, "+383 44 *** *01"),
        ("Filan@Shembull.example", "email", "filan@shembull.example", "f***@shembull.example"),
    ],
)
def test_marketing_stops_however_the_contact_is_typed(  # R54
    typed: str, kind: str, contact: str, masked: str
) -> None:
    house = made_up_house()
    done = _stopped(house, typed)
    assert not done.already
    (row,) = house.rows("suppressions")
    assert (row["company"], row["proven"], row["reference"], row["at"]) == ("alfa", 0, done.reference, NOW)
    assert row["lifted_at"] is None
    (event,) = events.open_events(house.tx, house.desk)
    assert (event.kind, event.reference, event.subject) == ("marketing.stopped", done.reference, None)
    assert dict(event.body) == {"kind": kind, "contact": contact, "proven": False}
    record = receipts.read(house.tx, house.desk, done.reference)
    assert record is not None
    assert record.pii_principal_id == masked


def test_the_record_says_what_was_stopped_and_looks_nothing_up() -> None:  # R39, R54
    house = made_up_house()
    subject = proven_customer(house)
    _grant(house, subject, "offers")
    record = receipts.read(house.tx, house.desk, _stopped(house).reference)
    assert record is not None
    assert [(p.id, p.before) for p in record.purposes] == [
        ("offers", ConsentState.UNKNOWN),
        ("personal", ConsentState.UNKNOWN),
    ]
    assert (record.event_type, record.words_shown) == ("objected", SHOWN.words)


def test_a_company_without_named_consents_can_be_told_to_stop_too() -> None:  # R54
    house = made_up_house()
    companies = {"alfa": replace(house.desk.companies["alfa"], rights=Rights())}
    house = replace(house, desk=replace(house.desk, companies=companies))
    record = receipts.read(house.tx, house.desk, _stopped(house).reference)
    assert record is not None
    assert [(p.id, p.clauses) for p in record.purposes] == [("marketing", ("1",))]


@pytest.mark.parametrize("typed", ["", "po", "A-1001", "12345", "filan@", "😀", "\ud800"])
def test_what_is_no_contact_is_refused_and_leaves_nothing(typed: str) -> None:
    house = made_up_house()
    assert _stop(house, typed) == ActRefused(why=Why.UNREADABLE)
    assert house.rows("receipts") == house.rows("events") == house.rows("audit") == house.rows("suppressions") == []


def test_a_customer_and_a_stranger_are_told_the_same() -> None:  # R11, R54
    house = made_up_house()
    customer(house.tx, house.desk)
    known, unknown = _stopped(house, FILAN), _stopped(house, STRANGER)
    assert replace(known, reference="") == replace(unknown, reference="")
    bodies = [json.loads(row["body"]) for row in house.rows("audit")]
    assert [{**body, "reference": ""} for body in bodies] == [{**bodies[0], "reference": ""}] * 2
    assert {row["subject"] for row in house.rows("receipts")} == {None}


def test_the_same_again_is_recorded_again() -> None:  # R54
    house = made_up_house()
    first, again = _stopped(house), _stopped(house, "044 000 101", now=LATER)
    assert (first.already, again.already) == (False, True)
    assert len(house.rows("suppressions")) == len(house.rows("receipts")) == len(house.rows("events")) == 2


def test_what_others_stopped_is_not_told() -> None:  # R54
    house = made_up_house()
    _stopped(house, conversation="c1")
    assert not _stopped(house, conversation="c2").already
    assert not _stopped(house, conversation="c1", company="beta").already
    assert not _stopped(house, STRANGER, conversation="c1").already


def test_a_conversation_can_do_it_five_times_a_day_for_a_company() -> None:  # R53, R54
    house = made_up_house(Limits(pending_requests_day=5))
    for hour in range(5):
        _stopped(house, now=NOW + hour * HOUR)
    assert _stop(house, now=NOW + 5 * HOUR) == ActRefused(why=Why.TOO_MANY, until=NOW + DAY)
    assert len(house.rows("suppressions")) == len(house.rows("receipts")) == 5
    _stopped(house, now=NOW + 5 * HOUR, conversation="c2")
    _stopped(house, now=NOW + 5 * HOUR, company="beta")
    _stopped(house, now=NOW + DAY)
    assert _stop(house, now=NOW + DAY) == ActRefused(why=Why.TOO_MANY, until=NOW + DAY + HOUR)


def test_other_acts_do_not_count_towards_the_cap() -> None:
    house = made_up_house(Limits(pending_requests_day=1))
    subject = proven_customer(house)
    effect = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
    consents.withdraw(house.tx, house.desk, place(), effect)
    _stopped(house)


def test_other_acts_on_nobody_known_do_not_count_towards_the_cap() -> None:
    house = made_up_house(Limits(pending_requests_day=1))
    evidence = Evidence(principal="+383 44 *** *01", event_type=EventType.OBJECTED, purposes=(), shown=SHOWN)
    receipts.issue(house.tx, house.desk, place(), act="another.act", company="alfa", subject=None, evidence=evidence)
    _stopped(house)


def test_a_contact_stands_nowhere_in_clear() -> None:  # R46
    house = made_up_house()
    _stopped(house, FILAN)
    _stopped(house, "filan@shembull.example")
    for table in ("suppressions", "receipts", "events", "audit"):
        written = json.dumps(house.rows(table))
        assert FILAN not in written
        assert "000101" not in written
        assert "filan@" not in written


@pytest.mark.parametrize("purpose", ["offers", "personal"])
def test_only_a_proven_grant_of_marketing_reverses_it(purpose: str) -> None:  # R54
    house = made_up_house()
    subject = proven_customer(house)
    stopped = [_stopped(house).reference, _stopped(house, conversation="c2").reference]
    others = _stopped(house, STRANGER)
    _grant(house, subject, "analysis")
    assert _lifted(house) == [None, None, None]
    done = _grant(house, subject, purpose)
    assert _lifted(house) == [done.reference, done.reference, None]
    (event,) = events.of_reference(house.tx, house.desk, done.reference)
    assert event.body["resumed"] == sorted(stopped)
    assert others.reference not in event.body["resumed"]
    resumed = [body for row in house.rows("audit") if (body := json.loads(row["body"]))["act"] == "marketing.resumed"]
    assert sorted(body["details"]["stopped"] for body in resumed) == sorted(stopped)


def test_a_grant_without_a_proof_reverses_nothing() -> None:  # R54
    house = made_up_house()
    subject = customer(house.tx, house.desk)
    prove(house.tx, house.desk, subject, shared=True)
    _stopped(house)
    effect = Grant(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
    consents.grant(house.tx, house.desk, place(), effect)
    assert _lifted(house) == [None]


def test_a_grant_at_one_company_reverses_nothing_at_another() -> None:  # R56
    house = made_up_house()
    subject = proven_customer(house)
    _stopped(house, company="beta")
    _grant(house, subject, "offers")
    assert _lifted(house) == [None]


def test_what_was_stopped_with_proof_is_not_reversed_like_this() -> None:  # R54
    house = made_up_house()
    subject = proven_customer(house)
    _stopped(house)
    (row,) = house.rows("suppressions")
    house.tables.update("suppressions", row["id"], {"proven": 1})
    _grant(house, subject, "offers")
    assert _lifted(house) == [None]


def test_what_was_reversed_stays_so_under_the_first_grant() -> None:  # R54
    house = made_up_house()
    subject = proven_customer(house)
    _stopped(house)
    done = _grant(house, subject, "offers")
    again = _grant(house, subject, "offers")
    assert _lifted(house) == [done.reference]
    (event,) = events.of_reference(house.tx, house.desk, again.reference)
    assert "resumed" not in event.body


def test_withdrawing_leaves_what_was_stopped_as_it_is() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    _stopped(house)
    effect = Withdraw(company="alfa", subject=subject, purposes=("offers", "personal"), shown=SHOWN)
    consents.withdraw(house.tx, house.desk, place(), effect)
    assert _lifted(house) == [None]
    assert len(house.rows("suppressions")) == 1


def test_what_was_reversed_can_be_stopped_again() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    _stopped(house)
    _grant(house, subject, "offers")
    assert not _stopped(house, now=LATER).already
    assert _lifted(house)[1] is None


def test_stopping_is_applied_when_the_back_office_says_so() -> None:  # R38, R54
    house = made_up_house()
    done = _stopped(house)
    (event,) = events.open_events(house.tx, house.desk)
    acknowledging.acknowledge(house.tx, house.desk, place(LATER, "", "office"), event.id, "dpo1")
    record = receipts.read(house.tx, house.desk, done.reference)
    assert record is not None
    assert record.applied_at == LATER


def test_stopping_is_no_case_that_anybody_could_refuse() -> None:  # R40
    house = made_up_house()
    _stopped(house)
    assert house.rows("requests") == house.rows("escalations") == []
