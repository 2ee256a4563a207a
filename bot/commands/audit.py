"""``mburoja audit``: verifies the log of acts (R47), shows the key that signs cases' files, checks such a file."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.app import open_office
from bot.commands.console import add_database
from bot.delivery import heads
from bot.delivery.heads import HeadsRead
from bot.errors import InputError
from bot.services.keys import ring
from bot.services.keys.ring import Known, State
from bot.services.records import audit, case_check
from bot.services.records.audit import Verdict
from bot.services.records.case_check import Checked
from bot.settings import Database, Settings

OK, FAULTS = 0, 2
_LARGEST = 100_000_000  # bytes of a packed file
_KEY_DIGITS = 64


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``audit``."""
    group = commands.add_parser("audit", help="regjistri i veprimeve").add_subparsers(required=True, metavar="veprimi")
    verify = group.add_parser("verify", help="kontrollon që regjistri nuk është ndryshuar")
    add_database(verify)
    verify.add_argument(
        "--heads", type=Path, nargs="+", action="extend", metavar="SKEDARI",
        help="kokat e nënshkruara, kur ruhen diku tjetër; mund të jepen ato të disa proceseve",
    )  # fmt: skip
    verify.set_defaults(command=_verify)
    key = group.add_parser("key", help="tregon çelësin publik me të cilin kontrollohen skedarët e rasteve")
    add_database(key)
    key.set_defaults(command=_key)
    check = group.add_parser("check", help="kontrollon skedarin e një rasti, pa bazë të dhënash")
    check.add_argument("file", type=Path, metavar="SKEDARI.zip", help="skedari i rastit")
    check.add_argument("--key", metavar="ÇELËSI", help="çelësi publik, siç e tregon `mburoja audit key`")
    check.set_defaults(command=_check_file)


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    database = _database(options, settings)
    paths: list[Path] = options.heads or [settings.heads_of(database)]
    read = [_heads_at(path, given=bool(options.heads)) for path in paths]
    verdict = asyncio.run(_check(settings, database, tuple(head for each in read for head in each.heads)))
    faults = (*(fault for each in read for fault in each.faults), *verdict.faults)
    for fault in faults:
        print(fault)
    print(_summary(verdict, paths))
    if faults:
        print("Regjistri NUK është i paprekur.")
        return FAULTS
    print("Regjistri është i paprekur.")
    return OK


def _heads_at(path: Path, *, given: bool) -> HeadsRead:
    if given and not path.is_file():
        raise InputError(f"Nuk ka koka të nënshkruara te {path}.")
    try:
        return heads.read(path)
    except OSError as error:
        raise InputError(f"Kokat e nënshkruara te {path} nuk lexohen: {error.strerror}.") from None


def _key(options: argparse.Namespace, settings: Settings) -> int:
    database = _database(options, settings)
    known = asyncio.run(_keys(settings, database))
    for key in sorted(known, key=lambda key: (key.state is not State.CURRENT, -key.since)):
        print(key.case_file_key + ("" if key.state is State.CURRENT else "  (i lënë: për skedarët e nxjerrë më parë)"))
    return OK


def _check_file(options: argparse.Namespace, _settings: Settings) -> int:
    file: Path = options.file
    key: str | None = options.key.strip().lower() if options.key else None
    if key is not None and (len(key) != _KEY_DIGITS or set(key) - set("0123456789abcdef")):
        raise InputError("Çelësi publik ka 64 shenja 0–9, a–f; `mburoja audit key` e tregon.")
    try:
        if file.stat().st_size > _LARGEST:
            raise InputError(f"{file} është më i madh se ç’mund të jetë skedari i një rasti.")
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} nuk lexohet: {error.strerror}.") from None
    checked = case_check.check(raw, key)
    for fault in checked.faults:
        print(fault)
    if checked.faults:
        print("Skedari NUK është ai që u nxor: mos u mbështetni në të.")
        return FAULTS
    print("\n".join(_proven(checked)))
    return OK


def _proven(checked: Checked) -> list[str]:
    """Return in words what a whole file proves, and what not."""
    proof = checked.opened.proof
    head, chain = case_check.mapping(proof.get("head")), case_check.mapping(proof.get("chain"))
    lines = [
        f"Rasti {proof.get('reference')} ({proof.get('company')}), nxjerrë më {proof.get('exported_at')}.",
        "Vërtetohet: asnjë pjesë e skedarit nuk është ndryshuar, shtuar a hequr qëkur u nënshkrua; "
        f"{checked.entries} hyrjet e ditarit përputhen me hash-et e tyre.",
        f"Kompania dëshmon: kur u nxor skedari, zinxhiri me {chain.get('sealed', 0)} hyrje ishte i plotë dhe mbaronte "
        f"te hyrja {head.get('seq', 0)} me hash {head.get('hash', '–')}.",
        "Nuk vërtetohet: që hyrjet e tjera të ditarit, të cilat nuk janë këtu, ekzistojnë; për këtë krahasoni kokën me "
        "kokat e nënshkruara të kompanisë (mburoja audit verify).",
    ]
    if checked.unsealed:
        lines.append(f"Kujdes: {checked.unsealed} hyrje ende nuk ishin vulosur kur u nxor skedari.")
    if checked.opened.own_key:
        lines.append(
            f"Kujdes: u përdor çelësi që gjendet në vetë skedarin ({checked.opened.key}). Ai tregon vetëm se skedari "
            "është i njëjti që u nënshkrua, jo kush e nënshkroi. Kërkojeni çelësin nga kompania dhe jepeni me --key."
        )
    else:
        lines.append("Nënshkrimi është i atij që ka çelësin e dhënë.")
    return lines


def _database(options: argparse.Namespace, settings: Settings) -> Database:
    database: Database = options.db or settings.database
    if isinstance(database, Path) and not database.is_file():
        raise InputError(f"Nuk ka bazë të dhënash te {database}; jepni një tjetër me --db.")
    return database


async def _keys(settings: Settings, database: Database) -> tuple[Known, ...]:
    async with open_office(settings, database) as office:
        return await office.store.read(ring.every)


async def _check(settings: Settings, database: Database, read: tuple[audit.Head, ...]) -> Verdict:
    async with open_office(settings, database) as office:
        return await office.store.read(lambda tx: audit.verify(tx, office.desk, read))


def _summary(verdict: Verdict, paths: Sequence[Path]) -> str:
    line = (
        f"Hyrje të vulosura: {verdict.sealed} · ende pa u vulosur: {verdict.unsealed} · "
        f"koka të nënshkruara: {verdict.heads}"
    )
    if verdict.unchecked:
        line += f"\n{_unchecked(verdict)}"
    if verdict.sealed and not verdict.heads:
        places = ", ".join(map(str, paths))
        line += f"\nKujdes: te {places} nuk ka asnjë kokë të nënshkruar; pa to një shkurtim i regjistrit nuk shihet."
    return line


def _unchecked(verdict: Verdict) -> str:
    """Return what is said of heads whose key was destroyed."""
    told = (
        f"{verdict.unchecked} koka i nënshkroi një çelës që u la dhe që mungon këtu: nuk u kontrolluan. Kjo nuk tregon "
        "ndryshim."
    )
    if verdict.proven >= verdict.claimed:
        return f"{told} Hyrjet deri te {verdict.proven} i mbulon koka e një çelësi që njihet."
    return (
        f"{told} Kujdes: hyrjet {verdict.proven + 1}–{verdict.claimed} nuk i mbulon asnjë kokë e kontrolluar; jepni "
        "sekretin e vjetër te MBUROJA_SECRET_BEFORE, ose nisni mburoja keys rotate."
    )
