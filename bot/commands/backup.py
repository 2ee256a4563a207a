"""``mburoja backup`` and ``mburoja restore``: a whole database, kept apart and put back."""

import argparse
import asyncio
from pathlib import Path

from bot.clock import SystemClock
from bot.commands.console import OK, add_database
from bot.settings import PostgresUrl, Settings
from bot.upkeep.backups import HEADS, back_up, restore


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    made = commands.add_parser("backup", help="bën një kopje rezervë të bazës, edhe ndërsa punon")
    made.add_argument("folder", type=Path, metavar="DOSJA", help="dosja e re e kopjes")
    add_database(made)
    made.set_defaults(command=_back_up)
    put = commands.add_parser("restore", help="e kthen një kopje rezervë te një vend i zbrazët")
    put.add_argument("folder", type=Path, metavar="DOSJA", help="dosja e kopjes")
    add_database(put)
    put.set_defaults(command=_restore)


def _back_up(options: argparse.Namespace, settings: Settings) -> int:
    place = options.db or settings.database
    made = back_up(settings, place, options.folder, SystemClock())
    print(f"Kopja është te {options.folder}: {made.rows} rreshta në {len(made.tables)} tabela, {made.made_at}.")
    if HEADS not in made.files:
        print(f"Kujdes: te {settings.heads_of(place)} nuk ka koka të nënshkruara; kopja është pa to.")
    where = "MBUROJA_SECRET"
    if not isinstance(place, PostgresUrl) and settings.secret is None:
        where = f"{place}.key"
    print(f"Sekreti ({where}) nuk është në kopje: ruajeni veç, se pa të kopja nuk hapet.")
    return OK


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    place = options.db or settings.database
    manifest = asyncio.run(restore(settings, options.folder, place))
    print(f"U kthye te {place}: {manifest.rows} rreshta, si më {manifest.made_at}; regjistri është i paprekur.")
    return OK
