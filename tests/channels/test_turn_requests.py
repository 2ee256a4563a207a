"""Requests, as a person goes through them: none waits for a code, none is filed on another's account, none is lost."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.clock import HOUR, MINUTE
from bot.dialogue.effects import Flag
from bot.dialogue.state import State
from bot.policy.actions import Action
from bot.services.casework import requests
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import due_on
from bot.services.desk import OFFICE, Place
from bot.services.office import backoffice
from tests.channels.people import ASKUSHI, FAMILY, FILAN, FILANE, FIRM, FORMER, NOBODY, proven
from tests.tools.chatting import Person, Town, words

COPY = "dua kopjen e krejt të dhënave të mia"
MAIL = "filan@shembulli.example"


def filed(town: Town) -> list[dict[str, Any]]:
    """The requests as they are stored, in the order of filing."""
    return sorted(town.rows("requests"), key=lambda row: int(row["received_at"]))


def stored(town: Town, reference: str) -> Stored:
    """A request, opened."""
    found = requests.load(town.tx, town.desk, reference)
    assert found is not None
    return found


def without_code(person: Person, said: str, *answers: str, to: str = MAIL) -> str:
    """Ask for something without proving anything, and confirm it; return the reference."""
    person.say(said)
    person.press("Without a code")
    for answer in answers:
        person.say(answer)
    assert person.told.state == State.REPLY_TO, person.told.text
    assert to in person.say(to).text
    return person.say("po").reference


# ---- no right waits for a code ------------------------------------------------------------------------------

EVERY_RIGHT = {
    Action.DSAR_ACCESS: (COPY,),
    Action.DSAR_ERASURE: ("fshini krejt të dhënat e mia",),
    Action.DSAR_RECTIFICATION: ("mbiemri im është gabim, ma korrigjoni", "mbiemri", "Fisteku"),
    Action.DSAR_PORTABILITY: ("dua t'i bart krejt të dhënat e mia në skedar",),
    Action.OBJECT_STATISTICS: ("/kundershto",),
}


@pytest.mark.parametrize("action", EVERY_RIGHT)
@pytest.mark.parametrize("company", ["ipko", "paysera"])
def test_a_request_without_a_code_is_filed_at_once_with_its_time_and_address(  # R53
    town: Town, action: Action, company: str
) -> None:
    said, *answers = EVERY_RIGHT[action]
    person = town.person(company=company)
    reference = without_code(person, said, *answers)

    case = stored(town, reference)
    assert (case.action, case.identity, case.subject) == (action, "pending", None)
    assert (case.reply_to, case.received_at) == (MAIL, town.now)
    assert Flag.IDENTITY_PENDING in case.flags
    assert reference in person.told.text
    assert "5 mars 2026, 10:00" in person.told.text  # when it was received, in Kosovo
    assert town.sms == []


def test_who_has_no_phone_no_account_or_lost_the_number_says_so_and_goes_on(town: Town) -> None:  # R53
    for address, said in enumerate(("s kam telefon", "nuk jam klient", "kam humbur numrin", "pa kod")):
        person = town.person(str(address))
        person.say(f"te ipko, {COPY}")
        assert person.say(said).state == State.REPLY_TO


def test_a_request_without_a_code_is_never_a_customers(town: Town) -> None:  # R53
    without_code(town.person("a"), f"te ipko, {COPY}")
    town.now += MINUTE
    filan = proven(town, f"te ipko, {COPY}", FILAN, "b")

    assert filan.told.state == State.CONFIRM  # not offered to be joined
    filan.say("po")
    assert [row["subject"] is None for row in filed(town)] == [True, False]


def test_requests_without_a_code_are_capped_a_day_and_the_officer_is_named(town: Town) -> None:  # R53
    person = town.person()
    for _ in range(town.desk.limits.pending_requests_day):
        without_code(person, f"te ipko, {COPY}")
    person.say(f"te ipko, {COPY}")
    person.press("Without a code")
    person.say(MAIL)

    assert town.desk.companies["ipko"].contact in person.say("po").text
    assert len(filed(town)) == town.desk.limits.pending_requests_day


def test_nobody_is_asked_for_a_copy_of_a_document(town: Town) -> None:  # R37
    proven(town, f"te paysera, {COPY}", FILANE).say("po")
    without_code(town.person("b"), f"te ipko, {COPY}")
    without_code(town.person("c"), "te ipko, mbiemri im është gabim, ma korrigjoni", "mbiemri", "Fisteku")

    asked = [b for told in town.read for b in told.blocks if b["type"] in {"paragraph", "choices"}]
    for word in ("letërnjoftim", "pasaport", "fotografi", "dokumentin tuaj"):
        assert not any(word in str(block).lower() for block in asked)


# ---- proven -------------------------------------------------------------------------------------------------


def test_a_proven_request_is_filed_for_that_customer_and_asks_for_no_address(town: Town) -> None:  # R53, R55
    filane = proven(town, f"te paysera, {COPY}", FILANE)
    assert filane.told.state == State.CONFIRM
    case = stored(town, filane.say("po").reference)

    assert case.identity == "proven"
    assert case.subject is not None
    assert case.second_proof is None  # R17: the code alone releases no answer


@pytest.mark.parametrize(
    ("number", "flag"), [(FAMILY, Flag.SHARED_NUMBER), (FIRM, Flag.SHARED_NUMBER), (FORMER, Flag.ENDED)]
)
def test_on_a_number_of_several_people_a_request_is_filed_and_flagged(
    town: Town, number: str, flag: Flag
) -> None:  # R55
    person = proven(town, f"te ipko, {COPY}", number)
    assert words("It is filed now. A code on this number is not enough for the answer: "
                 "the officer makes sure that it is you.") in person.told.text  # fmt: skip
    case = stored(town, person.say("po").reference)

    assert case.identity == "shared"
    assert flag in case.flags


def test_on_a_number_of_several_people_the_others_requests_are_not_shown(town: Town) -> None:  # R55
    mother = proven(town, f"te ipko, {COPY}", FAMILY, "mother")
    reference = mother.say("po").reference
    town.now += 2 * town.desk.limits.resend_after
    son = town.person("son")
    son.say("te ipko, ku mbeti kërkesa ime?")
    son.press("I do not have it")
    son.prove(FAMILY)
    son.press("•••")

    assert reference not in son.told.text


# ---- what the customer reads of the date --------------------------------------------------------------------


def test_no_date_is_promised_before_the_rule_is_confirmed(town: Town) -> None:  # R33, R44
    told = proven(town, f"te paysera, {COPY}", FILANE).say("po")

    assert words("within the time that the law gives") in told.text
    assert "prill" not in told.text


def test_once_it_is_confirmed_the_stored_date_is_told_everywhere(town: Town) -> None:  # R33
    paysera = town.desk.companies["paysera"]
    deadline = replace(paysera.rights.deadline, confirmed=dt.date(2026, 1, 1))
    town.change(replace(paysera, rights=replace(paysera.rights, deadline=deadline)))
    filane = proven(town, f"te paysera, {COPY}", FILANE)
    told = filane.say("po")
    due = due_on(town.now, deadline).date
    assert due > dt.date(2026, 4, 5)  # a Sunday
    shown = f"{due.day} prill 2026"

    assert shown in told.text
    assert stored(town, told.reference).due.date == due
    assert shown in filane.say("ku mbeti kërkesa ime?").text


# ---- for whom -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "te ipko, dua kopjen e të dhënave të djalit tim", "te ipko, babai ka vdekur, fshini të dhënat e tij",
        "te ipko, firma ime don me i fshi te dhenat", "te ipko, mos i qoni ma reklama djalit tim",
    ],
)  # fmt: skip
def test_who_speaks_of_somebody_else_is_asked_for_whom_first(town: Town, said: str) -> None:  # R57
    told = town.person().say(said)

    assert told.state == State.FOR_WHOM
    assert {words("For me"), words("For somebody else"), words("For a firm")} <= set(told.buttons)


@pytest.mark.parametrize(("answer", "flag"), [("For somebody else", Flag.OTHER_PERSON), ("For a firm", Flag.FIRM)])
def test_for_somebody_else_it_is_filed_flagged_and_on_nobodys_account(
    town: Town, answer: str, flag: Flag
) -> None:  # R57
    parent = proven(town, "/pelqimet", FILAN, company="ipko")  # a proof of one's own is not used for others
    parent.say("dua kopjen e të dhënave të djalit tim")
    parent.press(answer)
    parent.say("krejt")
    parent.say(MAIL)
    case = stored(town, parent.say("po").reference)

    assert (case.identity, case.subject) == ("pending", None)
    assert flag in case.flags
    assert case.reply_to == MAIL


def test_the_advertising_to_somebody_else_can_be_stopped(town: Town) -> None:  # R54, R57
    son = town.person()
    son.say("te ipko, ndali reklamat për nanën")
    son.press("For somebody else")
    if son.told.state == State.KIND:
        son.press("Stopping the advertising")
    son.say(NOBODY)
    assert son.say("po").reference

    assert len(town.rows("suppressions")) == 1
    assert town.rows("requests") == []


def test_for_oneself_it_goes_on_as_usual(town: Town) -> None:  # R57
    person = town.person()
    person.say("te ipko, dua kopjen e të dhënave të djalit tim")

    assert person.press("For me").state == State.NUMBER


# ---- where it stands ----------------------------------------------------------------------------------------


def test_reference_and_code_show_a_request_in_another_conversation(town: Town) -> None:  # R58
    reference = proven(town, f"te paysera, {COPY}", FILANE).say("po").reference
    town.now += 2 * HOUR
    later = town.person("elsewhere", channel="web")
    later.say("te paysera, ku mbeti kërkesa ime?")
    asked = later.say(reference.lower())
    assert asked.state == State.NUMBER
    assert reference not in asked.text  # nothing of it before the code
    shown = later.prove(FILANE)

    assert reference in shown.text
    assert "5 mars 2026" in shown.text
    later.press("Take this request back")
    assert reference in later.told.text
    later.say("po")
    assert [row["state"] for row in filed(town)] == ["withdrawn"]


@pytest.mark.parametrize("reference", ["DJZ9-HZQE-5", "WBRD-67X7-4", "CQPE-2MHS-G", "D8N9-NJKT-V", "Y5ZR-KREQ-B"])
def test_a_bare_reference_is_never_heard_as_something_else(town: Town, reference: str) -> None:  # R58
    """Read as words, these sound like orders, like the business of authorities, or like nothing."""
    told = town.person("filani", company="ipko").say(reference)
    assert told.state == State.NUMBER, told.text
    assert "E kuptova: «Kërkesat tuaja»." in told.text


def test_a_reference_without_the_code_shows_nothing_whosever_it_is(town: Town) -> None:  # R11, R58
    reference = proven(town, f"te paysera, {COPY}", FILANE).say("po").reference
    told = []
    for address, typed in (("a thief", reference), ("nobody", "7K2Q-9FXA-8")):
        person = town.person(address)
        person.say("te paysera, ku mbeti kërkesa ime?")
        told.append(person.say(typed).text)
    assert told[0] == told[1]

    town.now += 2 * MINUTE
    thief = town.person("another customer")
    thief.say("te paysera, ku mbeti kërkesa ime?")
    thief.say(reference)
    shown = thief.prove(ASKUSHI)
    assert words("There is no such request of yours at {company}.", company="Paysera") in shown.text


def test_what_the_company_writes_is_read_in_the_conversation(town: Town) -> None:  # R58
    filane = proven(town, f"te paysera, {COPY}", FILANE)
    reference = filane.say("po").reference
    office = Place(conversation="", channel=OFFICE, now=town.now)
    backoffice.reply(town.tx, town.desk, office, "zana", reference, "Po e përgatisim kopjen.")
    town.work()

    assert "Po e përgatisim kopjen." in str(filane.transcript()[-1].blocks)
    assert "Po e përgatisim kopjen." in filane.say("ku mbeti kërkesa ime?").text
    assert len(town.sms) == 1  # the code; nobody who is there is sent an SMS


def test_who_has_gone_is_told_by_an_sms_without_content(town: Town) -> None:  # R58
    filane = proven(town, f"te paysera, {COPY}", FILANE)
    reference = filane.say("po").reference
    town.now += 2 * HOUR
    office = Place(conversation="", channel=OFFICE, now=town.now)
    backoffice.reply(town.tx, town.desk, office, "zana", reference, "Po e përgatisim kopjen.")
    town.work()

    assert town.sms[-1].to == "+38344000102"
    assert "Paysera" in town.sms[-1].text
    assert reference in town.sms[-1].text
    assert "kopjen" not in town.sms[-1].text


# ---- two companies ------------------------------------------------------------------------------------------


def test_at_two_companies_it_takes_two_codes_two_confirmations_two_receipts(town: Town) -> None:  # R56
    person = town.person()
    receipts = []
    for company, name in (("ipko", "IPKO"), ("paysera", "Paysera")):
        asked = person.say(f"te {company}, krejt reklamat hiqmani")
        assert asked.state == State.NUMBER  # the proof at one is none at the other
        assert name in asked.text
        shown = person.prove(ASKUSHI)
        assert shown.state == State.CONFIRM
        assert {where for where, _ in shown.quotes} == {company}
        done = person.say("po")
        receipts.append((done.reference, done.receipt[words("Company")]))

    assert [name for _, name in receipts] == ["IPKO", "Paysera"]
    assert len({reference for reference, _ in receipts}) == 2
    assert [sms.text.split(":")[0] for sms in town.sms] == ["IPKO", "Paysera"]
    assert [row["company"] for row in town.rows("proofs")] == ["ipko", "paysera"]


def test_a_wish_for_both_companies_asks_which_one_and_does_nothing_yet(town: Town) -> None:  # R56
    told = town.person().say("ndali reklamat te ipko dhe paysera")

    assert told.state == State.COMPANY
    assert {"IPKO", "Paysera"} <= set(told.buttons)
    assert town.rows("receipts") == []


def test_a_locked_number_at_one_company_is_free_at_the_other(town: Town) -> None:  # R56
    person = town.person()
    person.say("te ipko, krejt reklamat hiqmani")
    for _ in range(3):
        person.say(ASKUSHI)
        for _ in range(6):
            person.say("123456")
        town.now += MINUTE
    assert "kodet janë ndalur" in person.say(ASKUSHI).text

    assert proven(town, "te paysera, krejt reklamat hiqmani", ASKUSHI, "b").told.state == State.CONFIRM


# ---- asked for twice ----------------------------------------------------------------------------------------


def test_the_same_request_can_join_the_open_one(town: Town) -> None:  # R33
    filane = proven(town, f"te paysera, {COPY}", FILANE)
    first = filane.say("po").reference
    again = filane.say(f"te paysera, {COPY}")
    assert again.state == State.JOIN
    assert first in again.text
    filane.press("Add it to that one")
    assert filane.say("po").reference == first

    assert len(filed(town)) == 1


def test_missing_signature_is_flagged_on_the_three_kinds_that_the_text_names(town: Town) -> None:  # R53
    person = town.person(company="paysera")
    kinds = {"fshini krejt të dhënat e mia": False, COPY: True}
    for said, flagged in kinds.items():
        case = stored(town, without_code(person, said))
        assert (Flag.NO_SIGNATURE in case.flags) is flagged
    assert all(json.loads(row["flags"]) for row in filed(town))


def test_what_is_wanted_for_somebody_else_is_taken_from_the_same_message(town: Town) -> None:  # R57
    parent = town.person(company="paysera")
    parent.say("djali im 12 vjec ka llogari, fshijani te dhenat")
    parent.press("For somebody else")
    assert parent.told.state == State.FIELD
    assert "fshihet" in parent.told.text
