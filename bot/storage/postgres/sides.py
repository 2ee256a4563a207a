"""Threads that use PostgreSQL, and a connection for each that is at work; knows no statement and no caller's purpose.

A connection that broke is replaced when a thread needs one, so what follows a restart of the server waits for nothing.
While the server cannot be reached, one thread tries and everybody else is told at once. (psycopg's pool makes its
connections in threads of its own, with growing pauses, while whoever wants one waits: it can do neither.)
"""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from psycopg.pq import TransactionStatus

from bot.errors import StoreUnavailableError
from bot.storage.postgres.connection import Connection, Patience, connect
from bot.storage.postgres.failures import BUSY, RunAgain
from bot.storage.store import NOT_NOW

T = TypeVar("T")

TRIES = 6  # of a work that collided with others
LOSSES = 1  # connections that break under one work before it is told so: after a restart, each is broken once
LONGEST_WAIT_S = 10.0  # nobody waits longer than this for a thread
TRY_EACH_S = 0.2  # while the server is away

_OLDEST_S = 3600.0  # a connection's plans and caches in the server grow; and the server's name may have moved on

_log = logging.getLogger(__name__)


class Gate:
    """Opens connections, and lets nobody wait for a server that has just not been reached."""

    def __init__(self, url: str) -> None:
        """Take the server."""
        self._url = url
        self._lock = threading.Lock()
        self._away: str | None = None  # what was told
        self._next_try = 0.0

    def connect(self, patience: Patience, purpose: str) -> Connection:
        """Open a connection. Raises StoreUnavailableError, at once where another has just failed or is trying."""
        with self._lock:
            if self._away is not None:
                if time.monotonic() < self._next_try:
                    raise StoreUnavailableError(self._away)
                self._next_try = float("inf")
        try:
            connection = connect(self._url, patience, purpose=purpose)
        except BaseException as error:
            with self._lock:
                self._away = str(error) if isinstance(error, StoreUnavailableError) else NOT_NOW
                self._next_try = time.monotonic() + TRY_EACH_S
            raise
        with self._lock:
            if self._away is not None:
                _log.info("the database is reached again")
            self._away = None
        return connection


class Side:
    """Some threads, and as many connections at most, made when they are needed."""

    def __init__(self, gate: Gate, patience: Patience, *, purpose: str, size: int) -> None:
        """Take where connections come from."""
        self._gate, self._patience, self._purpose = gate, patience, purpose
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=f"mburoja-{purpose}")
        self._idle: list[Connection] = []  # the one used last comes first: its plans and caches are warm
        self._waiting: set[object] = set()

    @property
    def waiting(self) -> int:
        """How many wait for a thread."""
        return len(self._waiting)

    async def use(self, use: Callable[[Connection], T]) -> T:
        """Use a connection in a thread, and again where that may be; not at all for a caller cancelled before.

        Raises what ``use`` raises, or StoreUnavailableError.
        """
        place = object()
        self._waiting.add(place)
        future = self._threads.submit(self._begin, place, use)
        future.add_done_callback(lambda _: self._waiting.discard(place))
        late: list[bool] = []
        handle = asyncio.get_running_loop().call_later(LONGEST_WAIT_S, _give_up, future, late)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if late and not (task and task.cancelling()):
                raise StoreUnavailableError(BUSY) from None
            raise
        finally:
            handle.cancel()

    def close(self) -> None:
        """Finish what waits, then close the connections; blocks until then."""
        self._threads.shutdown()
        self._close_idle()

    def _begin(self, place: object, use: Callable[[Connection], T]) -> T:
        self._waiting.discard(place)
        losses = 0
        for attempt in range(1, TRIES + 1):
            connection = self._take()
            try:
                return use(connection)
            except RunAgain as again:
                losses += again.lost
                if attempt == TRIES or losses > LOSSES:
                    raise again.told from again
                if again.fresh:  # what befell this connection befell the others too
                    connection.close()
                    self._close_idle()
                else:
                    # Two that collided must not meet again in step.
                    time.sleep(random.uniform(0, 0.01 * attempt))  # noqa: S311  nothing secret
                _log.info("a transaction is run again: %s", again)
            finally:
                self._put_back(connection)
        raise AssertionError("a last attempt returns or raises")

    def _take(self) -> Connection:
        with contextlib.suppress(IndexError):  # none is idle
            while True:
                connection = self._idle.pop()
                if time.monotonic() - connection.opened_at < _OLDEST_S:
                    return connection
                connection.close()
        return self._gate.connect(self._patience, self._purpose)

    def _put_back(self, connection: Connection) -> None:
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            self._idle.append(connection)
        else:  # it is closed, or a transaction that never ended would swallow everybody's next
            connection.close()

    def _close_idle(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()


def _give_up(future: Future[T], late: list[bool]) -> None:
    if future.cancel():
        late.append(True)
