"""What is next in a case, as a table; and what may be written in it, as the rules say beforehand."""

from dataclasses import replace
from typing import Any

import pytest

from bot.clock import DAY
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.identity import customers
from bot.services.office import backoffice, backoffice_close, case_steps, notices
from bot.services.office.backoffice import About, SecondProof
from bot.services.office.case_steps import Possible, Standing, Step, Writing, next_step
from tests.services.acting import House, customer, made_up_house
from tests.services.casework import DPO, bring, case, filed, office
from tests.tools.desks import NOW

READY = Standing(action=Action.DSAR_RECTIFICATION, state=CaseState.IN_PROGRESS)
ACCESS = replace(READY, action=Action.DSAR_ACCESS)


@pytest.fixture
def house() -> House:
    return made_up_house()


@pytest.mark.parametrize(
    ("at", "changes", "step"),
    [
        (READY, {}, Step.ANSWER),
        (READY, {"taken": False, "state": CaseState.RECEIVED}, Step.TAKE),
        (READY, {"taken": False, "late": True}, Step.TAKE),
        (READY, {"needs_proof": True}, Step.PROVE),  # R17
        (READY, {"state": CaseState.EXTENDED}, Step.ANSWER),
        (READY, {"closing": True}, Step.WAIT_DELIVERY),  # R58
        (READY, {"state": CaseState.WAITING, "asking": True}, Step.WAIT_DELIVERY),
        (READY, {"state": CaseState.WAITING, "paused": True}, Step.WAIT_CUSTOMER),  # R34
        (READY, {"state": CaseState.WAITING, "paused": True, "late": True}, Step.WAIT_CUSTOMER),
        (READY, {"state": CaseState.WAITING}, Step.WAIT_CUSTOMER),
        (READY, {"state": CaseState.WAITING, "late": True}, Step.ACT_LATE),
        (READY, {"to_send": True}, Step.SEND_BY_HAND),  # R58
        (READY, {"to_send": True, "closing": True}, Step.SEND_BY_HAND),
        (READY, {"to_apply": True, "taken": False}, Step.APPLY),  # R38
        (READY, {"to_apply": True, "state": CaseState.ANSWERED}, Step.APPLY),
        (READY, {"state": CaseState.ANSWERED}, Step.NOTHING),
        (READY, {"state": CaseState.REFUSED, "heard_since": True}, Step.READ),
        (READY, {"state": CaseState.WITHDRAWN, "late": True}, Step.NOTHING),
        (READY, {"erased": True, "state": CaseState.ANSWERED}, Step.NOTHING),  # R45
        (ACCESS, {}, Step.ANSWER_WITH_FILES),  # R43
        (ACCESS, {"by_link": False}, Step.ANSWER_TO_ADDRESS),
        (ACCESS, {"needs_proof": True, "sim_changed": True}, Step.PROVE),
        (ACCESS, {"sim_changed": True}, Step.WAIT_SIM),  # R13
        (READY, {"sim_changed": True}, Step.ANSWER),
        (READY, {"action": Action.OBJECT_STATISTICS}, Step.DECIDE),  # R41
        (READY, {"action": Action.DSAR_OBJECTION}, Step.DECIDE),
        (READY, {"action": Action.DSAR_OBJECTION, "marketing": True}, Step.END_MARKETING),  # R40
        (READY, {"action": Action.WITHDRAW_MARKETING, "marketing": True, "needs_proof": True}, Step.END_MARKETING),
        (READY, {"decides": False}, Step.WAIT_DECIDER),
        (READY, {"decides": False, "advises": True}, Step.ADVISE),
        (READY, {"decides": False, "advises": True, "advised": True}, Step.WAIT_DECIDER),
        (READY, {"decides": False, "needs_proof": True}, Step.PROVE),
        (READY, {"decides": False, "taken": False}, Step.TAKE),
    ],
)
def test_the_next_step(at: Standing, changes: dict[str, Any], step: Step) -> None:
    assert next_step(replace(at, **changes)) is step


def possible(house: House, reference: str, now: int = NOW) -> dict[Writing, Possible]:
    sent = notices.of_case(house.tx, house.desk, reference)
    found = case_steps.possible(house.tx, house.desk, now, case(house, reference), sent)
    return {one.act: one for one in found}


def test_there_is_no_refusal_of_the_end_of_marketing_at_all(house: House) -> None:  # R40
    for reference in (
        filed(house, Action.WITHDRAW_MARKETING),
        filed(house, Action.DSAR_OBJECTION, fields={"against": "reklamat"}),
    ):
        assert set(possible(house, reference)) == {Writing.REPLY, Writing.ASK, Writing.EXTEND, Writing.ANSWER}


@pytest.mark.parametrize("action", [Action.OBJECT_STATISTICS, Action.DSAR_OBJECTION])
def test_an_objection_is_decided_not_refused(house: House, action: Action) -> None:  # R41
    found = possible(house, filed(house, action, fields={"against": "profilizimi"}))
    assert Writing.DECIDE in found
    assert Writing.REFUSE not in found
    assert (Writing.ANSWER in found) is (action is Action.DSAR_OBJECTION)


def test_an_answer_with_personal_data_waits_for_the_second_proof(house: House) -> None:  # R17
    reference = filed(house, subject=customer(house.tx, house.desk))
    forbidden = possible(house, reference)[Writing.ANSWER].forbidden
    assert forbidden is not None
    assert "R17" in str(forbidden)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)
    assert possible(house, reference)[Writing.ANSWER].forbidden is None
    assert possible(house, reference)[Writing.PARTLY].forbidden is None


def test_an_answer_waits_while_the_sim_is_fresh(house: House) -> None:  # R13
    subject = customer(house.tx, house.desk)
    reference = filed(house, subject=subject)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)
    (number,) = customers.numbers_of(house.tx, house.desk, subject)
    number_hash = house.desk.vault.index("number", "alfa", number)
    house.tx.run("customers.note_sim_change", company="alfa", number_hash=number_hash, day="2026-03-04")
    assert "R13" in str(possible(house, reference)[Writing.ANSWER].forbidden)


def test_extending_is_possible_once_and_in_the_first_month_only(house: House) -> None:  # R34
    reference = filed(house, Action.COMPLAINT)
    assert possible(house, reference)[Writing.EXTEND].forbidden is None
    assert "R34" in str(possible(house, reference, NOW + 40 * DAY)[Writing.EXTEND].forbidden)
    backoffice.extend(house.tx, house.desk, office(), DPO, reference, "Shumë dokumente")
    assert "once" in str(possible(house, reference)[Writing.EXTEND].forbidden)
    bring(house)
    assert "once" in str(possible(house, reference)[Writing.EXTEND].forbidden)


def test_a_fee_comes_after_a_delivered_warning(house: House) -> None:  # R36
    reference = filed(house, Action.COMPLAINT)
    assert "R36" in str(possible(house, reference)[Writing.FEE].forbidden)
    backoffice.warn_of_fee(house.tx, house.desk, office(), DPO, reference, "5 €", "E dyta këtë vit")
    assert "R36" in str(possible(house, reference)[Writing.FEE].forbidden)
    bring(house)
    assert possible(house, reference)[Writing.FEE].forbidden is None


def test_who_was_asked_is_not_asked_again_before_the_answer(house: House) -> None:
    reference = filed(house, Action.COMPLAINT)
    backoffice.ask(house.tx, house.desk, office(), DPO, reference, "Cilin vit?", About.SCOPE)
    assert possible(house, reference)[Writing.ASK].forbidden is not None


def test_a_case_that_is_closed_or_about_to_be_is_only_replied_to(house: House) -> None:  # R58
    reference = filed(house, Action.COMPLAINT)
    backoffice_close.answer(house.tx, house.desk, office(), DPO, reference, "U rregullua.")
    assert set(possible(house, reference)) == {Writing.REPLY}
    bring(house)
    assert set(possible(house, reference)) == {Writing.REPLY}


# What a rule allows beforehand, the service does: the list never promises what is refused afterwards.
@pytest.mark.parametrize("action", list(Action))
def test_what_is_possible_is_not_refused(house: House, action: Action) -> None:
    reference = filed(house, action, fields={"against": "profilizimi"})
    found = possible(house, reference)
    if Writing.ANSWER in found and found[Writing.ANSWER].forbidden is None:
        assert backoffice_close.answer(house.tx, house.desk, office(), DPO, reference, "Po.")
    elif Writing.REFUSE in found:
        assert backoffice_close.refuse(house.tx, house.desk, office(), DPO, reference, "Nuk vlen këtu.")
