"""The commands do what they say in every state, on every channel; what is no command is answered kindly."""

from dataclasses import replace

import pytest

from bot.dialogue.state import State
from bot.knowledge.compiled import Knowledge
from bot.services.casework import requests
from tests.channels.bringing import MAIL, at, held, pending
from tests.channels.people import ALL_ADS, FILAN, proven
from tests.tools.chatting import Person, Town, words

STATES = [
    State.OPEN, State.COMPANY, State.FOR_WHOM, State.NUMBER, State.CODE, State.FIELD, State.REPLY_TO, State.CONTACT,
    State.CODE_REPORT, State.LEAVING, State.HELD,
]  # fmt: skip
MENU = "What you keep about me"
# What somebody reads, and where the conversation stands then (None: where it stood).
SAYS: dict[str, tuple[str, State | None]] = {
    "/start": (MENU, State.OPEN),
    "/ndihme": (MENU, State.OPEN),
    "/anulo": (MENU, State.OPEN),
    "/privatesia": ("Numbers and names are stored encrypted. I never see your data at the company.", None),
    "/pelqimet": ("", State.NUMBER),
    "/kerkesat": ("", State.REFERENCE),
    "/kundershto": ("", State.NUMBER),
    "/personi": ("Write your message to the data protection officer.", State.FIELD),
    "/harro": ("I forgot who you are and what we had begun. Evidence of what you ordered stays.", State.OPEN),
}
HELD: dict[str, State] = {
    "/start": State.HELD, "/ndihme": State.HELD, "/personi": State.HELD, "/privatesia": State.HELD,
    "/anulo": State.OPEN, "/pelqimet": State.NUMBER, "/kundershto": State.NUMBER, "/kerkesat": State.OPEN,
    "/harro": State.LEAVING,
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(knowledge: Knowledge) -> Town:
    """One town for all commands: each is given by somebody else."""
    return Town(knowledge)


@pytest.mark.parametrize("command", SAYS)
def test_a_command_does_what_it_says_in_every_state(shared: Town, command: str) -> None:
    says, leads_to = SAYS[command]
    for state in STATES:
        person = at(shared, state, f"{state} {command}")
        company_known = person.form.company is not None
        told = person.say(command)
        assert not told.taken.secret
        if state is State.HELD:
            assert told.state == HELD[command]
            continue
        if state is State.LEAVING and command in {"/harro", "/kerkesat"}:  # a request is open
            assert told.state == (State.LEAVING if command == "/harro" else State.OPEN)
            continue
        assert not says or words(says) in told.text or not company_known, (state, told.text)
        expected = leads_to or state
        asks_first = leads_to in {State.NUMBER, State.REFERENCE, State.FIELD} and not company_known
        assert told.state == (State.COMPANY if asks_first else expected), (state, told.text)


def test_a_command_is_not_kept_for_the_person_of_the_company(town: Town) -> None:
    person = town.person()
    reference = held(town, person)
    for command in ("/privatesia", "/ndihme", "/pyet", "/pyet sa gjatë i ruani të dhënat?", "/kerkesat"):
        person.say(command)
    kept = [entry.body.get("text") for entry in requests.time_line(town.tx, town.desk, reference)]
    assert not any(str(text).startswith("/") for text in kept)


def test_who_orders_something_has_the_conversation_back_from_the_person(town: Town) -> None:
    person = town.person()
    held(town, person)
    told = person.say("/pelqimet")
    assert words("I answer you here again, Mburoja.") in told.text
    assert told.state == State.NUMBER
    assert not told.taken.expects.held


@pytest.mark.parametrize("said", ["/pelqimet te ipko", "/Pëlqimet@MburojaBot", "/pelqimet ju lutem tash"])
def test_behind_a_stroke_the_first_word_decides(town: Town, said: str) -> None:
    person = town.person(company="ipko")
    assert person.say(said).state == State.NUMBER


def test_a_yes_behind_a_stroke_must_be_the_whole_message(town: Town) -> None:  # R21
    filan = proven(town, ALL_ADS)
    filan.say("/po pse më duhet kjo")
    assert town.rows("receipts") == []
    assert filan.told.state == State.CONFIRM


# ---- asking -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["/pyet", "kam një pyetje", "Dua të pyes diçka", "a mund të pyes?"])
def test_who_wants_to_ask_is_invited_with_three_examples(town: Town, said: str) -> None:
    person = town.person(company="paysera")
    person.open()
    told = person.say(said)
    assert "Paysera" in told.text
    assert len(told.buttons) == 3
    for label in list(told.buttons):
        assert person.choose(told.buttons[label]).quotes


def test_where_no_company_is_known_the_companies_are_offered(town: Town) -> None:
    person = town.person()
    told = person.say("/pyet")
    assert list(told.buttons) == ["IPKO", "Paysera"]
    assert "Paysera" in person.press("Paysera").text
    assert len(person.say("/pyet").buttons) == 3


def test_a_company_without_an_overview_gives_examples_too(town: Town) -> None:
    company = town.desk.companies["ipko"]
    bare = tuple(replace(e, grid=replace(e.grid, overview={}, cells={})) for e in company.editions)
    town.change(replace(company, editions=bare))
    assert len(town.person(company="ipko").say("/pyet").buttons) == 3


@pytest.mark.parametrize("state", STATES)
def test_a_question_behind_the_command_is_answered_in_every_state(town: Town, state: State) -> None:
    person = at(town, state, "a")
    told = person.say("/pyet pse i ruani të dhënat te ipko?")
    assert told.quotes
    assert told.state == (State.OPEN if state is State.COMPANY else state)
    assert not told.taken.secret


def test_a_question_behind_the_command_is_no_answer_to_a_form(town: Town) -> None:
    person = at(town, State.FIELD, "a")
    told = person.say("/pyet sa gjatë i ruani të dhënat")
    assert told.quotes
    assert told.state == State.FIELD
    assert person.form.goal is not None
    assert not person.form.goal.fields


def test_a_question_waits_for_its_company_in_the_older_ones_place(town: Town) -> None:
    person = town.person()
    person.say("sa gjatë i ruani të dhënat?")
    person.say("/pyet çka janë cookies?")
    assert person.form.waiting == "çka janë cookies?"
    assert "cookie" in person.press("IPKO").text.lower()


def test_how_something_is_done_is_told_where_it_was_asked_and_not_begun(town: Town) -> None:
    person = at(town, State.FIELD, "a")
    told = person.say("/pyet si i ndal reklamat?")
    assert told.state == State.FIELD
    assert words("I did not understand that.") not in told.text


def test_in_a_form_the_invitation_says_how_to_ask(town: Town) -> None:
    told = at(town, State.REPLY_TO, "a").say("/pyet")
    assert "/pyet" in told.text
    assert told.state == State.REPLY_TO


# ---- no command ---------------------------------------------------------------------------------------------


def test_an_unknown_command_is_answered_with_what_can_be_done(town: Town) -> None:
    person = town.person(company="ipko")
    person.open()
    told = person.say("/abc")
    assert words("That command I do not know.") in told.text
    assert words(MENU) in told.text
    assert town.rows("escalations") == []  # it is no question without an answer


@pytest.mark.parametrize("state", [state for state in STATES if state not in {State.OPEN, State.HELD}])
def test_an_unknown_command_is_no_answer_to_what_is_asked(town: Town, state: State) -> None:
    person = at(town, state, "a")
    told = person.say("/abc 044 000 101")
    assert words("That command I do not know.") in told.text
    assert told.state == state
    assert not told.taken.secret
    assert all(sms.to != "+38344000101" for sms in town.sms)


# ---- what is taken out of sight -----------------------------------------------------------------------------


def taken(person: Person, text: str) -> tuple[bool, str]:
    """Whether what was typed is taken out of sight, and what was waited for."""
    told = person.say(text)
    return told.taken.secret, told.taken.expected.kind.value


def test_numbers_and_codes_are_taken_out_of_sight(town: Town) -> None:  # R16
    person = at(town, State.NUMBER, "a")
    code = person.code(FILAN)
    assert (person.told.taken.secret, person.told.taken.expected.kind.value) == (True, "number")
    assert person.told.taken.expects.code is not None
    assert taken(person, f"kodi është {code}") == (True, "code")
    assert person.told.taken.proved
    assert taken(at(town, State.NUMBER, "b"), "A-1001") == (True, "number")
    assert taken(at(town, State.CODE, "c"), "12 34 56") == (True, "code")
    assert taken(at(town, State.CODE, "d"), "+383 44 000 103") == (True, "code")
    assert taken(at(town, State.CONTACT, "e"), "044 000 105") == (True, "text")
    assert taken(at(town, State.CODE_REPORT, "f"), "044 000 105") == (True, "text")


@pytest.mark.parametrize(
    "typed", [MAIL, "044 000 105", "Rruga e Trilluar 1, Prishtinë", "Rruga e Trilluar, Pejë, Kosovë"]
)
def test_an_address_is_taken_out_of_sight(town: Town, typed: str) -> None:
    for state in (State.REPLY_TO, State.LEAVING):
        person = at(town, state, state)
        told = person.say(typed)
        assert told.taken.secret
        assert told.taken.expected.kind.value == "text"
        assert told.state == (State.CONFIRM if state is State.REPLY_TO else State.OPEN)


QUESTIONS = [
    "sa gjatë i ruani të dhënat?",
    "kujt ia jepni numrin tim",
    "pse ju duhet kjo",
    "si e di se është e sigurt?",
]
PRIVATE = [State.NUMBER, State.CODE, State.CONTACT, State.CODE_REPORT, State.REPLY_TO, State.LEAVING]


@pytest.mark.parametrize("state", PRIVATE)
@pytest.mark.parametrize("said", ["anulo", "/pyet", "menyja", *QUESTIONS])
def test_a_command_or_a_question_stays_in_sight(town: Town, state: State, said: str) -> None:
    assert not at(town, state, "a").say(said).taken.secret


@pytest.mark.parametrize("state", [State.REPLY_TO, State.LEAVING])
@pytest.mark.parametrize("said", [*QUESTIONS, "pse ju duhet adresa ime?", "a?"])
def test_a_question_is_no_address(town: Town, state: State, said: str) -> None:
    person = at(town, state, "a")
    told = person.say(said)
    assert told.state == state
    assert not told.taken.forgot
    if state is State.REPLY_TO:
        assert person.form.goal is not None
        assert person.form.goal.reply_to == ""


def test_a_wish_is_no_address(town: Town) -> None:
    told = at(town, State.REPLY_TO, "a").say("ndalni krejt reklamat")
    assert told.state == State.NUMBER


def test_what_is_waited_for_is_told_before_and_after(town: Town) -> None:
    person = at(town, State.NUMBER, "a")
    assert person.told.taken.expects.kind.value == "number"
    assert person.say("anulo").taken.expected.kind.value == "number"
    assert person.told.taken.expects.kind.value == "text"
    held_person = town.person("b")
    pending(held_person)
    held(town, held_person)
    assert held_person.say("a jeni aty?").taken.expects.held


@pytest.mark.parametrize("state", [State.OPEN, State.COMPANY, State.FOR_WHOM])
@pytest.mark.parametrize("typed", ["123456", "123 456", "044 000 105", "+383 (44) 000-105"])
def test_a_bare_number_that_nobody_asked_for_is_taken_out_of_sight_too(town: Town, state: State, typed: str) -> None:
    person = at(town, state, "a")
    assert person.say(typed).taken.secret
    is_code = sum(character.isdigit() for character in typed) == 6
    assert (typed in str(person.transcript()[-2].blocks)) is not is_code  # R16


@pytest.mark.parametrize("said", ["7K2Q-9FXA-8", "12 ditë", "1 2 3", "më 2026", ""])
def test_other_figures_stay_in_sight(town: Town, said: str) -> None:
    assert not at(town, State.OPEN, "a").say(said).taken.secret
