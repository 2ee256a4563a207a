"""A code that nobody asked for."""

import pytest

from bot.dialogue.effects import Escalation
from bot.dialogue.events import CodeAccepted, CodeDead, CodeWrong, Why
from bot.services.casework import escalations
from tests.tools.codes import FOREIGN, NUMBER, House, house_with_foreign


@pytest.fixture
def house() -> House:
    return House()


def test_a_reported_code_dies_and_a_person_looks_at_it(house: House) -> None:  # R18
    house.customer()
    challenge, code = house.code()
    reference = house.report("Më erdhi një kod te 044 000 101", conversation="victim")

    assert house.redeem(challenge, code) == CodeDead(why=Why.UNREADABLE)
    (escalation,) = escalations.list_open(house.tx, house.desk)
    assert (escalation.id, escalation.kind, escalation.subject) == (reference, Escalation.UNREQUESTED_CODE, None)
    assert escalation.words == "Më erdhi një kod te 044 000 101"
    assert house.acts().count("code.reported") == 1


def test_a_report_without_a_number_kills_the_codes_of_its_own_conversation_only(house: House) -> None:  # R18
    house.customer()
    house.customer("A-1002", "+38344000102")
    mine, code = house.code()
    other, others_code = house.code("+38344000102", conversation="c2")
    house.report("s'e di")

    assert house.redeem(mine, code) == CodeDead(why=Why.UNREADABLE)
    assert isinstance(house.redeem(other, others_code, conversation="c2"), CodeAccepted)


def test_a_report_without_a_company_reaches_the_codes_of_all(house: House) -> None:  # R18
    house.customer(company="beta")
    challenge, code = house.code(company="beta")
    house.report(NUMBER, conversation="victim", company=None)

    assert house.redeem(challenge, code, company="beta") == CodeDead(why=Why.UNREADABLE)


@pytest.mark.parametrize(("asked", "reported"), [("A-1001", NUMBER), (NUMBER, "A-1001")])
def test_a_report_reaches_a_code_that_was_asked_for_by_the_other_name(house: House, asked: str, reported: str) -> None:
    house.customer()
    challenge, code = house.code(asked)
    house.report(reported, conversation="victim")

    assert house.redeem(challenge, code) == CodeWrong(left=4)  # R18; R11: it seems open


def test_a_report_of_a_foreign_number_on_file_reaches_its_code() -> None:  # R18
    house = house_with_foreign("+49")
    house.customer("A-1001", FOREIGN)
    challenge, code = house.code("A-1001")
    house.report(FOREIGN, conversation="victim")

    assert house.redeem(challenge, code) == CodeWrong(left=4)


def test_a_lock_closes_no_way_to_the_dpo(house: House) -> None:  # R14
    house.customer()
    house.lock()

    assert house.report(NUMBER)
