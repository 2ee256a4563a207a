"""Measures turns beside a console under load, and what a page of the queue takes (``bench console``).

One process serves and takes turns, as in a company; the people at the console are another. Turns with and without them
are measured by turns in the same run.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from bot.app import Office, open_office
from bot.benches.asking import questions_to_ask
from bot.benches.processes import line_of, start
from bot.benches.taking import Bench, Figures, run
from bot.clock import DAY
from bot.console.door import HOME
from bot.console.part import CONSOLE
from bot.policy.actions import Action
from bot.services.casework.deadlines import local_day
from bot.services.desk import OFFICE, Desk, Place
from bot.services.office import backoffice_record
from bot.services.office.backoffice_record import Incoming, Way
from bot.services.staff import accounts, staff_sessions
from bot.services.staff.roles import Role
from bot.services.staff.staff_sessions import Stage
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web.server import listening
from bot.web.settings import ServerSettings

CLIENTS = (50,)
PEOPLE = 20  # at the console, each with the queue open
EACH = 5.0  # seconds between two pages of one person
REQUESTS = 5_000
_BATCH = 250
_ROUNDS = 3
_OPENED_BY_NOTHING = "-"  # where a hash of a password stands: nobody signs in here
_ASKED = (Action.DSAR_ACCESS, Action.DSAR_ERASURE, Action.DSAR_RECTIFICATION, Action.COMPLAINT)


def bench_console(settings: Settings, at_a_time: Sequence[int], seconds: float) -> Iterator[str]:
    """Yield the lines of the report, for each number of conversations at a time."""
    for clients in at_a_time:
        with tempfile.TemporaryDirectory(prefix="mburoja-bench-") as folder:
            yield from asyncio.run(_measured(settings, Path(folder) / "console.db", clients, seconds))


async def _measured(settings: Settings, database: Path, clients: int, seconds: float) -> list[str]:
    asked = [question for question in questions_to_ask(settings, None) if question[1]]
    told = ServerSettings(port=0, sms="screen", log_level="warning")
    async with open_office(settings, database) as office:
        await _fill(office)
        tokens = await office.store.transact(lambda tx: [_sign_in(tx, office, number) for number in range(PEOPLE)])
        async with listening(office, told, lambda *_: None, parts=(CONSOLE,)) as server:
            await run(Bench(office, asked, "warm").choose, clients, seconds / 2)
            alone, beside, pages = [], [], []
            for turn in range(_ROUNDS):
                alone.append(await run(Bench(office, asked, f"alone-{turn}").choose, clients, seconds))
                async with _people(server.url, tokens) as people:
                    beside.append(await run(Bench(office, asked, f"beside-{turn}").choose, clients, seconds))
                pages.append(await asyncio.to_thread(_figures, people))
    quiet, busy = _together(alone), _together(beside)
    return [
        f"{clients} conversations at a time, {REQUESTS} open requests",
        quiet.line("  choice turns"),
        busy.line("  choice turns beside people") + f"   {busy.rate / quiet.rate:.2f} of that",
        _together(pages).line(f"  pages of {PEOPLE} people"),
    ]


async def _fill(office: Office) -> None:
    for begin in range(0, REQUESTS, _BATCH):
        await office.store.transact(partial(_record, office.desk, office.clock.now(), begin))


def _record(desk: Desk, now: int, begin: int, tx: Tx) -> None:
    place, companies = Place(conversation="", channel=OFFICE, now=now), sorted(desk.companies)
    for at in range(begin, begin + _BATCH):
        incoming = Incoming(
            company=companies[at % len(companies)], action=_ASKED[at % len(_ASKED)], way=Way.EMAIL,
            on=local_day(now - at % 40 * DAY), words=f"Kërkesë e trilluar {at}", reply_to=f"filan{at}@shembull.example",
        )  # fmt: skip
        backoffice_record.record(tx, desk, place, "bench", incoming)


def _sign_in(tx: Tx, office: Office, number: int) -> str:
    desk, now = office.desk, office.clock.now()
    roles = dict.fromkeys(desk.companies, Role.DPO)
    account = accounts.add(tx, desk, now, f"bench-{number}", "Matja", "", roles, _OPENED_BY_NOTHING)
    return staff_sessions.begin(tx, desk, now, account.id, Stage.IN, "bench")


@asynccontextmanager
async def _people(url: str, tokens: Sequence[str]) -> AsyncIterator["subprocess.Popen[str]"]:
    """Let people work at the console until the context ends; what they saw can be read then."""
    command = [sys.executable, "-m", "bot.benches.console_client", url, f"{HOME}/queue", str(EACH)]
    client = await asyncio.to_thread(start, command, " ".join(tokens))
    try:
        await asyncio.to_thread(line_of, client)  # everybody has the queue open
        yield client
    finally:
        if client.stdin:
            client.stdin.close()


def _figures(client: "subprocess.Popen[str]") -> Figures:
    try:
        told = json.loads(line_of(client))
        return Figures(rate=told["rate"], times=told["times"])
    finally:
        client.wait()


def _together(rounds: Sequence[Figures]) -> Figures:
    return Figures(
        rate=sum(each.rate for each in rounds) / len(rounds), times=[took for each in rounds for took in each.times]
    )
