"""The conversation is shown to the officer only if the customer says so: by a button or in words, on every channel."""

from collections.abc import Callable

import pytest

from bot.clock import HOUR
from bot.dialogue.state import State
from bot.services.casework import sharing
from tests.channels.bringing import COPY, MAIL, at, held, pending
from tests.channels.people import proven
from tests.tools.chatting import Person, Town, words

SHARE, UNSHARE = "Share the conversation with the officer", "Do not share it any more"
NOTHING = "Nothing was changed: this conversation has no open request for that."


def shared(town: Town, reference: str) -> list[str]:
    """What the officer may read, its first words each."""
    found = sharing.shared(town.tx, town.desk, reference)
    return [str(message.blocks[0].get("text") or message.blocks[0].get("prompt")) for message in found]


def filed(town: Town) -> tuple[Person, str]:
    person = town.person()
    return person, pending(person)


def told_shared(reference: str) -> str:
    return words("Done: for {reference} the officer can read this conversation up to here. What you write from now on "
                 "is not shared.", reference=reference)  # fmt: skip


def test_after_a_request_it_is_offered_with_what_it_means_and_nothing_is_shared(town: Town) -> None:
    person, reference = filed(town)
    assert words(SHARE) in person.told.buttons
    assert "krejt këtë bisedë deri këtu, por vetëm nëse e ndani ju" in person.told.text
    assert "mund ta ktheni mbrapsht" in person.told.text
    person.say("faleminderit")
    assert not sharing.is_shared(town.tx, reference)


def test_one_press_shares_what_was_said_up_to_the_offer(town: Town) -> None:
    person, reference = filed(town)
    before = person.transcript()
    person.press(SHARE)
    assert told_shared(reference) in person.told.text
    assert "nuk mbahet më gjatë se 30 ditë" in person.told.text  # R45
    assert len(shared(town, reference)) == len(before)
    assert f"te ipko, {COPY}" in shared(town, reference)
    person.say("edhe diçka që nuk i takon askujt")
    assert len(shared(town, reference)) == len(before)
    assert person.told.state == State.OPEN


def test_an_old_offer_shares_no_more_than_it_offered(town: Town) -> None:  # R60
    person, reference = filed(town)
    button, before = person.told.buttons[words(SHARE)], len(person.transcript())
    person.say("sa gjatë i ruani të dhënat?")
    person.choose(button)
    assert told_shared(reference) in person.told.text
    assert len(shared(town, reference)) == before


def test_a_second_press_says_that_it_is_shared_already(town: Town) -> None:
    person, reference = filed(town)
    button = person.told.buttons[words(SHARE)]
    person.choose(button)
    acts = town.acts().count("transcript.shared")
    person.choose(button)
    assert words("This conversation is shared already, for {reference}.", reference=reference) in person.told.text
    assert town.acts().count("transcript.shared") == acts == 1


def test_it_is_taken_back_and_can_be_shared_again(town: Town) -> None:
    person, reference = filed(town)
    offer = person.told.buttons[words(SHARE)]
    person.choose(offer)
    person.press(UNSHARE)
    assert reference in person.told.text
    assert not sharing.is_shared(town.tx, reference)
    person.choose(offer)
    assert sharing.is_shared(town.tx, reference)


def test_buttons_still_hold_after_a_restart(town: Town) -> None:
    person, reference = filed(town)
    town.change(town.desk.companies["ipko"])  # another Turns over the same database
    person.press(SHARE)
    town.change(town.desk.companies["ipko"])
    assert sharing.is_shared(town.tx, reference)
    person.press(UNSHARE)
    assert not sharing.is_shared(town.tx, reference)


def test_who_is_handed_to_a_person_is_offered_it_too(town: Town) -> None:
    person = town.person(company="ipko")
    person.say("më erdhi një kod që s'e kam kërkuar")
    person.say("kalo")
    (row,) = town.rows("escalations")
    assert str(row["id"]) in person.told.text
    person.press(SHARE)
    assert shared(town, str(row["id"]))


@pytest.mark.parametrize(
    "text", ["ndaje bisedën", "Po lexoje krejt bisedën!", "ndaje biseden me zyrtarin ju lutem", "le ta lexojë zyrtari"]
)
def test_it_can_be_said_in_words(town: Town, text: str) -> None:
    person, reference = filed(town)
    before = len(person.transcript())
    person.say(text)
    assert told_shared(reference) in person.told.text
    assert len(shared(town, reference)) == before
    person.say("mos e ndaj më")
    assert not sharing.is_shared(town.tx, reference)


def test_without_an_open_request_nothing_is_shared_and_that_is_said(town: Town) -> None:
    person = town.person(company="ipko")
    for text in ("ndaje bisedën", "mos e ndaj më"):
        assert words(NOTHING) in person.say(text).text
    assert "transcript.shared" not in town.acts()


def test_a_request_that_was_joined_may_be_another_conversations(town: Town) -> None:
    for address in ("a", "b"):
        person = proven(town, f"te ipko, {COPY}", address=address)
        if person.told.state == State.JOIN:
            person.press("Add it to that one")
        person.say("po")
        town.now += HOUR
    assert words("Your words were added to the request that is open; both dates are kept.") in person.told.text
    assert words(SHARE) not in person.told.buttons
    assert words(NOTHING) in person.say("ndaje bisedën").text


def test_what_is_under_way_goes_on(town: Town) -> None:
    person, reference = filed(town)
    person.say(f"te ipko, {COPY}")
    asked = person.told.state
    person.say("ndaje bisedën")
    assert told_shared(reference) in person.told.text
    assert (person.told.state, asked) == (State.NUMBER, State.NUMBER)
    assert words("Without a code") in person.told.buttons
    person.say("pa kod")
    assert person.say(MAIL).state == State.CONFIRM


@pytest.mark.parametrize("state", [State.FIELD, State.REPLY_TO, State.CODE, State.LEAVING, State.HELD, State.COMPANY])
def test_in_every_state_the_words_leave_it_as_it_was(town: Town, state: State) -> None:
    person = at(town, state, "x")
    person.say("ndaje bisedën")
    assert person.told.state == state
    person.say("mos e ndaj më")
    assert person.told.state == state


def test_whom_the_officer_has_in_the_conversation_shares_it_at_their_word(town: Town) -> None:
    person = town.person()
    reference = held(town, person)
    person.say("po lexoje krejt bisedën")
    assert told_shared(reference) in person.told.text
    assert sharing.is_shared(town.tx, reference)
    assert person.told.state == State.HELD


@pytest.mark.parametrize("forge", [lambda r: f"share:{r}", lambda _: "share:", lambda _: "unshare:", lambda r: r])
def test_a_forged_button_shares_nothing(town: Town, forge: Callable[[str], str]) -> None:  # R60
    person, reference = filed(town)
    person.choose(forge(reference))
    other = town.person("b")
    other.choose(person.told.buttons.get(words(SHARE), "share"))
    assert "transcript.shared" not in town.acts()


def test_the_button_of_one_is_nothing_to_another(town: Town) -> None:  # R60
    person, reference = filed(town)
    button = person.told.buttons[words(SHARE)]
    other = town.person("b")
    pending(other)
    other.choose(button)
    assert not sharing.is_shared(town.tx, reference)
