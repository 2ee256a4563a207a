"""Customers on file: who has a number, where a code goes, how an account is shown; knows no code and no import.

A subject is (company, customer number) under a random id; numbers and customers are many-to-many (R55).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.policy.clauses import collapse
from bot.services.desk import Desk
from bot.services.identity.contacts import ContactKind, calling_code, fold_customer, is_kosovo_mobile
from bot.storage.store import Row, Tx

ENDED = "ended"  # the relationship
BUSINESS = "business"  # the line

_SHOWN = 3  # last characters of a customer number, and never more than half of it
_HIDDEN = "•••"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A customer, and the number on file that a code goes to (E.164).

    ``shared``: a code suffices for withdrawing and objecting only, for several people have the number, the
    relationship has ended, or the line is an employer's (R55). ``sim_changed_on`` is that number's (R13).
    """

    subject: str
    masked_account: str
    number: str
    number_hash: str
    shared: bool
    ended: bool
    sim_changed_on: dt.date | None


def find(tx: Tx, desk: Desk, company: str, kind: str, value: str) -> tuple[Found, ...]:
    """Return who has a contact, in the order of their customer numbers; () for nobody.

    ``kind`` is "number" (``value`` is E.164: every customer with that number) or "customer" (a customer number:
    that customer, with the first number that may get an SMS; nobody where no number is on file).
    """
    if kind == ContactKind.NUMBER:
        return _apart(_having(tx, desk, company, value))
    if kind == ContactKind.CUSTOMER:
        customer_hash = desk.vault.index("customer", company, fold_customer(value))
        row = tx.first("customers.by_customer", company=company, customer_hash=customer_hash)
        number = number_for_code(numbers_of(tx, desk, row["id"]), desk, company) if row else None
        if row and number:
            return tuple(found for found in _having(tx, desk, company, number) if found.subject == row["id"])
    return ()


def numbers_of(tx: Tx, desk: Desk, subject: str) -> tuple[str, ...]:
    """Return a customer's numbers (E.164), in the order of the company's list."""
    return tuple(_open_number(desk, subject, row) for row in tx.all("customers.numbers", subject=subject))


def hold(tx: Tx, subject: str) -> None:
    """Hold a customer until the transaction ends: their acts come one after the other, before anything of a case."""
    tx.first("consents.hold", subject=subject)


def name_of(tx: Tx, desk: Desk, subject: str) -> str:
    """Return a customer's name as the company has it; empty where it has none, or there is no such customer."""
    row = tx.first("customers.subject", subject=subject)
    return open_name(desk, row) if row else ""


def customer_number_of(tx: Tx, desk: Desk, subject: str) -> str:
    """Return a customer's number at the company, as it stands in its list; empty where there is no such customer."""
    row = tx.first("customers.subject", subject=subject)
    return open_customer_number(desk, row) if row else ""


def masked_account(customer_number: str) -> str:
    """Return a customer number as it may be shown: its last three characters, and never more than half of them.

    Its length cannot be seen. Two accounts may look alike; ``find`` numbers those.
    """
    letters = fold_customer(customer_number)
    shown = min(_SHOWN, len(letters) // 2)
    return _HIDDEN + letters[len(letters) - shown :]


def open_customer_number(desk: Desk, row: Row) -> str:
    """Return the customer number of a row of ``subjects``, opened."""
    return desk.vault.open("subjects", row["customer_sealed"], f"{row['id']}:customer")


def open_name(desk: Desk, row: Row) -> str:
    """Return the name of a row of ``subjects``, opened; empty where there is none."""
    return desk.vault.open("subjects", row["name_sealed"], f"{row['id']}:name") if row["name_sealed"] else ""


def _open_number(desk: Desk, subject: str, row: Row) -> str:
    return desk.vault.open("numbers", row["number_sealed"], f"{subject}:{row['number_hash']}")


def number_for_code(numbers: Sequence[str], desk: Desk, company: str) -> str | None:
    """Return the first that may get an SMS (R10); where none may, the first, and whoever sends it sees that."""
    foreign = desk.companies[company].rights.foreign
    allowed = (n for n in numbers if is_kosovo_mobile(n) or calling_code(n) in foreign)
    return next(allowed, numbers[0] if numbers else None)


def _having(tx: Tx, desk: Desk, company: str, number: str) -> list[Found]:
    number_hash = desk.vault.index("number", company, number)
    rows = tx.all("customers.by_number", company=company, number_hash=number_hash)
    several = _several_people(open_name(desk, row) for row in rows)
    opened = sorted((open_customer_number(desk, row), i) for i, row in enumerate(rows))
    return [
        Found(
            subject=rows[i]["id"],
            masked_account=masked_account(customer_number),
            number=number,
            number_hash=number_hash,
            shared=several or rows[i]["relationship"] == ENDED or rows[i]["line"] == BUSINESS,
            ended=rows[i]["relationship"] == ENDED,
            sim_changed_on=dt.date.fromisoformat(rows[i]["sim_changed_on"]) if rows[i]["sim_changed_on"] else None,
        )
        for customer_number, i in opened
    ]


def _several_people(names: Iterable[str]) -> bool:
    """Whether customers with one number may be different people; one without a name may be anybody."""
    folded = [collapse(name).casefold() for name in names]
    return len(folded) > 1 and (len(set(folded)) > 1 or not folded[0])


def _apart(founds: Sequence[Found]) -> tuple[Found, ...]:
    """Number the accounts that look alike, so that a person can tell them apart."""
    alike = Counter(found.masked_account for found in founds)
    seen: Counter[str] = Counter()
    result = []
    for found in founds:
        shown = found.masked_account
        seen[shown] += 1
        result.append(replace(found, masked_account=f"{shown} ({seen[shown]})") if alike[shown] > 1 else found)
    return tuple(result)
