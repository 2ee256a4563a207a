"""What the bot could not answer: like questions together, seen to once, answered where somebody can be reached."""

import json

import pytest

from bot.clock import HOUR
from bot.dialogue.effects import Escalation
from bot.errors import NotAllowedError
from bot.services import conversations
from bot.services.casework import case_file, escalations
from bot.services.desk import Place
from bot.services.knowledge import questions
from bot.services.knowledge.questions import Order, Outcome, Question
from tests.services.acting import House, made_up_house
from tests.services.casework import office
from tests.tools.desks import NOW


@pytest.fixture
def house() -> House:
    return made_up_house()


def ask(house: House, words: str, *, company: str | None = "alfa", now: int = NOW, address: str = "") -> str:
    """Let somebody ask what the bot cannot answer; with an address they can be reached."""
    conversation = conversations.take(house.tx, house.desk, now, "web", address).id if address else "c1"
    place = Place(conversation=conversation, channel="web", now=now)
    return escalations.open_escalation(house.tx, house.desk, place, Escalation.UNANSWERED, company, words)


def waiting(house: House, order: Order = Order.OFTEN) -> list[Question]:
    return list(questions.waiting(house.tx, house.desk, ["alfa"], order).questions)


def test_what_is_asked_alike_stands_together_the_most_frequent_first(house: House) -> None:
    ask(house, "A keni dritë në zyrë?", now=NOW + 3)
    ask(house, "Çfarë ngjyre ka dera?", now=NOW)
    ask(house, "cfare ngjyre ka dera", now=NOW + 1)
    first, second = waiting(house)
    assert [one.words for one in first.asked] == ["cfare ngjyre ka dera", "Çfarë ngjyre ka dera?"]
    assert first.last.at == NOW + 1
    assert second.last.words == "A keni dritë në zyrë?"
    assert waiting(house, Order.NEW) == [second, first]


def test_one_sees_ones_own_companies_and_what_names_none(house: House) -> None:
    for company in ("alfa", "beta", None):
        ask(house, f"te {company}", company=company)
    escalations.open_escalation(house.tx, house.desk, office(), Escalation.HAND_OFF, "alfa", "me njeri")
    assert {question.last.words for question in waiting(house)} == {"te alfa", "te None"}


def test_words_without_a_letter_are_a_question_too(house: House) -> None:  # R51
    for words in ("🤷", "??", "🤷"):
        ask(house, words)
    assert sorted(len(question.asked) for question in waiting(house)) == [1, 2]


def test_what_was_seen_to_is_off_the_list_and_logged_without_its_words(house: House) -> None:  # R32, R39
    for later in (0, 1, HOUR):
        ask(house, "Çfarë ngjyre ka dera?", now=NOW + later)
    (question,) = waiting(house)
    closed = questions.see_to(house.tx, house.desk, office(), "zana", question, NOW + 1, Outcome.NOT_OURS, "s’është")
    assert closed == 2
    (left,) = waiting(house)
    assert [one.at for one in left.asked] == [NOW + HOUR]  # it came after the page was opened
    bodies = [json.loads(row["body"]) for row in house.rows("audit")]
    seen = [body for body in bodies if body["act"] == "question.seen_to"]
    assert [body["details"] for body in seen] == [{"who": "zana", "outcome": "not_ours"}] * 2
    assert "dera" not in json.dumps(bodies)


def test_who_can_be_reached_gets_a_request_that_can_be_replied_to(house: House) -> None:
    identity = ask(house, "Çfarë ngjyre ka dera?", address="nje")
    (question,) = waiting(house)
    assert question.last.reachable
    reference = questions.to_request(house.tx, house.desk, office(NOW + HOUR), "zana", question.last, "alfa")
    stored = case_file.load(house.tx, house.desk, reference)
    assert stored and (stored.received_at, stored.company) == (NOW, "alfa")  # R33
    assert waiting(house) == []
    with pytest.raises(NotAllowedError):
        questions.to_request(house.tx, house.desk, office(), "zana", question.last, "alfa")
    assert question.last.id == identity


def test_who_cannot_be_reached_is_not_promised_an_answer(house: House) -> None:
    ask(house, "Çfarë ngjyre ka dera?")
    (question,) = waiting(house)
    assert not question.last.reachable
    with pytest.raises(NotAllowedError, match="Nobody"):
        questions.to_request(house.tx, house.desk, office(), "zana", question.last, "alfa")
    assert len(waiting(house)) == 1


def test_where_no_company_was_named_one_is_chosen(house: House) -> None:
    ask(house, "Çfarë ngjyre ka dera?", company=None, address="nje")
    (question,) = waiting(house)
    reference = questions.to_request(house.tx, house.desk, office(), "zana", question.last, "beta")
    stored = case_file.load(house.tx, house.desk, reference)
    assert stored and stored.company == "beta"


def test_any_asking_of_a_question_leads_to_it(house: House) -> None:
    first = ask(house, "Dera?", now=NOW - 1)
    ask(house, "dera")
    found, gone = questions.find(house.tx, house.desk, ["alfa"], [first, "0000-0000-0"])
    assert found and len(found.asked) == 2
    assert gone is None


def test_of_very_many_the_newest_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_READ", 2)
    for number in range(3):
        ask(house, f"pyetja {'xyz'[number]}", now=NOW + number)
    read = questions.waiting(house.tx, house.desk, ["alfa"])
    assert read.more
    assert {question.last.words for question in read.questions} == {"pyetja y", "pyetja z"}


def test_what_became_a_phrase_waits_until_the_files_have_it(house: House) -> None:
    ask(house, "Dera?")
    (question,) = waiting(house)
    questions.taught(house.tx, house.desk, office(), "zana", question, "alfa/dera")
    assert waiting(house) == [question]
    assert json.loads(house.rows("audit")[-1]["body"])["details"]["intent"] == "alfa/dera"
