"""Reads the rows of a company's lists of customers and consents; knows no table, and no row's consequences.

A row at fault is told by its line and column with what to do; nothing of what stands in it is ever repeated (R32).
"""

import csv
import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import phonenumbers

from bot.dialogue.events import ConsentState
from bot.errors import InputError
from bot.policy.company import Company
from bot.services.casework.deadlines import ZONE, local_day, start_of
from bot.services.identity.contacts import fold_customer, read_reach

ROW = TypeVar("ROW")
Cells = Mapping[str, str]

LONGEST = 200  # characters of a cell; a longer one is a broken file
MOST_NUMBERS = 20  # on file for one customer
CUSTOMER_COLUMNS = ("company", "customer_number", "mobiles", "name", "relationship", "line")
CUSTOMER_OPTIONAL = ("sim_changed", "note")
CONSENT_COLUMNS = ("company", "customer_number", "purpose", "state", "since", "source")
_BETWEEN = re.compile(r"[;|]+|\s+(?=\+)")
_NUMBER = re.compile(r"\+?[0-9 ()./-]+")
_MOBILES = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a row, and what to do; it holds nothing of the row's content. ``column`` may be empty."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        """Return it as a line to be read."""
        return f"rreshti {self.row}{', ' if self.column else ''}{self.column}: {self.what}"


class _CellError(Exception):
    """A cell cannot be taken."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(column)
        self.column, self.what = column, what


@dataclass(frozen=True, kw_only=True)
class CustomerRow:
    """A customer as the company's list has them. ``numbers`` are E.164, in order; ``sim_changed`` goes by number.

    ``note`` is for who reads the list, and is not kept.
    """

    row: int
    company: str
    customer_number: str
    name: str
    numbers: tuple[str, ...]
    relationship: str
    line: str
    sim_changed: Mapping[str, dt.date]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsentRow:
    """A consent as the company's list has it; ``since`` is milliseconds UTC, None where the list has no time."""

    row: int
    company: str
    customer_number: str
    purpose: str
    state: ConsentState
    since: int | None
    source: str


def read_customers(lines: Iterable[str], companies: Mapping[str, Company], now: int) -> Iterator[CustomerRow | Fault]:
    """Yield every row of a list of customers, in its order, or its fault; a customer who comes twice is one.

    Raises InputError when the header cannot be read.
    """
    seen: dict[tuple[str, str], int] = {}

    def read(row: int, cells: Cells) -> CustomerRow:
        return _customer(row, cells, companies, local_day(now))

    for taken in _rows(lines, CUSTOMER_COLUMNS, CUSTOMER_OPTIONAL, read):
        if isinstance(taken, CustomerRow):
            before = seen.setdefault((taken.company, fold_customer(taken.customer_number)), taken.row)
            if before != taken.row:
                what = f"klienti është edhe në rreshtin {before} (bashkojini numrat e tij në një rresht)"
                yield Fault(row=taken.row, column="customer_number", what=what)
                continue
        yield taken


def read_consents(lines: Iterable[str], companies: Mapping[str, Company], now: int) -> Iterator[ConsentRow | Fault]:
    """Yield every row of a list of consents, in its order, or its fault.

    Raises InputError when the header cannot be read.
    """

    def read(row: int, cells: Cells) -> ConsentRow:
        return _consent(row, cells, companies, now)

    return _rows(lines, CONSENT_COLUMNS, (), read)


# ---- the file -----------------------------------------------------------------------------------------------


def _rows(
    lines: Iterable[str], needed: tuple[str, ...], optional: tuple[str, ...], read: Callable[[int, Cells], ROW]
) -> Iterator[ROW | Fault]:
    lines = iter(lines)
    first = next(lines, "").removeprefix("\ufeff")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    header = _header(first, delimiter, needed, optional)
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
    next(reader)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Fault(row=begins, column="", what="thonjëzat nuk janë në rregull (mbyllni çdo thonjëz)")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        try:
            yield read(begins, _cells(header, cells, reader.line_num - begins))
        except _CellError as error:
            yield Fault(row=begins, column=error.column, what=error.what)


def _header(first: str, delimiter: str, needed: tuple[str, ...], optional: tuple[str, ...]) -> list[str]:
    if not first.strip():
        raise InputError(f"Skedari është bosh. Në rreshtin e parë duhen kolonat: {', '.join(needed)}.")
    header = [cell.strip().casefold() for cell in next(csv.reader([first], delimiter=delimiter))]
    missing = [column for column in needed if column not in header]
    if missing:
        raise InputError(f"Në rreshtin e parë mungojnë kolonat: {', '.join(missing)}.")
    if len(set(header)) < len(header):
        raise InputError("Në rreshtin e parë një kolonë përsëritet. Lini vetëm një.")
    if not set(header) <= {*needed, *optional}:
        known = ", ".join((*needed, *optional))
        raise InputError(f"Në rreshtin e parë ka një kolonë që nuk njihet. Të njohura janë: {known}.")
    return header


def _cells(header: list[str], cells: list[str], more_lines: int) -> Cells:
    if more_lines:
        raise _CellError("", "rreshti vazhdon në rreshtin tjetër (kontrolloni thonjëzat)")
    if len(cells) != len(header):
        raise _CellError("", f"ka {len(cells)} kolona, duhen {len(header)} (kontrolloni ndarësit dhe thonjëzat)")
    for column, cell in zip(header, cells, strict=True):
        if any("\ud800" <= c <= "\udfff" for c in cell):
            raise _CellError(column, "nuk është UTF-8 (ruajeni skedarin si UTF-8)")
        if any(unicodedata.category(c) == "Cc" for c in cell):
            raise _CellError(column, "ka shenja që nuk lexohen (hiqini)")
        if len(cell) > LONGEST:
            raise _CellError(column, f"ka më shumë se {LONGEST} shenja (shkurtojeni)")
    return {column: cell.strip() for column, cell in zip(header, cells, strict=True)}


# ---- a row --------------------------------------------------------------------------------------------------


def _customer(row: int, cells: Cells, companies: Mapping[str, Company], today: dt.date) -> CustomerRow:
    numbers = _numbers(cells["mobiles"])
    return CustomerRow(
        row=row,
        company=_company(cells, companies),
        customer_number=_customer_number(cells),
        name=cells["name"],
        numbers=numbers,
        relationship=_one_of(cells, "relationship", ("active", "ended")),
        line=_one_of(cells, "line", ("personal", "business")),
        sim_changed=_sim_changed(cells.get("sim_changed", ""), numbers, today),
        note=cells.get("note", ""),
    )


def _consent(row: int, cells: Cells, companies: Mapping[str, Company], now: int) -> ConsentRow:
    company = _company(cells, companies)
    purposes = tuple(purpose.id for purpose in companies[company].rights.purposes)
    return ConsentRow(
        row=row,
        company=company,
        customer_number=_customer_number(cells),
        purpose=_one_of(cells, "purpose", purposes),
        state=ConsentState(_one_of(cells, "state", tuple(ConsentState))),
        since=_since(cells["since"], now),
        source=cells["source"] or "import",
    )


def _company(cells: Cells, companies: Mapping[str, Company]) -> str:
    return _one_of(cells, "company", tuple(companies))


def _one_of(cells: Cells, column: str, known: tuple[str, ...]) -> str:
    value = cells[column].casefold()
    if value not in known:
        raise _CellError(column, f"nuk njihet (shkruani njërën nga: {', '.join(known)})")
    return value


def _customer_number(cells: Cells) -> str:
    value = cells["customer_number"]
    if not fold_customer(value):
        raise _CellError("customer_number", "mungon (shkruani numrin e klientit)")
    return value


def _numbers(cell: str) -> tuple[str, ...]:
    numbers: dict[str, None] = {}
    for piece in _pieces(cell):
        number = _mobile(piece)
        if number is None:
            what = "një numër nuk është celular i vlefshëm (shkruajeni si +38344000101; pa celular, lëreni bosh)"
            raise _CellError("mobiles", what)
        numbers[number] = None
    if len(numbers) > MOST_NUMBERS:
        raise _CellError("mobiles", f"ka më shumë se {MOST_NUMBERS} numra (lini ata që përdoren)")
    return tuple(numbers)


def _pieces(cell: str) -> Iterator[str]:
    """The numbers of a cell: by ; and |, and by spaces where those do not stand inside one number."""
    for piece in filter(None, map(str.strip, _BETWEEN.split(cell))):
        if _mobile(piece):
            yield piece
        else:
            yield from piece.split()


def _mobile(typed: str) -> str | None:
    """A mobile of any country, as E.164: the list is the company's own, who may get an SMS is asked later (R10)."""
    contact = read_reach(typed) if _NUMBER.fullmatch(typed) else None
    if contact is None or phonenumbers.number_type(phonenumbers.parse(contact.value)) not in _MOBILES:
        return None
    return contact.value


def _sim_changed(cell: str, numbers: tuple[str, ...], today: dt.date) -> dict[str, dt.date]:
    if "@" not in cell:
        return dict.fromkeys(numbers, _day(cell, today)) if cell else {}
    days: dict[str, dt.date] = {}
    for piece in _BETWEEN.sub(" ", cell).split():
        typed, _, day = piece.partition("@")
        number = _mobile(typed)
        if number not in numbers or number is None:
            raise _CellError("sim_changed", "numri para @ nuk është ndër «mobiles» (shkruajeni njësoj)")
        days[number] = _day(day, today)
    return days


def _day(typed: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        raise _CellError("sim_changed", "data nuk lexohet (shkruani 2026-03-05, ose +38344000101@2026-03-05)") from None
    if day > today:
        raise _CellError("sim_changed", "data është në të ardhmen (shkruani ditën kur ndërroi SIM-i)")
    return day


def _since(typed: str, now: int) -> int | None:
    if not typed:
        return None
    try:
        told = dt.datetime.fromisoformat(typed)
    except ValueError:
        raise _CellError("since", "koha nuk lexohet (shkruani 2026-03-05 ose 2026-03-05T10:00:00)") from None
    if "T" not in typed.upper() and " " not in typed:
        since = start_of(told.date())
    else:
        since = int((told if told.tzinfo else told.replace(tzinfo=ZONE)).timestamp() * 1000)
    if since > now or since < 0:
        raise _CellError("since", "koha është në të ardhmen, ose para vitit 1970 (ndreqeni)")
    return since
