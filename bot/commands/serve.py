"""``mburoja serve``: the web server, its worker, or both, until it is told to stop."""

import argparse
from pathlib import Path

from bot import loop
from bot.clock import FileClock
from bot.commands.console import BAD_INPUT, OK, add_database, announce_compiling, complain
from bot.console.part import CONSOLE
from bot.knowledge.compiling import open_knowledge
from bot.settings import Settings
from bot.web.safety import unsafe
from bot.web.server import serve
from bot.web.settings import read_server_settings
from bot.web.watch import logs


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``serve``."""
    server = commands.add_parser("serve", help="serveri i faqeve: biseda në faqen e kompanisë")
    add_database(server)
    server.add_argument("--config", type=Path, metavar="SKEDARI", help="skedari i cilësimeve (TOML)")
    server.add_argument("--host", metavar="ADRESA", help="ku dëgjon")
    server.add_argument("--port", metavar="N", help="porta; 0 merr një të lirë")
    server.add_argument(
        "--role", choices=("all", "web", "worker"), help="web: faqet; worker: punët në pritje; all: të dyja"
    )
    server.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar me orën (ISO 8601), për prova")
    server.set_defaults(command=_serve)


def _serve(options: argparse.Namespace, program: Settings) -> int:
    given = {name: value for name in ("host", "port", "role") if (value := getattr(options, name)) is not None}
    settings = read_server_settings(options.config, given)
    clock = FileClock(options.clock) if options.clock else None
    if clock:
        clock.now()  # a clock that cannot be read is told before anything begins
    companies = open_knowledge(program.data, program.cache, announce_compiling).companies
    own = {company.id: company.appearance.sites for company in companies.values()}
    if faults := unsafe(settings, secret=program.secret, companies=own, following=program.secret_next):
        complain("Mburoja nuk niset, sepse kështu nuk është e sigurt:")
        for fault in faults:
            complain(f"- {fault}")
        return BAD_INPUT
    logs.set_up(settings.log_format, settings.log_level)
    loop.run(serve(program, settings, database=options.db, clock=clock, show=_show, tell=_tell, parts=(CONSOLE,)))
    return OK


def _tell(sentence: str) -> None:
    print(sentence, flush=True)


def _show(to: str, text: str) -> None:
    print(f"SMS për {to}: {text}", flush=True)
