"""Takes a company's lists of customers and consents into the database; knows no file (``import_rows`` reads).

What is not in a list stays as it is (R59). Whatever changes about who has a number ends the proofs that rest on
it: the code is asked for again (R55).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.services.decisions import consents
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import customers, proofs
from bot.services.identity.contacts import fold_customer
from bot.services.keys.settling import settle
from bot.services.lists.import_rows import ConsentRow, CustomerRow, Fault
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx

BATCH = 500  # rows of one transaction


@dataclass(frozen=True, kw_only=True)
class Report:
    """How many rows were new, changed what was there, or changed nothing; and those that were not taken."""

    added: int = 0
    changed: int = 0
    same: int = 0
    faults: tuple[Fault, ...] = ()

    def and_then(self, other: "Report") -> "Report":
        """Return both together."""
        return Report(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            same=self.same + other.same,
            faults=self.faults + other.faults,
        )


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What came of one row: "added", "changed", "same"."""

    kind: str
    ends: frozenset[str] = frozenset()  # hashes of numbers whose proofs end


def import_customers(tx: Tx, desk: Desk, now: int, rows: Sequence[CustomerRow]) -> Report:
    """Take customers up, or bring them up to date; logged with counts only, one entry for each company."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.company, Counter())[take_customer(tx, desk, now, row)] += 1
    place = Place(conversation="", channel=OFFICE, now=now)
    for company, kinds in counts.items():
        details = {kind: kinds[kind] for kind in ("added", "changed", "same")}
        audit.write(tx, desk, place, Act.CUSTOMERS_IMPORTED, company=company, details=details)
    total = sum(counts.values(), Counter())
    return Report(added=total["added"], changed=total["changed"], same=total["same"])


def take_customer(tx: Tx, desk: Desk, now: int, row: CustomerRow) -> str:
    """Take one customer up, or bring them up to date: "added", "changed" or "same"; who calls logs it."""
    outcome = _take(tx, desk, now, row)
    for number_hash in sorted(outcome.ends):
        proofs.end_for_number(tx, now, number_hash)
    return outcome.kind


def subject_of(tx: Tx, desk: Desk, company: str, customer_number: str) -> str | None:
    """Return the random id of a customer who is on file."""
    row = _on_file(tx, desk, company, customer_number)
    return str(row["id"]) if row else None


def import_consents(tx: Tx, desk: Desk, now: int, rows: Iterable[ConsentRow]) -> Report:
    """Take consents that are newer than what holds (R59); ``consents.record_imported`` logs each change.

    A consent of somebody who is not on file is a fault.
    """
    report = Report()
    for row in rows:
        customer = _on_file(tx, desk, row.company, row.customer_number)
        if customer is None:
            what = "klienti nuk është në regjister (importoni së pari klientët)"
            result = Report(faults=(Fault(row=row.row, column="customer_number", what=what),))
        elif consents.record_imported(tx, desk, now, customer["id"], row.purpose, row.state, row.since, row.source):
            result = Report(changed=1)
        else:
            result = Report(same=1)
        report = report.and_then(result)
    return report


def _on_file(tx: Tx, desk: Desk, company: str, customer_number: str) -> Row | None:
    return tx.first("customers.by_customer", company=company, customer_hash=hash_of(desk, company, customer_number))


def hash_of(desk: Desk, company: str, customer_number: str) -> str:
    """Return the HMAC by which a customer number is found."""
    return desk.vault.index("customer", company, fold_customer(customer_number))


def _take(tx: Tx, desk: Desk, now: int, row: CustomerRow) -> _Outcome:
    customer_hash = hash_of(desk, row.company, row.customer_number)
    identity = desk.randomness.token()
    added = tx.first(
        "customers.add",
        id=identity,
        company=row.company,
        customer_hash=customer_hash,
        **_written(desk, now, identity, row),
    )
    if added is not None:
        return _Outcome(kind="added", ends=_take_numbers(tx, desk, identity, row)[0])
    tx.first("customers.hold", company=row.company, customer_hash=customer_hash)
    on_file = _on_file(tx, desk, row.company, row.customer_number)
    if on_file is None:
        raise RuntimeError("a customer who is on file was not found")
    identity = on_file["id"]
    ends, moved = _take_numbers(tx, desk, identity, row)
    if _says(desk, on_file) == (row.customer_number, row.name, row.relationship, row.line):
        return _Outcome(kind="changed" if ends or moved else "same", ends=ends)
    tx.run("customers.change", id=identity, **_written(desk, now, identity, row))
    held = {number["number_hash"] for number in tx.all("customers.numbers", subject=identity)}
    return _Outcome(kind="changed", ends=ends | held)


def _written(desk: Desk, now: int, identity: str, row: CustomerRow) -> dict[str, str | int | None]:
    return {
        "customer_sealed": desk.vault.seal("subjects", row.customer_number, f"{identity}:customer"),
        "name_sealed": desk.vault.seal("subjects", row.name, f"{identity}:name") if row.name else None,
        "relationship": row.relationship,
        "line": row.line,
        "now": now,
    }


def _says(desk: Desk, on_file: Row) -> tuple[str, str, str, str]:
    return (
        customers.open_customer_number(desk, on_file),
        customers.open_name(desk, on_file),
        on_file["relationship"],
        on_file["line"],
    )


def _take_numbers(tx: Tx, desk: Desk, subject: str, row: CustomerRow) -> tuple[frozenset[str], bool]:
    """Bring a customer's numbers up to date; return the hashes that mean something else now, and if any moved."""
    wanted = {desk.vault.index("number", row.company, number): number for number in row.numbers}
    for number_hash in wanted:
        settle(tx, number_hash)
    before = {number["number_hash"] for number in tx.all("customers.numbers", subject=subject)}
    for number_hash in before - wanted.keys():
        tx.run("customers.drop_number", subject=subject, number_hash=number_hash)
    moved = False
    fresh = set()
    for position, (number_hash, number) in enumerate(wanted.items()):
        if number_hash in before:
            key = {"subject": subject, "number_hash": number_hash}
            moved |= tx.run("customers.place_number", **key, position=position) > 0
        else:
            tx.run(
                "customers.add_number",
                subject=subject,
                company=row.company,
                number_hash=number_hash,
                number_sealed=desk.vault.seal("numbers", number, f"{subject}:{number_hash}"),
                position=position,
            )
        if _note_sim_change(tx, row, number_hash, number):
            fresh.add(number_hash)
    return frozenset((before ^ wanted.keys()) | fresh), moved


def _note_sim_change(tx: Tx, row: CustomerRow, number_hash: str, number: str) -> bool:
    """Note the last day on which a number's SIM changed with everybody who has it; tell if it is news (R13).

    An empty cell, or an earlier day, takes nothing back.
    """
    before = tx.first("customers.last_sim_change", company=row.company, number_hash=number_hash)
    known = before["day"] if before else None
    told = row.sim_changed.get(number)
    last = max(filter(None, (known, told.isoformat() if told else None)), default=None)
    if last is not None:
        tx.run("customers.note_sim_change", company=row.company, number_hash=number_hash, day=last)
    return last != known
