"""``mburoja worker``: does what waits in the outbox and keeps house, until it is told to stop."""

import argparse
import asyncio
import signal
from pathlib import Path

from bot.app import open_office
from bot.clock import Clock, FileClock
from bot.delivery.sms import ScreenGateway
from bot.settings import Settings
from bot.web.outward import mailing, outward
from bot.web.settings import read_server_settings

OK = 0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``worker``."""
    worker = commands.add_parser("worker", help="kryen punët në pritje: SMS, njoftime, vulosjen, fshirjen me kohë")
    worker.add_argument("--db", type=Path, metavar="SKEDARI", help="baza e të dhënave")
    worker.add_argument("--once", action="store_true", help="kryen ato që presin tani, pastaj mbaron")
    worker.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar me orën (ISO 8601), për prova")
    worker.set_defaults(command=_worker)


def _worker(options: argparse.Namespace, settings: Settings) -> int:
    clock = FileClock(options.clock) if options.clock else None
    asyncio.run(_work(settings, options.db, clock, once=options.once))
    return OK


async def _work(settings: Settings, database: Path | None, clock: Clock | None, *, once: bool) -> None:
    async with open_office(settings, database, clock=clock) as office:
        server = read_server_settings()
        worker = office.worker(ScreenGateway(_show), outward(office, server), mailing(server))
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
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        print("Puna filloi; Ctrl-C e ndal.", flush=True)
        await worker.run(stop)
        print("Puna u ndal.", flush=True)


def _show(to: str, text: str) -> None:
    print(f"SMS për {to}: {text}", flush=True)
