"""``mburoja staff``: the accounts of the console; a face of their services, with no rule of its own.

A one-time password is printed once, for whoever passes it on; it is kept nowhere but as a hash.
"""

import argparse
import asyncio
import datetime as dt
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.app import Office, open_office
from bot.clock import DAY
from bot.commands.console import OK, add_database
from bot.errors import InputError, NotAllowedError
from bot.services.desk import OFFICE, Desk, Place
from bot.services.staff import account_changes, accounts, lockout
from bot.services.staff.accounts import Account
from bot.services.staff.passwords import Passwords, one_time
from bot.services.staff.roles import Role
from bot.services.staff.signing_in import ONE_TIME_LIVES
from bot.settings import Settings
from bot.storage.store import Tx

T = TypeVar("T")
_NONE = "none"
_ROLES = ", ".join(Role)
_HELP = (
    "Llogaritë e konsolës. Kush shtohet, merr një fjalëkalim që vlen vetëm për hyrjen e parë; atje e zgjedh të vetin "
    "dhe e lidh telefonin. Rolet janë: dpo, decider (vendos kur kompania vendos vetë), clerk (punon me kërkesat), "
    "reader (sheh shifrat)."
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``staff``."""
    group = commands.add_parser("staff", help="llogaritë e konsolës", description=_HELP).add_subparsers(
        required=True, metavar="veprimi"
    )
    listed = group.add_parser("list", help="të gjitha llogaritë")
    add_database(listed)
    listed.set_defaults(command=_list)
    made = _command(group, "add", "shton një llogari dhe e tregon fjalëkalimin e parë", _add)
    made.add_argument("--name", required=True, metavar="EMRI", help="emri dhe mbiemri")
    made.add_argument("--email", default="", metavar="ADRESA", help="ku i shkojnë kujtesat")
    made.add_argument(
        "--role", dest="roles", type=_role, action="append", required=True, metavar="KOMPANIA=ROLI",
        help=f"p.sh. ipko=dpo; rolet: {_ROLES}",
    )  # fmt: skip
    changed = _command(group, "role", "jep ose heq një rol", _change_role)
    changed.add_argument("role", type=_role_or_none, metavar="KOMPANIA=ROLI", help=f"p.sh. ipko=clerk; {_NONE} e heq")
    _command(group, "disable", "e mbyll llogarinë; hyrjet e saj mbarojnë menjëherë", _disable)
    _command(group, "enable", "e hap llogarinë prapë", _enable)
    _command(group, "reset", "fillon nga e para: fjalëkalim i ri, telefon i ri, kode të reja", _reset)
    _command(group, "unlock", "heq pritjen pas provave të gabuara", _unlock)
    deputy = _command(group, "deputy", "shënon kush e zëvendëson", _deputy)
    deputy.add_argument("deputy", nargs="?", metavar="TJETRI", help="emri i hyrjes i zëvendësuesit")
    deputy.add_argument("--until", type=_day, metavar="DATA", help="dita e fundit, p.sh. 2026-12-31")
    deputy.add_argument("--none", action="store_true", help="askush më")


def _command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    told: str,
    command: Callable[[argparse.Namespace, Settings], int],
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=told)
    parser.add_argument("login", metavar="HYRJA", help="emri i hyrjes: a–z, 0–9, pikë, vijë")
    parser.add_argument("--by", metavar="EMRI", help="kush e bën; pa të: emri i hyrjes në këtë kompjuter")
    add_database(parser)
    parser.set_defaults(command=command)
    return parser


def _list(options: argparse.Namespace, settings: Settings) -> int:
    async def read(office: Office) -> tuple[tuple[Account, bool], ...]:
        return await office.store.read(
            lambda tx: tuple(
                (a, lockout.is_locked(tx, office.clock.now(), a.id)) for a in accounts.every(tx, office.desk)
            )
        )

    found = _in_office(options, settings, read)
    by_id = {account.id: account.login for account, _ in found}
    for account, locked in found:
        roles = " ".join(f"{company}={role.value}" for company, role in sorted(account.roles.items())) or "pa rol"
        print(f"{account.login:<16} {account.name:<24} {roles:<28} {_standing(account, by_id, locked=locked)}".rstrip())
    if not found:
        print("Ende nuk ka llogari. Shtoni një me mburoja staff add.")
    return OK


def _standing(account: Account, logins: dict[str, str], *, locked: bool) -> str:
    if account.disabled_at is not None:
        return "e mbyllur"
    told = [] if account.enrolled else ["pret hyrjen e parë"]
    if locked:
        told.append("pret pas provave të gabuara")
    if account.deputy and account.away_until:
        told.append(f"e zëvendëson {logins.get(account.deputy, '?')} deri më {account.away_until}")
    return ", ".join(told)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    async def make(office: Office) -> str:
        password, hashed = await _one_time(office)
        await office.store.transact(
            lambda tx: account_changes.add(
                tx, office.desk, _place(office), _who(options), options.login, options.name, options.email,
                dict(options.roles), hashed,
            )
        )  # fmt: skip
        return password

    password = _in_office(options, settings, make)
    print(f"Llogaria {options.login} u shtua.")
    _tell_password(password)
    return OK


def _change_role(options: argparse.Namespace, settings: Settings) -> int:
    company, role = options.role
    if _changed(options, settings, lambda tx, d, p, w, a: account_changes.set_role(tx, d, p, w, a, company, role)):
        print(f"{options.login}: {company}={role.value if role else _NONE}. Vlen menjëherë.")
    else:
        print("Kështu ishte edhe më parë.")
    return OK


def _disable(options: argparse.Namespace, settings: Settings) -> int:
    ended = _changed(options, settings, account_changes.disable)
    print("Llogaria u mbyll; hyrjet e saj mbaruan." if ended else "Llogaria ishte e mbyllur edhe më parë.")
    return OK


def _enable(options: argparse.Namespace, settings: Settings) -> int:
    print("Llogaria u hap." if _changed(options, settings, account_changes.enable) else "Llogaria ishte e hapur.")
    return OK


def _reset(options: argparse.Namespace, settings: Settings) -> int:
    async def begin_anew(office: Office) -> str:
        password, hashed = await _one_time(office)

        def work(tx: Tx) -> None:
            account = account_changes.named(tx, office.desk, options.login)
            account_changes.reset(tx, office.desk, _place(office), _who(options), account, hashed)

        await office.store.transact(work)
        return password

    password = _in_office(options, settings, begin_anew)
    print(f"Llogaria {options.login} fillon nga e para; hyrjet e saj mbaruan.")
    _tell_password(password)
    return OK


def _unlock(options: argparse.Namespace, settings: Settings) -> int:
    ended = _changed(options, settings, account_changes.unlock)
    print("Pritja u hoq: mund të hyhet prapë." if ended else "Për këtë llogari nuk ka pritje.")
    return OK


def _deputy(options: argparse.Namespace, settings: Settings) -> int:
    if options.none == bool(options.deputy) or bool(options.deputy) != bool(options.until):
        raise InputError("Jepni zëvendësuesin me --until DATA, ose --none.")

    def work(tx: Tx, desk: Desk, place: Place, who: str, account: Account) -> bool:
        if options.none:
            return account_changes.back_again(tx, desk, place, who, account)
        other = account_changes.named(tx, desk, options.deputy)
        account_changes.stand_in(tx, desk, place, who, account, other, options.until)
        return True

    try:
        changed = _changed(options, settings, work)
    except NotAllowedError:
        raise InputError(
            "Zëvendësuesi duhet të jetë dikush tjetër, me rol në të njëjtën kompani; data sot ose më vonë, brenda një "
            "viti."
        ) from None
    if options.none:
        print("Askush nuk e zëvendëson më." if changed else "Askush nuk e zëvendësonte.")
    else:
        print(f"{options.login} zëvendësohet nga {options.deputy} deri më {options.until}, edhe atë ditë.")
    return OK


def _changed(options: argparse.Namespace, settings: Settings, work: Callable[[Tx, Desk, Place, str, Account], T]) -> T:
    """Change an account in one transaction. Raises InputError where there is none of that login."""

    async def change(office: Office) -> T:
        def named(tx: Tx) -> T:
            account = account_changes.named(tx, office.desk, options.login)
            return work(tx, office.desk, _place(office), _who(options), account)

        return await office.store.transact(named)

    return _in_office(options, settings, change)


def _in_office(options: argparse.Namespace, settings: Settings, work: Callable[[Office], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_office(settings, options.db) as office:
            return await work(office)

    return asyncio.run(run())


async def _one_time(office: Office) -> tuple[str, str]:
    """Return a new password for the first sign-in, and its hash."""
    password = one_time(office.desk.randomness)
    return password, await asyncio.to_thread(Passwords().hashed, password)


def _tell_password(password: str) -> None:
    print(f"Fjalëkalimi për hyrjen e parë: {password}")
    print(f"Shfaqet vetëm tani dhe vlen {ONE_TIME_LIVES // DAY} ditë. Jepjani personit drejtpërdrejt, jo me e-mail.")


def _place(office: Office) -> Place:
    return Place(conversation="", channel=OFFICE, now=office.clock.now())


def _who(options: argparse.Namespace) -> str:
    return str(options.by or getpass.getuser())


def _role(text: str) -> tuple[str, Role]:
    company, _, name = text.partition("=")
    if not company or name not in set(Role):
        raise argparse.ArgumentTypeError(f"{text!r}: shkruani kompania=roli, p.sh. ipko=dpo; rolet: {_ROLES}")
    return company, Role(name)


def _role_or_none(text: str) -> tuple[str, Role | None]:
    company, _, name = text.partition("=")
    return (company, None) if company and name == _NONE else _role(text)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} nuk është datë (shkruani p.sh. 2026-12-31)") from None
