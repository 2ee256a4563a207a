"""``mburoja worker``: does what waits in the outbox and keeps house, until it is told to stop."""

import argparse
import asyncio
from pathlib import Path

from bot.app import open_office
from bot.clock import Clock, FileClock
from bot.commands.console import add_database
from bot.settings import Settings
from bot.web import outward
from bot.web.server import stop_on_signals
from bot.web.settings import ServerSettings, read_server_settings
from bot.web.watch import logs
from bot.web.watch.agreeing import clock_apart

OK = 0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``worker``."""
    worker = commands.add_parser("worker", help="kryen punët në pritje: SMS, njoftime, vulosjen, fshirjen me kohë")
    add_database(worker)
    worker.add_argument("--once", action="store_true", help="kryen ato që presin tani, pastaj mbaron")
    worker.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar me orën (ISO 8601), për prova")
    worker.set_defaults(command=_worker)


def _worker(options: argparse.Namespace, settings: Settings) -> int:
    clock = FileClock(options.clock) if options.clock else None
    outside = read_server_settings()
    if not options.once:
        logs.set_up(outside.log_format, outside.log_level)
    asyncio.run(_work(settings, outside, options.db, clock, once=options.once))
    return OK


async def _work(
    settings: Settings, outside: ServerSettings, database: Path | None, clock: Clock | None, *, once: bool
) -> None:
    loop = asyncio.get_running_loop()
    logs.watch(loop)
    async with (
        open_office(settings, database, clock=clock) as office,
        outward.worker(office, outside, _show) as worker,
    ):
        if once:
            count = 0
            while done := await worker.run_once():
                count += done
            await worker.house.keep()
            await worker.house.do_chores()
            await worker.close()
            print(
                f"U krye {count} punë."
                if count == 1
                else f"U kryen {count} punë."
                if count
                else "Asnjë punë nuk priste.",
                flush=True,
            )
            return
        stop = asyncio.Event()
        stop_on_signals(loop, stop)
        for sentence in await clock_apart(office) if clock is None else ():
            print(sentence, flush=True)
        print("Puna filloi; Ctrl-C e ndal.", flush=True)
        await worker.run(stop)
        print("Puna u ndal.", flush=True)


def _show(to: str, text: str) -> None:
    print(f"SMS për {to}: {text}", flush=True)
