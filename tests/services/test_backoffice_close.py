"""How a case ends: with reasons, with redress, after a second proof, and never against the end of marketing."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.effects import Flag, LiftStatistics, ObjectStatistics
from bot.dialogue.events import ActDone, CaseState
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.policy.company import Agency
from bot.services.casework.answer_files import Attachment
from bot.services.casework.cases import Identity
from bot.services.decisions import objections
from bot.services.office import backoffice, backoffice_close, notice_texts, notices
from bot.services.office.backoffice import SecondProof
from bot.services.office.backoffice_close import Decision, Grounds, Outcome, Part
from bot.services.office.notice_texts import Kept
from bot.services.office.office_rules import Ground
from tests.services.acting import SHOWN, House, customer, made_up_house, proven_customer
from tests.services.answering import COPY
from tests.services.casework import DPO, bring, case, filed, office, state, told
from tests.tools.desks import NOW, made_up_desk, place

NO_PROOF = {Action.WITHDRAW_MARKETING, Action.CONTACT_DPO, Action.COMPLAINT}
KEPT = Kept(what="faturat", clause="3", until="5 vjet nga fundi i marrëdhënies")
REJECTED = Decision(outcome=Outcome.REJECTED, grounds=Grounds.COMPELLING, text="Parandalimi i mashtrimit", clause="4")


@pytest.fixture
def house() -> House:
    return made_up_house()


def answer(house: House, reference: str, text: str = "", now: int = NOW, files: Sequence[Attachment] = ()) -> str:
    return backoffice_close.answer(house.tx, house.desk, office(now), DPO, reference, text, files)


def partly(house: House, reference: str, part: Part, files: Sequence[Attachment] = ()) -> str:
    return backoffice_close.partly(house.tx, house.desk, office(), DPO, reference, part, files)


def refuse(house: House, reference: str, reasons: str = "Nuk mbajmë të dhëna të tilla", **ground: Ground) -> str:
    return backoffice_close.refuse(house.tx, house.desk, office(), DPO, reference, reasons, **ground)


def decide(house: House, reference: str, decision: Decision, now: int = NOW) -> str:
    return backoffice_close.decide(house.tx, house.desk, office(now), DPO, reference, decision)


def prove(house: House, reference: str) -> None:
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.CONTRACT_FACTS)


def objection(house: House, now: int = NOW) -> str:
    """An objection to statistics as a customer makes it; returns its reference."""
    subject = proven_customer(house)
    effect = ObjectStatistics(company="alfa", subject=subject, withdraws=(), shown=SHOWN)
    done = objections.object_statistics(house.tx, house.desk, place(now), effect)
    assert isinstance(done, ActDone)
    return done.reference


def restricted(house: House) -> bool:
    (row,) = house.rows("subjects")
    return bool(row["statistics_restricted"])


# ---- answering ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.DSAR_ACCESS, Action.DSAR_PORTABILITY])
def test_a_code_alone_never_releases_an_answer_with_personal_data(house: House, action: Action) -> None:  # R17
    reference = filed(house, action, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="R17"):
        answer(house, reference, files=[COPY])
    with pytest.raises(NotAllowedError, match="R17"):
        partly(house, reference, Part(reasons="Pjesa tjetër u përket të tjerëve"), [COPY])
    prove(house, reference)
    answer(house, reference, files=[COPY])
    bring(house)
    assert state(house, reference) is CaseState.ANSWERED


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.OBJECT_STATISTICS}))
def test_who_is_not_proven_proves_who_they_are_before_an_answer(house: House, action: Action) -> None:  # R53
    reference = filed(house, action)
    text = "" if action in {Action.DSAR_ACCESS, Action.DSAR_PORTABILITY} else "U krye."
    if action not in NO_PROOF:
        with pytest.raises(NotAllowedError, match="R17"):
            answer(house, reference, text)
        prove(house, reference)
    answer(house, reference, text)


def test_the_code_of_a_shared_number_is_enough_for_objecting_only(house: House) -> None:  # R55
    subject = customer(house.tx, house.desk)
    erasure = filed(house, Action.DSAR_ERASURE, subject=subject, identity=Identity.SHARED)
    with pytest.raises(NotAllowedError, match="R17"):
        answer(house, erasure, "U fshi.")
    answer(house, filed(house, Action.DSAR_OBJECTION, subject=subject, identity=Identity.SHARED), "U ndal.")


def test_no_answer_is_released_in_the_week_after_a_sim_change(house: House) -> None:  # R13
    reference = filed(house, subject=customer(house.tx, house.desk))
    prove(house, reference)
    house.tables.execute("UPDATE numbers SET sim_changed_on = '2026-03-04'")
    with pytest.raises(NotAllowedError, match="R13"):
        answer(house, reference, files=[COPY])
    answer(house, reference, now=NOW + 8 * DAY, files=[COPY])


def test_the_answer_itself_never_stands_in_a_notice(house: House) -> None:  # R43
    reference = filed(house, subject=customer(house.tx, house.desk))
    prove(house, reference)
    with pytest.raises(NotAllowedError, match="R43"):
        answer(house, reference, "Emri juaj te ne është …", files=[COPY])
    answer(house, reference, files=[COPY])
    assert told(house, reference).text == notice_texts.answer_ready(reference, by_link=True)
    assert "lidhje" in told(house, reference).text


def test_who_has_no_number_on_file_gets_the_answer_at_the_reply_address(house: House) -> None:  # R53
    reference = filed(house)
    prove(house, reference)
    answer(house, reference)
    assert told(house, reference).text.endswith("Do t’ju vijë në adresën që na dhatë.")


def test_an_answer_is_in_force_when_it_was_told(house: House) -> None:  # R58
    reference = filed(house, Action.DSAR_RECTIFICATION, subject=customer(house.tx, house.desk))
    answer(house, reference, "Adresa u korrigjua")
    assert (state(house, reference), case(house, reference).closed_at) == (CaseState.IN_PROGRESS, None)
    bring(house, NOW + HOUR)
    assert (state(house, reference), case(house, reference).closed_at) == (CaseState.ANSWERED, NOW + HOUR)


# ---- refusing -----------------------------------------------------------------------------------------------


def test_a_refusal_tells_its_reasons_the_complaint_and_the_court(house: House) -> None:  # R35
    reference = filed(house)
    refuse(house, reference)
    assert told(house, reference).text == (
        f"Na vjen keq, kërkesën {reference} nuk mund ta plotësojmë. Arsyeja: Nuk mbajmë të dhëna të tilla.\n"
        "Nëse nuk pajtoheni, mund të ankoheni te autoriteti për mbrojtjen e të dhënave dhe mund t’i drejtoheni "
        "gjykatës."
    )


@pytest.mark.parametrize("confirmed", [None, dt.date(2026, 1, 1)])
def test_the_agencys_name_is_marked_until_it_is_confirmed(confirmed: dt.date | None) -> None:  # R35, R44
    agency = Agency(name="Agjencia për Informim dhe Privatësi", confirmed=confirmed, topics=frozenset())
    said = notice_texts.redress(replace(made_up_desk().companies["alfa"], agency=agency))
    assert "te Agjencia për Informim dhe Privatësi" in said
    assert ("ende pritet të konfirmohet" in said) is (confirmed is None)


def test_a_refusal_needs_reasons(house: House) -> None:  # R35
    with pytest.raises(NotAllowedError, match="R35"):
        refuse(house, filed(house), "  ")


def test_a_refusal_is_in_force_when_it_was_told(house: House) -> None:  # R58
    reference = filed(house)
    refuse(house, reference)
    assert state(house, reference) is CaseState.IN_PROGRESS
    bring(house)
    assert state(house, reference) is CaseState.REFUSED


@pytest.mark.parametrize(
    ("ground", "reasons"),
    [
        (Ground.SIGNATURE, "Kërkesa nuk është e plotë"),
        (Ground.OTHER, "Mungon nënshkrimi i kualifikuar elektronik"),
        (Ground.IDENTITY, "Kërkesa nuk është e nënshkruar"),
    ],
)
def test_a_missing_signature_alone_is_no_ground(house: House, ground: Ground, reasons: str) -> None:
    reference = filed(house, flags=(Flag.NO_SIGNATURE.value,))
    with pytest.raises(NotAllowedError, match="a missing signature alone"):
        refuse(house, reference, reasons, ground=ground)
    refuse(house, reference, "Kërkesa është qartë e pabazuar", ground=Ground.UNFOUNDED)


MARKETING = {
    "a withdrawal": {"action": Action.WITHDRAW_MARKETING},
    "an objection to marketing": {"action": Action.DSAR_OBJECTION, "fields": {"against": "marketing"}},
    "one in a customer's words": {"action": Action.DSAR_OBJECTION, "fields": {"against": "Kundër të gjitha reklamave"}},
    "advertising that went on": {"action": Action.CONTACT_DPO, "flags": (Flag.ADS_AFTER_WITHDRAWAL.value,)},
}


@pytest.mark.parametrize("which", MARKETING)
def test_the_end_of_marketing_can_be_refused_in_no_way(house: House, which: str) -> None:  # R40
    reference = filed(house, **MARKETING[which])  # type: ignore[arg-type]
    with pytest.raises(NotAllowedError, match="R40"):
        refuse(house, reference)
    with pytest.raises(NotAllowedError, match="R40"):
        partly(house, reference, Part(reasons="Disa"))
    with pytest.raises(NotAllowedError, match=r"R40|only objections"):
        decide(house, reference, REJECTED)
    assert house.rows("notices") == []


def test_an_objection_that_speaks_of_advertising_too_cannot_be_refused_whole(house: House) -> None:  # R40
    subject = customer(house.tx, house.desk)
    reference = filed(house, Action.DSAR_OBJECTION, subject=subject, words="Ndalni profilizimin dhe reklamat")
    with pytest.raises(NotAllowedError, match="R40"):
        refuse(house, reference)
    with pytest.raises(NotAllowedError, match="R40"):
        decide(house, reference, REJECTED)
    partly(house, reference, Part(text="Reklamat u ndalën", reasons="Profilizimi na duhet për kontratën"))


# ---- in part ------------------------------------------------------------------------------------------------


def test_an_erasure_in_part_names_what_is_kept_by_which_clause_and_until_when(house: House) -> None:  # R35
    reference = filed(house, Action.DSAR_ERASURE, subject=customer(house.tx, house.desk))
    partly(house, reference, Part(text="Bëmë çka mundëm", erased=("lokacioni", "biseda"), kept=(KEPT,)))
    lines = told(house, reference).text.split("\n")
    assert lines[1:3] == [
        "I fshimë: lokacioni; biseda.",
        "Ruhen ende: faturat, 5 vjet nga fundi i marrëdhënies (politika e privatësisë: pika 3).",
    ]
    assert "gjykatës" in lines[-1]
    bring(house)
    assert state(house, reference) is CaseState.PARTLY


@pytest.mark.parametrize(
    "part",
    [
        Part(reasons="Ligji", erased=("lokacioni",)),
        Part(kept=(Kept(what="faturat", clause="99", until="5 vjet"),)),
        Part(kept=(Kept(what="faturat", clause="3", until=" "),)),
        Part(kept=(Kept(what="", clause="3", until="5 vjet"),)),
    ],
)
def test_an_erasure_in_part_without_them_is_not_sent(house: House, part: Part) -> None:  # R35
    reference = filed(house, Action.DSAR_ERASURE, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="partly"):
        partly(house, reference, part)


def test_another_answer_in_part_needs_reasons(house: House) -> None:  # R35
    reference = filed(house, Action.DSAR_RESTRICTION, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="R35"):
        partly(house, reference, Part(text="U kufizuan disa"))


# ---- objections to statistics -------------------------------------------------------------------------------


def test_an_objection_that_is_upheld_stays_in_force(house: House) -> None:  # R41
    reference = objection(house)
    decide(house, reference, Decision(outcome=Outcome.UPHELD))
    bring(house)
    notices.lift_due(house.tx, house.desk, NOW + 60 * DAY)
    assert (state(house, reference), restricted(house)) == (CaseState.ANSWERED, True)
    assert "nuk përdoren më për statistika" in told(house, reference).text


def test_a_restriction_is_lifted_five_working_days_after_the_rejection_was_told(house: House) -> None:  # R41, R58
    reference = objection(house)
    decide(house, reference, REJECTED)
    notices.lift_due(house.tx, house.desk, NOW + 60 * DAY)
    assert restricted(house)  # nobody was told yet
    bring(house, NOW + DAY)  # Friday 6 March
    thursday = NOW + 7 * DAY
    assert notices.lift_due(house.tx, house.desk, thursday) == 0
    assert restricted(house)
    assert notices.lift_due(house.tx, house.desk, thursday + DAY) == 1
    assert not restricted(house)
    assert notices.lift_due(house.tx, house.desk, thursday + 2 * DAY) == 0


def test_a_restriction_that_the_customer_asked_for_anew_is_not_lifted(house: House) -> None:  # R41
    reference = objection(house)
    decide(house, reference, REJECTED)
    bring(house)
    subject = str(case(house, reference).subject)
    lift = LiftStatistics(company="alfa", subject=subject, shown=SHOWN)
    objections.lift_statistics(house.tx, house.desk, place(NOW + DAY), lift)
    again = ObjectStatistics(company="alfa", subject=subject, withdraws=(), shown=SHOWN)
    objections.object_statistics(house.tx, house.desk, place(NOW + DAY), again)
    notices.lift_due(house.tx, house.desk, NOW + 60 * DAY)
    assert restricted(house)


def test_a_rejection_tells_its_grounds_its_clause_when_it_ends_and_where_to_turn(house: House) -> None:  # R35, R41
    reference = objection(house)
    decide(house, reference, REJECTED)
    text = told(house, reference).text
    for part in ("Parandalimi i mashtrimit.", "pika 4", "5 ditë pune", "gjykatës"):
        assert part in text
    details = json.loads(house.rows("audit")[-1]["body"])["details"]
    assert (details["grounds"], details["clauses"], details["who"]) == ("compelling_grounds", "4", DPO)
    assert details["policy_sha256"] == "0" * 64  # R39: the text that the clause stands in


@pytest.mark.parametrize(
    "decision",
    [
        Decision(outcome=Outcome.REJECTED, text="Na duhen", clause="4"),
        Decision(outcome=Outcome.REJECTED, grounds=Grounds.LEGAL_CLAIMS, text=" ", clause="4"),
        Decision(outcome=Outcome.REJECTED, grounds=Grounds.LEGAL_CLAIMS, text="Gjyq", clause="16"),
        Decision(outcome=Outcome.REJECTED, grounds=Grounds.LEGAL_CLAIMS, text="Gjyq"),
    ],
)
def test_a_rejection_without_grounds_reasons_or_clause_is_not_sent(house: House, decision: Decision) -> None:  # R41
    reference = objection(house)
    with pytest.raises(NotAllowedError, match="decide"):
        decide(house, reference, decision)
    assert restricted(house)


def test_an_objection_to_statistics_is_decided_and_nothing_else(house: House) -> None:  # R41
    reference = objection(house)
    with pytest.raises(NotAllowedError, match="R41"):
        refuse(house, reference)
    with pytest.raises(NotAllowedError, match="R41"):
        answer(house, reference, "Jo")
    with pytest.raises(NotAllowedError, match="R41"):
        partly(house, reference, Part(reasons="Jo"))


def test_what_is_no_objection_is_not_decided(house: House) -> None:
    with pytest.raises(NotAllowedError, match="only objections are decided"):
        decide(house, filed(house, Action.DSAR_ERASURE), REJECTED)


def test_an_objection_to_something_else_is_rejected_without_lifting_anything(house: House) -> None:
    reference = filed(house, Action.DSAR_OBJECTION, subject=customer(house.tx, house.desk))
    decide(house, reference, REJECTED)
    bring(house)
    assert state(house, reference) is CaseState.REFUSED
    assert "ditë pune" not in told(house, reference).text
    assert not told(house, reference).effect.lifts
