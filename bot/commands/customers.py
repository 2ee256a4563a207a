"""``mburoja customers`` and ``mburoja consents``: takes the companies' lists in; knows no rule of what a list may say.

Nothing of a row is ever printed but its line and the column at fault (R32); the fictional customers are shown whole.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.app import Office, open_office
from bot.clock import FileClock
from bot.commands.console import add_database
from bot.errors import InputError, UnknownCompanyError
from bot.policy.company import Company
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import otp
from bot.services.lists import demo
from bot.services.lists.import_rows import (
    CONSENT_COLUMNS,
    CUSTOMER_COLUMNS,
    CUSTOMER_OPTIONAL,
    CustomerRow,
    Fault,
    read_consents,
    read_customers,
)
from bot.services.lists.importing import BATCH, Report, import_consents, import_customers
from bot.settings import Settings
from bot.storage.store import Store, Tx

OK, FAULTS = 0, 2
MOST_FAULTS = 100  # that are printed
_CUSTOMERS_HELP = (
    f"Kolonat: {', '.join(CUSTOMER_COLUMNS)}; sipas dëshirës {', '.join(CUSTOMER_OPTIONAL)}. Numrat në «mobiles»"
    " ndahen me ; ose |. «relationship» është active ose ended, «line» është personal ose business, «sim_changed»"
    " është dita kur ndërroi SIM-i (2026-03-05, ose +38344000101@2026-03-05). Kush mungon në skedar, mbetet si është."
)
_CONSENTS_HELP = (
    f"Kolonat: {', '.join(CONSENT_COLUMNS)}. «state» është given, withdrawn, not_given ose unknown; «since» është koha"
    " e pëlqimit (2026-03-05), ose bosh. Çfarë është më e re në regjister, mbetet."
)

ROW = TypeVar("ROW")
_Read = Callable[[Iterable[str], Mapping[str, Company], int], Iterator[ROW | Fault]]
_Take = Callable[[Tx, Desk, int, Sequence[ROW]], Report]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the groups ``customers`` and ``consents``."""
    customers = commands.add_parser("customers", help="klientët në regjister")
    group = customers.add_subparsers(required=True, metavar="veprimi")
    take = group.add_parser("import", help="merr klientët nga një skedar CSV", description=_CUSTOMERS_HELP)
    take.add_argument("file", type=Path, metavar="SKEDARI.csv")
    take.set_defaults(command=_import_customers)
    fictional = group.add_parser("demo", help="merr klientë të trilluar, për provë")
    fictional.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar me orën (ISO 8601), për prova")
    fictional.set_defaults(command=_demo)
    unlock = group.add_parser("unlock", help="ia hap rrugën kodeve për një klient të bllokuar")
    unlock.add_argument("company", metavar="KOMPANIA")
    unlock.add_argument("contact", metavar="NUMRI", help="numri i klientit, ose numri i celularit")
    unlock.set_defaults(command=_unlock)
    consents = commands.add_parser("consents", help="pëlqimet në regjister")
    consent = consents.add_subparsers(required=True, metavar="veprimi").add_parser(
        "import", help="merr pëlqimet nga një skedar CSV", description=_CONSENTS_HELP
    )
    consent.add_argument("file", type=Path, metavar="SKEDARI.csv")
    consent.set_defaults(command=_import_consents)
    for command in (take, fictional, unlock, consent):
        add_database(command)


def _import_customers(options: argparse.Namespace, settings: Settings) -> int:
    return _customers_told(asyncio.run(_import(options, settings, read_customers, import_customers)))


def _import_consents(options: argparse.Namespace, settings: Settings) -> int:
    return _consents_told(asyncio.run(_import(options, settings, read_consents, import_consents)))


async def _import(options: argparse.Namespace, settings: Settings, read: _Read[ROW], take: _Take[ROW]) -> Report:
    with _opened(options.file) as lines:
        async with open_office(settings, options.db) as office:
            now = office.clock.now()
            return await _taken(office.store, office.desk, now, read(lines, office.desk.companies, now), take)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    async def run() -> Seeded:
        clock = FileClock(options.clock) if options.clock else None
        async with open_office(settings, options.db, clock=clock) as office:
            return await seed(office)

    seeded = asyncio.run(run())
    print("Klientë të trilluar:")
    for row in seeded.rows:
        number = row.numbers[0] if row.numbers else "pa celular"
        print(f"  {row.company:<8} {row.customer_number:<7} {number:<14} {row.name}: {row.note}")
    return max(_customers_told(seeded.customers), _consents_told(seeded.consents))


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """The fictional customers that were taken in, and what came of it."""

    rows: tuple[CustomerRow, ...]
    customers: Report
    consents: Report


async def seed(office: Office) -> Seeded:
    """Take the fictional customers and their consents in; those that are there already stay as they are."""
    store, desk, now = office.store, office.desk, office.clock.now()
    rows = list(demo.demo_customers(desk.companies, now))
    customers = await _taken(store, desk, now, rows, import_customers)
    consents = await _taken(store, desk, now, demo.demo_consents(desk.companies, now), import_consents)
    return Seeded(
        rows=tuple(row for row in rows if isinstance(row, CustomerRow)), customers=customers, consents=consents
    )


def _unlock(options: argparse.Namespace, settings: Settings) -> int:
    async def run() -> bool:
        async with open_office(settings, options.db) as office:
            if options.company not in office.desk.companies:
                known = ", ".join(sorted(office.desk.companies))
                raise UnknownCompanyError(f"Kompania {options.company!r} nuk njihet. Të njohura janë: {known}.")
            place = Place(conversation="", channel=OFFICE, now=office.clock.now())
            return await office.store.transact(
                lambda tx: otp.unlock(tx, office.desk, place, options.company, options.contact)
            )

    if asyncio.run(run()):
        print("Bllokimi u hoq: klienti mund të kërkojë kod prapë.")
    else:
        print("Për këtë klient nuk ka bllokim.")
    return OK


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[str]]:
    """Give the lines of a file. Bytes that are no UTF-8 go on as lone surrogates: their row is then at fault."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield file
    except OSError as error:
        raise InputError(f"Skedari {path} nuk mund të lexohet: {error.strerror}.") from None


async def _taken(store: Store, desk: Desk, now: int, read: Iterable[ROW | Fault], take: _Take[ROW]) -> Report:
    """Take rows in, 500 a transaction, and return what came of all of them."""
    report = Report()
    rows: list[ROW] = []
    for row in read:
        if isinstance(row, Fault):
            report = report.and_then(Report(faults=(row,)))
            continue
        rows.append(row)
        if len(rows) == BATCH:
            report = report.and_then(await store.transact(_work(desk, now, rows, take)))
            rows = []
    if rows:
        report = report.and_then(await store.transact(_work(desk, now, rows, take)))
    return report


def _work(desk: Desk, now: int, rows: Sequence[ROW], take: _Take[ROW]) -> Callable[[Tx], Report]:
    return lambda tx: take(tx, desk, now, rows)


def _customers_told(report: Report) -> int:
    counts = f"{report.added} u shtuan · {report.changed} u ndryshuan · {report.same} si më parë"
    return _told(report, f"Klientë: {counts}")


def _consents_told(report: Report) -> int:
    return _told(report, f"Pëlqime: {report.changed} u regjistruan · {report.same} si më parë")


def _told(report: Report, summary: str) -> int:
    faults = sorted(report.faults, key=lambda fault: fault.row)
    for fault in faults[:MOST_FAULTS]:
        print(fault, file=sys.stderr)
    if len(faults) > MOST_FAULTS:
        print(f"… dhe {len(faults) - MOST_FAULTS} të tjerë.", file=sys.stderr)
    print(f"{summary} · {len(faults)} rreshta nuk u morën.")
    return FAULTS if faults else OK
