"""Requests as they are filed and joined, on a real database."""

import datetime as dt
import json
from dataclasses import asdict, replace

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.effects import (
    FindSame,
    Flag,
    ReadCases,
    TakeBack,
)
from bot.dialogue.events import (
    ActRefused,
    CasesRead,
    CaseState,
    Filed,
    NothingSame,
    ProofMissing,
    SameFound,
    Why,
)
from bot.limits import Limits
from bot.policy.actions import Action
from bot.services.casework import case_file, deadlines, requests
from bot.services.casework.cases import FORBIDDEN_FIELDS, Identity
from bot.services.decisions import taking_back
from bot.services.records import events
from bot.services.records.events import EventKind
from tests.services.acting import SHOWN, House, customer, made_up_house, prove, proven_customer
from tests.services.asking import (
    SENSITIVE,
    acts,
    asked,
    filed,
    flags,
    put,
    stored,
    told_office,
)
from tests.tools.desks import NOW, place


@pytest.fixture
def house() -> House:
    return made_up_house()


# ---- filing ---------------------------------------------------------------------------------------------------


def test_a_request_is_filed_with_its_time_its_date_and_its_rule(house: House) -> None:  # R33
    case = filed(house, asked(proven_customer(house)))
    row = stored(house, case)
    assert (row.received_at, row.state, row.identity) == (NOW, CaseState.RECEIVED, Identity.PROVEN)
    assert row.due == deadlines.due_on(NOW, house.desk.companies["alfa"].rights.deadline)
    assert row.due.date == dt.date(2026, 4, 7)  # 5 April is Easter Sunday
    assert case.due == row.due.date


def test_the_same_date_stands_in_chat_queue_and_event(house: House) -> None:  # R33
    case = filed(house, asked(proven_customer(house)))
    (queued,) = requests.open_cases(house.tx, house.desk, requests.Filter(company="alfa"))
    (event,) = events.open_events(house.tx, house.desk)
    assert case.due is not None
    assert queued.due_date == case.due == dt.date.fromisoformat(event.body["due_on"])
    assert event.body["due_rule"] == queued.due.rule


def test_an_edit_of_the_calendar_moves_no_date_that_was_promised(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # R33
    case = filed(house, asked(proven_customer(house)))
    monkeypatch.setattr(deadlines, "is_working_day", lambda day: day > dt.date(2026, 5, 1))
    found = requests.read_cases(house.tx, house.desk, place(), ReadCases(company="alfa", subject=None))
    assert isinstance(found, CasesRead)
    assert [c.due for c in found.cases] == [case.due]


def test_no_date_is_told_where_the_rule_is_not_confirmed(house: House) -> None:  # R33, R44
    case = filed(house, asked(proven_customer(house, company="beta"), company="beta"))
    assert case.due is None
    assert stored(house, case).due_date == dt.date(2026, 4, 7)  # the console's target


def test_a_customer_s_request_needs_a_live_proof(house: House) -> None:  # R20, R55
    subject = customer(house.tx, house.desk)
    result = requests.file(house.tx, house.desk, place(), asked(subject))
    assert result == ProofMissing(company="alfa")
    assert house.rows("requests") == house.rows("audit") == house.rows("events") == []


def test_the_proof_of_another_conversation_is_none(house: House) -> None:  # R7
    subject = proven_customer(house, conversation="c2")
    assert requests.file(house.tx, house.desk, place(), asked(subject)) == ProofMissing(company="alfa")


def test_a_request_leaves_audit_event_and_the_first_entry_of_its_time_line(house: House) -> None:  # R39, R48
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    (entry,) = requests.time_line(house.tx, house.desk, case.reference)
    (event,) = events.open_events(house.tx, house.desk)
    (row,) = house.rows("audit")
    logged = json.loads(row["body"])
    assert (entry.seq, entry.kind, entry.who, entry.at) == (1, "filed", "customer", NOW)
    assert (event.kind, event.reference, event.subject) == (EventKind.REQUEST_FILED, case.reference, subject)
    assert (logged["act"], logged["reference"], logged["subject"]) == ("request.filed", case.reference, subject)


def test_what_was_shown_and_the_policy_are_kept_with_their_hashes(house: House) -> None:  # R39
    case = filed(house, asked(proven_customer(house)))
    basis = stored(house, case).body.basis
    assert basis is not None
    assert (basis.words, basis.clauses) == (SHOWN.words, SHOWN.clauses)
    version = house.desk.edition("alfa", NOW).text.version
    assert (basis.policy, basis.policy_sha256) == (version.id, version.sha256)
    details = json.loads(house.rows("audit")[0]["body"])["details"]
    assert details["shown_sha256"] == basis.sha256
    assert details["policy_sha256"] == version.sha256
    assert details["clauses"] == "1"


def test_other_words_shown_have_another_hash(house: House) -> None:  # R60
    one = case_file.basis_of(house.desk, "alfa", NOW, SHOWN)
    other = case_file.basis_of(house.desk, "alfa", NOW, replace(SHOWN, words=SHOWN.words + " "))
    moved = case_file.basis_of(house.desk, "alfa", NOW, replace(SHOWN, clauses=("2",)))
    assert len({one.sha256, other.sha256, moved.sha256}) == 3


def test_nothing_personal_stands_in_clear(house: House) -> None:  # R46, R32
    reply_to = "filan@shembull.example"
    effect = asked(proven_customer(house), words=SENSITIVE, reply_to=reply_to, fields={"period": "mars 2026"})
    case = filed(house, effect)
    everything = json.dumps([house.rows(t) for t in ("requests", "request_events", "audit", "events")])
    assert not any(word in everything for word in (SENSITIVE, "Filan", reply_to, "mars 2026"))
    row = stored(house, case)
    assert [word.text for word in row.body.words] == [SENSITIVE]
    assert (row.reply_to, dict(row.body.fields)) == (reply_to, {"period": "mars 2026"})


def test_any_words_are_kept_as_they_came(house: House) -> None:  # R51
    words = "ë ç \ud800 \u202e ' OR 1=1 --\n😀"
    case = filed(house, asked(proven_customer(house), words=words))
    assert [word.text for word in stored(house, case).body.words] == [words]


def test_no_words_are_no_entry(house: House) -> None:
    assert stored(house, filed(house, asked(proven_customer(house), words="  "))).body.words == ()


@pytest.mark.parametrize("field", sorted(FORBIDDEN_FIELDS))
def test_no_request_keeps_a_copy_of_an_identity_document(house: House, field: str) -> None:  # R37
    subject = proven_customer(house)
    with pytest.raises(ValueError, match="R37"):
        requests.file(house.tx, house.desk, place(), asked(subject, fields={field: "…"}))
    assert house.rows("requests") == []


def test_what_a_request_keeps_has_no_place_for_an_identity_document(house: House) -> None:  # R37
    case = filed(house, asked(proven_customer(house), fields={"period": "mars 2026"}))
    row = stored(house, case)
    kept = asdict(row).keys() | asdict(row.body).keys() | row.body.fields.keys() | house.rows("requests")[0].keys()
    assert "period" in kept
    assert not kept & FORBIDDEN_FIELDS


# ---- flags ----------------------------------------------------------------------------------------------------


def test_the_limit_of_the_company_s_text_flags_its_kind_of_request_only(house: House) -> None:  # Paysera 31
    subject = proven_customer(house)
    access = filed(house, asked(subject, Action.DSAR_ACCESS))
    erasure = filed(house, asked(subject, Action.DSAR_ERASURE))
    assert flags(house, access) == {Flag.NO_SIGNATURE}
    assert flags(house, erasure) == set()


def test_flags_are_kept_once(house: House) -> None:
    case = filed(house, asked(proven_customer(house), flags=(Flag.NO_SIGNATURE, Flag.ADS_AFTER_WITHDRAWAL)))
    assert stored(house, case).flags == (Flag.NO_SIGNATURE, Flag.ADS_AFTER_WITHDRAWAL)


def test_the_second_access_request_of_a_year_is_flagged(house: House) -> None:  # Paysera 30.1
    subject = proven_customer(house)
    assert Flag.SECOND_ACCESS not in flags(house, filed(house, asked(subject)))
    assert Flag.SECOND_ACCESS in flags(house, filed(house, asked(subject), place(NOW + DAY)))


def test_the_first_access_request_of_the_next_year_is_not(house: House) -> None:  # Paysera 30.1
    subject = proven_customer(house)
    new_year = int(dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC).timestamp() * 1000)  # midnight in Kosovo
    filed(house, asked(subject), place(new_year - 1))
    assert Flag.SECOND_ACCESS not in flags(house, filed(house, asked(subject), place(new_year)))
    assert Flag.SECOND_ACCESS in flags(house, filed(house, asked(subject), place(new_year + 1)))


def test_other_kinds_and_other_customers_do_not_count_as_second_access(house: House) -> None:  # Paysera 30.1
    subject = proven_customer(house)
    filed(house, asked(subject, Action.DSAR_ERASURE))
    assert Flag.SECOND_ACCESS not in flags(house, filed(house, asked(subject)))
    other = customer(house.tx, house.desk, number="A-1002")
    prove(house.tx, house.desk, other, conversation="c2")
    assert Flag.SECOND_ACCESS not in flags(house, filed(house, asked(other), place(conversation="c2")))


def test_an_access_request_that_was_taken_back_was_not_the_year_s_first(house: House) -> None:  # Paysera 30.1
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    wish = TakeBack(company="alfa", reference=case.reference, shown=SHOWN)
    taking_back.take_back(house.tx, house.desk, place(), wish)


def test_a_shared_number_files_but_is_flagged(house: House) -> None:  # R55, R17
    case = filed(house, asked(proven_customer(house, shared=True)))
    assert stored(house, case).identity is Identity.SHARED
    assert Flag.SHARED_NUMBER in flags(house, case)


def test_a_relationship_that_has_ended_is_flagged(house: House) -> None:  # R55
    subject = customer(house.tx, house.desk, relationship="ended")
    prove(house.tx, house.desk, subject)
    case = filed(house, asked(subject))
    assert stored(house, case).identity is Identity.SHARED
    assert flags(house, case) == {Flag.ENDED, Flag.NO_SIGNATURE}


# ---- without proof --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [
        Action.DSAR_ACCESS,
        Action.DSAR_RECTIFICATION,
        Action.DSAR_ERASURE,
        Action.DSAR_RESTRICTION,
        Action.DSAR_OBJECTION,
        Action.DSAR_PORTABILITY,
        Action.HUMAN_REVIEW,
        Action.COMPLAINT,
    ],
)
def test_no_right_waits_for_a_code(house: House, action: Action) -> None:  # R53
    case = filed(house, asked(None, action, reply_to="rruga Fiktive 1, Prishtinë"))
    row = stored(house, case)
    assert case.pending
    assert (row.identity, row.subject, row.received_at) == (Identity.PENDING, None, NOW)
    assert row.due.date == dt.date(2026, 4, 7)  # the clock runs all the same
    assert Flag.IDENTITY_PENDING in row.flags
    assert row.reply_to == "rruga Fiktive 1, Prishtinë"
    assert house.rows("requests")[0]["address_sealed"] not in (None, row.reply_to)


def test_a_lock_out_or_a_missing_number_changes_nothing_for_a_request_without_proof(house: House) -> None:  # R14, R53
    assert house.rows("subjects") == []
    assert filed(house, asked(None)).state is CaseState.RECEIVED


def test_requests_without_proof_are_capped_a_day_for_a_conversation() -> None:  # R53
    house = made_up_house(limits=Limits(pending_requests_day=2))
    filed(house, asked(None), place(NOW))
    filed(house, asked(None), place(NOW + HOUR))
    refused = requests.file(house.tx, house.desk, place(NOW + 2 * HOUR), asked(None))
    assert refused == ActRefused(why=Why.TOO_MANY, until=NOW + DAY)
    assert len(house.rows("requests")) == 2
    assert filed(house, asked(None), place(NOW + 2 * HOUR, conversation="c2")).pending
    assert filed(house, asked(None), place(NOW + DAY)).pending


def test_the_cap_does_not_touch_who_is_proven() -> None:  # R53
    house = made_up_house(limits=Limits(pending_requests_day=1))
    filed(house, asked(None))
    assert not filed(house, asked(proven_customer(house))).pending


@pytest.mark.parametrize("flag", [Flag.OTHER_PERSON, Flag.FIRM])
def test_a_request_for_somebody_else_is_never_the_speaker_s_own(house: House, flag: Flag) -> None:  # R57
    subject = proven_customer(house)
    own = filed(house, asked(subject))
    other = filed(house, asked(subject, flags=(flag,), join=own.reference))
    row = stored(house, other)
    assert other.reference != own.reference
    assert (row.identity, row.subject) == (Identity.PENDING, None)
    assert {flag.value, Flag.IDENTITY_PENDING.value} <= set(row.flags)
    assert flag.value in json.loads(house.rows("requests")[1]["flags"])


def test_a_request_without_proof_is_never_joined_to_a_customer(house: House) -> None:  # R53
    own = filed(house, asked(proven_customer(house)))
    other = filed(house, asked(None, join=own.reference))
    assert other.reference != own.reference
    assert len(stored(house, own).body.words) == 1


# ---- joining --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.DSAR_ACCESS, Action.DSAR_PORTABILITY, Action.DSAR_ERASURE])
def test_an_open_request_of_the_same_kind_is_found(house: House, action: Action) -> None:
    subject = proven_customer(house)
    case = filed(house, asked(subject, action))
    found = requests.find_same(house.tx, house.desk, place(), FindSame(company="alfa", subject=subject, action=action))
    assert found == SameFound(case=case)


@pytest.mark.parametrize(
    "action",
    [
        Action.DSAR_RECTIFICATION,
        Action.DSAR_RESTRICTION,
        Action.DSAR_OBJECTION,
        Action.HUMAN_REVIEW,
        Action.CONTACT_DPO,
        Action.COMPLAINT,
    ],
)
def test_requests_that_can_differ_in_what_they_ask_are_never_taken_for_the_same(house: House, action: Action) -> None:
    subject = proven_customer(house)
    filed(house, asked(subject, action))
    effect = FindSame(company="alfa", subject=subject, action=action)
    assert requests.find_same(house.tx, house.desk, place(), effect) == NothingSame()


@pytest.mark.parametrize("state", ["answered", "partly", "refused", "withdrawn"])
def test_a_closed_request_is_nothing_to_join(house: House, state: str) -> None:
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    put(house, case, state=state, closed_at=NOW)
    effect = FindSame(company="alfa", subject=subject, action=Action.DSAR_ACCESS)
    assert requests.find_same(house.tx, house.desk, place(), effect) == NothingSame()
    assert filed(house, asked(subject, join=case.reference)).reference != case.reference  # filed, never lost


@pytest.mark.parametrize(("company", "action"), [("beta", Action.DSAR_ACCESS), ("alfa", Action.DSAR_ERASURE)])
def test_another_company_or_another_kind_is_not_the_same(house: House, company: str, action: Action) -> None:
    subject = proven_customer(house)
    filed(house, asked(subject))
    effect = FindSame(company=company, subject=subject, action=action)
    assert requests.find_same(house.tx, house.desk, place(), effect) == NothingSame()


@pytest.mark.parametrize("shared", [True, False])
def test_only_who_is_singled_out_learns_of_an_open_request(house: House, *, shared: bool) -> None:  # R55
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    if shared:
        prove(house.tx, house.desk, subject, conversation="c2", shared=True)
    effect = FindSame(company="alfa", subject=subject, action=Action.DSAR_ACCESS)
    there = place(conversation="c2")
    assert requests.find_same(house.tx, house.desk, there, effect) == NothingSame()
    if shared:
        assert filed(house, asked(subject, join=case.reference), there).reference != case.reference


def test_what_a_shared_number_filed_is_nothing_to_join(house: House) -> None:  # R55
    subject = customer(house.tx, house.desk)
    prove(house.tx, house.desk, subject, shared=True)
    filed(house, asked(subject))
    prove(house.tx, house.desk, subject, conversation="c2")
    effect = FindSame(company="alfa", subject=subject, action=Action.DSAR_ACCESS)
    assert requests.find_same(house.tx, house.desk, place(conversation="c2"), effect) == NothingSame()


def test_joining_keeps_both_messages_both_times_and_the_first_date(house: House) -> None:  # R33
    subject = proven_customer(house)
    first = filed(house, asked(subject, words="dua listën"))
    later = place(NOW + 9 * DAY)
    second = asked(subject, words="edhe për prillin", fields={"period": "prill"}, join=first.reference)
    result = requests.file(house.tx, house.desk, later, second)
    assert result == Filed(case=first, joined=True)
    row = stored(house, first)
    assert [(word.at, word.text) for word in row.body.words] == [(NOW, "dua listën"), (later.now, "edhe për prillin")]
    (joined,) = row.body.joined
    assert (joined.at, dict(joined.fields), joined.basis.words) == (later.now, {"period": "prill"}, SHOWN.words)
    assert [(e.kind, e.at) for e in requests.time_line(house.tx, house.desk, first.reference)] == [
        ("filed", NOW),
        ("joined", later.now),
    ]
    assert acts(house) == ["request.filed", "request.joined"]
    assert told_office(house) == [EventKind.REQUEST_FILED, EventKind.REQUEST_JOINED]
    assert len(house.rows("requests")) == 1


def test_a_reference_that_is_not_the_customer_s_is_not_joined(house: House) -> None:
    other = customer(house.tx, house.desk, number="A-1002")
    prove(house.tx, house.desk, other, conversation="c2")
    theirs = filed(house, asked(other), place(conversation="c2"))
    mine = filed(house, asked(proven_customer(house), join=theirs.reference))
    assert mine.reference != theirs.reference
    assert stored(house, theirs).body.joined == ()
