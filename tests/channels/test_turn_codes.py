"""Codes as a person sees them: nothing tells who is a customer, and no way to the officer is ever closed."""

import re

import pytest

from bot.clock import MINUTE
from bot.dialogue.state import State
from bot.knowledge.compiled import Knowledge
from tests.channels.people import ALL_ADS, FILAN, FILANE, NOBODY, SIMON
from tests.tools.chatting import Person, Town, words

WRONG = "123456"
TIMES = re.compile(r"\d{1,2}:\d{2}")


def begun(town: Town, address: str = "a", said: str = ALL_ADS, channel: str = "terminal") -> Person:
    """Somebody who is asked for a number."""
    person = town.person(address, channel=channel)
    assert person.say(said).state == State.NUMBER
    return person


def lock(person: Person, number: str = FILAN) -> str:
    """Type wrong codes until no more are sent; return all that was told."""
    told = []
    for _ in range(3):
        told.append(person.say(number).text)
        told += [person.say(WRONG).text for _ in range(5)]
        if person.told.state == State.CODE:
            told.append(person.say(WRONG).text)  # the sixth: that code is over
        person.town.now += MINUTE
    return "\n".join(told)


# ---- nothing tells who is a customer ------------------------------------------------------------------------


def story(knowledge: Knowledge, number: str, company: str = "ipko") -> tuple[str, list[str]]:
    """All that is told to somebody who types a number, asks again, types wrong codes, is locked out, and files.

    Returns it without the masked number and the times, and the SMS that went out.
    """
    town = Town(knowledge)
    person = begun(town, said=f"te {company}, dua kopjen e krejt të dhënave")
    told = [person.say(number).text, person.press("Send a new code").text, person.say("kodi").text]
    town.now += MINUTE
    told += [person.press("Send a new code").text, person.press("Another number").text, person.say(number).text]
    town.now += MINUTE
    told.append(lock(person, number))
    assert person.told.state == State.NUMBER
    told += [person.say(number).text, person.press("Without a code").text, person.say("krejt").text]
    told += [person.say("filan@shembulli.example").text, person.say("po").text, person.say("ku mbeti kërkesa?").text]
    shown = "\n--\n".join(told)
    shown = re.sub(r"\+383 \d\d \*\*\* \*\d\d", "MASKED", shown).replace(number, "TYPED")
    return TIMES.sub("TIME", re.sub(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]\b", "REF", shown)), [s.text for s in town.sms]


def test_every_word_is_the_same_for_a_customer_and_for_nobody(knowledge: Knowledge) -> None:  # R11
    known, codes = story(knowledge, FILAN)
    unknown, none = story(knowledge, NOBODY)

    assert known == unknown
    assert len(codes) >= 4  # the customer did get codes, and was told once of the lock
    assert none == []
    assert "MASKED" in known
    assert words("That code is not right. Tries left: {left}.", left=4) in known


@pytest.mark.parametrize(
    ("number", "company"), [(SIMON, "paysera"), (FILANE, "ipko"), ("A-9999", "ipko"), ("A-1009", "ipko")],
    ids=["a changed SIM", "a customer of the other company", "a customer number of nobody", "a landline only"],
)  # fmt: skip
def test_every_word_is_the_same_whatever_keeps_a_code_from_going_out(  # R11, R13
    knowledge: Knowledge, number: str, company: str
) -> None:
    nobody = "044 000 199" if number.startswith("044") else "A-9998"
    told, sent = story(knowledge, number, company)

    assert told == story(knowledge, nobody, company)[0]
    assert sent == []


def test_every_text_about_a_code_offers_the_way_without_one(town: Town) -> None:  # R11, R14
    filan = begun(town)
    for said in (FILAN, "kod i ri", "kodi", WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, FILAN):
        filan.say(said)
        assert words("Without a code") in filan.told.buttons, said


@pytest.mark.parametrize("said", ["kod i ri", "dërgo kod të ri", "numër tjetër"])
def test_who_asks_for_a_new_code_when_the_old_one_is_dead_is_asked_for_the_number(town: Town, said: str) -> None:  # R18
    filan = begun(town)
    filan.code(FILAN)
    for _ in range(5):
        filan.say(WRONG)
    assert filan.told.state == State.NUMBER

    assert filan.say(said).state == State.NUMBER
    assert town.rows("escalations") == []


def test_no_sms_goes_to_a_number_that_is_only_typed(town: Town) -> None:  # R11, R12
    begun(town).say(NOBODY)
    begun(town, "b").say("A-1001")  # by customer number, the code goes to the number on file

    assert [sms.to for sms in town.sms] == ["+38344000101"]


# ---- whose a code is ----------------------------------------------------------------------------------------


def test_a_code_of_another_conversation_opens_nothing(town: Town) -> None:  # R7
    filan, thief = begun(town, "a"), begun(town, "b", "te paysera, krejt reklamat hiqmani")
    code = filan.code(FILAN)
    thief.code(FILANE)

    told = thief.say(code)
    assert told.state == State.CODE
    assert words("That code is not right. Tries left: {left}.", left=4) in told.text
    assert town.rows("proofs") == []
    assert filan.say(code).state == State.CONFIRM  # where it was asked for it works


def test_a_new_code_ends_the_one_before(town: Town) -> None:  # R8
    filan = begun(town)
    first = filan.code(FILAN)
    town.now += MINUTE
    filan.press("Send a new code")

    assert filan.say(first).state == State.CODE
    assert filan.say(town.sms[-1].code).state == State.CONFIRM


def test_an_expired_code_is_told_kindly_and_nothing_begun_is_lost(town: Town) -> None:  # R2
    filan = begun(town)
    code = filan.code(FILAN)
    town.now += town.desk.limits.code_life

    told = filan.say(code)
    assert words("That code no longer holds. What you had begun is kept; ask for a new code.") in told.text
    assert filan.prove(FILAN).state == State.CONFIRM


def test_wrong_codes_of_two_conversations_on_two_channels_count_together(town: Town) -> None:  # R5, R6
    one, other = begun(town, "a"), begun(town, "b", channel="web")
    for person in (one, other, one):
        person.say(FILAN)
        for _ in range(5):
            person.say(WRONG)
        town.now += MINUTE

    for person in (one, other, begun(town, "c")):
        person.say("numër tjetër")
        assert "kodet janë ndalur" in person.say(FILAN).text
    assert begun(town, "d").say(NOBODY).state == State.CODE  # others are not locked
    assert [sms.text for sms in town.sms[3:]] == [town.sms[-1].text]  # the owner is told, once
    assert "kodet u ndalën" in town.sms[-1].text


# ---- the officer's way --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [FILAN, NOBODY])
def test_a_lock_offers_the_officer_and_a_request_is_filed_all_the_same(town: Town, number: str) -> None:  # R14, R53
    person = begun(town, said="te ipko, fshini krejt të dhënat e mia")
    lock(person, number)

    assert town.desk.companies["ipko"].contact in person.told.text
    person.press("Without a code")
    while person.told.state == State.FIELD:
        person.say("krejt")
    person.say("filan@shembulli.example")
    assert person.say("po").reference
    assert [(row["kind"], row["proof"]) for row in town.rows("requests")] == [("dsar_erasure", "pending")]


def test_a_lock_keeps_nobody_from_stopping_the_advertising(town: Town) -> None:  # R14, R54
    person = begun(town)
    lock(person)
    person.press("Without a code")
    person.say(FILAN)

    assert person.say("po").reference
    assert len(town.rows("suppressions")) == 1


# ---- a code that nobody asked for ---------------------------------------------------------------------------


def test_who_reports_a_code_makes_it_worthless_and_a_person_looks_at_it(town: Town) -> None:  # R18
    thief, filan = begun(town, "thief"), town.person("filan")
    code = thief.code(FILAN)
    told = filan.say("më erdhi një kod që s'e kam kërkuar")
    assert told.state == State.CODE_REPORT
    reported = filan.say(FILAN)

    assert thief.say(code).state != State.CONFIRM
    assert town.rows("proofs") == []
    (escalation,) = town.rows("escalations")
    assert escalation["kind"] == "unrequested_code"
    assert escalation["id"] in reported.text  # and it can be named
    assert reported.state == State.OPEN


@pytest.mark.parametrize("number", [NOBODY, "kalo"])
def test_a_report_reveals_nothing(knowledge: Knowledge, number: str) -> None:  # R11, R18
    def told(typed: str, *, asked_for: bool) -> str:
        town = Town(knowledge)
        if asked_for:
            begun(town, "thief").code(FILAN)
        filan = town.person("filan")
        filan.say("më erdhi një kod që s'e kam kërkuar")
        return re.sub(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]\b", "REF", filan.say(typed).text)

    assert told(FILAN, asked_for=True) == told(number, asked_for=False)


def test_the_sms_names_the_company_and_never_the_right(town: Town) -> None:  # R18
    begun(town, "a").code(FILAN)
    begun(town, "b", "te paysera, fshini krejt të dhënat e mia").code(FILANE)

    assert [sms.text.split(":")[0] for sms in town.sms] == ["IPKO", "Paysera"]
    for sms in town.sms:
        assert "kërkesë privatësie" in sms.text
        assert not re.search(r"fshi|rekl|pëlqim", sms.text.lower())


def test_a_code_that_is_typed_too_late_stays_out_of_the_transcript_too(town: Town) -> None:  # R16
    filan = town.person(company="ipko")
    filan.say("ndali reklamat")
    filan.say("123 456")
    assert "123 456" not in "\n".join(str(message.blocks) for message in filan.transcript() if message.sender == "you")
