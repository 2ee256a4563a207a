"""How a customer comes to an answer with personal data: by the state of their request, and by nothing else."""

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.state import State
from bot.knowledge.compiled import Knowledge
from bot.services import retention
from bot.services.casework import answer_release
from bot.services.casework.answer_files import Attachment
from bot.services.casework.answer_release import Opened
from bot.services.desk import OFFICE, Place
from bot.services.office import backoffice, backoffice_close
from bot.services.office.backoffice import SecondProof
from bot.services.office.backoffice_close import Part
from tests.channels.people import FAMILY, FILANE, proven
from tests.tools.chatting import Person, Told, Town, words

COPY = "dua kopjen e krejt të dhënave të mia"
WHERE = "te paysera, ku mbeti kërkesa ime?"
FILE = Attachment(name="kopja.pdf", media_type="application/pdf", content=b"%PDF sekrete")


def answered(town: Town, number: str = FILANE, company: str = "paysera") -> tuple[Person, str]:
    """Somebody whose request for a copy was answered with a file, and told so."""
    person = proven(town, f"te {company}, {COPY}", number)
    reference = person.say("po").reference
    office = Place(conversation="", channel=OFFICE, now=town.now)
    backoffice.prove(town.tx, town.desk, office, "zana", reference, SecondProof.SHOP)
    backoffice_close.answer(town.tx, town.desk, office, "zana", reference, files=[FILE])
    town.work()
    return person, reference


def link(told: Told) -> str:
    """The one link of a reply."""
    (url,) = [block["url"] for block in told.blocks if block["type"] == "link"]
    return str(url)


def links(told: Told) -> list[str]:
    return [block["url"] for block in told.blocks if block["type"] == "link"]


def opens(town: Town, url: str) -> bool:
    token = url.partition("#")[2]
    return isinstance(answer_release.open_link(town.tx, town.desk, town.now, token), Opened)


def test_who_is_proven_finds_the_link_at_their_request(town: Town) -> None:  # R43
    person, reference = answered(town)
    told = person.say("ku mbeti kërkesa ime?")

    assert link(told).startswith("https://mburoja.example/answer#")
    assert "?" not in link(told)  # the token is neither in the path nor in the query
    assert opens(town, link(told))
    assert "24 orë" in told.text
    assert reference in told.text
    assert told.state == State.OPEN


def test_the_link_is_made_anew_each_time_and_the_one_before_dies(town: Town) -> None:  # R43
    person, reference = answered(town)
    first, second = link(person.say("ku mbeti kërkesa ime?")), link(person.say(reference))
    assert [opens(town, first), opens(town, second)] == [False, True]


def test_from_another_device_it_takes_reference_and_code(town: Town) -> None:  # R43, R58
    _, reference = answered(town)
    town.now += HOUR
    later = town.person("elsewhere", channel="web")
    later.say(WHERE)
    asked = later.say(reference)
    assert asked.state == State.NUMBER
    assert links(asked) == []
    assert opens(town, link(later.prove(FILANE)))


def test_who_came_back_unproven_is_asked_for_a_code_and_then_gets_it(town: Town) -> None:  # R20, R43
    person, reference = answered(town)
    town.now += 2 * HOUR
    asked = person.say("ku mbeti kërkesa ime?")
    assert reference in asked.text
    assert words("Your answer is ready. To fetch it, prove first that it is you.") in asked.text
    assert (asked.state, links(asked)) == (State.NUMBER, [])
    assert opens(town, link(person.prove(FILANE)))


def test_without_a_code_nothing_is_fetched_and_the_officer_is_named(town: Town) -> None:  # R43
    person, _ = answered(town)
    town.now += 2 * HOUR
    person.say("ku mbeti kërkesa ime?")
    told = person.press("Without a code")
    assert town.desk.companies["paysera"].contact in told.text
    assert (told.state, links(told)) == (State.OPEN, [])


def test_a_shared_number_gets_no_link(town: Town) -> None:  # R43, R55
    person, reference = answered(town)
    town.tables.execute("UPDATE proofs SET shared = 1")
    told = person.say(reference)
    assert town.desk.companies["paysera"].contact in told.text
    assert links(told) == []


def test_the_family_that_shares_a_number_gets_no_link(town: Town) -> None:  # R55
    mother = proven(town, f"te ipko, {COPY}", FAMILY, "mother")
    reference = mother.say("po").reference
    office = Place(conversation="", channel=OFFICE, now=town.now)
    backoffice.prove(town.tx, town.desk, office, "zana", reference, SecondProof.SHOP)
    backoffice_close.answer(town.tx, town.desk, office, "zana", reference)  # to the address: no code is hers alone
    town.work()
    assert links(mother.say(reference)) == []


def test_before_the_answer_is_told_there_is_no_link(town: Town) -> None:  # R58
    person = proven(town, f"te paysera, {COPY}", FILANE)
    person.say("po")
    assert links(person.say("ku mbeti kërkesa ime?")) == []


def test_the_answer_itself_is_never_in_a_message(town: Town) -> None:  # R43
    person, _ = answered(town)
    person.say("ku mbeti kërkesa ime?")
    said = str([message.blocks for message in person.transcript()])
    assert "sekrete" not in said
    assert FILE.name not in said


def test_after_its_time_the_answer_is_said_to_be_gone(town: Town) -> None:  # R45
    _, reference = answered(town)
    town.now += 30 * DAY
    retention.sweep(town.tx, town.desk, town.now)
    later = town.person("later")
    later.say(WHERE)
    later.say(reference)
    told = later.prove(FILANE)
    assert words("The answer was kept for {time} and is erased. If you did not fetch it, write to the officer: "
                 "{contact}", time="30 ditë", contact=town.desk.companies["paysera"].contact) in told.text  # fmt: skip
    assert links(told) == []


@pytest.fixture
def no_server(knowledge: Knowledge) -> Town:
    return Town(knowledge, public_url=None)


def test_where_no_server_runs_it_is_said_where_to_fetch_it(no_server: Town) -> None:
    person, reference = answered(no_server)
    told = person.say("ku mbeti kërkesa ime?")
    assert words("The answer is fetched on the web: open Mburoja on the page of {company} and write {reference} there.",
                 company="Paysera", reference=reference) in told.text  # fmt: skip
    assert links(told) == []
    assert no_server.rows("answer_links") == []


def test_of_several_requests_the_one_that_is_picked_gives_its_link(town: Town) -> None:  # R43
    person, reference = answered(town)
    person.say("fshini krejt të dhënat e mia")
    person.say("po")
    person.say("ku mbeti kërkesa ime?")
    told = person.press(words("Copy of the data"))
    assert reference in told.text
    assert opens(town, link(told))


def test_the_periods_of_answers_are_told(town: Town) -> None:  # R45
    told = town.person().say("/privatesia")
    assert words("The file of an answer with your data is kept {time} after it is ready; a link to it holds {link}.",
                 time="30 ditë", link="24 orë") in told.text  # fmt: skip


@pytest.mark.parametrize("asked", ["ku mbeti kërkesa ime?", "/kerkesat"])
def test_that_the_answer_is_ready_is_said_once(town: Town, asked: str) -> None:  # R43
    person, reference = answered(town)
    ready = words("The answer to the request {reference} is ready.", reference=reference)
    assert any(str(ready) in str(message.blocks) for message in person.transcript())  # the notice had told it
    told = person.say(asked)

    assert ready not in told.text
    assert words("From {company}: {note}", company="Paysera", note="") not in told.text
    assert told.text.count("gati") == 1


def test_what_else_the_company_said_is_told_beside_the_link(town: Town) -> None:  # R35
    person = proven(town, f"te paysera, {COPY}", FILANE)
    reference = person.say("po").reference
    office = Place(conversation="", channel=OFFICE, now=town.now)
    backoffice.prove(town.tx, town.desk, office, "zana", reference, SecondProof.SHOP)
    part = Part(reasons="Incizimet janë fshirë më herët.")
    backoffice_close.partly(town.tx, town.desk, office, "zana", reference, part, files=[FILE])
    town.work()
    told = person.say("ku mbeti kërkesa ime?")

    assert link(told)
    assert "Incizimet janë fshirë më herët." in told.text
    assert words("The answer to the request {reference} is ready.", reference=reference) not in told.text
