"""Whom a conversation acts as, and everything that ends it."""

import json

import pytest

from bot.clock import MINUTE
from bot.dialogue.events import AccountProven, CodeAccepted, CodeUnderWay, Noted, ProofMissing
from bot.services.identity import proofs
from tests.tools.codes import NOBODY, NUMBER, House, wrong
from tests.tools.desks import NOW, place
from tests.tools.engines import tables_of

MISSING = ProofMissing(company="alfa")


@pytest.fixture
def house() -> House:
    return House()


def accepted(house: House, typed: str = NUMBER, now: int = NOW, conversation: str = "c1", company: str = "alfa") -> str:
    """A code that was redeemed; returns its challenge."""
    challenge, code = house.code(typed, now=now, conversation=conversation, company=company)
    answer = house.redeem(challenge, code, now=now, conversation=conversation, company=company)
    assert isinstance(answer, CodeAccepted)
    return challenge


def test_an_accepted_code_lets_the_conversation_act_as_the_account_that_is_picked(house: House) -> None:  # R55
    subject = house.customer()
    answer = house.use(accepted(house), subject)

    assert answer == AccountProven(company="alfa", subject=subject, masked="•••01", shared=False, ended=False)
    proof = proofs.live(house.tx, "c1", "alfa", subject)
    assert proof is not None
    assert (proof.subject, proof.number_hash) == (subject, house.number_hash())
    assert (proof.shared, proof.ended_relationship) == (False, False)


def test_nothing_is_proven_before_an_account_is_picked(house: House) -> None:
    subject = house.customer()
    accepted(house)

    assert proofs.live(house.tx, "c1", "alfa", subject) is None


def test_an_account_of_somebody_else_is_not_proven(house: House) -> None:  # R55
    house.customer()
    other = house.customer("A-2002", "+38344000102")

    assert house.use(accepted(house), other) == MISSING
    assert proofs.live(house.tx, "c1", "alfa", other) is None


def test_a_code_that_was_not_accepted_proves_nothing(house: House) -> None:
    subject = house.customer()
    challenge, code = house.code()
    house.redeem(challenge, wrong(code))

    assert house.use(challenge, subject) == MISSING
    assert house.use("no such", subject) == MISSING


def test_a_decoy_proves_nothing(house: House) -> None:  # R11
    subject = house.customer()
    challenge, code = house.code(NOBODY)
    house.redeem(challenge, code)

    assert house.use(challenge, subject) == MISSING


def test_a_proof_holds_in_the_conversation_and_for_the_company_of_its_code_only(house: House) -> None:  # R7, R56
    subject = house.customer()
    challenge = accepted(house)

    assert house.use(challenge, subject, conversation="c2") == MISSING
    assert house.use(challenge, subject, company="beta") == ProofMissing(company="beta")
    house.use(challenge, subject)
    assert proofs.live(house.tx, "c2", "alfa", subject) is None
    assert proofs.live(house.tx, "c1", "beta", subject) is None


def test_an_account_can_be_picked_for_five_minutes_after_the_code(house: House) -> None:  # R20
    subject = house.customer()
    challenge, code = house.code()
    late = NOW + 4 * MINUTE
    house.redeem(challenge, code, now=late)

    assert isinstance(house.use(challenge, subject, now=late + 5 * MINUTE - 1), AccountProven)
    assert house.use(challenge, subject, now=late + 5 * MINUTE) == MISSING


def test_another_account_of_the_number_takes_the_place_of_the_one_before(house: House) -> None:  # R55
    one, two = house.customer("A-1001"), house.customer("A-2002")
    challenge = accepted(house)
    house.use(challenge, one)
    house.use(challenge, two)

    assert proofs.live(house.tx, "c1", "alfa", one) is None
    assert proofs.live(house.tx, "c1", "alfa", two) is not None


def test_proofs_of_two_companies_stand_beside_each_other_until_all_are_ended(house: House) -> None:  # R20, R56
    one, two = house.customer(), house.customer(company="beta")
    challenge = accepted(house)
    house.use(challenge, one)
    house.use(accepted(house, company="beta"), two, company="beta")
    house.use(accepted(house, now=NOW + MINUTE, conversation="c2"), one, now=NOW + MINUTE, conversation="c2")

    assert proofs.end_all(house.tx, house.desk, place()) == Noted()
    assert proofs.live(house.tx, "c1", "alfa", one) is None
    assert proofs.live(house.tx, "c1", "beta", two) is None
    assert proofs.live(house.tx, "c2", "alfa", one) is not None
    assert house.use(challenge, one) == MISSING  # the same code opens nothing any more
    ended = [body for body in bodies(house) if body["act"] == "proof.ended"]
    assert sorted((body["company"], body["subject"]) for body in ended) == [("alfa", one), ("beta", two)]


def bodies(house: House) -> list[dict[str, str]]:
    return [json.loads(row["body"]) for row in tables_of(house.tx).query("SELECT body FROM audit ORDER BY at, id")]


def test_ending_proofs_leaves_a_code_under_way_alone(house: House) -> None:
    house.customer()
    challenge, code = house.code()
    proofs.end_all(house.tx, house.desk, place())

    assert isinstance(house.redeem(challenge, code), CodeAccepted)


def test_a_changed_number_ends_its_proofs(house: House) -> None:  # R55
    subject = house.customer("A-1001", NUMBER, "+38344000102")
    picked, waiting = accepted(house), accepted(house, conversation="c2", now=NOW + MINUTE)
    house.use(picked, subject)

    assert proofs.end_for_number(house.tx, NOW + MINUTE, house.number_hash()) == 1
    assert proofs.end_for_number(house.tx, NOW + MINUTE, house.number_hash()) == 0
    assert proofs.live(house.tx, "c1", "alfa", subject) is None
    assert house.use(waiting, subject, now=NOW + MINUTE, conversation="c2") == MISSING


def test_a_number_that_is_off_file_proves_nothing_even_if_nobody_ended_its_proofs(house: House) -> None:  # R55
    subject = house.customer()
    challenge = accepted(house)
    house.use(challenge, subject)
    house.tx.run("customers.drop_number", subject=subject, number_hash=house.number_hash())

    assert proofs.live(house.tx, "c1", "alfa", subject) is None
    assert house.use(challenge, subject) == MISSING


def test_a_sim_change_after_the_code_lets_no_account_be_picked(house: House) -> None:  # R13
    subject = house.customer()
    challenge = accepted(house)
    house.tx.run("customers.note_sim_change", company="alfa", number_hash=house.number_hash(), day="2026-03-05")

    assert house.use(challenge, subject) == MISSING


@pytest.mark.parametrize(
    ("relationship", "line", "second_name", "shared"),
    [
        ("active", "personal", "Filan Fisteku", False),
        ("active", "personal", "Filane Fisteku", True),
        ("ended", "personal", "Filan Fisteku", True),
        ("active", "business", "Filan Fisteku", True),
    ],
)
def test_a_proof_says_when_it_suffices_for_withdrawing_and_objecting_only(  # R55
    house: House, relationship: str, line: str, second_name: str, *, shared: bool
) -> None:
    subject = house.customer(relationship=relationship, line=line)
    house.customer("A-2002", name=second_name)
    answer = house.use(accepted(house), subject)

    assert isinstance(answer, AccountProven)
    proof = proofs.live(house.tx, "c1", "alfa", subject)
    assert proof is not None
    assert (answer.shared, proof.shared) == (shared, shared)
    assert (answer.ended, proof.ended_relationship) == (relationship == "ended", relationship == "ended")


def test_a_relationship_that_ends_under_way_makes_the_proof_a_lesser_one(house: House) -> None:  # R55
    subject = house.customer()
    house.use(accepted(house), subject)
    tables_of(house.tx).execute("UPDATE subjects SET relationship = 'ended'")

    proof = proofs.live(house.tx, "c1", "alfa", subject)
    assert proof is not None
    assert (proof.shared, proof.ended_relationship) == (True, True)


def test_a_new_code_in_the_same_conversation_does_not_end_the_proof(house: House) -> None:
    subject = house.customer()
    house.use(accepted(house), subject)
    assert isinstance(house.ask(now=NOW + MINUTE), CodeUnderWay)

    assert proofs.live(house.tx, "c1", "alfa", subject) is not None
