"""Draws in a process of its own, so that the loop stays free (a chart takes some 20 ms); knows no chart.

The process is started when it is first needed and ends with the server, or when the server is gone. One that was killed
is replaced.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from aiohttp import web

T = TypeVar("T")
A = TypeVar("A")


class Workshop:
    """Runs functions of modules elsewhere, one at a time."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, work: Callable[[A], T], argument: A) -> T:
        """Return what ``work`` makes of its argument. Raises what it raises, BrokenProcessPool if it dies twice."""
        try:
            return await self._once(work, argument)
        except BrokenProcessPool:
            self._pool = None
            return await self._once(work, argument)

    async def close(self) -> None:
        """End the process."""
        pool, self._pool = self._pool, None
        if pool:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def _once(self, work: Callable[[A], T], argument: A) -> T:
        if self._pool is None:
            # Spawned: a fork of a process with threads may stand still for ever.
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, argument)


WORKSHOP = web.AppKey("workshop", Workshop)


def prepare(app: web.Application) -> None:
    """Give an app its workshop, which ends with it."""
    app[WORKSHOP] = workshop = Workshop()

    async def close(_: web.Application) -> None:
        await workshop.close()

    app.on_cleanup.append(close)


def _begin() -> None:
    """Leave Ctrl-C to the server, and end where the server was killed: nobody else would end this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(0)
