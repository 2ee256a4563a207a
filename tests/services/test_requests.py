"""Requests as a conversation looks them up, adds to them and takes them back, on a real database."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.dialogue.effects import (
    AddToCase,
    Flag,
    ObjectStatistics,
    ReadCases,
    TakeBack,
)
from bot.dialogue.events import (
    ActDone,
    ActRefused,
    CaseLocated,
    CaseState,
    Noted,
    ProofMissing,
    ReferenceWrong,
    TakenBack,
    Why,
)
from bot.policy.actions import Action
from bot.services.casework import requests
from bot.services.casework.cases import Body, Identity
from bot.services.decisions import objections, taking_back
from bot.services.records.events import EventKind
from tests.services.acting import SHOWN, House, customer, made_up_house, prove, proven_customer
from tests.services.asking import (
    acts,
    add,
    asked,
    filed,
    locate,
    put,
    read,
    stored,
    take_back,
    told_office,
)
from tests.tools.desks import NOW, place


@pytest.fixture
def house() -> House:
    return made_up_house()


# ---- looking up -----------------------------------------------------------------------------------------------


def test_a_proven_customer_reads_their_requests_newest_first(house: House) -> None:
    subject = proven_customer(house)
    first = filed(house, asked(subject))
    second = filed(house, asked(subject, Action.DSAR_ERASURE), place(NOW + 1))
    prove(house.tx, house.desk, subject, conversation="c2")
    assert read(house, subject, place(conversation="c2")) == [second.reference, first.reference]


def test_requests_are_read_with_a_live_proof_only(house: House) -> None:  # R20
    subject = customer(house.tx, house.desk)
    result = requests.read_cases(house.tx, house.desk, place(), ReadCases(company="alfa", subject=subject))
    assert result == ProofMissing(company="alfa")


def test_by_a_shared_number_only_what_this_conversation_filed_is_read(house: House) -> None:  # R55
    subject = proven_customer(house)
    filed(house, asked(subject))
    prove(house.tx, house.desk, subject, conversation="c2", shared=True)
    there = place(conversation="c2")
    assert read(house, subject, there) == []
    theirs = filed(house, asked(subject, Action.DSAR_ERASURE), there)
    assert read(house, subject, there) == [theirs.reference]


def test_a_conversation_without_proof_reads_what_it_filed(house: House) -> None:  # R53
    mine = filed(house, asked(None))
    filed(house, asked(None), place(conversation="c2"))
    filed(house, asked(None, company="beta"))
    assert read(house, None) == [mine.reference]


def test_a_reference_and_a_proof_reopen_a_case_on_another_channel(house: House) -> None:  # R58
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    there = place(NOW + DAY, conversation="t9", channel="telegram")
    assert locate(house, case.reference, there) == CaseLocated(reference=case.reference, company="alfa", own=None)
    prove(house.tx, house.desk, subject, conversation="t9")
    assert locate(house, case.reference.lower(), there) == CaseLocated(
        reference=case.reference, company="alfa", own=case
    )


def test_a_reference_and_the_code_of_a_shared_number_reopen_it_too(house: House) -> None:  # R58
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    prove(house.tx, house.desk, subject, conversation="c2", shared=True)
    assert locate(house, case.reference, place(conversation="c2")) == CaseLocated(
        reference=case.reference, company="alfa", own=case
    )


def test_the_conversation_that_filed_a_case_sees_it(house: House) -> None:  # R53
    case = filed(house, asked(None))
    assert locate(house, f"numri {case.reference}") == CaseLocated(reference=case.reference, company="alfa", own=case)


def test_the_proof_of_another_customer_opens_nothing(house: House) -> None:  # R11, R58
    other = customer(house.tx, house.desk, number="A-1002")
    prove(house.tx, house.desk, other, conversation="c2")
    case = filed(house, asked(proven_customer(house)))
    found = locate(house, case.reference, place(conversation="c2"))
    assert isinstance(found, CaseLocated)
    assert found.own is None


def test_a_reference_that_nobody_was_given_belongs_to_nobody(house: House) -> None:
    case = filed(house, asked(None))
    house.tables.execute("DELETE FROM requests WHERE reference = ?", [case.reference])
    assert locate(house, case.reference) == CaseLocated(reference=case.reference, company=None, own=None)


@pytest.mark.parametrize("typed", ["", "përshëndetje", "7K2Q-9FXA"])
def test_what_is_no_reference_is_said_so(house: House, typed: str) -> None:
    assert locate(house, typed) == ReferenceWrong()


def test_what_the_company_told_is_shown_once_it_was_delivered(house: House) -> None:  # R58
    case = filed(house, asked(None))
    for number, (text, delivered_at) in enumerate([("Po e shqyrtojmë.", NOW + 1), ("Ende jo.", None)]):
        house.tables.insert(
            "notices",
            {
                "id": f"n{number}",
                "reference": case.reference,
                "kind": "reply",
                "effect": "{}",
                "body_sealed": house.desk.vault.seal("notices", text, f"n{number}"),
                "created_at": NOW,
                "delivered_at": delivered_at,
            },
        )
    found = locate(house, case.reference)
    assert isinstance(found, CaseLocated)
    assert found.own is not None
    assert found.own.notes == ("Po e shqyrtojmë.",)


def test_an_erased_case_is_nobody_s_any_more(house: House) -> None:  # R45
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    put(house, case, state="answered", body_sealed="", address_sealed=None, closed_at=NOW, erased_at=NOW)
    house.tables.execute("UPDATE request_events SET body_sealed = ''")
    assert read(house, subject) == []
    found = locate(house, case.reference)
    assert isinstance(found, CaseLocated)
    assert found.own is None
    assert add(house, case) == ProofMissing(company="alfa")
    assert take_back(house, case) == ProofMissing(company="alfa")
    assert stored(house, case).body == Body()
    assert [dict(entry.body) for entry in requests.time_line(house.tx, house.desk, case.reference)] == [{}]


# ---- more words, and pauses -----------------------------------------------------------------------------------


def test_words_are_added_to_the_time_line(house: House) -> None:
    case = filed(house, asked(None))
    assert add(house, case, "Edhe diçka", place(NOW + 1)) == Noted()
    entry = requests.time_line(house.tx, house.desk, case.reference)[-1]
    assert (entry.seq, entry.kind, entry.who, entry.at, entry.body["text"]) == (
        2, "words", "customer", NOW + 1, "Edhe diçka",
    )  # fmt: skip
    assert acts(house)[-1] == "request.noted"
    assert told_office(house)[-1] is EventKind.REQUEST_CHANGED


def test_nobody_else_adds_words_to_a_case(house: House) -> None:
    case = filed(house, asked(None))
    assert add(house, case, here=place(conversation="c2")) == ProofMissing(company="alfa")
    unknown = AddToCase(reference="7K2Q-9FXA-4", words="…")
    assert requests.add_words(house.tx, house.desk, place(), unknown) == ProofMissing(company="")
    assert len(house.rows("request_events")) == 1


def test_words_to_a_closed_case_are_kept_and_told(house: House) -> None:  # R50
    case = filed(house, asked(None))
    put(house, case, state="answered", closed_at=NOW)
    assert add(house, case) == Noted()
    assert stored(house, case).state is CaseState.ANSWERED
    assert told_office(house)[-1] is EventKind.REQUEST_CHANGED


@pytest.mark.parametrize(
    ("paused_for", "due"), [(3 * DAY, "2026-04-08"), (5 * DAY, "2026-04-10"), (HOUR, "2026-04-07")]
)
def test_an_answer_to_a_question_ends_the_pause_and_moves_the_date_by_it(
    house: House, paused_for: int, due: str
) -> None:  # R34
    case = filed(house, asked(None))  # the month ends on Easter Sunday, 5 April; 7 April is the first working day
    put(house, case, state="waiting", paused_at=NOW + DAY)
    add(house, case, here=place(NOW + DAY + paused_for))
    row = stored(house, case)
    assert (row.state, row.paused_at, row.paused_ms) == (CaseState.IN_PROGRESS, None, paused_for)
    assert row.due_date == dt.date.fromisoformat(due)


def test_both_stamps_of_a_pause_are_kept(house: House) -> None:  # R34
    case = filed(house, asked(None))
    put(house, case, state="waiting", paused_at=NOW + DAY)
    add(house, case, here=place(NOW + 4 * DAY))
    entry = requests.time_line(house.tx, house.desk, case.reference)[-1]
    assert entry.kind == "resumed"
    assert (entry.body["paused_at"], entry.body["resumed_at"]) == (NOW + DAY, NOW + 4 * DAY)
    details = json.loads(house.rows("audit")[-1]["body"])["details"]
    assert (details["paused_at"], details["resumed_at"]) == (NOW + DAY, NOW + 4 * DAY)
    assert acts(house)[-2:] == ["request.noted", "request.resumed"]


def test_pauses_add_up(house: House) -> None:  # R34
    case = filed(house, asked(None))
    for start, end in [(1, 3), (10, 13)]:
        put(house, case, state="waiting", paused_at=NOW + start * DAY)
        add(house, case, here=place(NOW + end * DAY))
    row = stored(house, case)
    assert row.paused_ms == 5 * DAY
    assert row.due_date == dt.date(2026, 4, 10)


def test_waiting_for_anything_but_identity_or_scope_does_not_stop_the_clock(house: House) -> None:  # R34
    case = filed(house, asked(None))
    put(house, case, state="waiting")  # no paused_at: the question does not pause
    add(house, case, here=place(NOW + 20 * DAY))
    row = stored(house, case)
    assert (row.state, row.paused_ms, row.due_date) == (CaseState.IN_PROGRESS, 0, dt.date(2026, 4, 7))


def test_an_extended_request_goes_on_as_extended_with_its_later_date(house: House) -> None:  # R34
    case = filed(house, asked(None))
    put(house, case, state="waiting", extended_to="2026-06-05", paused_at=NOW + 40 * DAY)
    add(house, case, here=place(NOW + 47 * DAY))
    row = stored(house, case)
    assert (row.state, row.extended_to) == (CaseState.EXTENDED, dt.date(2026, 6, 12))
    assert row.due_date == dt.date(2026, 6, 12)


def test_asking_again_ends_the_wait_too(house: House) -> None:  # R34
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    put(house, case, state="waiting", paused_at=NOW + DAY)
    requests.file(house.tx, house.desk, place(NOW + 6 * DAY), asked(subject, join=case.reference))
    assert stored(house, case).state is CaseState.IN_PROGRESS
    assert stored(house, case).due_date == dt.date(2026, 4, 10)


# ---- taking back ----------------------------------------------------------------------------------------------


def test_a_customer_takes_a_request_back(house: House) -> None:
    case = filed(house, asked(proven_customer(house)))
    result = take_back(house, case, place(NOW + 1))
    assert result == TakenBack(case=replace(case, state=CaseState.WITHDRAWN))
    assert stored(house, case).closed_at == NOW + 1
    entry = requests.time_line(house.tx, house.desk, case.reference)[-1]
    assert (entry.kind, entry.body["text"]) == ("taken_back", "E tërhiqni?")
    assert acts(house)[-1] == "request.taken_back"
    assert told_office(house)[-1] is EventKind.REQUEST_TAKEN_BACK


def test_taking_back_twice_writes_once(house: House) -> None:
    case = filed(house, asked(None))
    first = take_back(house, case)
    before = (house.rows("audit"), house.rows("events"), house.rows("request_events"))
    assert take_back(house, case, place(NOW + MINUTE)) == first
    assert (house.rows("audit"), house.rows("events"), house.rows("request_events")) == before


@pytest.mark.parametrize("state", ["answered", "partly", "refused"])
def test_a_closed_request_cannot_be_taken_back(house: House, state: str) -> None:
    case = filed(house, asked(None))
    put(house, case, state=state, closed_at=NOW)
    assert take_back(house, case) == ActRefused(why=Why.LOCKED)
    assert stored(house, case).state == state


@pytest.mark.parametrize("state", ["in_progress", "waiting", "extended"])
def test_any_open_request_can_be_taken_back(house: House, state: str) -> None:
    case = filed(house, asked(None))
    put(house, case, state=state, paused_at=NOW if state == "waiting" else None)
    assert isinstance(take_back(house, case, place(NOW + HOUR)), TakenBack)
    row = stored(house, case)
    assert row.paused_at is None
    assert row.paused_ms == (HOUR if state == "waiting" else 0)


def test_nobody_else_takes_a_request_back(house: House) -> None:  # R20, R55
    subject = proven_customer(house)
    case, pending = filed(house, asked(subject)), filed(house, asked(None))
    there = place(conversation="c2")
    assert take_back(house, case, there) == ProofMissing(company="alfa")
    assert take_back(house, pending, there) == ProofMissing(company="alfa")
    prove(house.tx, house.desk, subject, conversation="c2", shared=True)
    assert take_back(house, case, there) == ProofMissing(company="alfa")
    assert take_back(house, case, company="beta") == ProofMissing(company="beta")
    assert all(row["state"] == "received" for row in house.rows("requests"))


def test_an_ended_proof_takes_nothing_back_even_where_it_was_filed(house: House) -> None:  # R20
    case = filed(house, asked(proven_customer(house)))
    house.tables.execute("UPDATE proofs SET ended_at = 1")
    assert take_back(house, case) == ProofMissing(company="alfa")


def test_a_proven_customer_takes_back_what_was_filed_elsewhere(house: House) -> None:  # R58
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    prove(house.tx, house.desk, subject, conversation="c2")
    assert isinstance(take_back(house, case, place(conversation="c2")), TakenBack)


def test_what_a_shared_number_filed_here_can_be_taken_back_here(house: House) -> None:  # R55
    case = filed(house, asked(proven_customer(house, shared=True)))
    assert isinstance(take_back(house, case), TakenBack)


# ---- objections to statistics ---------------------------------------------------------------------------------


def objected(house: House, subject: str) -> str:
    effect = ObjectStatistics(company="alfa", subject=subject, withdraws=(), shown=SHOWN)
    result = objections.object_statistics(house.tx, house.desk, place(), effect)
    assert isinstance(result, ActDone)
    return result.reference


def restricted(house: House) -> int:
    (row,) = house.rows("subjects")
    return int(row["statistics_restricted"])


def test_an_objection_is_a_case_under_its_own_reference(house: House) -> None:  # R41
    subject = proven_customer(house)
    reference = objected(house, subject)
    (case,) = requests.open_cases(house.tx, house.desk, requests.Filter(action=Action.OBJECT_STATISTICS))
    assert (case.reference, case.subject, case.identity) == (reference, subject, Identity.PROVEN)
    assert case.due_date == dt.date(2026, 4, 7)


def test_an_objection_by_a_shared_number_is_a_case_too(house: House) -> None:  # R55
    objected(house, proven_customer(house, shared=True))
    (case,) = requests.open_cases(house.tx, house.desk, requests.Filter())
    assert (case.identity, case.flags) == (Identity.SHARED, (Flag.SHARED_NUMBER,))


def test_taking_the_objection_s_case_back_lifts_its_restriction(house: House) -> None:  # R41
    subject = proven_customer(house)
    reference = objected(house, subject)
    effect = TakeBack(company="alfa", reference=reference, shown=SHOWN)
    result = taking_back.take_back(house.tx, house.desk, place(), effect)
    assert isinstance(result, TakenBack)
    assert result.case.state is CaseState.WITHDRAWN
    assert restricted(house) == 0
    assert acts(house).count("request.taken_back") == acts(house).count("statistics.lifted") == 1


def test_a_shared_number_does_not_lift_a_restriction_by_taking_its_case_back(house: House) -> None:  # R41, R55
    reference = objected(house, proven_customer(house, shared=True))
    effect = TakeBack(company="alfa", reference=reference, shown=SHOWN)
    assert taking_back.take_back(house.tx, house.desk, place(), effect) == ProofMissing(company="alfa")
    assert restricted(house) == 1


def test_the_case_of_an_objection_is_closed_once(house: House) -> None:  # R41
    reference = objected(house, proven_customer(house))
    requests.take_back_objection(house.tx, house.desk, place(NOW + 1), reference)
    requests.take_back_objection(house.tx, house.desk, place(NOW + 2), reference)
    requests.take_back_objection(house.tx, house.desk, place(NOW + 2), "7K2Q-9FXA-4")
    row = requests.load(house.tx, house.desk, reference)
    assert row is not None
    assert (row.state, row.closed_at) == (CaseState.WITHDRAWN, NOW + 1)
