"""The fictional customers cover what a demonstration needs, and are nobody's."""

import datetime as dt
from pathlib import Path

import pytest

from bot.dialogue.events import ConsentState
from bot.policy.company import Company
from bot.services.desk import Desk
from bot.services.identity.customers import Found, find
from bot.services.lists.demo import demo_consents, demo_customers
from bot.services.lists.import_rows import ConsentRow, CustomerRow
from bot.services.lists.importing import Report, import_consents, import_customers
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx
from tests.tools.folders import read_whole

POLICIES = Path(__file__).parents[2] / "policy_texts"
COMPANIES = {name: read_whole(POLICIES / name) for name in ("ipko", "paysera")}
NUMBER = "+383440001"  # and two digits


def rows(companies: dict[str, Company] = COMPANIES) -> list[CustomerRow]:
    return [row for row in demo_customers(companies, NOW) if isinstance(row, CustomerRow)]


@pytest.fixture
def desk() -> Desk:
    made_up = made_up_desk()
    return Desk(vault=made_up.vault, randomness=made_up.randomness, limits=made_up.limits, companies=COMPANIES)


@pytest.fixture
def tx(desk: Desk) -> Tx:
    tx = memory_tx()
    consents = [row for row in demo_consents(COMPANIES, NOW) if isinstance(row, ConsentRow)]
    assert import_customers(tx, desk, NOW, rows()) == Report(added=14)
    report = import_consents(tx, desk, NOW, consents)
    assert report.faults == ()
    assert len(consents) == 20
    return tx


def found(tx: Tx, desk: Desk, company: str, ending: str) -> tuple[Found, ...]:
    return find(tx, desk, company, "number", NUMBER + ending)


def test_every_row_is_in_order() -> None:
    assert len(rows()) == len(list(demo_customers(COMPANIES, NOW)))
    assert all(isinstance(row, ConsentRow) for row in demo_consents(COMPANIES, NOW))


def test_numbers_are_plainly_fictional() -> None:
    numbers = [number for row in rows() for number in row.numbers]
    # The Bundesnetzagentur keeps (0)171 39200 xx for films.
    assert all(number.startswith((NUMBER, "+4917139200")) for number in numbers)


def test_a_person_is_customer_of_both_companies_with_one_number(tx: Tx, desk: Desk) -> None:  # R56
    assert [len(found(tx, desk, company, "03")) for company in COMPANIES] == [1, 1]


def test_a_family_shares_a_number(tx: Tx, desk: Desk) -> None:  # R55
    assert [account.shared for account in found(tx, desk, "ipko", "04")] == [True, True]


def test_there_is_somebody_who_left_and_a_firm(tx: Tx, desk: Desk) -> None:  # R55
    for company in COMPANIES:
        assert found(tx, desk, company, "05")[0].ended
    (firm,) = found(tx, desk, "ipko", "06")
    assert (firm.shared, firm.ended) == (True, False)


def test_a_sim_was_changed_two_days_ago_whenever_that_is(tx: Tx, desk: Desk) -> None:  # R13
    assert found(tx, desk, "paysera", "07")[0].sim_changed_on == dt.date(2026, 3, 3)


def test_one_person_has_two_accounts_that_can_be_told_apart(tx: Tx, desk: Desk) -> None:  # R55
    one, two = found(tx, desk, "ipko", "08")
    assert one.masked_account != two.masked_account
    assert not one.shared


def test_there_is_somebody_without_a_mobile_and_somebody_abroad(tx: Tx, desk: Desk) -> None:  # R10, R53
    assert find(tx, desk, "ipko", "customer", "A-1009") == ()
    (abroad,) = find(tx, desk, "paysera", "customer", "P-2005")
    assert abroad.number.startswith("+49")


def test_an_ordinary_customer_has_given_every_consent() -> None:
    given = {
        row.purpose
        for row in demo_consents(COMPANIES, NOW)
        if isinstance(row, ConsentRow) and row.customer_number == "A-1001" and row.state is ConsentState.GIVEN
    }
    assert given == {purpose.id for purpose in COMPANIES["ipko"].rights.purposes}


def test_customers_of_a_company_that_is_not_loaded_are_left_out() -> None:
    assert {row.company for row in rows({"ipko": COMPANIES["ipko"]})} == {"ipko"}
