"""``mburoja demo``: the real server with fictional customers, and shops that embed it, all on this machine only.

One process, two sites: the server at ``127.0.0.1``, the shops at ``localhost``. The SMS are shown on the shops' front
page; nothing is sent anywhere, unless the settings name Telegram bots: then these answer too.
"""

import argparse
import asyncio
import base64
import contextlib
import socket
import sys
import textwrap
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.app import Office, open_office
from bot.commands.console import OK, announce_compiling
from bot.commands.customers import seed
from bot.console.door import HOME
from bot.console.part import CONSOLE
from bot.errors import InputError
from bot.services.identity.contacts import mask
from bot.services.lists.import_rows import CustomerRow
from bot.services.staff import demo_account
from bot.services.staff.passwords import Passwords
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.web.demo.loopback import ADDRESS, NAME, NAMED, listen, port_of
from bot.web.demo.officer import Officer
from bot.web.demo.phones import Phones
from bot.web.demo.stage import Customer, Shop, Stage, make_stage
from bot.web.safety import unsafe_telegram
from bot.web.server import listening, stop_on_signals
from bot.web.settings import ServerSettings, read_server_settings
from bot.web.telegram.joining import name_bots
from bot.web.watch import logs

PORT, SHOPS_PORT = 8321, 8322
_DATABASE = "demo.db"  # beside the real one, never the real one
_LOG_LEVEL = "warning"  # a line for each request would bury the addresses
_LOGIN = "zana"
_GRACE = 1.0  # seconds for pages under way when all ends


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``demo``."""
    demo = commands.add_parser(
        "demo",
        help="Mburoja në dy dyqane të trilluara, vetëm në këtë makinë",
        description="Nis serverin me klientë të trilluar, dy dyqane me bisedën brenda, dhe telefonat ku vijnë SMS-të.",
    )
    demo.add_argument("--db", type=Path, metavar="SKEDARI", help="baza e provës (pa të: demo.db te të dhënat tuaja)")
    demo.add_argument("--port", type=_port, default=PORT, help=f"i serverit; {PORT}, ose i pari i lirë pas tij")
    demo.add_argument(
        "--shops-port", type=_port, default=SHOPS_PORT, help=f"i dyqaneve; {SHOPS_PORT}, ose i pari i lirë pas tij"
    )
    demo.set_defaults(command=_demo)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    usual = settings.database if isinstance(settings.database, Path) else settings.home / _DATABASE
    asyncio.run(_run(options, settings, options.db or usual.with_name(_DATABASE)))
    return OK


@dataclass(frozen=True, kw_only=True)
class _Sockets:
    """Where the two sites are listened for."""

    server: socket.socket
    shops: Sequence[socket.socket]

    @property
    def server_url(self) -> str:
        return f"http://{ADDRESS}:{port_of([self.server])}"

    @property
    def shops_url(self) -> str:
        return f"http://{NAME}:{port_of(self.shops)}"


async def _run(options: argparse.Namespace, settings: Settings, database: Path) -> None:
    asked = _asked()
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    logs.set_up("console", _LOG_LEVEL)
    logs.watch(loop)
    with _sockets(options.port, options.shops_port) as sockets:
        async with open_office(settings, database, announce=announce_compiling) as office:
            here = _here(asked, office, sockets)
            rows = (await seed(office)).rows
            officer = await _officer(office, sockets.server_url)
            phones = Phones(_owners(rows), office.clock)
            stage = _stage(office, database.resolve(), rows, phones, officer, sockets)
            async with (
                listening(office, here, phones.show, sockets.server, (CONSOLE,)) as server,
                _site(make_stage(stage), sockets.shops),
            ):
                stop_on_signals(loop, stop)
                print(_told(stage, here), flush=True)
                await server.until(stop)


def _asked() -> ServerSettings:
    """Return the server's settings. Raises InputError where others could reach it: here every code can be read."""
    asked = read_server_settings()
    if asked.beyond_loopback:
        raise InputError(
            "Prova mbetet në këtë makinë: kodet e SMS-ve shihen në faqe. Hiqni host e public_url nga cilësimet "
            f"({asked.host}, {asked.public_url}); për të tjerët është «mburoja serve»."
        )
    return asked


def _here(asked: ServerSettings, office: Office, sockets: _Sockets) -> ServerSettings:
    """Return the settings with the demonstration's own addresses, and its shops as the only sites.

    Raises InputError where a Telegram bot is not as it must be.
    """
    own = {
        "host": ADDRESS,
        "port": port_of([sockets.server]),
        "public_url": sockets.server_url,
        "proxies": (),
        "sites": dict.fromkeys(office.desk.companies, (sockets.shops_url,)),
        "sms": "screen",
        "telegram_mode": "polling",  # nobody finds a way in here
    }
    here = asked.model_copy(update=own)
    if faults := list(unsafe_telegram(here, office.desk.companies)):
        raise InputError("\n".join(faults))
    return here


@contextlib.contextmanager
def _sockets(port: int, shops_port: int) -> Iterator[_Sockets]:
    with contextlib.ExitStack() as closing:
        (server,) = (closing.enter_context(each) for each in listen(port))
        yield _Sockets(server=server, shops=[closing.enter_context(each) for each in listen(shops_port, NAMED)])


@contextlib.asynccontextmanager
async def _site(app: web.Application, sockets: Iterable[socket.socket]) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_GRACE)
    await runner.setup()
    try:
        for each in sockets:
            await web.SockSite(runner, each).start()
        yield
    finally:
        await runner.cleanup()


async def _officer(office: Office, url: str) -> Officer:
    """Return the ready account of the demonstration's officer, the same at every start on one database."""
    vault = office.desk.vault
    password = "-".join(textwrap.wrap(vault.sign("demo", b"password")[:20], 5))
    secret = base64.b32encode(bytes.fromhex(vault.sign("demo", b"authenticator"))[:20]).decode()
    hashed = await asyncio.to_thread(Passwords().hashed, password)
    roles = dict.fromkeys(office.desk.companies, Role.DPO)
    await office.store.transact(
        lambda tx: demo_account.ready(
            tx, office.desk, office.clock.now(), _LOGIN, "Zana (e trilluar)", roles, hashed, secret
        )
    )
    return Officer(console=f"{url}{HOME}", login=_LOGIN, password=password, secret=secret, now=office.clock.now)


def _stage(
    office: Office, database: Path, rows: Iterable[CustomerRow], phones: Phones, officer: Officer, sockets: _Sockets
) -> Stage:
    companies = office.desk.companies
    return Stage(
        origin=sockets.shops_url,
        server=sockets.server_url,
        shops=tuple(Shop(company=company.id, name=company.name) for company in companies.values()),
        customers=tuple(
            Customer(
                company=row.company, company_name=companies[row.company].name, number=row.customer_number,
                name=row.name, mobile=row.numbers[0] if row.numbers else "", note=row.note,
            )
            for row in rows
        ),
        phones=phones,
        officer=officer,
        program=_program(),
        database=database,
    )  # fmt: skip


def _owners(rows: Iterable[CustomerRow]) -> dict[str, list[str]]:
    """Return who has the phone of each masked number, each name once."""
    owners: dict[str, dict[str, None]] = {}
    for row in rows:
        for number in row.numbers:
            owners.setdefault(mask(number), {})[row.name] = None
    return {masked: list(names) for masked, names in owners.items()}


def _told(stage: Stage, here: ServerSettings) -> str:
    width = max(len(shop.name) for shop in stage.shops)
    shops = [f"  {shop.name:<{width}}  {stage.origin}/{shop.company}" for shop in stage.shops]
    leaves = "asgjë nuk del nga kjo makinë" + (", përveç bisedave në Telegram" if here.bots else "")
    return "\n".join((
        f"Mburoja, demonstrim: klientë të trilluar, {leaves}.",
        "",
        f"Nisni këtu, me klientët dhe telefonat e tyre: {stage.origin}/",
        "",
        *shops,
        "",
        f"Konsola e zyrtares: {stage.officer.console}",
        f"  hyrja: {stage.officer.login}   fjalëkalimi: {stage.officer.password}",
        f"  sekreti i telefonit: {stage.officer.secret}   (kodi shihet edhe te faqja e parë)",
        "",
        *([name_bots(here)] if here.bots else []),
        f"Serveri: {stage.server}   Baza: {stage.database}",
        "Ctrl-C e ndal.",
    ))  # fmt: skip


def _program() -> str:
    """Return how the command was called, so that the commands on the stage can be typed the same way."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "mburoja" else "mburoja"


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} nuk është port (0–65535)")
