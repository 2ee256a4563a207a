"""The command line; parses, hands over, and turns errors into one plain message and exit code 2."""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence

from bot import __version__
from bot.commands.console import BAD_INPUT, OK, complain
from bot.errors import DataError, MburojaError
from bot.settings import read_settings

# In which module a command stands. Only the one that is called is imported: a question is answered in a
# quarter of a second, and the libraries of the rest would double that.
_MODULES = {
    "ask": "ask",
    "chat": "chat",
    "demo": "demo",
    "serve": "serve",
    "customers": "customers",
    "consents": "customers",
    "requests": "requests",
    "audit": "audit",
    "keys": "keys",
    "staff": "staff",
    "jobs": "jobs",
    "copy": "copy",
    "backup": "backup",
    "restore": "backup",
    "worker": "worker",
    "tokens": "tokens",
    "webhooks": "webhooks",
    "mail": "mail",
    "directory": "directory",
    "sms": "sms",
    "migrate": "migrate",
    "check": "data",
    "compile": "data",
    "bench": "bench",
}


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (0, or 2 for what the user or the data files got wrong)."""
    options = _parser(arguments).parse_args(arguments)
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
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain("Disku është plot: dalja nuk u shkrua e tëra.")
    except KeyboardInterrupt:
        return 130
    return BAD_INPUT


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mburoja", description="Mburoja: privatësia juaj, e shpjeguar nga vetë politika."
    )
    parser.add_argument("--version", action="version", version=f"mburoja {__version__}")
    commands = parser.add_subparsers(required=True, metavar="komanda")
    called = _MODULES.get(arguments[0]) if arguments else None
    for module in [called] if called else dict.fromkeys(_MODULES.values()):
        importlib.import_module(f"bot.commands.{module}").add(commands)
    return parser
