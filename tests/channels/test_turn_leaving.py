"""Being forgotten: at once where nothing is open; else it is asked first where the answers shall go (R45, R58)."""

import json

import pytest

from bot.dialogue.state import State
from bot.policy.actions import Action
from bot.services import conversations
from bot.services.casework import escalations, requests
from bot.services.desk import OFFICE, Place
from bot.services.office import backoffice
from bot.services.records import audit, events
from bot.services.records.events import EventKind
from tests.channels.bringing import COPY, MAIL, at, comes, held, pending
from tests.channels.people import FILANE, proven
from tests.tools.chatting import Person, Town, words

ELSEWHERE = "filane@tjeter.example"
FORGOTTEN = "I forgot who you are and what we had begun. Evidence of what you ordered stays."


def filed(town: Town) -> tuple[Person, str]:
    """A proven customer with an open request."""
    filane = proven(town, f"te paysera, {COPY}", FILANE)
    return filane, filane.say("po").reference


def told_by_office(town: Town, reference: str) -> None:
    """The company writes about a request."""
    place = Place(conversation="", channel=OFFICE, now=town.now)
    backoffice.reply(town.tx, town.desk, place, "zana", reference, "Kopja juaj po përgatitet.")
    town.work()


def to_send(town: Town) -> list[dict[str, str]]:
    """What the office is asked to send to an address."""
    found = events.open_events(town.tx, town.desk)
    return [dict(event.body) for event in found if event.kind is EventKind.NOTICE_TO_SEND]


def test_where_nothing_is_open_all_is_forgotten_at_once(town: Town) -> None:  # R45
    filan = proven(town, "/pelqimet", company="ipko")
    told = filan.say("/harro")
    assert told.taken.forgot
    assert told.state == State.OPEN
    assert words(FORGOTTEN) in told.text
    assert filan.form.proofs == {}
    assert [row["ended_at"] for row in town.rows("proofs")] == [town.now]


def test_with_an_open_request_it_is_asked_first_where_the_answer_shall_go(town: Town) -> None:  # R58
    filane, reference = filed(town)
    told = filane.say("/harro")
    assert not told.taken.forgot
    assert told.state == State.LEAVING
    assert reference in told.text
    assert list(told.buttons) == [words("By SMS to my number at the company"), words("Cancel")]
    assert filane.form.proofs  # nothing is forgotten yet


def test_the_answer_comes_by_sms_to_the_number_on_file(town: Town) -> None:  # R58
    filane, reference = filed(town)
    filane.say("/harro")
    told = filane.press("By SMS to my number at the company")
    assert told.taken.forgot
    assert words(FORGOTTEN) in told.text
    assert reference in told.text
    conversations.forget(town.tx, told.taken.conversation)

    before = len(town.sms)
    told_by_office(town, reference)
    (sms,) = town.sms[before:]
    assert sms.to.endswith("44000102")
    assert reference in sms.text
    assert "përgatitet" not in sms.text  # without content
    assert to_send(town) == []


@pytest.mark.parametrize("typed", ["sms", "Me SMS"])
def test_an_sms_can_be_asked_for_in_words(town: Town, typed: str) -> None:
    filane, _ = filed(town)
    filane.say("/harro")
    assert filane.say(typed).taken.forgot


def test_the_answer_goes_to_the_address_that_was_typed(town: Town) -> None:  # R58
    filane, reference = filed(town)
    filane.say("/harro")
    told = filane.say(ELSEWHERE)
    assert told.taken.forgot
    assert told.taken.secret
    assert reference in told.text
    conversations.forget(town.tx, told.taken.conversation)

    before = len(town.sms)
    told_by_office(town, reference)
    (notice,) = to_send(town)
    assert notice["address"] == ELSEWHERE
    assert len(town.sms) == before


def test_where_the_answer_goes_is_on_the_time_line_and_in_the_audit(town: Town) -> None:  # R39
    filane, reference = filed(town)
    filane.say("/harro")
    filane.say(ELSEWHERE)
    (entry,) = [e for e in requests.time_line(town.tx, town.desk, reference) if e.kind == "redirected"]
    assert (entry.who, entry.body["text"]) == ("customer", ELSEWHERE)
    assert town.acts().count(audit.Act.REQUEST_REDIRECTED) == 1
    stored = json.dumps([town.rows(table) for table in ("audit", "events", "requests", "request_events")])
    assert ELSEWHERE not in stored  # R46
    changed = [e for e in events.open_events(town.tx, town.desk) if e.body.get("act") == "customer.redirected"]
    assert [event.reference for event in changed] == [reference]


def test_requests_of_all_companies_are_named_and_one_without_a_proof_needs_an_address(town: Town) -> None:
    filane, first = filed(town)
    filane.say("anulo")
    second = pending(filane, "ipko")
    told = filane.say("/harro")
    assert first in told.text
    assert second in told.text
    assert list(told.buttons) == [words("Cancel")]  # no SMS could tell of the second
    filane.say("sms")
    assert filane.told.state == State.LEAVING
    filane.say(ELSEWHERE)
    for reference in (first, second):
        found = requests.load(town.tx, town.desk, reference)
        assert found is not None
        assert found.reply_to == ELSEWHERE


def test_what_has_an_address_already_may_keep_it(town: Town) -> None:
    person = town.person()
    reference = pending(person)
    told = person.say("/harro")
    assert list(told.buttons) == [words("To the address that I have given"), words("Cancel")]
    told = person.press("To the address that I have given")
    assert told.taken.forgot
    assert reference in told.text
    told_by_office(town, reference)
    conversations.forget(town.tx, told.taken.conversation)
    told_by_office(town, reference)
    assert [notice["address"] for notice in to_send(town)] == [MAIL]  # the first one was read here


def test_what_is_answered_is_not_open_and_others_requests_are_nobodys_business(town: Town) -> None:
    filane, _ = filed(town)
    town.tables.execute("UPDATE requests SET state = 'answered'")
    assert filane.say("/harro").taken.forgot
    other = town.person("other")
    pending(other)
    assert filane.say("/harro").taken.forgot


def test_an_open_escalation_is_named_and_keeps_the_address(town: Town) -> None:
    person = town.person(company="ipko")
    person.say("jam gazetar dhe po shkruaj për ju, kush i përgjigjet medias?")
    (row,) = [row for row in town.rows("escalations") if row["kind"] == "press"]
    told = person.say("/harro")
    assert row["id"] in told.text
    assert person.say(MAIL).taken.forgot
    place = Place(conversation="", channel=OFFICE, now=town.now)
    reference = escalations.to_request(town.tx, town.desk, place, row["id"], Action.CONTACT_DPO, "zana")
    found = requests.load(town.tx, town.desk, reference)
    assert found is not None
    assert found.reply_to == MAIL
    assert MAIL not in json.dumps(town.rows("escalations"))


def test_cancelling_forgets_nothing(town: Town) -> None:
    filane, reference = filed(town)
    filane.say("/harro")
    told = filane.say("anulo")
    assert not told.taken.forgot
    assert told.state == State.OPEN
    assert words("Cancelled. I have forgotten nothing.") in told.text
    assert filane.form.proofs
    found = requests.load(town.tx, town.desk, reference)
    assert found is not None
    assert found.reply_to == ""


def test_a_question_is_answered_and_leaving_goes_on(town: Town) -> None:
    filane, reference = filed(town)
    filane.say("/harro")
    told = filane.say("sa gjatë i ruani të dhënat?")
    assert told.quotes
    assert told.state == State.LEAVING
    assert reference in told.text
    assert not told.taken.secret


@pytest.mark.parametrize("typed", ["po", "nuk e di", "s'kam", "pa kod", "abc", "më telefononi", "?"])
def test_what_is_no_address_is_not_taken_for_one(town: Town, typed: str) -> None:
    filane, _ = filed(town)
    filane.say("/harro")
    told = filane.say(typed)
    assert told.state == State.LEAVING
    assert not told.taken.forgot


def test_another_wish_is_begun_and_nothing_is_forgotten(town: Town) -> None:
    filane, _ = filed(town)
    filane.say("/harro")
    told = filane.say("ndalni krejt reklamat")
    assert told.state == State.CONFIRM  # proven still
    assert not told.taken.forgot


def test_what_was_begun_is_said_to_be_left(town: Town) -> None:
    person = town.person(company="ipko")
    pending(person)
    person.say("fshini krejt të dhënat e mia")
    told = person.say("/harro")
    assert words("I left what we had begun; nothing of it was done.") in told.text
    assert told.state == State.LEAVING


def test_a_person_of_the_company_does_not_keep_anybody_from_leaving(town: Town) -> None:
    person = town.person()
    reference = held(town, person)
    told = person.say("/harro")
    assert told.state == State.LEAVING
    assert reference in told.text
    back = person.say("anulo")
    assert back.state == State.HELD
    kept = [entry.body.get("text") for entry in requests.time_line(town.tx, town.desk, reference)]
    assert "/harro" not in kept
    person.say("faleminderit")
    kept = [entry.body.get("text") for entry in requests.time_line(town.tx, town.desk, reference)]
    assert kept[-1] == "faleminderit"  # the person has it again
    person.say("/harro")
    assert person.say(ELSEWHERE).taken.forgot
    assert person.say("po").state == State.OPEN


def test_who_knows_what_it_means_is_forgotten_at_once(town: Town) -> None:  # R45
    for state in (State.OPEN, State.REPLY_TO, State.HELD, State.LEAVING):
        person = at(town, state, str(state))
        told = comes(person, leaves=True)
        assert told.taken.forgot
        assert told.state == State.OPEN
        assert person.form.leaving is None


def test_where_another_carries_the_messages_it_is_said_that_they_stay_there(town: Town) -> None:
    assert "Telegram" in comes(town.person(), text="/harro", carrier="Telegram").blocks[-1]["text"]
