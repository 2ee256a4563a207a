"""Consents are withdrawn whatever is on record, given again only by their owner, and never undone by an older list."""

import json
from pathlib import Path

import pytest

from bot.clock import DAY
from bot.dialogue.effects import Grant, ReadConsents, Shown, Withdraw
from bot.dialogue.events import ActDone, ConsentsRead, ConsentState, ProofMissing
from bot.errors import MburojaError
from bot.services import jobs
from bot.services.casework import requests
from bot.services.decisions import consents
from bot.services.decisions.consent_rows import CUSTOMER
from bot.services.desk import Place
from bot.services.identity import proofs
from bot.services.jobs import JobKind
from bot.services.office import acknowledging
from bot.services.records import events, receipts
from bot.services.records.receipts import Record
from bot.storage.store import Tx
from tests.services.acting import SHOWN, House, customer, made_up_house, prove, proven_customer
from tests.tools.desks import LATER, NOW, made_up_desk, place
from tests.tools.engines import open_store

GIVEN, WITHDRAWN, NOT_GIVEN, UNKNOWN = (
    ConsentState.GIVEN,
    ConsentState.WITHDRAWN,
    ConsentState.NOT_GIVEN,
    ConsentState.UNKNOWN,
)
ALL = ("offers", "personal", "analysis")


def _withdraw(house: House, subject: str, *purposes: str, at: Place | None = None) -> ActDone:
    effect = Withdraw(company="alfa", subject=subject, purposes=purposes or ALL, shown=SHOWN)
    done = consents.withdraw(house.tx, house.desk, at or place(), effect)
    assert isinstance(done, ActDone)
    return done


def _grant(house: House, subject: str, *purposes: str, at: Place | None = None) -> ActDone:
    effect = Grant(company="alfa", subject=subject, purposes=purposes or ALL, shown=SHOWN)
    done = consents.grant(house.tx, house.desk, at or place(), effect)
    assert isinstance(done, ActDone)
    return done


def _states(house: House, subject: str) -> list[tuple[str, ConsentState, int | None]]:
    read = consents.read(house.tx, house.desk, place(), ReadConsents(company="alfa", subject=subject))
    assert isinstance(read, ConsentsRead)
    return [(c.purpose, c.state, c.since) for c in read.consents]


def _import(
    house: House, subject: str, state: ConsentState, since: int | None, now: int = NOW, purpose: str = "offers"
) -> bool:
    return consents.record_imported(house.tx, house.desk, now, subject, purpose, state, since, "import:test")


def _state(house: House, subject: str) -> ConsentState:
    return _states(house, subject)[0][1]


def _record(house: House, reference: str) -> Record:
    record = receipts.read(house.tx, house.desk, reference)
    assert record is not None
    return record


# ---- reading ------------------------------------------------------------------------------------------------


def test_every_purpose_is_told_in_the_order_of_the_catalogue() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    _import(house, subject, GIVEN, NOW - DAY, purpose="analysis")
    assert _states(house, subject) == [
        ("offers", UNKNOWN, None),
        ("personal", UNKNOWN, None),
        ("analysis", GIVEN, NOW - DAY),
    ]


def test_consents_are_read_with_a_live_proof_only() -> None:
    house = made_up_house()
    subject = customer(house.tx, house.desk)
    effect = ReadConsents(company="alfa", subject=subject)
    assert consents.read(house.tx, house.desk, place(), effect) == ProofMissing(company="alfa")
    prove(house.tx, house.desk, subject)
    assert isinstance(consents.read(house.tx, house.desk, place(), effect), ConsentsRead)
    assert isinstance(consents.read(house.tx, house.desk, place(conversation="c2"), effect), ProofMissing)
    proofs.end_all(house.tx, house.desk, place(LATER))
    assert isinstance(consents.read(house.tx, house.desk, place(LATER), effect), ProofMissing)


def test_a_proof_at_one_company_is_none_at_another() -> None:  # R56
    house = made_up_house()
    subject = proven_customer(house)
    assert isinstance(
        consents.read(house.tx, house.desk, place(), ReadConsents(company="beta", subject=subject)), ProofMissing
    )
    effect = Withdraw(company="beta", subject=subject, purposes=("offers",), shown=SHOWN)
    assert isinstance(consents.withdraw(house.tx, house.desk, place(), effect), ProofMissing)
    assert house.rows("consents") == house.rows("receipts") == house.rows("events") == []


# ---- withdrawing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, GIVEN, WITHDRAWN, NOT_GIVEN])
@pytest.mark.parametrize("purpose", ALL)
def test_a_consent_is_withdrawn_whatever_is_on_record(before: ConsentState | None, purpose: str) -> None:  # R38, R40
    house = made_up_house()
    subject = proven_customer(house)
    if before:
        _import(house, subject, before, NOW - DAY, purpose=purpose)
    done = _withdraw(house, subject, purpose)
    assert (purpose, WITHDRAWN, NOW) in _states(house, subject)
    assert done.already == (before in {WITHDRAWN, NOT_GIVEN})
    assert _record(house, done.reference).purposes[0].before == (before or UNKNOWN)


def test_all_is_withdrawn_under_one_reference() -> None:  # R38
    house = made_up_house()
    subject = proven_customer(house)
    done = _withdraw(house, subject)
    assert [state for _, state, _ in _states(house, subject)] == [WITHDRAWN] * 3
    assert {row["reference"] for row in house.rows("consents")} == {done.reference}
    assert [row["reference"] for row in house.rows("receipts")] == [done.reference]
    assert [p.id for p in _record(house, done.reference).purposes] == list(ALL)


def test_one_purpose_is_withdrawn_without_the_others() -> None:  # R38
    house = made_up_house()
    subject = proven_customer(house)
    _grant(house, subject)
    _withdraw(house, subject, "personal", at=place(LATER))
    assert [state for _, state, _ in _states(house, subject)] == [GIVEN, WITHDRAWN, GIVEN]


def test_the_back_office_is_told_of_each_purpose_with_its_number() -> None:  # R59
    house = made_up_house()
    subject = proven_customer(house)
    _grant(house, subject, "offers")
    done = _withdraw(house, subject)
    told = events.of_reference(house.tx, house.desk, done.reference)
    assert [(e.kind, e.subject, dict(e.body)) for e in told] == [
        ("consent.withdrawn", subject, {"purpose": "offers", "seq": 2}),
        ("consent.withdrawn", subject, {"purpose": "personal", "seq": 1}),
        ("consent.withdrawn", subject, {"purpose": "analysis", "seq": 1}),
    ]


def test_withdrawing_again_is_recorded_again() -> None:  # R38
    house = made_up_house()
    subject = proven_customer(house)
    first = _withdraw(house, subject, "offers")
    again = _withdraw(house, subject, "offers", at=place(LATER))
    assert (first.already, again.already) == (False, True)
    assert first.reference != again.reference
    assert [row["seq"] for row in house.rows("consents")] == [1, 2]
    assert len(house.rows("events")) == 2


def test_a_shared_number_suffices_for_withdrawing_but_not_for_giving() -> None:  # R55
    house = made_up_house()
    subject = proven_customer(house, shared=True)
    _withdraw(house, subject, "offers")
    effect = Grant(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
    assert consents.grant(house.tx, house.desk, place(), effect) == ProofMissing(company="alfa")
    assert _state(house, subject) is WITHDRAWN


def test_whoever_is_no_customer_any_more_can_withdraw_but_not_give() -> None:  # R55
    house = made_up_house()
    subject = customer(house.tx, house.desk, relationship="ended")
    prove(house.tx, house.desk, subject)
    _withdraw(house, subject, "offers")
    effect = Grant(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
    assert isinstance(consents.grant(house.tx, house.desk, place(), effect), ProofMissing)


def test_without_a_proof_nothing_is_changed() -> None:
    house = made_up_house()
    subject = customer(house.tx, house.desk)
    withdrawal = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
    assert consents.withdraw(house.tx, house.desk, place(), withdrawal) == ProofMissing(company="alfa")
    giving = Grant(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
    assert consents.grant(house.tx, house.desk, place(), giving) == ProofMissing(company="alfa")
    assert house.rows("consents") == house.rows("receipts") == house.rows("events") == house.rows("audit") == []


def test_withdrawing_is_no_case_that_anybody_could_refuse() -> None:  # R40
    house = made_up_house()
    subject = proven_customer(house)
    done = _withdraw(house, subject)
    assert house.rows("requests") == []
    assert requests.load(house.tx, house.desk, done.reference) is None


@pytest.mark.parametrize("purposes", [(), ("nothing",)])
def test_what_is_no_purpose_is_a_bug(purposes: tuple[str, ...]) -> None:
    house = made_up_house()
    effect = Withdraw(company="alfa", subject=proven_customer(house), purposes=purposes, shown=SHOWN)
    with pytest.raises((KeyError, ValueError)):
        consents.withdraw(house.tx, house.desk, place(), effect)


def test_a_purpose_named_twice_is_withdrawn_once() -> None:
    house = made_up_house()
    _withdraw(house, proven_customer(house), "offers", "offers")
    assert [row["seq"] for row in house.rows("consents")] == [1]


# ---- giving again -------------------------------------------------------------------------------------------


def test_a_consent_is_given_again() -> None:
    house = made_up_house()
    subject = proven_customer(house)
    _withdraw(house, subject, "offers")
    done = _grant(house, subject, "offers", at=place(LATER))
    assert _states(house, subject)[0] == ("offers", GIVEN, LATER)
    assert not done.already
    assert _grant(house, subject, "offers", at=place(LATER)).already
    record = _record(house, done.reference)
    assert (record.act, record.event_type, record.purposes[0].before) == ("consent.granted", "given", WITHDRAWN)
    (event,) = events.of_reference(house.tx, house.desk, done.reference)
    assert (event.kind, dict(event.body)) == ("consent.granted", {"purpose": "offers", "seq": 2})


# ---- evidence -----------------------------------------------------------------------------------------------


def test_an_act_leaves_all_its_evidence() -> None:  # R39
    house = made_up_house()
    subject = proven_customer(house)
    shown = Shown(words="Po ndalim ofertat. Çka u bë deri tani mbetet e ligjshme.", clauses=("1", "2"))
    effect = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=shown)
    done = consents.withdraw(house.tx, house.desk, place(channel="telegram"), effect)
    assert isinstance(done, ActDone)
    (event,) = events.of_reference(house.tx, house.desk, done.reference)
    acknowledging.acknowledge(house.tx, house.desk, place(LATER, "", "office"), event.id, "dpo1")

    record = _record(house, done.reference)
    assert (record.pii_principal_id, record.event_time) == (subject, NOW)  # who, when
    assert record.collection_method.channel == "telegram"
    assert record.pii_controller.id == "alfa"
    assert [(p.id, p.clauses) for p in record.purposes] == [("offers", ("1",))]
    assert record.privacy_notice.sha256 == house.desk.edition("alfa", NOW).text.version.sha256
    assert (record.words_shown, record.clauses_shown) == (shown.words, ("1", "2"))
    assert record.applied_at == LATER
    (acknowledged,) = events.of_reference(house.tx, house.desk, done.reference)
    assert (acknowledged.acknowledged_by, acknowledged.acknowledged_at) == ("dpo1", LATER)

    withdrawn, _ = [json.loads(row["body"]) for row in house.rows("audit")]
    assert withdrawn == {
        "act": "consent.withdrawn",
        "at": NOW,
        "channel": "telegram",
        "company": "alfa",
        "conversation": "c1",
        "details": {"purposes": "offers"},
        "reference": done.reference,
        "subject": subject,
    }


class _StoppedError(MburojaError):
    """What a test raises after an act."""


@pytest.mark.asyncio
async def test_an_error_after_the_act_leaves_nothing_of_it(tmp_path: Path) -> None:  # R48
    store, desk = open_store(tmp_path / "mburoja.db"), made_up_desk()

    def proven(tx: Tx) -> str:
        subject = customer(tx, desk)
        prove(tx, desk, subject)
        return subject

    def act(tx: Tx, *, fails: bool) -> ActDone:
        effect = Withdraw(company="alfa", subject=subject, purposes=ALL, shown=SHOWN)
        done = consents.withdraw(tx, desk, place(), effect)
        assert isinstance(done, ActDone)
        jobs.add(tx, desk, NOW, JobKind.SMS_SEND, {}, ordering_key="k", idempotency_key=done.reference)
        if fails:
            raise _StoppedError
        return done

    def left(tx: Tx) -> tuple[set[ConsentState], int, list[int], int]:
        read = consents.read(tx, desk, place(), ReadConsents(company="alfa", subject=subject))
        assert isinstance(read, ConsentsRead)
        numbers = [event.seq for event in events.open_events(tx, desk)]
        return {c.state for c in read.consents}, len(tx.all("audit.unsealed", most=9)), numbers, jobs.waiting(tx)

    try:
        subject = await store.transact(proven)
        with pytest.raises(_StoppedError):
            await store.transact(lambda tx: act(tx, fails=True))
        assert await store.read(left) == ({UNKNOWN}, 0, [], 0)
        done = await store.transact(lambda tx: act(tx, fails=False))
        assert await store.read(left) == ({WITHDRAWN}, 1, [1, 2, 3], 1)
        assert await store.read(lambda tx: receipts.read(tx, desk, done.reference)) is not None
    finally:
        await store.close()


def test_the_source_of_what_was_said_here_is_the_customer() -> None:
    house = made_up_house()
    _withdraw(house, proven_customer(house), "offers")
    assert [row["source"] for row in house.rows("consents")] == [CUSTOMER]
