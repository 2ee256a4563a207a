"""Objecting to statistics restricts them at once and touches nothing else; the DPO decides afterwards."""

import json
from pathlib import Path

import pytest

from bot.dialogue.effects import Grant, LiftStatistics, ObjectStatistics, ReadConsents, Shown
from bot.dialogue.events import ActDone, CaseState, ConsentsRead, ConsentState, ProofMissing
from bot.errors import MburojaError
from bot.policy.actions import Action
from bot.services.casework import requests
from bot.services.decisions import consents, objections
from bot.services.desk import Desk
from bot.services.records import events, receipts
from bot.services.records.receipts import LawfulBasis
from bot.storage.store import Tx
from tests.services.acting import House, customer, made_up_house, prove, proven_customer
from tests.tools.desks import LATER, NOW, made_up_desk, place
from tests.tools.engines import open_store

SHOWN = Shown(words="Të dhënat tuaja nuk do të përdoren për statistika. A e konfirmoni?", clauses=("4",))


def _object(house: House, subject: str, *withdraws: str, now: int = NOW) -> ActDone:
    done = _objection(house.tx, house.desk, subject, withdraws, now)
    assert isinstance(done, ActDone)
    return done


def _objection(
    tx: Tx, desk: Desk, subject: str, withdraws: tuple[str, ...] = (), now: int = NOW
) -> ActDone | ProofMissing:
    effect = ObjectStatistics(company="alfa", subject=subject, withdraws=withdraws, shown=SHOWN)
    return objections.object_statistics(tx, desk, place(now), effect)


def _lift(house: House, subject: str, now: int = LATER) -> ActDone:
    effect = LiftStatistics(company="alfa", subject=subject, shown=SHOWN)
    done = objections.lift_statistics(house.tx, house.desk, place(now), effect)
    assert isinstance(done, ActDone)
    return done


def _restricted(house: House, subject: str) -> bool:
    read = consents.read(house.tx, house.desk, place(), ReadConsents(company="alfa", subject=subject))
    assert isinstance(read, ConsentsRead)
    return read.statistics_restricted


def _told(house: House, reference: str) -> list[str]:
    return [event.kind.value for event in events.of_reference(house.tx, house.desk, reference)]


def _acts(house: House) -> list[str]:
    return [json.loads(row["body"])["act"] for row in house.rows("audit")]


def _case_state(house: House, reference: str) -> CaseState:
    stored = requests.load(house.tx, house.desk, reference)
    assert stored is not None
    return stored.state


def test_objecting_sets_the_flag_and_touches_nothing_else_of_the_subject() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    other = customer(house.tx, house.desk, number="A-1002", phone="+38344000102")
    before = {row["id"]: row for row in house.rows("subjects")}
    done = _object(house, subject, now=LATER)
    after = {row["id"]: row for row in house.rows("subjects")}
    assert after[other] == before[other]
    assert after[subject] == {**before[subject], "statistics_restricted": 1, "statistics_reference": done.reference}
    assert _restricted(house, subject)
    assert house.rows("consents") == []


def test_an_objection_is_a_case_under_the_same_reference() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    done = _object(house, subject)
    stored = requests.load(house.tx, house.desk, done.reference)
    assert stored is not None
    assert (stored.action, stored.subject, stored.state) == (Action.OBJECT_STATISTICS, subject, CaseState.RECEIVED)
    assert stored.received_at == NOW
    assert (done.at, done.already) == (NOW, False)
    assert "statistics.restricted" in _told(house, done.reference)
    assert {"statistics.objected", "request.filed"} <= set(_acts(house))


def test_the_record_names_what_statistics_rest_on() -> None:  # R39
    house = made_up_house()
    subject = proven_customer(house)
    record = receipts.read(house.tx, house.desk, _object(house, subject, "analysis").reference)
    assert record is not None
    assert [(p.id, p.clauses, p.lawful_basis) for p in record.purposes] == [
        ("statistics", ("4",), LawfulBasis.LEGITIMATE_INTEREST),
        ("analysis", ("3",), LawfulBasis.CONSENT),
    ]
    assert (record.act, record.event_type, record.words_shown) == ("statistics.objected", "objected", SHOWN.words)


def test_one_confirmation_restricts_and_withdraws() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    done = _object(house, subject, "analysis")
    assert [(r["purpose"], r["state"], r["reference"]) for r in house.rows("consents")] == [
        ("analysis", "withdrawn", done.reference)
    ]
    assert len(house.rows("receipts")) == 1
    assert _told(house, done.reference)[:2] == ["statistics.restricted", "consent.withdrawn"]
    assert {"statistics.objected", "consent.withdrawn"} <= set(_acts(house))


def test_objecting_again_is_recorded_again_and_opens_no_second_case() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    first = _object(house, subject)
    again = _object(house, subject, now=LATER)
    assert (first.already, again.already) == (False, True)
    assert [row["reference"] for row in house.rows("requests")] == [first.reference]
    assert {row["reference"] for row in house.rows("receipts")} == {first.reference, again.reference}
    (told,) = events.of_reference(house.tx, house.desk, again.reference)
    assert (told.kind, told.body["case"]) == ("statistics.restricted", first.reference)
    assert objections.lift_by_decision(house.tx, house.desk, LATER, first.reference)


def test_what_is_withdrawn_only_now_was_not_so_already() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    _object(house, subject)
    assert not _object(house, subject, "analysis").already
    assert _object(house, subject, "analysis").already


def test_an_objection_after_the_case_was_closed_is_a_new_case() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    first = _object(house, subject)
    house.tables.update("requests", first.reference, {"state": "refused", "closed_at": LATER})
    again = _object(house, subject, now=LATER)
    assert {row["reference"] for row in house.rows("requests")} == {first.reference, again.reference}
    assert not objections.lift_by_decision(house.tx, house.desk, LATER, first.reference)
    assert _restricted(house, subject)


def test_a_shared_number_suffices_for_objecting_but_not_for_lifting() -> None:  # R55
    house = made_up_house()
    subject = proven_customer(house, shared=True)
    _object(house, subject)
    effect = LiftStatistics(company="alfa", subject=subject, shown=SHOWN)
    assert objections.lift_statistics(house.tx, house.desk, place(), effect) == ProofMissing(company="alfa")
    assert _restricted(house, subject)


def test_without_a_proof_nothing_is_restricted_or_lifted() -> None:
    house = made_up_house()
    subject = customer(house.tx, house.desk)
    assert _objection(house.tx, house.desk, subject) == ProofMissing(company="alfa")
    effect = LiftStatistics(company="alfa", subject=subject, shown=SHOWN)
    assert objections.lift_statistics(house.tx, house.desk, place(), effect) == ProofMissing(company="alfa")
    assert house.rows("subjects")[0]["statistics_restricted"] == 0
    assert house.rows("receipts") == house.rows("events") == house.rows("audit") == house.rows("requests") == []


def test_an_objection_at_one_company_is_none_at_another() -> None:  # R56
    house = made_up_house()
    subject = proven_customer(house)
    effect = ObjectStatistics(company="beta", subject=subject, withdraws=(), shown=SHOWN)
    assert objections.object_statistics(house.tx, house.desk, place(), effect) == ProofMissing(company="beta")
    beta = proven_customer(house, company="beta")
    _object(house, subject)
    assert {row["id"]: row["statistics_restricted"] for row in house.rows("subjects")} == {subject: 1, beta: 0}


def test_the_customer_takes_the_objection_back() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    before = house.rows("subjects")
    objection = _object(house, subject, "analysis")
    done = _lift(house, subject)
    assert not done.already
    assert house.rows("subjects") == before
    assert _case_state(house, objection.reference) is CaseState.WITHDRAWN
    assert _told(house, done.reference) == ["statistics.lifted"]
    record = receipts.read(house.tx, house.desk, done.reference)
    assert record is not None
    assert (record.event_type, record.purposes[0].before) == ("objection_lifted", ConsentState.WITHDRAWN)
    assert [row["state"] for row in house.rows("consents")] == ["withdrawn"]  # consents are given apart


def test_lifting_what_is_not_restricted_is_recorded_all_the_same() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    done = _lift(house, subject)
    assert done.already
    assert _told(house, done.reference) == ["statistics.lifted"]
    assert house.rows("requests") == []


def test_the_decision_of_the_dpo_lifts_it() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    before = house.rows("subjects")
    reference = _object(house, subject).reference
    assert objections.lift_by_decision(house.tx, house.desk, LATER, reference)
    assert house.rows("subjects") == before
    assert _told(house, reference)[-1] == "statistics.lifted"
    entry = json.loads(house.rows("audit")[-1]["body"])
    assert (entry["act"], entry["channel"], entry["at"]) == ("statistics.lifted", "office", LATER)
    assert (entry["subject"], entry["details"]) == (subject, {"by": "decision"})


def test_a_decision_lifts_once_and_only_its_own_objection() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    first = _object(house, subject).reference
    _lift(house, subject)
    second = _object(house, subject, now=LATER).reference
    written = len(house.rows("events"))
    assert not objections.lift_by_decision(house.tx, house.desk, LATER, first)
    assert not objections.lift_by_decision(house.tx, house.desk, LATER, "7K2Q-9FXA-8")
    assert _restricted(house, subject)
    assert len(house.rows("events")) == written
    assert objections.lift_by_decision(house.tx, house.desk, LATER, second)
    assert not objections.lift_by_decision(house.tx, house.desk, LATER, second)


def test_a_restriction_from_elsewhere_gets_its_case_with_the_objection() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    house.tables.update("subjects", subject, {"statistics_restricted": 1})
    done = _object(house, subject)
    assert done.already
    assert [row["reference"] for row in house.rows("requests")] == [done.reference]
    assert objections.lift_by_decision(house.tx, house.desk, LATER, done.reference)


def test_giving_the_consent_again_leaves_the_restriction() -> None:  # R41
    house = made_up_house()
    subject = proven_customer(house)
    _object(house, subject, "analysis")
    effect = Grant(company="alfa", subject=subject, purposes=("analysis",), shown=SHOWN)
    assert isinstance(consents.grant(house.tx, house.desk, place(LATER), effect), ActDone)
    assert _restricted(house, subject)


class _StoppedError(MburojaError):
    """What a test raises after an act."""


@pytest.mark.asyncio
async def test_an_error_after_the_objection_leaves_nothing_of_it(tmp_path: Path) -> None:  # R48
    store, desk = open_store(tmp_path / "mburoja.db"), made_up_desk()

    def proven(tx: Tx) -> str:
        subject = customer(tx, desk)
        prove(tx, desk, subject)
        return subject

    def act(tx: Tx) -> None:
        _objection(tx, desk, subject, ("analysis",))
        assert events.open_events(tx, desk)
        raise _StoppedError

    def left(tx: Tx) -> tuple[int, int, int, bool, bool]:
        read = consents.read(tx, desk, place(), ReadConsents(company="alfa", subject=subject))
        assert isinstance(read, ConsentsRead)
        known = any(c.state is not ConsentState.UNKNOWN for c in read.consents)
        return (
            len(tx.all("audit.unsealed", most=9)),
            len(events.open_events(tx, desk)),
            len(tx.all("requests.of_subject", company="alfa", subject=subject)),
            read.statistics_restricted,
            known,
        )

    try:
        subject = await store.transact(proven)
        with pytest.raises(_StoppedError):
            await store.transact(act)
        assert await store.read(left) == (0, 0, 0, False, False)
    finally:
        await store.close()
