"""``mburoja chat``: a whole conversation, for a person at a terminal or for programs as JSON lines."""

import argparse
import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from bot.answering import translations
from bot.app import open_office
from bot.channels.jsonlines import Many, one
from bot.channels.talk import Screen, Talk
from bot.channels.terminal import Conversation, converse
from bot.clock import FileClock
from bot.commands.console import OK, add_database, announce_compiling, line_out, lines_in, style, width
from bot.delivery.sms.screen import ScreenGateway
from bot.delivery.worker import Worker
from bot.errors import UnknownCompanyError
from bot.settings import Settings

_ONE = "terminal"  # the address of the only conversation of a terminal


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``chat``."""
    chat = commands.add_parser("chat", help="bisedë në terminal")
    chat.add_argument("--company", metavar="C", help="ipko ose paysera")
    add_database(chat)
    chat.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar që mban orën (ISO 8601), për prova")
    form = chat.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="çdo rresht brenda jep një rresht JSON jashtë")
    form.add_argument("--many", action="store_true", help="shumë biseda përnjëherë, rreshta JSON brenda e jashtë")
    chat.set_defaults(command=_chat)


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    if options.json or options.many:
        asyncio.run(_in_lines(options, settings))
    else:
        _in_terminal(options, settings)
    return OK


@dataclass(frozen=True, kw_only=True)
class _Session:
    """What is open while conversations are held: how the only one begins, and how one of many does."""

    one: Callable[[], Talk]
    many: Callable[[str], Talk]
    screen: Screen
    most: int


@contextlib.asynccontextmanager
async def _session(options: argparse.Namespace, settings: Settings) -> AsyncIterator[_Session]:
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

        def begin(address: str, jobs: Worker | None) -> Talk:
            return Talk(office.store, office.desk, office.clock, turns, jobs, address, options.company)

        stop = asyncio.Event()
        working = asyncio.create_task(worker.run(stop))
        try:
            yield _Session(
                one=lambda: begin(_ONE, worker),
                many=lambda name: begin(name, None),
                screen=screen,
                most=office.desk.limits.waiting,
            )
        finally:
            stop.set()
            await working


async def _in_lines(options: argparse.Namespace, settings: Settings) -> None:
    async with _session(options, settings) as session:
        if options.many:
            await Many(session.many, session.screen, line_out, session.most).run(lines_in())
        else:
            await one(session.one(), session.screen, lines_in(), line_out)


def _in_terminal(options: argparse.Namespace, settings: Settings) -> None:
    """Let a person type in this thread, where Ctrl-C arrives, while everything else runs in another."""
    with contextlib.suppress(ImportError):  # line editing and history, where the platform has it
        import readline  # noqa: F401, PLC0415
    opened: Future[tuple[Conversation, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def hold() -> None:
        try:
            async with _session(options, settings) as session:
                talk, left = session.one(), asyncio.Event()
                conversation = Conversation(talk, session.screen, style(), translations().gettext)
                opened.set_result((conversation, asyncio.get_running_loop(), left))
                await left.wait()
        except BaseException as error:
            if opened.done():
                raise
            opened.set_exception(error)

    holding = threading.Thread(target=lambda: asyncio.run(hold()), name="mburoja-chat", daemon=True)
    holding.start()
    conversation, loop, left = opened.result()
    try:
        converse(
            lambda: asyncio.run_coroutine_threadsafe(conversation.open(width()), loop).result(),
            lambda line: asyncio.run_coroutine_threadsafe(conversation.say(line, width()), loop).result(),
            lambda: input("› "),
            print,
        )
    except KeyboardInterrupt:
        print()
    finally:
        loop.call_soon_threadsafe(left.set)
        holding.join()
