"""The store on SQLite: one thread writes (``writer.py``), a few read; knows no table.

``connect`` and ``SqliteTx`` stand in ``connection.py`` and are given on from here.
"""

import asyncio
import contextlib
import sqlite3
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.errors import StoreUnavailableError
from bot.storage.connection import BUSY_MS, MEMORY, SqliteTx, connect
from bot.storage.migrate import migrate
from bot.storage.statements import Statements, read_statements
from bot.storage.store import Store, Tx
from bot.storage.writer import CLOSED, Turn, Writer, read

__all__ = ["SqliteStore", "SqliteTx", "connect"]

T = TypeVar("T")

READERS = 4  # connections that read at a time


class SqliteStore(Store):
    """A SQLite file, or ":memory:" (reads then take turns with the writes on the one connection)."""

    def __init__(self, path: Path | str, statements: Statements, *, busy_ms: int = BUSY_MS) -> None:
        """Open and migrate the database; see ``open``."""
        self._path, self._statements, self._busy_ms = path, statements, busy_ms
        connection = connect(path, busy_ms=busy_ms)
        try:
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._changes = _Changes()
        self._writer = Writer(connection, statements, self._changes.tell)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="mburoja-reader")
        self._idle: list[sqlite3.Connection] = []
        self._end: Future[None] | None = None

    @classmethod
    def open(cls, path: Path | str, *, statements: Statements | None = None, busy_ms: int = BUSY_MS) -> Self:
        """Open a database, made and migrated if need be.

        Waits ``busy_ms`` for other processes that write, here and later. Raises StoreUnavailableError when
        it cannot be opened, is newer than this code, or is not ours.
        """
        return cls(path, statements or read_statements(), busy_ms=busy_ms)

    @property
    def waiting(self) -> int:
        """How many works wait to be written."""
        return self._writer.waiting()

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` and commit. Raises what ``work`` raises, or StoreUnavailableError.

        A caller that is cancelled before its work was begun gets it not done; after that it may be done.
        """
        return await self._turn(work, reads=False)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a connection that cannot write; it sees one consistent, committed state."""
        if str(self._path) == MEMORY:
            return await self._turn(work, reads=True)
        self._refuse_when_closed()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def changed(self, timeout: float) -> bool:
        """Wait until something was committed since the last call (or ``timeout`` seconds); tell which.

        "The last call" is that of the same task; for a new task, anybody's.
        """
        return await self._changes.wait(timeout)

    async def close(self) -> None:
        """Finish what is under way, then close every connection. Idempotent."""
        if self._end is None:
            closer = ThreadPoolExecutor(1, thread_name_prefix="mburoja-closer")
            self._end = closer.submit(self._finish)
            closer.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(self._end))

    async def _turn(self, work: Callable[[Tx], T], *, reads: bool) -> T:
        self._refuse_when_closed()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.put(Turn(work, future, loop, reads))
        return await future

    def _read(self, work: Callable[[Tx], T]) -> T:
        connection = self._idle.pop() if self._idle else self._reader()
        try:
            result = read(connection, self._statements, work)
        except StoreUnavailableError:
            connection.close()  # the next read begins with a fresh one
            raise
        except BaseException:
            self._idle.append(connection)
            raise
        self._idle.append(connection)
        return result

    def _reader(self) -> sqlite3.Connection:
        connection = connect(self._path, busy_ms=self._busy_ms)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _refuse_when_closed(self) -> None:
        if self._end is not None:
            raise StoreUnavailableError(CLOSED)

    def _finish(self) -> None:
        self._writer.stop()
        self._readers.shutdown()
        for connection in self._idle:
            connection.close()


class _Changes:
    """Who waits for a commit, and which commits they know of; told by the writer's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._last = 0
        self._seen: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self._waiting: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}

    def tell(self) -> None:
        with self._lock:
            self._count += 1
            waiting, self._waiting = self._waiting, {}
        for future, loop in waiting.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(_wake, future)

    async def wait(self, timeout: float) -> bool:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None  # noqa: S101  a coroutine runs in a task
        seen = self._seen.get(task, self._last)
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._count == seen:
                self._waiting[future] = loop
            else:
                future.set_result(None)
        try:
            await asyncio.wait([future], timeout=timeout)
        finally:
            with self._lock:
                self._waiting.pop(future, None)
        self._seen[task] = self._last = self._count
        return self._count != seen


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
