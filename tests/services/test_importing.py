"""Lists are taken in, again and again: nothing is lost by it, and whoever's number changed proves anew."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from bot.clock import DAY
from bot.dialogue.effects import ObjectStatistics, ReadConsents, Shown, Withdraw
from bot.dialogue.events import AccountProven, ActDone, CodeAccepted, ConsentsRead, ConsentState, ProofMissing
from bot.services.decisions import consents, objections
from bot.services.identity import customers, proofs
from bot.services.lists.import_rows import ConsentRow, CustomerRow
from bot.services.lists.importing import Report, import_consents, import_customers
from tests.tools.codes import House
from tests.tools.desks import LATER, NOW, place

ONE, TWO, THREE = "+38344000101", "+38344000102", "+38344000103"
ROW = CustomerRow(
    row=2,
    company="alfa",
    customer_number="A-1001",
    name="Filan Fisteku",
    numbers=(ONE, TWO),
    relationship="active",
    line="personal",
    sim_changed={},
)
CONSENT = ConsentRow(
    row=2,
    company="alfa",
    customer_number="A-1001",
    purpose="offers",
    state=ConsentState.GIVEN,
    since=NOW - 100 * DAY,
    source="shop",
)


@pytest.fixture
def house() -> House:
    return House()


def take(house: House, *rows: CustomerRow, now: int = NOW) -> Report:
    return import_customers(house.tx, house.desk, now, rows)


def take_consents(house: House, *rows: ConsentRow, now: int = NOW) -> Report:
    return import_consents(house.tx, house.desk, now, rows)


def subject_of(house: House, customer_number: str = "A-1001") -> str:
    row = house.tx.first(
        "customers.by_customer",
        company="alfa",
        customer_hash=house.desk.vault.index("customer", "alfa", customer_number.replace("-", "")),
    )
    assert row is not None
    return str(row["id"])


def numbers(house: House, customer_number: str = "A-1001") -> tuple[str, ...]:
    return customers.numbers_of(house.tx, house.desk, subject_of(house, customer_number))


def prove(house: House, number: str = ONE) -> str:
    """Prove to be the customer by a code to this number; returns the subject."""
    challenge, code = house.code(number)
    accepted = house.redeem(challenge, code)
    assert isinstance(accepted, CodeAccepted)
    subject = accepted.accounts[0].subject
    assert isinstance(house.use(challenge, subject), AccountProven)
    assert proven(house, subject)
    return subject


def proven(house: House, subject: str) -> bool:
    return proofs.live(house.tx, "c1", "alfa", subject) is not None


def logged(house: House) -> list[dict[str, object]]:
    return [json.loads(row["body"]) for row in house.tx.all("audit.unsealed", most=100)]


class TestCustomers:
    def test_a_new_customer_is_taken_up_under_an_id_that_tells_nothing(self, house: House) -> None:  # R55
        assert take(house, ROW) == Report(added=1)
        assert numbers(house) == (ONE, TWO)
        assert len(subject_of(house)) == 32
        assert "1001" not in subject_of(house)

    def test_the_same_list_again_changes_nothing(self, house: House) -> None:
        take(house, ROW)
        before = subject_of(house)
        assert take(house, ROW, now=LATER) == Report(same=1)
        assert subject_of(house) == before
        assert numbers(house) == (ONE, TWO)

    def test_a_second_list_brings_customers_up_to_date(self, house: House) -> None:
        take(house, ROW)
        subject = subject_of(house)
        changed = replace(ROW, customer_number="A 1001", name="Filan Testi", relationship="ended", numbers=(TWO, THREE))
        assert take(house, changed) == Report(changed=1)
        assert subject_of(house) == subject
        assert customers.name_of(house.tx, house.desk, subject) == "Filan Testi"
        assert customers.customer_number_of(house.tx, house.desk, subject) == "A 1001"
        assert numbers(house) == (TWO, THREE)
        (found,) = customers.find(house.tx, house.desk, "alfa", "number", TWO)
        assert found.ended

    def test_a_name_that_the_list_no_longer_has_is_gone(self, house: House) -> None:
        take(house, ROW)
        assert take(house, replace(ROW, name="")) == Report(changed=1)
        assert customers.name_of(house.tx, house.desk, subject_of(house)) == ""

    def test_numbers_come_in_the_order_of_the_last_list(self, house: House) -> None:
        take(house, ROW)
        assert take(house, replace(ROW, numbers=(TWO, ONE))) == Report(changed=1)
        assert numbers(house) == (TWO, ONE)

    def test_who_is_missing_from_a_list_stays(self, house: House) -> None:  # R59
        take(house, ROW, replace(ROW, customer_number="A-1002", numbers=(THREE,)))
        take(house, replace(ROW, customer_number="A-1002", numbers=(THREE,)))
        assert numbers(house) == (ONE, TWO)

    def test_one_customer_number_is_two_customers_at_two_companies(self, house: House) -> None:  # R56
        assert take(house, ROW, replace(ROW, company="beta")) == Report(added=2)
        (beta,) = customers.find(house.tx, house.desk, "beta", "number", ONE)
        assert beta.subject != subject_of(house)

    def test_statistics_stay_restricted_through_an_import(self, house: House) -> None:  # R41
        take(house, ROW)
        subject = prove(house)
        shown = Shown(words="Kundërshtohen statistikat.", clauses=("4",))
        effect = ObjectStatistics(company="alfa", subject=subject, withdraws=(), shown=shown)
        assert isinstance(objections.object_statistics(house.tx, house.desk, place(), effect), ActDone)
        take(house, replace(ROW, name="Filan Testi"))
        row = house.tx.first("consents.restricted", subject=subject, company="alfa")
        assert row is not None
        assert row["statistics_restricted"] == 1


class TestWhatEndsAProof:
    @pytest.mark.parametrize(
        "changed",
        [
            replace(ROW, numbers=(TWO,)),
            replace(ROW, numbers=()),
            replace(ROW, numbers=(THREE, TWO)),
            replace(ROW, relationship="ended"),
            replace(ROW, line="business"),
            replace(ROW, name="Filane Fisteku"),
            replace(ROW, sim_changed={ONE: dt.date(2026, 3, 4)}),
        ],
        ids=["removed", "all removed", "replaced", "ended", "business", "renamed", "new SIM"],
    )
    def test_a_change_of_who_holds_a_number_ends_its_proofs(self, house: House, changed: CustomerRow) -> None:  # R55
        take(house, ROW)
        subject = prove(house)
        assert take(house, changed) == Report(changed=1)
        assert not proven(house, subject)

    def test_somebody_else_with_the_same_number_ends_its_proofs(self, house: House) -> None:  # R55
        take(house, ROW)
        subject = prove(house)
        take(house, replace(ROW, customer_number="A-1002", name="Filane Fisteku", numbers=(ONE,)))
        assert not proven(house, subject)

    def test_a_code_that_was_redeemed_before_opens_no_account_after(self, house: House) -> None:  # R55
        take(house, ROW)
        challenge, code = house.code(ONE)
        house.redeem(challenge, code)
        take(house, replace(ROW, numbers=(TWO,)))
        assert isinstance(house.use(challenge, subject_of(house)), ProofMissing)

    @pytest.mark.parametrize(
        "changed",
        [ROW, replace(ROW, numbers=(TWO, ONE)), replace(ROW, numbers=(ONE,)), replace(ROW, numbers=(ONE, THREE))],
        ids=["nothing", "order", "the other removed", "the other replaced"],
    )
    def test_what_does_not_touch_the_number_leaves_its_proofs(self, house: House, changed: CustomerRow) -> None:
        take(house, ROW)
        subject = prove(house)
        take(house, changed)
        assert proven(house, subject)


class TestSims:
    def sim(self, house: House, number: str = ONE) -> dt.date | None:
        return customers.find(house.tx, house.desk, "alfa", "number", number)[0].sim_changed_on

    def test_the_day_of_a_changed_sim_is_kept_with_its_number(self, house: House) -> None:  # R13
        take(house, replace(ROW, sim_changed={ONE: dt.date(2026, 3, 3)}))
        assert self.sim(house) == dt.date(2026, 3, 3)
        assert self.sim(house, TWO) is None

    @pytest.mark.parametrize("later", [{}, {ONE: dt.date(2026, 3, 1)}], ids=["empty", "earlier"])
    def test_a_later_list_takes_no_changed_sim_back(self, house: House, later: dict[str, dt.date]) -> None:  # R13
        take(house, replace(ROW, sim_changed={ONE: dt.date(2026, 3, 3)}))
        assert take(house, replace(ROW, sim_changed=later)) == Report(same=1)
        assert self.sim(house) == dt.date(2026, 3, 3)

    def test_a_number_taken_over_brings_its_changed_sim_along(self, house: House) -> None:  # R13
        take(house, replace(ROW, sim_changed={ONE: dt.date(2026, 3, 3)}))
        take(house, replace(ROW, customer_number="A-1002", numbers=(ONE,)))
        assert {f.sim_changed_on for f in customers.find(house.tx, house.desk, "alfa", "number", ONE)} == {
            dt.date(2026, 3, 3)
        }


class TestTheLog:
    def test_customers_are_logged_by_counts_only(self, house: House) -> None:  # R32, R39
        take(house, ROW, replace(ROW, customer_number="A-1002"), replace(ROW, company="beta"))
        take(house, ROW)
        entries = [entry for entry in logged(house) if entry["act"] == "customers.imported"]
        counts = sorted(json.dumps([entry["company"], entry["details"]]) for entry in entries)
        assert counts == sorted(
            json.dumps(one)
            for one in (
                ["alfa", {"added": 2, "changed": 0, "same": 0}],
                ["beta", {"added": 1, "changed": 0, "same": 0}],
                ["alfa", {"added": 0, "changed": 0, "same": 1}],
            )
        )
        assert all(entry["subject"] is None for entry in entries)
        assert "Filan" not in json.dumps(logged(house))
        assert "44000101" not in json.dumps(logged(house))


class TestConsents:
    def held(self, house: House) -> dict[str, ConsentState]:
        subject = prove(house)
        read = consents.read(house.tx, house.desk, place(), ReadConsents(company="alfa", subject=subject))
        assert isinstance(read, ConsentsRead)
        return {consent.purpose: consent.state for consent in read.consents}

    def test_consents_are_put_on_record(self, house: House) -> None:
        take(house, ROW)
        assert take_consents(house, CONSENT) == Report(changed=1)
        assert take_consents(house, CONSENT) == Report(same=1)
        assert self.held(house) == {
            "offers": ConsentState.GIVEN,
            "personal": ConsentState.UNKNOWN,
            "analysis": ConsentState.UNKNOWN,
        }

    def test_an_import_never_undoes_a_newer_withdrawal(self, house: House) -> None:  # R59
        take(house, ROW)
        take_consents(house, CONSENT)
        subject = prove(house)
        shown = Shown(words="Tërhiqet pëlqimi.", clauses=("1",))
        effect = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=shown)
        assert isinstance(consents.withdraw(house.tx, house.desk, place(), effect), ActDone)
        older = replace(CONSENT, since=NOW - DAY)
        assert take_consents(house, older, replace(CONSENT, since=None), now=LATER) == Report(same=2)
        read = consents.read(house.tx, house.desk, place(), ReadConsents(company="alfa", subject=subject))
        assert isinstance(read, ConsentsRead)
        assert read.consents[0].state is ConsentState.WITHDRAWN

    def test_the_newer_of_two_rows_holds_whatever_their_order(self, house: House) -> None:  # R59
        take(house, ROW)
        newer = replace(CONSENT, row=3, state=ConsentState.WITHDRAWN, since=NOW - DAY)
        take_consents(house, newer, CONSENT)
        assert self.held(house)["offers"] is ConsentState.WITHDRAWN

    def test_a_consent_of_nobody_on_file_is_a_fault_and_the_others_are_taken(self, house: House) -> None:
        take(house, ROW)
        report = take_consents(house, replace(CONSENT, row=7, customer_number="A-1999"), CONSENT)
        assert (report.changed, report.same) == (1, 0)
        (fault,) = report.faults
        assert (fault.row, fault.column) == (7, "customer_number")
        assert "1999" not in str(fault)


def test_reports_add_up() -> None:
    one, two = Report(added=1, changed=2, same=3), Report(added=10, changed=20, same=30)
    assert one.and_then(two) == Report(added=11, changed=22, same=33)
