"""A question whose answer did not help is put before people, once; the customer reads the same as ever."""

import json

import msgspec
import pytest

from bot.dialogue.effects import Escalation
from bot.dialogue.state import Form, State
from bot.services.casework import escalations
from tests.channels.bringing import COPY
from tests.tools.chatting import REFERENCE, Town, words

FIRST, AGAIN = "te ipko, sa gjatë i ruani të dhënat?", "deri kur i mbani të dhënat e mia?"


def noted(town: Town) -> list[tuple[str, str | None, str]]:
    """What stands before people: its kind, company and words."""
    found = [escalations.load(town.tx, town.desk, str(row["id"])) for row in town.rows("escalations")]
    return [(each.kind.value, each.company, each.words) for each in found if each]


def test_the_same_in_other_words_is_noted_and_the_answer_is_the_usual_one(town: Town) -> None:
    other = town.person("other", company="ipko")
    other.say("mirëdita")
    usual = other.say(AGAIN).text
    assert noted(town) == []
    person = town.person()
    person.say(FIRST)
    assert person.say(AGAIN).text == usual
    assert noted(town) == [(Escalation.ASKED_AGAIN, "ipko", FIRST)]
    assert not REFERENCE.search(person.told.text)  # nobody asked for a person
    person.say("sa kohë i ruani të dhënat?")
    assert len(noted(town)) == 1


@pytest.mark.parametrize("text", ["s'po kuptoj", "nuk e pyeta këtë", "jo këtë"])
def test_who_says_that_it_did_not_help_reads_what_they_always_read(town: Town, text: str) -> None:
    persons = [town.person(address) for address in ("a", "b")]
    for person in persons:
        person.say(FIRST)
    persons[0].say("menyja")
    persons[0].say("faleminderit")
    usual = persons[0].say(text)  # too late to be about the answer
    before = [each for each in noted(town) if each[0] == Escalation.ASKED_AGAIN]
    told = persons[1].say(text)
    assert (before, told.text, told.state) == ([], usual.text, usual.state)
    assert (Escalation.ASKED_AGAIN, "ipko", FIRST) in noted(town)


def test_who_picks_what_was_offered_instead_is_noted(town: Town) -> None:
    person = town.person(company="ipko")
    text = "a i jepni të dhënat"
    person.say(text)
    (instead,) = (b for b in person.told.blocks if b.get("prompt") == words("Or did you want to know:"))
    person.choose(instead["items"][0]["value"])
    assert noted(town) == [(Escalation.ASKED_AGAIN, "ipko", text)]


def test_a_question_in_the_middle_of_an_act_is_not(town: Town) -> None:
    person = town.person()
    person.say(FIRST)
    person.say(f"te ipko, {COPY}")
    assert person.told.state == State.NUMBER
    person.say(AGAIN)
    assert noted(town) == []


def test_a_form_of_before_is_read_as_it_was() -> None:
    stored = json.loads(msgspec.json.encode(Form(company="ipko")))
    del stored["asked"]
    assert msgspec.json.decode(json.dumps(stored), type=Form) == Form(company="ipko")
