"""``mburoja audit verify``: checks the log of acts against itself and its signed heads (R47)."""

import argparse
import asyncio
from pathlib import Path

from bot.app import open_office
from bot.delivery import heads
from bot.errors import InputError
from bot.services.records import audit
from bot.services.records.audit import Verdict
from bot.settings import Settings

OK, FAULTS = 0, 2


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``audit``."""
    group = commands.add_parser("audit", help="regjistri i veprimeve").add_subparsers(required=True, metavar="veprimi")
    verify = group.add_parser("verify", help="kontrollon që regjistri nuk është ndryshuar")
    verify.add_argument("--db", type=Path, metavar="SKEDARI", help="baza e të dhënave")
    verify.add_argument("--heads", type=Path, metavar="SKEDARI", help="kokat e nënshkruara, kur ruhen diku tjetër")
    verify.set_defaults(command=_verify)


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    database: Path = options.db or settings.database
    if not database.is_file():
        raise InputError(f"Nuk ka bazë të dhënash te {database}; jepni një tjetër me --db.")
    path: Path = options.heads or settings.heads_of(database)
    if options.heads and not path.is_file():
        raise InputError(f"Nuk ka koka të nënshkruara te {path}.")
    try:
        read = heads.read(path)
    except OSError as error:
        raise InputError(f"Kokat e nënshkruara te {path} nuk lexohen: {error.strerror}.") from None
    verdict = asyncio.run(_check(settings, database, read.heads))
    faults = (*read.faults, *verdict.faults)
    for fault in faults:
        print(fault)
    print(_summary(verdict, path))
    if faults:
        print("Regjistri NUK është i paprekur.")
        return FAULTS
    print("Regjistri është i paprekur.")
    return OK


async def _check(settings: Settings, database: Path, read: tuple[audit.Head, ...]) -> Verdict:
    async with open_office(settings, database) as office:
        return await office.store.read(lambda tx: audit.verify(tx, office.desk, read))


def _summary(verdict: Verdict, path: Path) -> str:
    line = (
        f"Hyrje të vulosura: {verdict.sealed} · ende pa u vulosur: {verdict.unsealed} · "
        f"koka të nënshkruara: {verdict.heads}"
    )
    if verdict.sealed and not verdict.heads:
        line += f"\nKujdes: te {path} nuk ka asnjë kokë të nënshkruar; pa to një shkurtim i regjistrit nuk shihet."
    return line
