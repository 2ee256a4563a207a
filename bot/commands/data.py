"""``mburoja check`` and ``compile``: the data files."""

import argparse

from bot.commands.ask import open_assistant
from bot.commands.console import BAD_INPUT, OK
from bot.knowledge.check import check
from bot.settings import Settings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands ``check`` and ``compile``."""
    checked = commands.add_parser("check", help="kontrollon tekstet, përgjigjet dhe shprehjet")
    checked.set_defaults(command=_check)
    compiled = commands.add_parser("compile", help="përgatit njohësin nga shprehjet (bëhet edhe vetvetiu)")
    compiled.set_defaults(command=_compile)


def _check(_options: argparse.Namespace, settings: Settings) -> int:
    report = check(settings.data, settings.cache)
    for fault in report.faults:
        print(fault)
    print(report.summary)
    return BAD_INPUT if report.faults else OK


def _compile(_options: argparse.Namespace, settings: Settings) -> int:
    open_assistant(settings)
    return OK
