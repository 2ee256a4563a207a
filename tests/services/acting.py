"""An office for tests of acts: an empty database that can be looked into, customers, and proofs of who they are."""

from dataclasses import dataclass
from typing import Any

from bot.dialogue.effects import Shown
from bot.limits import Limits
from bot.services.desk import Desk
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk
from tests.tools.engines import Tables, scratch

FILAN = "+38344000101"
SHOWN = Shown(words="Tërheqim pëlqimin tuaj. A e konfirmoni?", clauses=("1",))


@dataclass(frozen=True, kw_only=True)
class House:
    """A desk, an open transaction, and the tables as they are."""

    tx: Tx
    desk: Desk
    tables: Tables

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, as it was written."""
        return self.tables.rows(table)


def made_up_house(limits: Limits | None = None) -> House:
    """An empty database and the made-up desk."""
    empty = scratch()
    return House(tx=empty.tx, desk=made_up_desk(limits=limits), tables=empty.tables)


def customer(
    tx: Tx,
    desk: Desk,
    *,
    company: str = "alfa",
    number: str = "A-1001",
    phone: str = FILAN,
    relationship: str = "active",
) -> str:
    """Put a customer with one number on file and return the subject's id."""
    subject = desk.randomness.token()
    tx.first(
        "customers.add",
        id=subject,
        company=company,
        customer_hash=desk.vault.index("customer", company, number),
        customer_sealed=desk.vault.seal("subjects", number, f"{subject}:customer"),
        name_sealed=desk.vault.seal("subjects", "Filan Fisteku", f"{subject}:name"),
        relationship=relationship,
        line="personal",
        now=NOW,
    )
    number_hash = desk.vault.index("number", company, phone)
    tx.run(
        "customers.add_number",
        subject=subject,
        company=company,
        number_hash=number_hash,
        number_sealed=desk.vault.seal("numbers", phone, f"{subject}:{number_hash}"),
        position=0,
    )
    return subject


def prove(
    tx: Tx,
    desk: Desk,
    subject: str,
    *,
    conversation: str = "c1",
    company: str = "alfa",
    phone: str = FILAN,
    shared: bool = False,
) -> None:
    """Let a conversation be that customer, as after an accepted code."""
    tx.run(
        "proofs.begin",
        id=desk.randomness.token(),
        conversation=conversation,
        company=company,
        subject=subject,
        number=desk.vault.index("number", company, phone),
        shared=int(shared),
        now=NOW,
    )


def proven_customer(house: House, *, conversation: str = "c1", company: str = "alfa", shared: bool = False) -> str:
    """Put a customer on file whom the conversation has proven to be; return the subject's id."""
    subject = customer(house.tx, house.desk, company=company)
    prove(house.tx, house.desk, subject, conversation=conversation, company=company, shared=shared)
    return subject
