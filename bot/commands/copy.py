"""``mburoja copy``: a whole database to the other engine, or to another place."""

import argparse
import asyncio

from bot.clock import SystemClock
from bot.commands.console import OK
from bot.settings import PostgresUrl, Settings, database_at
from bot.upkeep.copying import copy


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``copy``."""
    copied = commands.add_parser("copy", help="kopjon tërë bazën te një tjetër, e zbrazët: skedar ose PostgreSQL")
    copied.add_argument("--from", dest="source", type=database_at, metavar="BAZA", help="nga (pa të: ajo e cilësimeve)")
    copied.add_argument("--to", dest="target", type=database_at, metavar="BAZA", help="te (pa të: ajo e cilësimeve)")
    copied.set_defaults(command=_copy)


def _copy(options: argparse.Namespace, settings: Settings) -> int:
    source, target = options.source or settings.database, options.target or settings.database
    done = asyncio.run(copy(settings, source, target, SystemClock(), print))
    print(
        f"U kopjuan {sum(done.rows.values())} rreshta; regjistri me {done.sealed} hyrje të vulosura është i paprekur."
    )
    if isinstance(target, PostgresUrl) and settings.secret is None:
        print(
            "Sekreti mbetet i njëjti: jepeni te MBUROJA_SECRET përmbajtjen e skedarit .key pranë bazës së vjetër "
            "(e te MBUROJA_SECRET_BEFORE atë të .key.before, nëse ka)."
        )
    return OK
