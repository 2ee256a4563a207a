"""Takes up what a company's own directory says of customers, in one transaction; knows no network.

The rules are those of the company's lists (``importing``): older never beats newer, what is not named stays as it is
(R59), and whatever changes about who has a number ends the proofs that rest on it (R55). One thing an answer tells
that a list does not: asked for a number, the directory names everybody who has it. Where it names somebody, whoever
else had that number on file has it no more: operators give numbers to new customers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import proofs
from bot.services.lists import importing
from bot.services.lists.import_rows import ConsentRow, CustomerRow
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Tx

DIRECTORY = "directory"  # the source of what it says of consents
NO_ROW = 0  # an answer has no lines


@dataclass(frozen=True, kw_only=True)
class Named:
    """A customer as the directory knows them."""

    customer: CustomerRow
    consents: tuple[ConsentRow, ...]


def take_up(tx: Tx, desk: Desk, now: int, company: str, number: str | None, named: Sequence[Named]) -> None:
    """Take up those who have a number (E.164), and take it off whoever else had it; logged where anything changed.

    ``number`` is None where the directory was asked for a customer without one.

    Nobody named changes nothing: a directory that has lost its data must not end everybody's proofs.
    """
    if not named:
        return
    kinds: Counter[str] = Counter()
    # In one order, so that transactions that name the same people do not wait for one another in a ring.
    for each in sorted(named, key=lambda each: importing.hash_of(desk, company, each.customer.customer_number)):
        kinds[importing.take_customer(tx, desk, now, each.customer)] += 1
        importing.import_consents(tx, desk, now, each.consents)
    if number is not None:
        kinds["changed"] += _take_off_others(tx, desk, now, company, number, named)
    if kinds["added"] or kinds["changed"]:
        place = Place(conversation="", channel=OFFICE, now=now)
        details = {kind: kinds[kind] for kind in ("added", "changed", "same")}
        audit.write(tx, desk, place, Act.CUSTOMERS_IMPORTED, company=company, details=details)


def _take_off_others(tx: Tx, desk: Desk, now: int, company: str, number: str, named: Sequence[Named]) -> int:
    """Take the number off those who are not named; returns how many there were."""
    number_hash = desk.vault.index("number", company, number)
    have_it = {importing.subject_of(tx, desk, company, each.customer.customer_number) for each in named}
    others = [
        row["id"]
        for row in tx.all("customers.by_number", company=company, number_hash=number_hash)
        if row["id"] not in have_it
    ]
    for subject in others:
        tx.run("customers.drop_number", subject=subject, number_hash=number_hash)
    if others:
        proofs.end_for_number(tx, now, number_hash)
    return len(others)
