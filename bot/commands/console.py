"""What commands share: writing for people at a terminal, and reading lines without holding up the loop."""

import argparse
import asyncio
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator

from bot.channels.rendering import COLOURS, NO_COLOURS, Style
from bot.settings import database_at

OK, BAD_INPUT = 0, 2


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a database."""
    parser.add_argument(
        "--db", type=database_at, metavar="BAZA", help="baza e të dhënave: një skedar, ose postgresql://…"
    )


def complain(message: str) -> None:
    """Print to standard error; a lone surrogate in what the user gave must not become a traceback here."""
    print(message.encode("utf-8", "replace").decode("utf-8"), file=sys.stderr)


def announce_compiling() -> None:
    """Say why nothing happens for a while."""
    complain("Po përgatitem nga skedarët e të dhënave; kjo zgjat deri në gjysmë minute, vetëm herën e parë.")


def style() -> Style:
    """Return colours where a person looks."""
    return COLOURS if sys.stdout.isatty() and "NO_COLOR" not in os.environ else NO_COLOURS


def width() -> int:
    """Return the terminal's columns."""
    return shutil.get_terminal_size().columns


async def lines_in() -> AsyncIterator[str]:
    """Yield the lines of standard input as they come; bytes that are no UTF-8 are replaced."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        try:
            for line in sys.stdin.buffer:
                loop.call_soon_threadsafe(queue.put_nowait, line)
            loop.call_soon_threadsafe(queue.put_nowait, b"")
        except (RuntimeError, ValueError):  # the loop or the input was closed: nobody waits any more
            return

    # A daemon, because a read of standard input cannot be broken off.
    threading.Thread(target=read, name="mburoja-stdin", daemon=True).start()
    while raw := await queue.get():
        yield raw.decode("utf-8", "replace").rstrip("\r\n")


def line_out(line: str) -> None:
    """Write one line of JSON at once."""
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
