"""What is put before a person: kept, told, closed, or made a request with the time at which it came."""

import datetime as dt
import json

import pytest

from bot.clock import DAY
from bot.dialogue.effects import AddToCase, Escalate, Escalation, Flag, LocateCase
from bot.dialogue.events import CaseLocated, CaseState, Escalated, Noted
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import escalations, requests
from bot.services.casework.cases import Identity
from bot.services.casework.escalations import State
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.services.records.references import read_reference
from tests.services.acting import House, customer, made_up_house, proven_customer
from tests.tools.desks import NOW, place

WORDS = "Dua të dhënat e mia, Filan Fisteku"


@pytest.fixture
def house() -> House:
    return made_up_house()


def opened(house: House, kind: Escalation = Escalation.HAND_OFF, company: str | None = "alfa", now: int = NOW) -> str:
    effect = Escalate(kind=kind, company=company, words=WORDS)
    result = escalations.escalate(house.tx, house.desk, place(now, channel="telegram"), effect)
    if kind is Escalation.UNANSWERED:  # its asker is told nothing of it
        assert isinstance(result, Noted)
        return escalations.list_open(house.tx, house.desk)[0].id
    assert isinstance(result, Escalated)
    return result.reference


def acts(house: House) -> list[str]:
    return [json.loads(row["body"])["act"] for row in house.rows("audit")]


@pytest.mark.parametrize("kind", [Escalation.HAND_OFF, Escalation.UNANSWERED, Escalation.AUTHORITY, Escalation.PRESS])
def test_whoever_asks_for_a_person_gets_a_reference(house: House, kind: Escalation) -> None:
    reference = opened(house, kind)
    assert read_reference(reference) == reference
    (found,) = escalations.list_open(house.tx, house.desk)
    assert (found.id, found.kind, found.company, found.words, found.at) == (reference, kind, "alfa", WORDS, NOW)
    assert (found.state, found.conversation, found.channel) == (State.OPEN, "c1", "telegram")


def test_an_escalation_leaves_audit_and_event(house: House) -> None:  # R39, R48
    reference = opened(house, Escalation.PRESS)
    (event,) = events.open_events(house.tx, house.desk)
    assert (event.kind, event.reference, event.company) == (EventKind.ESCALATION_OPENED, reference, "alfa")
    assert event.body["kind"] == "press"
    assert acts(house) == ["escalation.opened"]


def test_what_was_said_is_sealed(house: House) -> None:  # R46
    opened(house)
    everything = json.dumps([house.rows(table) for table in ("escalations", "audit", "events")])
    assert WORDS not in everything
    assert "Filan" not in everything


def test_the_subject_of_an_escalation_is_kept(house: House) -> None:
    subject = customer(house.tx, house.desk)
    reference = escalations.open_escalation(
        house.tx, house.desk, place(), Escalation.LOCKED, "alfa", "", subject=subject
    )
    found = escalations.load(house.tx, house.desk, reference)
    assert found is not None
    assert (found.subject, found.words) == (subject, "")
    assert json.loads(house.rows("audit")[0]["body"])["subject"] == subject


def test_the_open_ones_are_listed_oldest_first(house: House) -> None:
    later = opened(house, now=NOW + 1)
    first = opened(house, now=NOW)
    assert [e.id for e in escalations.list_open(house.tx, house.desk)] == [first, later]
    assert [e.id for e in escalations.list_open(house.tx, house.desk, most=1)] == [first]


def test_one_that_names_no_company_is_shown_to_every_company(house: House) -> None:
    mine, nobody_s = opened(house, now=NOW), opened(house, company=None, now=NOW + 1)
    theirs = opened(house, company="beta", now=NOW + 2)
    assert [e.id for e in escalations.list_open(house.tx, house.desk, "alfa")] == [mine, nobody_s]
    assert [e.id for e in escalations.list_open(house.tx, house.desk, "beta")] == [nobody_s, theirs]


def test_closing_is_noted_once(house: House) -> None:
    reference = opened(house)
    assert escalations.close(house.tx, house.desk, place(NOW + 1), reference, "dpo-1") is True
    assert escalations.close(house.tx, house.desk, place(NOW + 2), reference, "dpo-2") is False
    assert escalations.list_open(house.tx, house.desk) == ()
    found = escalations.load(house.tx, house.desk, reference)
    assert found is not None
    assert (found.state, found.closed_at) == (State.CLOSED, NOW + 1)
    assert acts(house) == ["escalation.opened", "escalation.closed"]
    assert json.loads(house.rows("audit")[1]["body"])["details"]["who"] == "dpo-1"


def test_nothing_is_closed_that_is_not_there(house: House) -> None:
    assert escalations.close(house.tx, house.desk, place(), "7K2Q-9FXA-4", "dpo-1") is False
    assert escalations.load(house.tx, house.desk, "7K2Q-9FXA-4") is None
    assert house.rows("audit") == []


def converted(house: House, identity: str, now: int = NOW + 20 * DAY, company: str | None = None) -> str:
    here = place(now, conversation="", channel="office")
    return escalations.to_request(house.tx, house.desk, here, identity, Action.DSAR_ACCESS, "dpo-1", company=company)


def test_a_request_made_of_an_escalation_runs_from_when_the_person_wrote(house: House) -> None:  # R33
    request = requests.load(house.tx, house.desk, converted(house, opened(house)))
    assert request is not None
    assert request.received_at == NOW
    assert request.due_date == dt.date(2026, 4, 7)  # not a month from the conversion, 20 days later
    assert [(word.at, word.text) for word in request.body.words] == [(NOW, WORDS)]


def test_a_request_made_of_an_escalation_proves_nobody(house: House) -> None:  # R53
    subject = proven_customer(house)
    identity = escalations.open_escalation(
        house.tx, house.desk, place(), Escalation.HAND_OFF, "alfa", WORDS, subject=subject
    )
    request = requests.load(house.tx, house.desk, converted(house, identity))
    assert request is not None
    assert (request.identity, request.subject) == (Identity.PENDING, None)
    assert Flag.IDENTITY_PENDING in request.flags


def test_escalation_and_request_name_each_other(house: House) -> None:
    identity = opened(house)
    reference = converted(house, identity)
    found, request = escalations.load(house.tx, house.desk, identity), requests.load(house.tx, house.desk, reference)
    assert found is not None
    assert request is not None
    assert (found.state, found.reference, found.closed_at) == (State.CONVERTED, reference, NOW + 20 * DAY)
    assert request.body.fields["escalation"] == identity
    assert (request.conversation, request.channel) == ("c1", "telegram")
    (filed,) = requests.time_line(house.tx, house.desk, reference)
    assert (filed.who, filed.at) == ("dpo-1", NOW + 20 * DAY)
    assert acts(house) == ["escalation.opened", "request.filed", "escalation.converted"]


def test_the_customer_finds_the_request_by_the_reference_of_the_escalation(house: House) -> None:  # R58
    identity = opened(house)
    before = requests.locate(house.tx, house.desk, place(), LocateCase(typed=identity))
    assert before == CaseLocated(reference=identity, company="alfa", own=None)
    reference = converted(house, identity)
    located = requests.locate(house.tx, house.desk, place(), LocateCase(typed=identity))
    assert isinstance(located, CaseLocated)
    assert located.own is not None
    assert (located.reference, located.own.state) == (reference, CaseState.RECEIVED)
    words = AddToCase(reference=reference, words="Edhe diçka.")
    assert requests.add_words(house.tx, house.desk, place(), words) == Noted()


def test_one_that_names_no_company_becomes_a_request_of_the_one_that_is_named(house: House) -> None:
    identity = opened(house, company=None)
    with pytest.raises(NotAllowedError, match="which company"):
        converted(house, identity)
    with pytest.raises(NotAllowedError, match="which company"):
        converted(house, identity, company="gama")
    request = requests.load(house.tx, house.desk, converted(house, identity, company="beta"))
    assert request is not None
    assert request.company == "beta"
    found = escalations.load(house.tx, house.desk, identity)
    assert found is not None
    assert found.company == "beta"


def test_the_company_that_was_named_stays(house: House) -> None:  # R56
    request = requests.load(house.tx, house.desk, converted(house, opened(house), company="beta"))
    assert request is not None
    assert request.company == "alfa"


def test_only_an_open_escalation_becomes_a_request(house: House) -> None:
    closed, twice = opened(house), opened(house)
    escalations.close(house.tx, house.desk, place(), closed, "dpo-1")
    converted(house, twice)
    for identity in (closed, twice, "7K2Q-9FXA-4"):
        with pytest.raises(NotAllowedError, match="no open escalation"):
            converted(house, identity)
    assert len(house.rows("requests")) == 1


def test_what_was_erased_of_an_escalation_is_empty(house: House) -> None:  # R45
    identity = opened(house)
    escalations.close(house.tx, house.desk, place(), identity, "dpo-1")
    house.tables.update("escalations", identity, {"body_sealed": "", "conversation": None})
    found = escalations.load(house.tx, house.desk, identity)
    assert found is not None
    assert (found.words, found.conversation) == ("", None)


def alarmed(house: House) -> str:
    """An alarm that stands before people, and is told."""
    identity = opened(house, Escalation.ALARM)
    events.publish(
        house.tx,
        house.desk,
        NOW,
        EventKind.ALARM_RAISED,
        company="alfa",
        reference=identity,
        body={"alarm": "job_dead"},
    )
    return identity


@pytest.mark.parametrize("act", ["close", "convert"])
def test_an_alarm_that_was_seen_to_waits_nowhere_any_more(house: House, act: str) -> None:
    other, identity = alarmed(house), alarmed(house)
    if act == "close":
        escalations.close(house.tx, house.desk, place(NOW + 5), identity, "zana", "U rinis.")
    else:
        escalations.to_request(house.tx, house.desk, place(NOW + 5), identity, Action.CONTACT_DPO, "zana")
    told = {event.reference: event for event in events.of_reference(house.tx, house.desk, identity)
            if event.kind is EventKind.ALARM_RAISED}  # fmt: skip
    assert (told[identity].acknowledged_at, told[identity].acknowledged_by) == (NOW + 5, "zana")
    assert acts(house).count("event.acknowledged") == 1
    waiting = [event.reference for event in events.open_events(house.tx, house.desk)]
    assert waiting.count(other) == 2, "what was opened, and its alarm"
