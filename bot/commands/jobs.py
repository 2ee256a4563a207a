"""``mburoja jobs``: shows the jobs that were given up, and lets one be tried again."""

import argparse
import asyncio

from bot.app import open_office
from bot.clock import moment
from bot.commands.console import add_database
from bot.errors import InputError
from bot.services import jobs
from bot.services.jobs import DeadJob
from bot.settings import Settings

OK = 0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``jobs``."""
    group = commands.add_parser("jobs", help="punët që nuk u kryen").add_subparsers(required=True, metavar="veprimi")
    dead = group.add_parser("dead", help="tregon punët që u lanë")
    dead.set_defaults(command=_dead)
    revive = group.add_parser("revive", help="e provon prapë një punë që u la")
    revive.add_argument("id", metavar="ID")
    revive.set_defaults(command=_revive)
    for command in (dead, revive):
        add_database(command)


def _dead(options: argparse.Namespace, settings: Settings) -> int:
    async def read() -> list[DeadJob]:
        async with open_office(settings, options.db) as office:
            return await office.store.read(jobs.dead)

    found = asyncio.run(read())
    for job in found:
        died = moment(job.died_at).isoformat(timespec="seconds").replace("+00:00", "Z")
        print(f"{job.id}  {job.kind}  prova: {job.attempts}  gabimi: {job.error}  u la më: {died}")
    if not found:
        print("Asnjë punë nuk është lënë.")
    return OK


def _revive(options: argparse.Namespace, settings: Settings) -> int:
    async def revive() -> bool:
        async with open_office(settings, options.db) as office:
            now = office.clock.now()
            return await office.store.transact(lambda tx: jobs.revive(tx, now, options.id))

    if not asyncio.run(revive()):
        raise InputError(f"Nuk ka punë të lënë me ID {options.id}, ose koha e saj ka kaluar. Shihni: mburoja jobs dead")
    print("Puna do të provohet prapë.")
    return OK
