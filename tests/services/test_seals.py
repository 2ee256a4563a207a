"""Whether the secret is the one that a database was sealed with is told from a few samples."""

from dataclasses import replace

from bot.crypto import Vault
from bot.services import conversations, seals
from bot.services.lists import importing
from bot.services.lists.import_rows import CustomerRow
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx

DESK = made_up_desk()
OTHER = replace(DESK, vault=Vault(b"another secret for tests only, not for use"))


def talked(tx: Tx, address: str) -> None:
    conversations.take(tx, DESK, NOW, "terminal", address)


def test_an_empty_database_is_anybodys() -> None:
    assert seals.fit(memory_tx(), OTHER)


def test_the_secret_that_sealed_it_fits_and_no_other() -> None:
    tx = memory_tx()
    talked(tx, "a")
    assert seals.fit(tx, DESK)
    assert not seals.fit(tx, OTHER)


def test_customers_alone_show_it_too() -> None:
    tx = memory_tx()
    row = CustomerRow(
        row=2, company="alfa", customer_number="A-1001", name="Filan Fisteku", numbers=("+38344000101",),
        relationship="active", line="personal", sim_changed={},
    )  # fmt: skip
    importing.import_customers(tx, DESK, NOW, [row])
    assert seals.fit(tx, DESK)
    assert not seals.fit(tx, OTHER)


def test_one_that_is_damaged_does_not_shut_the_house() -> None:
    tx = memory_tx()
    conversations.take(tx, OTHER, NOW, "terminal", "damaged")
    assert not seals.fit(tx, DESK)
    talked(tx, "a")
    assert seals.fit(tx, DESK)
