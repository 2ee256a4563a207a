"""``mburoja sms``: tries the gateways with a message of its own, and says how they are doing."""

import argparse
import asyncio
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from bot.app import Office, open_office
from bot.clock import DAY, MINUTE
from bot.commands.console import OK, add_database, complain
from bot.delivery.sms.opening import Tools, open_gateway
from bot.delivery.sms.port import Sms, SmsError, Taken
from bot.delivery.sms.settings import ANYBODY, SmsGatewaySettings
from bot.errors import InputError
from bot.services.identity.contacts import Contact, ContactKind, mask, read_contact
from bot.services.outward import sms_health, sms_sent
from bot.services.outward.sms_sent import SentState
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web.safety import unsafe_sms
from bot.web.settings import ServerSettings, read_server_settings

FAILING = 1  # the exit code where a gateway does not work
PATIENCE = 20.0  # seconds for a gateway to take the message
RECEIPT = 30  # seconds for its receipt, unless told otherwise
_LONGEST_RECEIPT = 600
_LOOK_EACH = 0.25  # seconds
# The only text: nobody can send another with this command.
_TEXT = "Mburoja: SMS prove përmes {gateway}. Nuk duhet bërë asgjë."

_WHY = {
    "sms.away": "nuk arrihet, ose nuk merr mesazhe tani. Shikoni host e port, ose url, dhe a punon ana tjetër.",
    "sms.busy": "radha jonë është plot tani. Rriteni per_second, nëse operatori e lejon.",
    "sms.credentials": "nuk na lejon të hyjmë. Shikoni user dhe password.",
    "sms.expired": "mesazhi skadoi para se të nisej.",
    "sms.gateway_fault": "u përgjigj ndryshe nga sa pritej. Shikoni adresën (url) dhe ditarin e saj.",
    "sms.lost": "e ndërpreu lidhjen.",
    "sms.number": "nuk e pranon këtë numër.",
    "sms.protocol": "flet ndryshe nga sa pritej. Shikoni host e port, ose provoni message_reference = false.",
    "sms.queue_full": "e ka radhën plot.",
    "sms.refused": "e refuzoi mesazhin. Shikoni dërguesin (senders) dhe ditarin e saj.",
    "sms.route": "nuk ka rrugë për këtë numër.",
    "sms.sender": "nuk e pranon dërguesin. Shikoni senders.",
    "sms.silent": "nuk përgjigjet.",
    "sms.text": "nuk e pranon tekstin.",
    "sms.throttled": "thotë se po i dërgojmë tepër shpejt. Uleni per_second.",
    "sms.tls": "ka certifikatë që nuk vërtetohet. Shikoni emrin te host a url, dhe ca_file.",
    "sms.unbound": "e mbylli lidhjen.",
    "sms.validity": "nuk e pranon kohën e vlefshmërisë.",
    "sms.vendor": "u përgjigj me një gabim të vetin. Pyeteni operatorin.",
    "sms.fault": "nuk punon tani, për një gabim tonin. Shikoni ditarin e serverit.",
    "sms.unanswered": "nuk u përgjigj me kohë; nuk dihet a e mori.",
}
_STATES = {
    SentState.TAKEN: "të marra, pa vërtetim ende",
    SentState.DELIVERED: "të dorëzuara",
    SentState.UNDELIVERED: "të padorëzuara",
    SentState.REJECTED: "të refuzuara",
    SentState.EXPIRED: "të skaduara",
    SentState.DELETED: "të fshira nga rrjeti",
    SentState.UNKNOWN: "pa lajm",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``sms``."""
    sms = commands.add_parser("sms", help="portat e SMS-ve: prova dhe gjendja")
    acts = sms.add_subparsers(required=True, metavar="veprimi")
    test = acts.add_parser("test", help="dërgon një SMS prove përmes çdo porte")
    test.add_argument("number", metavar="NUMRI", help="kujt: një celular i Kosovës, p.sh. +38344123456")
    test.add_argument("--gateway", metavar="EMRI", help="vetëm përmes kësaj")
    test.add_argument("--company", metavar="K", help="me dërguesin e kësaj kompanie")
    test.add_argument(
        "--wait", type=int, default=RECEIPT, metavar="S", help=f"sa sekonda pritet vërtetimi (zakonisht {RECEIPT})"
    )
    test.set_defaults(command=_test)
    status = acts.add_parser("status", help="si janë portat tani, dhe SMS-të e 24 orëve të fundit")
    status.set_defaults(command=_status)
    for act in (test, status):
        add_database(act)
        act.add_argument("--config", type=Path, metavar="SKEDARI", help="skedari i cilësimeve (TOML)")


def _test(options: argparse.Namespace, program: Settings) -> int:
    server = _with_gateways(options.config)
    number = read_contact(options.number)
    if not isinstance(number, Contact) or number.kind is not ContactKind.NUMBER:
        raise InputError("Shkruani një celular të Kosovës, p.sh. +38344123456.")
    chosen = [each for each in server.sms_gateways if options.gateway in (None, each.name)]
    if not chosen:
        known = ", ".join(each.name for each in server.sms_gateways)
        raise InputError(f"Porta {options.gateway} nuk është te sms_gateways. Janë: {known}.")
    wait = min(max(options.wait, 0), _LONGEST_RECEIPT)
    return asyncio.run(_try_all(options, program, server, chosen, number.value, wait))


async def _try_all(
    options: argparse.Namespace,
    program: Settings,
    server: ServerSettings,
    chosen: Sequence[SmsGatewaySettings],
    number: str,
    wait: int,
) -> int:
    async with open_office(program, options.db) as office:
        if faults := list(unsafe_sms(server, office.desk.companies)):
            raise InputError("\n".join(faults))
        if options.company is not None and options.company not in office.desk.companies:
            raise InputError(f"Kompania {options.company} nuk njihet. Janë: {', '.join(office.desk.companies)}.")
        well = [await _try(office, each, number, options.company, wait) for each in chosen]
    return OK if all(well) else FAILING


async def _try(office: Office, settings: SmsGatewaySettings, number: str, company: str | None, wait: int) -> bool:
    """Send through one gateway, say what came of it, and tell whether all is well."""
    sms = Sms(
        to=number, text=_TEXT.format(gateway=settings.name), key=f"test:{secrets.token_hex(16)}",
        company=company or _speaks_for(settings), expires_at=office.clock.now() + 10 * MINUTE,
    )  # fmt: skip
    tools = Tools(store=office.store, desk=office.desk, clock=office.clock)
    async with open_gateway(settings, tools) as gateway:
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                taken = await gateway.send(sms)
        except (SmsError, TimeoutError) as error:
            kind = error.kind if isinstance(error, SmsError) else "sms.unanswered"
            complain(f"{settings.name}: {_WHY.get(kind, kind)}")
            return False
        count = "1 SMS" if taken.parts == 1 else f"{taken.parts} SMS"
        print(f"{settings.name}: e mori për {_since(began)} ms ({count}, te {mask(number)}).", flush=True)
        return await _receipt(office, taken, wait)


async def _receipt(office: Office, taken: Taken, wait: int) -> bool:
    """Wait for what the gateway tells later, here or to the server that runs, and say it."""
    message_id = taken.message_id
    if message_id is None:
        print(f"{taken.gateway}: nuk tregon a u dorëzua (s’ka receipts_url). Shikoni telefonin.", flush=True)
        return True

    def look(tx: Tx) -> tuple[SentState, str] | None:
        return sms_sent.state_of(tx, taken.gateway, message_id)

    began = time.monotonic()
    while (found := await office.store.read(look)) is None and time.monotonic() - began < wait:
        await asyncio.sleep(_LOOK_EACH)
    if found is None:
        print(f"{taken.gateway}: për {wait} sekonda nuk erdhi vërtetim. Shikoni telefonin.", flush=True)
        return True
    state, error = found
    if state is SentState.DELIVERED:
        print(f"{taken.gateway}: u dorëzua, vërtetimi erdhi për {_since(began)} ms.", flush=True)
        return True
    complain(f"{taken.gateway}: nuk u dorëzua ({state.value}{f', {error}' if error else ''}).")
    return False


def _status(options: argparse.Namespace, program: Settings) -> int:
    server = _with_gateways(options.config)
    return asyncio.run(_tell(options, program, [each.name for each in server.sms_gateways]))


async def _tell(options: argparse.Namespace, program: Settings, names: Sequence[str]) -> int:
    async with open_office(program, options.db) as office:
        now = office.clock.now()
        said = {each.gateway: each for each in await office.store.read(lambda tx: sms_health.said(tx, now))}
        counts = await office.store.read(lambda tx: sms_sent.counts(tx, now - DAY))
        together = await office.store.read(lambda tx: sms_health.failing_since(tx, now))
    well = True
    for name in names:
        own = said.get(name)
        if own is None:
            well = False
            print(f"{name}: nuk dihet; asnjë punëtor nuk punon me të tani (mburoja serve).")
        elif own.failing:
            well = False
            since, workers = _for_how_long(now - (own.since or now)), own.failing + own.well
            print(f"{name}: nuk punon prej {since} (kështu e gjen {own.failing} nga {workers} punëtorë).")
        else:
            print(f"{name}: punon.")
        sent = [f"{each.messages} {_STATES[each.state]}" for each in counts if each.gateway == name]
        print(f"    24 orët e fundit: {', '.join(sent) or 'asnjë SMS me vërtetim'}.")
    if together is not None:
        print("Asnjë portë nuk punon: kush kërkon kod, lexon se mesazhet nuk dërgohen tani dhe se ka rrugë pa kod.")
    return OK if well else FAILING


def _with_gateways(config: Path | None) -> ServerSettings:
    """Return the server's settings. Raises InputError where they name no gateways."""
    server = read_server_settings(config)
    if server.sms != "gateways" or not server.sms_gateways:
        raise InputError(
            "Këtu SMS-të dalin në ekran (sms = screen) e nuk shkojnë askund. Për t’i dërguar, vini sms = gateways dhe "
            "sms_gateways; shembull ka te docs/sms.md."
        )
    return server


def _speaks_for(settings: SmsGatewaySettings) -> str | None:
    """Return in whose name a message comes where nobody is named: anybody's, else the first company's."""
    return None if ANYBODY in settings.senders else next(iter(settings.senders), None)


def _for_how_long(ms: int) -> str:
    minutes = ms // MINUTE
    if minutes < 1:
        return "më pak se një minute"
    return "një minute" if minutes == 1 else f"{minutes} minutash"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
