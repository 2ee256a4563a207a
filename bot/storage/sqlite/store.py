"""The store on SQLite: one thread writes (``writer.py``), a few read; knows no table."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from bot.errors import StoreUnavailableError
from bot.storage.changes import Changes
from bot.storage.sqlite.connection import BUSY_MS, MEMORY, connect
from bot.storage.sqlite.migrate import migrate
from bot.storage.sqlite.writer import Turn, Writer, read
from bot.storage.statements import Statements, read_statements
from bot.storage.store import CLOSED, Store, Tx

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
        self._changes = Changes()
        self._writer = Writer(connection, statements, self._changes.tell, busy_ms=busy_ms)
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
        try:
            connection = self._idle.pop()
        except IndexError:  # other threads have them all
            connection = self._reader()
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
