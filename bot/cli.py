"""The command line; parses, hands over, and turns errors into one plain message and exit code 2."""

import argparse
import os
import sys
from collections.abc import Sequence

from bot import __version__
from bot.commands import ask, audit, chat, customers, data, jobs, requests, worker
from bot.commands.console import BAD_INPUT, OK, complain
from bot.errors import DataError, MburojaError
from bot.settings import read_settings


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (0, or 2 for what the user or the data files got wrong)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options, read_settings()))
    except DataError as error:
        complain("Mburoja nuk mund të përgjigjet: në skedarët e saj ka gabime. Ndreqni këto, pastaj provoni prapë:")
        complain(str(error))
    except MburojaError as error:
        complain(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return 130
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mburoja", description="Mburoja: privatësia juaj, e shpjeguar nga vetë politika."
    )
    parser.add_argument("--version", action="version", version=f"mburoja {__version__}")
    commands = parser.add_subparsers(required=True, metavar="komanda")
    for group in (ask, chat, customers, requests, audit, jobs, worker, data):
        group.add(commands)
    return parser
