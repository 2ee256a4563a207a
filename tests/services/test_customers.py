"""Who has a number is found, with what a code is worth for each; and an account is shown without giving it away."""

import datetime as dt
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.customers import Found, masked_account
from bot.services.lists.import_rows import CustomerRow
from bot.services.lists.importing import import_customers
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx

ONE, TWO, FOREIGN, BARRED = "+38344000101", "+38344000102", "+491713920001", "+41790000101"


@pytest.fixture
def desk() -> Desk:
    return made_up_desk()


@pytest.fixture
def tx() -> Tx:
    return memory_tx()


def on_file(
    tx: Tx,
    desk: Desk,
    customer_number: str,
    *numbers: str,
    name: str = "Filan Fisteku",
    company: str = "alfa",
    relationship: str = "active",
    line: str = "personal",
    sim_changed: dt.date | None = None,
) -> None:
    row = CustomerRow(
        row=2,
        company=company,
        customer_number=customer_number,
        name=name,
        numbers=numbers,
        relationship=relationship,
        line=line,
        sim_changed=dict.fromkeys(numbers, sim_changed) if sim_changed else {},
    )
    import_customers(tx, desk, NOW, [row])


def by_number(tx: Tx, desk: Desk, number: str = ONE, company: str = "alfa") -> tuple[Found, ...]:
    return customers.find(tx, desk, company, "number", number)


def numbers_at(tx: Tx, desk: Desk, founds: Sequence[Found]) -> list[str]:
    return [customers.customer_number_of(tx, desk, found.subject) for found in founds]


class TestFinding:
    def test_a_customer_is_found_by_number_with_what_was_on_the_list(self, tx: Tx, desk: Desk) -> None:
        on_file(tx, desk, "A-1001", ONE, TWO)
        (found,) = by_number(tx, desk)
        assert found.number == ONE
        assert found.number_hash == desk.vault.index("number", "alfa", ONE)
        assert (found.shared, found.ended, found.sim_changed_on) == (False, False, None)
        assert customers.numbers_of(tx, desk, found.subject) == (ONE, TWO)
        assert customers.name_of(tx, desk, found.subject) == "Filan Fisteku"
        assert customers.customer_number_of(tx, desk, found.subject) == "A-1001"

    @pytest.mark.parametrize("typed", ["A-1001", "a1001", "A 1001", " a - 10.01"])
    def test_a_customer_number_is_found_however_it_is_written(self, tx: Tx, desk: Desk, typed: str) -> None:
        on_file(tx, desk, "A-1001", ONE, TWO)
        (found,) = customers.find(tx, desk, "alfa", "customer", typed)
        assert found.number == ONE

    def test_nobody_is_found_for_what_is_not_on_file(self, tx: Tx, desk: Desk) -> None:
        on_file(tx, desk, "A-1001", ONE)
        assert by_number(tx, desk, TWO) == ()
        assert customers.find(tx, desk, "alfa", "customer", "A-1002") == ()
        assert customers.find(tx, desk, "alfa", "email", "filan@shembull.example") == ()
        assert customers.name_of(tx, desk, "nobody") == ""
        assert customers.customer_number_of(tx, desk, "nobody") == ""
        assert customers.numbers_of(tx, desk, "nobody") == ()

    def test_companies_do_not_see_one_anothers_customers(self, tx: Tx, desk: Desk) -> None:  # R56
        on_file(tx, desk, "A-1001", ONE)
        on_file(tx, desk, "B-2001", ONE, company="beta")
        assert numbers_at(tx, desk, by_number(tx, desk)) == ["A-1001"]
        assert numbers_at(tx, desk, by_number(tx, desk, company="beta")) == ["B-2001"]
        assert customers.find(tx, desk, "beta", "customer", "A-1001") == ()

    def test_a_customer_without_a_mobile_cannot_get_a_code(self, tx: Tx, desk: Desk) -> None:  # R53
        on_file(tx, desk, "A-1001")
        assert customers.find(tx, desk, "alfa", "customer", "A-1001") == ()

    def test_a_customer_number_finds_only_that_account_of_a_number(self, tx: Tx, desk: Desk) -> None:
        on_file(tx, desk, "A-1001", ONE)
        on_file(tx, desk, "A-1002", ONE)
        founds = customers.find(tx, desk, "alfa", "customer", "A-1002")
        assert numbers_at(tx, desk, founds) == ["A-1002"]

    def test_the_code_goes_to_the_first_number_that_may_get_one(self, tx: Tx, desk: Desk) -> None:  # R10
        on_file(tx, desk, "A-1001", BARRED, ONE, TWO)
        (found,) = customers.find(tx, desk, "alfa", "customer", "A-1001")
        assert found.number == ONE

    def test_who_has_only_a_barred_number_is_found_with_it(self, tx: Tx, desk: Desk) -> None:  # R10
        on_file(tx, desk, "A-1001", BARRED)
        (found,) = customers.find(tx, desk, "alfa", "customer", "A-1001")
        assert found.number == BARRED

    def test_nothing_personal_is_stored_in_clear(self, tx: Tx, desk: Desk) -> None:  # R46
        on_file(tx, desk, "A-1001", ONE)
        subject = by_number(tx, desk)[0].subject
        row = tx.first("customers.subject", subject=subject)
        assert row is not None
        stored = [row["customer_sealed"], row["name_sealed"], subject]
        for number in tx.all("customers.numbers", subject=subject):
            stored += [number["number_sealed"], number["number_hash"]]
        assert len(stored) == 5
        for personal in ("A-1001", "A1001", "Filan", "44000101"):
            assert not [text for text in stored if personal in text]


class TestWhatACodeIsWorth:
    """R55: where it is not certain who holds the phone, a code suffices for withdrawing and objecting only."""

    def test_two_people_with_one_number_share_it(self, tx: Tx, desk: Desk) -> None:  # R55
        on_file(tx, desk, "A-1003", ONE, name="Babë Shembulli")
        on_file(tx, desk, "A-1004", ONE, name="Nënë Shembulli")
        assert [found.shared for found in by_number(tx, desk)] == [True, True]

    def test_asking_by_customer_number_does_not_hide_the_other_person(self, tx: Tx, desk: Desk) -> None:  # R55
        on_file(tx, desk, "A-1003", ONE, name="Babë Shembulli")
        on_file(tx, desk, "A-1004", ONE, name="Nënë Shembulli")
        (found,) = customers.find(tx, desk, "alfa", "customer", "A-1003")
        assert found.shared

    def test_two_accounts_of_one_person_are_not_shared(self, tx: Tx, desk: Desk) -> None:  # R55
        on_file(tx, desk, "A-1007", ONE, name="Filan Fisteku")
        on_file(tx, desk, "A-1008", ONE, name="FILAN  Fisteku")
        assert [found.shared for found in by_number(tx, desk)] == [False, False]

    @pytest.mark.parametrize("names", [("", ""), ("Filan Fisteku", "")])
    def test_an_account_without_a_name_may_be_anybodys(self, tx: Tx, desk: Desk, names: tuple[str, str]) -> None:  # R55
        on_file(tx, desk, "A-1001", ONE, name=names[0])
        on_file(tx, desk, "A-1002", ONE, name=names[1])
        assert all(found.shared for found in by_number(tx, desk))

    def test_one_account_without_a_name_is_nobody_elses(self, tx: Tx, desk: Desk) -> None:
        on_file(tx, desk, "A-1001", ONE, name="")
        assert not by_number(tx, desk)[0].shared

    def test_an_ended_relationship_is_marked(self, tx: Tx, desk: Desk) -> None:  # R55
        on_file(tx, desk, "A-1005", ONE, relationship="ended")
        (found,) = by_number(tx, desk)
        assert (found.shared, found.ended) == (True, True)

    def test_an_employers_line_is_marked(self, tx: Tx, desk: Desk) -> None:  # R55
        on_file(tx, desk, "A-1006", ONE, line="business")
        (found,) = by_number(tx, desk)
        assert (found.shared, found.ended) == (True, False)

    def test_an_ended_account_of_the_same_person_leaves_the_other_as_it_is(self, tx: Tx, desk: Desk) -> None:
        on_file(tx, desk, "A-1001", ONE)
        on_file(tx, desk, "A-1002", ONE, relationship="ended")
        assert [(f.shared, f.ended) for f in by_number(tx, desk)] == [(False, False), (True, True)]

    def test_a_changed_sim_is_told_whoever_it_was_told_for(self, tx: Tx, desk: Desk) -> None:  # R13
        on_file(tx, desk, "A-1001", ONE)
        on_file(tx, desk, "A-1002", ONE, sim_changed=dt.date(2026, 3, 3))
        on_file(tx, desk, "A-1003", ONE)
        assert {found.sim_changed_on for found in by_number(tx, desk)} == {dt.date(2026, 3, 3)}


class TestMasking:
    def test_the_end_of_a_customer_number_is_shown(self) -> None:
        assert masked_account("A-100001") == "•••001"
        assert masked_account("a 1001") == "•••01"

    @given(st.text(alphabet="ABC0123456789-. ", max_size=24))
    def test_never_more_than_three_characters_nor_than_half(self, customer_number: str) -> None:
        shown = masked_account(customer_number).lstrip("•")
        assert len(shown) <= 3
        assert 2 * len(shown) <= len(customer_number)
        assert masked_account(customer_number).startswith("•••")

    def test_two_accounts_can_be_told_apart(self, tx: Tx, desk: Desk) -> None:  # R55
        on_file(tx, desk, "A-1007", ONE)
        on_file(tx, desk, "A-1008", ONE)
        assert [found.masked_account for found in by_number(tx, desk)] == ["•••07", "•••08"]

    def test_accounts_that_look_alike_are_numbered_in_their_order(self, tx: Tx, desk: Desk) -> None:  # R55
        for customer_number in ("B-100001", "A-100001", "A-100002"):
            on_file(tx, desk, customer_number, ONE)
        founds = by_number(tx, desk)
        assert numbers_at(tx, desk, founds) == ["A-100001", "A-100002", "B-100001"]
        assert [found.masked_account for found in founds] == ["•••001 (1)", "•••002", "•••001 (2)"]
