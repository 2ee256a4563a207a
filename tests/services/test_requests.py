"""Requests as a conversation files, joins, looks up, adds to and takes them back, on a real database."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, replace

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.dialogue.effects import (
    AddToCase,
    FileRequest,
    FindSame,
    Flag,
    LocateCase,
    ObjectStatistics,
    ReadCases,
    Shown,
    TakeBack,
)
from bot.dialogue.events import (
    ActDone,
    ActRefused,
    Case,
    CaseLocated,
    CasesRead,
    CaseState,
    Filed,
    Noted,
    NothingSame,
    ProofMissing,
    ReferenceWrong,
    SameFound,
    TakenBack,
    Why,
)
from bot.limits import Limits
from bot.policy.actions import Action
from bot.services import audit, case_file, deadlines, events, objections, requests
from bot.services.cases import FORBIDDEN_FIELDS, Body, Identity, NewCase, Stored
from bot.services.desk import Place
from bot.services.events import EventKind
from tests.services.acting import FILAN, SHOWN, House, customer, made_up_house, prove, proven_customer
from tests.tools.desks import NOW, place

SENSITIVE = "Filan Fisteku e do listën e thirrjeve"


@pytest.fixture
def house() -> House:
    return made_up_house()


def asked(
    subject: str | None,
    action: Action = Action.DSAR_ACCESS,
    *,
    company: str = "alfa",
    words: str = SENSITIVE,
    reply_to: str = "",
    flags: tuple[Flag, ...] = (),
    fields: Mapping[str, str] | None = None,
    join: str | None = None,
) -> FileRequest:
    return FileRequest(
        company=company,
        action=action,
        subject=subject,
        fields=fields or {},
        words=words,
        reply_to=reply_to,
        flags=flags,
        shown=SHOWN,
        join=join,
    )


def filed(house: House, effect: FileRequest, here: Place | None = None) -> Case:
    """File a request that is taken, and return it."""
    result = requests.file(house.tx, house.desk, here or place(), effect)
    assert isinstance(result, Filed), result
    return result.case


def stored(house: House, case: Case) -> Stored:
    found = requests.load(house.tx, house.desk, case.reference)
    assert found is not None
    return found


def flags(house: House, case: Case) -> set[str]:
    return set(stored(house, case).flags)


def acts(house: House) -> list[str]:
    return [json.loads(row["body"])["act"] for row in house.rows("audit")]


def told_office(house: House) -> list[EventKind]:
    return [event.kind for event in events.open_events(house.tx, house.desk)]


def put(house: House, case: Case, **columns: str | int | None) -> None:
    """Change a request's row as the back office would."""
    house.tables.table("requests").update(case.reference, columns)


# ---- filing -------------------------------------------------------------------------------------------------


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


# ---- flags --------------------------------------------------------------------------------------------------


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
    requests.take_back(house.tx, house.desk, place(), TakeBack(company="alfa", reference=case.reference, shown=SHOWN))
    assert Flag.SECOND_ACCESS not in flags(house, filed(house, asked(subject)))


def test_a_shared_number_files_but_is_flagged(house: House) -> None:  # R55, R17
    case = filed(house, asked(proven_customer(house, shared=True)))
    assert stored(house, case).identity is Identity.SHARED
    assert Flag.SHARED_NUMBER in flags(house, case)


def test_a_relationship_that_has_ended_is_flagged(house: House) -> None:  # R55
    subject = customer(house.tx, house.desk, relationship="ended")
    prove(house.tx, house.desk, subject)
    case = filed(house, asked(subject))
    assert stored(house, case).identity is Identity.SHARED
    assert Flag.ENDED in flags(house, case)


# ---- without proof ------------------------------------------------------------------------------------------


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


# ---- joining ------------------------------------------------------------------------------------------------


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


# ---- looking up ---------------------------------------------------------------------------------------------


def read(house: House, subject: str | None, here: Place | None = None) -> list[str]:
    result = requests.read_cases(house.tx, house.desk, here or place(), ReadCases(company="alfa", subject=subject))
    assert isinstance(result, CasesRead), result
    return [case.reference for case in result.cases]


def locate(house: House, typed: str, here: Place | None = None) -> CaseLocated | ReferenceWrong:
    return requests.locate(house.tx, house.desk, here or place(), LocateCase(typed=typed))


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
    house.tables.table("requests").delete(case.reference)
    assert locate(house, case.reference) == CaseLocated(reference=case.reference, company=None, own=None)


@pytest.mark.parametrize("typed", ["", "përshëndetje", "7K2Q-9FXA"])
def test_what_is_no_reference_is_said_so(house: House, typed: str) -> None:
    assert locate(house, typed) == ReferenceWrong()


def test_what_the_company_told_is_shown_once_it_was_delivered(house: House) -> None:  # R58
    case = filed(house, asked(None))
    for number, (text, delivered_at) in enumerate([("Po e shqyrtojmë.", NOW + 1), ("Ende jo.", None)]):
        house.tables.table("notices").insert(
            {
                "id": f"n{number}",
                "reference": case.reference,
                "kind": "reply",
                "effect": "{}",
                "body_sealed": house.desk.vault.seal("notices", text, f"n{number}"),
                "created_at": NOW,
                "delivered_at": delivered_at,
            }
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
    assert stored(house, case).body == Body()
    assert [dict(entry.body) for entry in requests.time_line(house.tx, house.desk, case.reference)] == [{}]


# ---- more words, and pauses ---------------------------------------------------------------------------------


def add(house: House, case: Case, words: str = "Po, jam unë.", here: Place | None = None) -> Noted | ProofMissing:
    effect = AddToCase(reference=case.reference, words=words)
    return requests.add_words(house.tx, house.desk, here or place(), effect)


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


# ---- taking back --------------------------------------------------------------------------------------------


def take_back(
    house: House, case: Case, here: Place | None = None, company: str = "alfa"
) -> TakenBack | ActRefused | ProofMissing:
    effect = TakeBack(company=company, reference=case.reference, shown=Shown(words="E tërhiqni?", clauses=()))
    return requests.take_back(house.tx, house.desk, here or place(), effect)


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


# ---- objections to statistics -------------------------------------------------------------------------------


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
    result = requests.take_back(house.tx, house.desk, place(), effect)
    assert isinstance(result, TakenBack)
    assert result.case.state is CaseState.WITHDRAWN
    assert restricted(house) == 0
    assert acts(house).count("request.taken_back") == acts(house).count("statistics.lifted") == 1


def test_a_shared_number_does_not_lift_a_restriction_by_taking_its_case_back(house: House) -> None:  # R41, R55
    reference = objected(house, proven_customer(house, shared=True))
    effect = TakeBack(company="alfa", reference=reference, shown=SHOWN)
    assert requests.take_back(house.tx, house.desk, place(), effect) == ProofMissing(company="alfa")
    assert restricted(house) == 1


def test_the_case_of_an_objection_is_closed_once(house: House) -> None:  # R41
    reference = objected(house, proven_customer(house))
    requests.take_back_objection(house.tx, house.desk, place(NOW + 1), reference)
    requests.take_back_objection(house.tx, house.desk, place(NOW + 2), reference)
    requests.take_back_objection(house.tx, house.desk, place(NOW + 2), "7K2Q-9FXA-4")
    row = requests.load(house.tx, house.desk, reference)
    assert row is not None
    assert (row.state, row.closed_at) == (CaseState.WITHDRAWN, NOW + 1)


# ---- the queue ----------------------------------------------------------------------------------------------


def test_the_queue_is_ordered_by_what_is_due_first(house: House) -> None:
    late_one = filed(house, asked(None), place(NOW + 20 * DAY))
    first = filed(house, asked(None), place(NOW))
    extended = filed(house, asked(None), place(NOW))
    put(house, extended, state="extended", extended_to="2026-06-05")
    queue = requests.open_cases(house.tx, house.desk, requests.Filter())
    assert [row.reference for row in queue] == [first.reference, late_one.reference, extended.reference]
    page = requests.open_cases(house.tx, house.desk, requests.Filter(), most=1, skip=1)
    assert [row.reference for row in page] == [late_one.reference]


def test_the_queue_is_asked_for_by_company_kind_state_and_lateness(house: House) -> None:
    access = filed(house, asked(None))
    erasure = filed(house, asked(None, Action.DSAR_ERASURE, company="beta"), place(NOW + 20 * DAY))
    closed = filed(house, asked(None))
    put(house, closed, state="refused", closed_at=NOW)

    def queue(wanted: requests.Filter) -> list[str]:
        return [row.reference for row in requests.open_cases(house.tx, house.desk, wanted)]

    assert queue(requests.Filter()) == [access.reference, erasure.reference]
    assert queue(requests.Filter(company="beta")) == [erasure.reference]
    assert queue(requests.Filter(action=Action.DSAR_ACCESS)) == [access.reference]
    assert queue(requests.Filter(state=CaseState.REFUSED)) == [closed.reference]
    assert queue(requests.Filter(due_before=dt.date(2026, 4, 8))) == [access.reference]
    assert queue(requests.Filter(due_before=dt.date(2026, 4, 7))) == []


@pytest.mark.parametrize("state", ["received", "in_progress", "waiting", "extended"])
def test_nothing_late_hides_in_any_open_state(house: House, state: str) -> None:
    case = filed(house, asked(None))
    put(house, case, state=state, paused_at=NOW if state == "waiting" else None)
    last_minute = deadlines.start_of(dt.date(2026, 4, 8)) - 1
    assert requests.late(house.tx, house.desk, last_minute) == ()
    assert [row.reference for row in requests.late(house.tx, house.desk, last_minute + 1)] == [case.reference]


@pytest.mark.parametrize("state", ["answered", "partly", "refused", "withdrawn"])
def test_what_is_closed_is_not_late(house: House, state: str) -> None:
    case = filed(house, asked(None))
    put(house, case, state=state, closed_at=NOW)
    assert requests.late(house.tx, house.desk, NOW + 300 * DAY) == ()


def test_an_extended_request_is_late_after_its_extended_date_only(house: House) -> None:  # R34
    case = filed(house, asked(None))
    put(house, case, state="extended", extended_to="2026-06-05")
    assert requests.late(house.tx, house.desk, deadlines.start_of(dt.date(2026, 6, 5))) == ()
    assert len(requests.late(house.tx, house.desk, deadlines.start_of(dt.date(2026, 6, 6)))) == 1


# ---- keeping ------------------------------------------------------------------------------------------------


def test_a_letter_is_filed_with_the_day_it_came(house: House) -> None:  # R33
    new = NewCase(
        company="alfa",
        action=Action.DSAR_ACCESS,
        identity=Identity.PENDING,
        subject=None,
        conversation=None,
        channel="letter",
        body=Body(),
        reply_to="",
        flags=(),
        received_at=NOW - 10 * DAY,
    )
    row = case_file.create(house.tx, house.desk, place(channel="office"), "7K2Q-9FXA-4", new, "dpo-1")
    assert row.due.date == dt.date(2026, 3, 23)
    (entry,) = requests.time_line(house.tx, house.desk, row.reference)
    assert (entry.who, entry.at, entry.body["received_at"]) == ("dpo-1", NOW, NOW - 10 * DAY)


def test_entries_of_a_time_line_are_numbered_without_a_gap(house: House) -> None:
    case = filed(house, asked(None))
    numbers = [
        requests.note(house.tx, house.desk, NOW, case.reference, "noted", "dpo-1", {"text": "…"}) for _ in range(3)
    ]
    assert numbers == [2, 3, 4]


def test_an_act_that_is_undone_leaves_nothing(house: House) -> None:  # R48
    tables = house.tables.conn
    tables.execute("BEGIN")
    filed(house, asked(None))
    tables.execute("ROLLBACK")
    assert [house.rows(t) for t in ("requests", "request_events", "audit", "events")] == [[], [], [], []]


def test_the_audit_of_everything_here_holds_no_words(house: House) -> None:  # R39
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    filed(house, asked(subject, join=case.reference))
    add(house, case, SENSITIVE)
    take_back(house, case)
    logged = " ".join(row["body"] for row in house.rows("audit"))
    assert {act.value for act in audit.Act} >= set(acts(house))
    assert SENSITIVE not in logged
    assert SHOWN.words not in logged
    assert FILAN not in logged
