"""``mburoja chat``: a whole conversation, for a person at a terminal or for programs as JSON lines."""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bot.answering import translations
from bot.app import open_office
from bot.channels.jsonlines import Many, one
from bot.channels.talk import Screen, Talk
from bot.channels.terminal import Conversation, converse
from bot.clock import FileClock
from bot.commands.console import OK, announce_compiling, line_out, lines_in, style, width
from bot.delivery.sms import ScreenGateway
from bot.delivery.worker import Worker
from bot.errors import UnknownCompanyError
from bot.settings import Settings

_ONE = "terminal"  # the address of the only conversation of a terminal


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``chat``."""
    chat = commands.add_parser("chat", help="bisedë në terminal")
    chat.add_argument("--company", metavar="C", help="ipko ose paysera")
    chat.add_argument("--db", type=Path, metavar="SKEDARI", help="baza e të dhënave")
    chat.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar që mban orën (ISO 8601), për prova")
    form = chat.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="çdo rresht brenda jep një rresht JSON jashtë")
    form.add_argument("--many", action="store_true", help="shumë biseda përnjëherë, rreshta JSON brenda e jashtë")
    chat.set_defaults(command=_chat)


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    try:
        asyncio.run(_run(options, settings))
    except KeyboardInterrupt:
        print()
    return OK


async def _run(options: argparse.Namespace, settings: Settings) -> None:
    clock = FileClock(options.clock) if options.clock else None
    if clock:
        clock.now()  # a clock that cannot be read is told before anything begins
    async with open_office(settings, options.db, clock=clock, announce=announce_compiling) as office:
        if options.company is not None and options.company not in office.desk.companies:
            known = ", ".join(office.desk.companies)
            raise UnknownCompanyError(f"Kompania {options.company!r} nuk njihet. Të njohura janë: {known}.")
        screen = Screen()
        worker = office.worker(ScreenGateway(screen.show))
        turns = office.turns()

        def begin(address: str, *, waits: bool = False) -> Talk:
            return Talk(
                office.store, office.desk, office.clock, turns, worker if waits else None, address, options.company
            )

        async with _working(worker):
            if options.many:
                await Many(begin, screen, line_out, office.desk.limits.waiting).run(lines_in())
            elif options.json:
                await one(begin(_ONE, waits=True), screen, lines_in(), line_out)
            else:
                await _in_terminal(begin(_ONE, waits=True), screen)


@contextlib.asynccontextmanager
async def _working(worker: Worker) -> AsyncIterator[None]:
    """Let the worker do jobs and keep house meanwhile."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def _in_terminal(talk: Talk, screen: Screen) -> None:
    with contextlib.suppress(ImportError):  # line editing and history, where the platform has it
        import readline  # noqa: F401, PLC0415
    conversation = Conversation(talk, screen, style(), translations().gettext)

    async def read() -> str:
        return await asyncio.to_thread(input, "› ")

    await converse(conversation, read, print, width)
