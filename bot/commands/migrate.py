"""``mburoja migrate``: brings a database to this program's schema, or tells what it lacks; knows no table."""

import argparse

from bot.commands.console import OK, add_database
from bot.settings import Database, Settings
from bot.storage import opening

LACKS = 1  # exit code of --check where something is missing


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``migrate``."""
    parser = commands.add_parser("migrate", help="e sjell bazën e të dhënave te ky version")
    add_database(parser)
    parser.add_argument(
        "--check", action="store_true", help="vetëm tregon çka mungon, pa ndryshuar gjë; del me 1 kur mungon diçka"
    )
    parser.set_defaults(command=_migrate)


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    database: Database = options.db or settings.database
    if options.check:
        lacking = opening.not_applied(database)
        print(*[f"mungon: {name}" for name in lacking] or ["Nuk mungon asgjë."], sep="\n")
        return LACKS if lacking else OK
    print(*[f"u krye: {name}" for name in opening.migrate(database)] or ["Nuk mungonte asgjë."], sep="\n")
    return OK
