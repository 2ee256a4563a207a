"""Which company: asked once, with a way out; a bare name is enough, and never more than a name (R56)."""

import pytest

from bot.dialogue.state import Act, State
from tests.tools.chatting import Town, words

APART = "One after the other: each company has its own policy and its own request. Which one first?"


@pytest.mark.parametrize("said", ["nuk du reklama te ipko dhe paysera", "mos më dërgoni më reklama, te të dyja"])
def test_who_means_several_companies_is_told_that_it_goes_one_by_one(town: Town, said: str) -> None:  # R56
    person = town.person()
    told = person.say(said)
    assert told.state == State.COMPANY
    assert words(APART) in told.text
    told = person.say("te të dyja")
    assert (told.state, words(APART) in told.text) == (State.COMPANY, True)
    told = person.press("IPKO")
    assert (told.state, person.form.company, person.form.several) == (State.NUMBER, "ipko", False)


def test_where_a_company_is_asked_for_there_is_a_way_out(town: Town) -> None:
    person = town.person()
    assert words(APART) not in person.say("/pelqimet").text
    assert person.press("Cancel").state == State.OPEN


def test_a_bare_name_leads_to_the_company(town: Town) -> None:
    person = town.person()
    person.open()
    told = person.say("ipko")
    assert words("Ask me anything about your data at {company}, or choose:", company="IPKO") in told.text
    assert words("Ask me anything about your data at {company}, or choose:", company="Paysera") in (
        person.say("po paysera?").text
    )


@pytest.mark.parametrize("before", ["te paysera, nuk dua reklama", "te paysera, si i mbroni të dhënat?"])
def test_a_bare_name_in_the_middle_is_no_wish_of_its_own(town: Town, before: str) -> None:  # R56
    person = town.person()
    person.say(before)
    person.say("anulo")
    person.say("/pelqimet")
    told = person.say("paysera")
    assert words("We are at it; I only need this:") in told.text
    goal = person.form.goal
    assert goal is not None
    assert (goal.act, goal.company, told.state) == (Act.SEE_CONSENTS, "paysera", State.NUMBER)


def test_another_companys_bare_name_means_the_same_act_there(town: Town) -> None:  # R56
    person = town.person()
    person.say("te paysera, nuk dua reklama")
    told = person.say("edhe te ipko")
    goal = person.form.goal
    assert goal is not None
    assert (goal.act, goal.company, told.state) == (Act.WITHDRAW, "ipko", State.NUMBER)
    assert words("I left what we had begun; nothing of it was done.") in told.text


@pytest.mark.parametrize(
    "said", ["kundërshtoj statistikat", "i kundershtoj statistikat", "po i kundërshtoj statistikat te paysera"]
)
def test_a_plain_objection_to_statistics_begins_it(town: Town, said: str) -> None:  # R41
    person = town.person(company="paysera")
    told = person.say(said)
    goal = person.form.goal
    assert goal is not None
    assert (goal.act, told.state) == (Act.OBJECT, State.NUMBER)


@pytest.mark.parametrize(
    "asked",
    [
        "a mund t’i kundërshtoj statistikat?",
        "si i kundërshtoj statistikat",
        "nëse kundërshtoj statistikat, a vazhdoni?",
    ],
)
def test_a_question_about_objecting_begins_nothing(town: Town, asked: str) -> None:
    person = town.person(company="paysera")
    assert person.say(asked).state == State.OPEN


@pytest.mark.parametrize("typed", ["1", "123"])
def test_a_few_digits_in_a_codes_place_are_said_to_be_no_code(town: Town, typed: str) -> None:
    person = town.person(company="ipko")
    person.say("/pelqimet")
    person.code("044 000 101")
    told = person.say(typed)
    assert words("That is not a code. It has six digits.") in told.text
    assert told.state == State.CODE


def test_what_is_to_be_confirmed_is_said_again_without_its_clauses(town: Town) -> None:  # R21
    person = town.person(company="ipko")
    person.say("dua kopjen e krejt të dhënave të mia")
    first = person.prove("044 000 101")
    again = person.say("hajt bre")
    assert (first.state, again.state) == (State.CONFIRM, State.CONFIRM)
    assert [block["type"] for block in first.blocks].count("quote") > 0
    assert "quote" not in [block["type"] for block in again.blocks]
    assert words("To {company} goes: {request}.", company="IPKO", request=words("Copy of the data")) in again.text
    assert words("We are at it; I only need this:") in again.text
    assert person.press("Yes, I confirm").reference
