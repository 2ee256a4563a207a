"""What an answer tells how to do can be begun beside it; a bare yes begins it there, and nowhere else."""

import itertools

import pytest

from bot.clock import DAY
from bot.dialogue.events import Chose
from bot.dialogue.facts import Facts
from bot.dialogue.reply import Choices
from bot.dialogue.state import Act, Form, State
from bot.dialogue.talking import topic
from bot.knowledge.compiled import Knowledge
from bot.policy.actions import Action
from tests.channels.people import FILAN, held, proven
from tests.tools.chatting import Person, Town, words
from tests.tools.desks import NOW

HOW_TO_ERASE = "si i fshij te dhenat"
HOW_TO_STOP = "si mundem me i ndal reklamat"


def asked(town: Town, question: str, company: str = "ipko") -> Person:
    person = town.person("a", company)
    person.say(question)
    return person


def test_each_act_is_offered_where_a_company_tells_how_it_is_done(knowledge: Knowledge) -> None:
    facts = Facts(house=Town(knowledge).turns._house, now=NOW, turn=1)
    for company, action in itertools.product(knowledge.companies.values(), Action):
        chosen = Chose(value=f"topic:{company.id}/{company.acts[action]}", label="", seq=1)
        offered = [block for block in topic(Form(company=company.id), chosen, facts).says if isinstance(block, Choices)]
        at_once = action in (Action.WITHDRAW_MARKETING, Action.OBJECT_STATISTICS)
        prompt = words("I can do it here:" if at_once else "You can make the request here:")
        begins = [item.value for block in offered if block.prompt == prompt for item in block.items]
        act = {Action.WITHDRAW_MARKETING: Act.WITHDRAW, Action.OBJECT_STATISTICS: Act.OBJECT}.get(action, action)
        assert begins == [f"do:{act}"], f"{company.id}: {action}"


@pytest.mark.parametrize("yes", ["po", "Po, bëje!", "bone", "hajt bone ktu", "vazhdo", "po ju lutem"])
@pytest.mark.parametrize("question", [HOW_TO_ERASE, HOW_TO_STOP])
def test_a_yes_behind_the_answer_begins_what_it_offers_and_does_nothing_yet(
    knowledge: Knowledge, question: str, yes: str
) -> None:
    town = Town(knowledge)
    person = asked(town, question)
    assert person.say(yes).state == State.NUMBER
    assert not town.rows("requests")
    assert set(held(town).values()) == {"given"}
    assert person.say("anulo").state == State.OPEN


@pytest.mark.parametrize("why", ["pse duhet numri?", "po pse po ma lypni numrin"])
def test_who_asks_what_the_number_is_for_is_told_and_asked_again(knowledge: Knowledge, why: str) -> None:
    person = asked(Town(knowledge), HOW_TO_ERASE)
    person.say("bëje")
    told = person.say(why)
    assert told.state == State.NUMBER
    assert "Me kodin vërtetohet se jeni ju: ai shkon vetëm te numri që IPKO e ka për ju" in told.text
    assert words("Write your phone number or your customer number at {company}.", company="IPKO") in told.text


@pytest.mark.parametrize("said", ["ok", "në rregull", "jo", "faleminderit", "bëje mos"])
def test_thanks_begin_nothing(knowledge: Knowledge, said: str) -> None:
    assert asked(Town(knowledge), HOW_TO_ERASE).say(said).state == State.OPEN


@pytest.mark.parametrize("company", ["ipko", "paysera"])
@pytest.mark.parametrize("said", ["bone", "bëje", "po", "qoje", "krejt", "nuk kam", "ok"])
def test_a_short_word_behind_nothing_begins_nothing(knowledge: Knowledge, company: str, said: str) -> None:
    person = Town(knowledge).person("a", company)
    person.open()
    assert person.say(said).state == State.OPEN
    assert person.form.goal is None


def test_a_yes_begins_only_what_the_last_answer_offered(knowledge: Knowledge) -> None:
    person = asked(Town(knowledge), HOW_TO_ERASE)
    person.say("ok")
    assert person.say("po").state == State.OPEN
    person.say("çka është kuki")
    assert person.say("po").state == State.OPEN


def test_a_yes_to_a_request_that_is_shown_takes_nothing_back(knowledge: Knowledge) -> None:
    town = Town(knowledge)
    person = proven(town, "dua kopjen e krejt të dhënave të mia", FILAN, company="ipko")
    person.say("po")
    town.now += DAY
    person.say("ku mbeti kërkesa ime?")
    assert person.say("po").state != State.CONFIRM
    assert [row["state"] for row in town.rows("requests")] == ["received"]
