"""Things that are no text, and links: answered kindly, nothing of them kept, nothing done unasked."""

import pytest

from bot.dialogue import introducing
from bot.dialogue.events import Thing
from bot.dialogue.state import State
from bot.services import retention
from bot.services.conversations import BOT, YOU
from tests.channels.bringing import at, brings, comes, held
from tests.tools.chatting import Town, words

STATES = [State.OPEN, State.COMPANY, State.NUMBER, State.CODE, State.FIELD, State.REPLY_TO, State.LEAVING]


@pytest.mark.parametrize("thing", Thing)
def test_each_thing_is_answered_in_its_own_words_and_the_state_asks_again(town: Town, thing: Thing) -> None:
    answers = set()
    for state in STATES:
        person = at(town, state, f"{state}")
        asked = person.told.buttons
        before, kept = town.changes(), person.transcript()
        told = brings(person, thing)
        assert told.state == state
        assert set(told.buttons) == (set() if state is State.OPEN else set(asked))
        assert town.changes() == before
        assert [message.sender for message in person.transcript()[len(kept) :]] == [BOT]  # nothing of it is kept
        answers.add(str(told.blocks[0]["text"]))
    assert len(answers) == (2 if thing is Thing.CONTACT else 1)


def test_no_two_things_are_answered_alike(town: Town) -> None:
    told = {brings(town.person(thing), thing).blocks[3]["text"] for thing in Thing}
    assert len(told) == len(Thing)


def test_a_picture_is_said_to_be_deleted_only_where_it_is(town: Town) -> None:  # R37
    deleted = brings(town.person("a"), Thing.FILE, erased=True).text
    left = brings(town.person("b"), Thing.FILE).text
    assert "E fshiva nga biseda" in deleted
    assert "fshiva" not in left
    for told in (deleted, left):
        assert "nuk duhen as dokumente, as fotografi" in told


def test_who_has_proven_who_they_are_is_asked_for_no_document(town: Town) -> None:  # R37
    filan = town.person()
    filan.say("te ipko, krejt reklamat hiqmani")
    filan.prove("044 000 101")
    told = brings(filan, Thing.FILE, erased=True)
    assert "nuk duhen" in told.text
    assert told.state == State.CONFIRM


def test_only_ones_own_contact_counts(town: Town) -> None:  # R28
    told = brings(at(town, State.NUMBER, "a"), Thing.CONTACT, erased=True)
    assert "Vlen vetëm numri juaj" in told.text
    assert told.state == State.NUMBER
    assert town.sms == []


def test_a_changed_message_does_nothing(town: Town) -> None:
    filan = town.person()
    filan.say("te ipko, krejt reklamat hiqmani")
    filan.prove("044 000 101")
    told = brings(filan, Thing.EDIT)
    assert "mesazh të ri" in told.text
    assert town.rows("receipts") == []
    assert told.state == State.CONFIRM


@pytest.mark.parametrize("thing", Thing)
def test_the_person_of_the_company_does_not_see_it_either_and_that_is_said(town: Town, thing: Thing) -> None:
    person = town.person()
    held(town, person)
    before = {**town.changes()}
    told = brings(person, thing)
    assert words("The person who answers you here does not see it either; write it to them.") in told.text
    assert told.state == State.HELD
    assert town.changes() == before


# ---- links --------------------------------------------------------------------------------------------------


def test_whoever_follows_a_companys_link_is_greeted_for_that_company(town: Town) -> None:  # R42, R56
    told = comes(town.person(), about="paysera")
    assert "Paysera" in told.text
    assert "IPKO" not in told.text
    assert town.person().say("sa gjatë i ruani të dhënat?").quotes[0][0] == "paysera"


def test_a_link_to_another_company_makes_it_the_conversations(town: Town) -> None:
    person = town.person()
    comes(person, about="paysera")
    told = comes(person, about="ipko")
    assert "IPKO" in told.text
    assert "asistent automatik" not in told.text  # the first words are said once
    assert person.form.company == "ipko"


def test_a_link_with_an_unknown_name_greets_as_one_without(town: Town) -> None:
    plain, odd = comes(town.person("a")), comes(town.person("b"), about="paysera' OR 1=1")
    assert [block["type"] for block in odd.blocks] == [block["type"] for block in plain.blocks]
    assert odd.text == plain.text


def test_a_link_changes_nothing_of_what_is_under_way(town: Town) -> None:
    person = at(town, State.NUMBER, "a")
    told = comes(person, about="paysera")
    assert words("We go on where we were.") in told.text
    assert told.state == State.NUMBER
    assert person.form.company == "ipko"
    assert person.form.goal is not None
    assert person.form.goal.company == "ipko"


# ---- another carrier ----------------------------------------------------------------------------------------


def test_where_another_carries_the_messages_the_first_words_say_so(town: Town) -> None:  # R42
    told = comes(town.person("a"), carrier="Telegram")
    plain = comes(town.person("b"))
    assert "Telegram" not in plain.text
    said = told.blocks[3]["text"]
    assert "Telegram" in said
    assert "fshij nga biseda" in said
    assert "nuk vijnë kurrë këtu" in said
    first = [block["text"] for block in told.blocks if block["type"] == "paragraph"]
    assert sum(len(text) for text in first) < 560  # a tired reader takes it in


def test_where_another_carries_the_messages_what_is_kept_says_so(town: Town) -> None:  # R45
    told = comes(town.person("a"), text="/privatesia", carrier="Telegram").text
    for said in ("Telegram", "7 ditë", "/harro", "skedarët"):
        assert said in told
    assert "Telegram" not in comes(town.person("b"), text="/privatesia").text


def test_how_long_the_ids_of_messages_are_kept_is_told_as_it_is() -> None:  # R45
    assert introducing.MESSAGE_IDS == retention.HANDLED_UPDATES


def test_nothing_of_a_thing_stands_under_the_persons_name(town: Town) -> None:
    person = town.person()
    brings(person, Thing.STICKER)
    assert all(message.sender != YOU for message in person.transcript())
