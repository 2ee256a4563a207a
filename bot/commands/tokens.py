"""``mburoja tokens``: gives a company's own programs access to the API, shows who has it, takes it away."""

import argparse
import asyncio
import datetime as dt
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from bot.app import Office, open_office
from bot.clock import FileClock, moment
from bot.commands.console import add_database
from bot.errors import InputError
from bot.services.casework.deadlines import ZONE
from bot.services.desk import OFFICE, Place
from bot.services.programs import tokens
from bot.services.programs.tokens import Scope, Token
from bot.settings import Settings

OK = 0
T = TypeVar("T")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``tokens``."""
    group = commands.add_parser("tokens", help="qasja e programeve të kompanisë te API-ja")
    acts = group.add_subparsers(required=True, metavar="veprimi")
    given = acts.add_parser("add", help="jep një çelës, që tregohet vetëm një herë")
    given.add_argument("name", metavar="EMRI", help="programi, p.sh. crm")
    given.add_argument("--company", required=True, metavar="KOMPANIA", help="kompania, p.sh. ipko")
    given.add_argument(
        "--scope", dest="scopes", action="append", required=True, type=Scope, choices=list(Scope), metavar="FUSHA",
        help=f"çfarë lejohet; jepet disa herë: {', '.join(Scope)}",
    )  # fmt: skip
    given.add_argument("--expires", type=_day, metavar="DATA", help="nga kjo ditë nuk vlen më, p.sh. 2027-01-31")
    given.set_defaults(command=_add)
    listed = acts.add_parser("list", help="tregon çelësat, jo vetë ata")
    listed.add_argument("--company", metavar="KOMPANIA")
    listed.set_defaults(command=_list)
    revoked = acts.add_parser("revoke", help="e ndal një çelës përgjithmonë")
    revoked.add_argument("id", metavar="ID")
    revoked.set_defaults(command=_revoke)
    for act in (given, listed, revoked):
        add_options(act)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    async def work(office: Office) -> str:
        place, who = place_of(office), who_of(options)
        ends = None if options.expires is None else int(options.expires.timestamp() * 1000)
        return await office.store.transact(
            lambda tx: tokens.add(tx, office.desk, place, who, options.name, options.company, options.scopes, ends)
        )

    print(run(options, settings, work))
    print("Ruajeni tani: nuk tregohet më.")
    return OK


def _list(options: argparse.Namespace, settings: Settings) -> int:
    async def work(office: Office) -> tuple[tuple[Token, ...], int]:
        found = await office.store.read(lambda tx: tokens.every(tx, options.company))
        return found, office.clock.now()

    found, now = run(options, settings, work)
    for token in found:
        print(
            f"{token.id}  {token.company}  {token.name}  {' '.join(sorted(token.scopes))}  "
            f"{_state(token, now)}  përdorur: {written(token.last_at)}"
        )
    if not found:
        print("Asnjë program nuk ka qasje.")
    return OK


def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    async def work(office: Office) -> bool:
        place, who = place_of(office), who_of(options)
        return await office.store.transact(lambda tx: tokens.revoke(tx, office.desk, place, who, options.id))

    if not run(options, settings, work):
        raise InputError(f"Nuk ka çelës që vlen me ID {options.id}. Shihni: mburoja tokens list")
    print("Çelësi u ndal.")
    return OK


def add_options(act: argparse.ArgumentParser) -> None:
    """Add what every act takes."""
    add_database(act)
    act.add_argument("--by", default=None, metavar="EMRI", help="kush e bën, për ditarin (zakonisht: ju)")
    act.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar me orën (ISO 8601), për prova")


def run(options: argparse.Namespace, settings: Settings, work: Callable[[Office], Awaitable[T]]) -> T:
    """Open the office, do something in it, and return what came of it."""

    async def opened() -> T:
        clock = FileClock(options.clock) if options.clock else None
        async with open_office(settings, options.db, clock=clock) as office:
            return await work(office)

    return asyncio.run(opened())


def who_of(options: argparse.Namespace) -> str:
    """Return who acts, for the audit."""
    return str(options.by or getpass.getuser())


def place_of(office: Office) -> Place:
    """Return where and when the command acts."""
    return Place(conversation="", channel=OFFICE, now=office.clock.now())


def written(at: int | None) -> str:
    """Return a time for people at a terminal."""
    return "–" if at is None else moment(at).isoformat(timespec="seconds").replace("+00:00", "Z")


def _state(token: Token, now: int) -> str:
    if token.revoked_at is not None:
        return f"u ndal më {written(token.revoked_at)}"
    if not token.holds(now):
        return f"skadoi më {written(token.expires_at)}"
    return "vlen" if token.expires_at is None else f"vlen deri më {written(token.expires_at)}"


def _day(text: str) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), ZONE)
