"""Reads what a directory answered, whole or not at all (docs/directory.md); pure, knows no network and no table.

What the contract does not name is passed over, so that a directory may tell more. Anything else that is not as the
contract has it makes the whole answer worthless: half an answer could give one person's code to another. No error
holds anything of the answer (R32).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bot.delivery.directory.port import DirectoryError
from bot.dialogue.events import ConsentState
from bot.services.identity.contacts import fold_customer
from bot.services.lists.import_rows import LONGEST, MOST_NUMBERS, ConsentRow, CustomerRow
from bot.services.lists.taking_up import DIRECTORY, NO_ROW, Named

MOST_BYTES = 262_144  # of one answer
MOST_CUSTOMERS = 50  # with one number
MOST_CONSENTS = 50  # of one customer
_PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]*\Z"
_E164 = r"^\+[1-9][0-9]{7,14}\Z"

_Text = Annotated[str, Meta(max_length=LONGEST, pattern=_PRINTABLE)]
_CustomerNumber = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]


class _Number(msgspec.Struct, frozen=True):
    number: Annotated[str, Meta(pattern=_E164)]
    sim_changed_on: dt.date | None = None
    ported_on: dt.date | None = None


class _Consent(msgspec.Struct, frozen=True):
    purpose: Annotated[str, Meta(min_length=1, max_length=64)]
    state: ConsentState
    since: Annotated[dt.datetime, Meta(tz=True)] | None = None


class _Customer(msgspec.Struct, frozen=True):
    customer_number: _CustomerNumber
    name: _Text
    relationship: Literal["active", "ended"]
    line: Literal["personal", "business"]
    numbers: Annotated[list[_Number], Meta(max_length=MOST_NUMBERS)]
    consents: Annotated[list[_Consent], Meta(max_length=MOST_CONSENTS)]


class _Answer(msgspec.Struct, frozen=True):
    company: str
    customers: Annotated[list[_Customer], Meta(max_length=MOST_CUSTOMERS)]


_DECODER = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked: of which company, by ``kind`` "number" or "customer", on which day; what purposes it has."""

    company: str
    kind: str
    value: str
    today: dt.date
    purposes: Collection[str]


def read_answer(body: bytes, asked: Asked) -> tuple[Named, ...]:
    """Return the customers that an answer names, in its order. Raises DirectoryError for anything that is amiss."""
    try:
        answer = _DECODER.decode(body)
    except msgspec.ValidationError:
        raise DirectoryError("directory.form") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: nested without end
        raise DirectoryError("directory.no_json") from None
    if answer.company != asked.company:
        raise DirectoryError("directory.other_company")
    if not _fits(answer.customers, asked):
        raise DirectoryError("directory.other_customer")
    return tuple(_named(customer, asked) for customer in answer.customers)


def _fits(customers: Sequence[_Customer], asked: Asked) -> bool:
    """Whether everybody is there once, and has what was asked for."""
    folded = [fold_customer(customer.customer_number) for customer in customers]
    if not all(folded) or _repeats(folded):
        return False
    if asked.kind == "customer":
        return folded in ([], [asked.value])
    return all(any(each.number == asked.value for each in customer.numbers) for customer in customers)


def _named(customer: _Customer, asked: Asked) -> Named:
    if _repeats(each.number for each in customer.numbers) or _repeats(each.purpose for each in customer.consents):
        raise DirectoryError("directory.form")
    days = {each.number: _last_change(each) for each in customer.numbers}
    if any(day and day > asked.today for day in days.values()):
        raise DirectoryError("directory.form")
    return Named(
        customer=CustomerRow(
            row=NO_ROW,
            company=asked.company,
            customer_number=customer.customer_number.strip(),
            name=customer.name.strip(),
            numbers=tuple(days),
            relationship=customer.relationship,
            line=customer.line,
            sim_changed={number: day for number, day in days.items() if day},
        ),
        consents=tuple(_consent(each, customer, asked) for each in customer.consents if each.purpose in asked.purposes),
    )


def _consent(consent: _Consent, customer: _Customer, asked: Asked) -> ConsentRow:
    since = int(consent.since.timestamp() * 1000) if consent.since else None
    if since is not None and since < 0:
        raise DirectoryError("directory.form")
    return ConsentRow(
        row=NO_ROW,
        company=asked.company,
        customer_number=customer.customer_number,
        purpose=consent.purpose,
        state=consent.state,
        since=since,
        source=DIRECTORY,
    )


def _last_change(number: _Number) -> dt.date | None:
    """A ported number is in a new SIM (R13)."""
    return max(filter(None, (number.sim_changed_on, number.ported_on)), default=None)


def _repeats(values: Iterable[str]) -> bool:
    listed = list(values)
    return len(set(listed)) < len(listed)
