"""``mburoja directory test``: asks a company's own directory how it is, and says what came back; names nobody."""

import argparse
import asyncio
import time
from pathlib import Path

from bot.app import Office, open_office
from bot.commands.console import BAD_INPUT, OK, add_database, complain
from bot.delivery.directory.port import DirectoryError
from bot.errors import InputError
from bot.settings import Settings
from bot.web.outward import own_directories
from bot.web.settings import ServerSettings, read_server_settings

_WHY = {
    "directory.slow": "nuk u përgjigj me kohë. Shikoni nëse është i ngarkuar, ose rriteni «timeout»",
    "directory.unreachable": "nuk arrihet. Shikoni «url», rrjetin dhe nëse është ndezur",
    "directory.broken": "e ndërpreu përgjigjen. Shikoni «url» dhe çfarë qëndron mes nesh dhe tij",
    "directory.certificate": "ka një certifikatë që nuk vërtetohet. Shikoni «url», ose jepni «ca_file»",
    "directory.token": "nuk e pranon çelësin tonë. Shikoni «token»",
    "directory.address": "nuk e njeh adresën. Shikoni «url»: pas saj vijojnë rrugët /v1/… të kontratës",
    "directory.redirect": "na dërgon diku tjetër, dhe ne nuk shkojmë. Jepni adresën e fundit te «url»",
    "directory.busy": "thotë se ka tepër pyetje (429). Provoni pas pak",
    "directory.failing": "thotë se ka gabim te vetja (5xx). Pyesni kujdestarin e tij",
    "directory.refused": "nuk e pranon pyetjen (4xx), edhe pse është sipas kontratës",
    "directory.no_json": "u përgjigj me diçka që nuk është JSON (application/json)",
    "directory.encoded": "u përgjigj i ngjeshur, pa ia kërkuar. Fikeni ngjeshjen",
    "directory.large": "u përgjigj me më shumë se 256 KiB",
    "directory.form": "u përgjigj ndryshe nga ç’thotë kontrata (docs/directory.openapi.yaml)",
    "directory.other_company": "u përgjigj për një kompani tjetër. Shikoni «company» te përgjigjja",
    "directory.other_customer": "tha se dikush e ka një numër që nuk e ka askush",
    "directory.nobodys": "tha se dikush e ka një numër që nuk e ka askush",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``directory``."""
    directory = commands.add_parser("directory", help="regjistri i vetë kompanisë")
    acts = directory.add_subparsers(required=True, metavar="veprimi")
    test = acts.add_parser("test", help="e pyet si është; nuk emëron askënd")
    test.add_argument("--company", metavar="KOMPANIA", required=True, help="e kujt")
    test.add_argument("--config", type=Path, metavar="SKEDARI", help="skedari i cilësimeve (TOML)")
    add_database(test)
    test.set_defaults(command=_test)


def _test(options: argparse.Namespace, program: Settings) -> int:
    settings = read_server_settings(options.config)
    if options.company not in settings.directories:
        raise InputError(
            f"Kompania {options.company} nuk ka regjistër të vetin te cilësimi «directories» (MBUROJA_DIRECTORIES): "
            "klientët e saj kërkohen te listat që janë importuar."
        )
    return asyncio.run(_run(options, program, settings))


async def _run(options: argparse.Namespace, program: Settings, settings: ServerSettings) -> int:
    async with open_office(program, options.db) as office:
        return await _asked(office, settings, options.company)


async def _asked(office: Office, settings: ServerSettings, company: str) -> int:
    async with own_directories(office, settings) as directories:
        began = time.perf_counter()
        try:
            await directories.own[company].try_out()
        except DirectoryError as error:
            milliseconds = _since(began)
            complain(f"Regjistri i kompanisë {company} {_WHY[error.kind]} ({error.kind}, {milliseconds} ms).")
            complain("Kodet e klientëve nuk humbin menjëherë: kërkimi provohet prapë derisa kodi vlen.")
            return BAD_INPUT
    print(f"Regjistri i kompanisë {company} është mirë: u përgjigj dy herë sipas kontratës për {_since(began)} ms.")
    return OK


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
