"""The store on PostgreSQL: some threads write, others read, each with a connection of its own; knows no table.

Every work is a transaction of its own (READ COMMITTED). One that was lost to a collision with another, or to a
connection that broke before its COMMIT, is run again.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

import psycopg

from bot.errors import OutcomeUnknownError, StoreUnavailableError
from bot.storage.changes import Changes
from bot.storage.postgres.connection import READING, WRITING, Connection, Plans, PostgresTx, connect
from bot.storage.postgres.failures import RunAgain, meaning
from bot.storage.postgres.listener import Listener
from bot.storage.postgres.migrate import migrate
from bot.storage.postgres.outcome import was_committed
from bot.storage.postgres.sides import Gate, Side
from bot.storage.statements import Statements, read_statements
from bot.storage.store import CLOSED, NOT_NOW, UNKNOWN, Store, Tx, settable

T = TypeVar("T")

# Python runs one thread at a time: these wait for the server's disk together, more of them only wait for each other.
# With the listener a process has 13 connections at most; a server allows 100 unless it is told otherwise.
WRITERS = 8
READERS = 4

_BEGIN = "BEGIN; SELECT CAST(pg_current_xact_id() AS TEXT) AS id"
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGINS_WITHIN_S = 3.0  # a server that does not begin by then stands still


class PostgresStore(Store):
    """A database of a PostgreSQL server."""

    def __init__(self, url: str, statements: Statements, *, writers: int = WRITERS, readers: int = READERS) -> None:
        """Open and migrate the database; see ``open``."""
        self._url = url
        with connect(url, purpose="migrate") as connection:
            migrate(connection)
        self._plans = Plans(statements)
        self._changes = Changes()
        gate = Gate(url)
        self._writing = Side(gate, WRITING, purpose="writer", size=writers)
        self._reading = Side(gate, READING, purpose="reader", size=readers)
        self._listener = Listener(url, self._changes.tell)
        self._end: Future[None] | None = None

    @classmethod
    def open(cls, url: str, *, statements: Statements | None = None, writers: int = WRITERS) -> Self:
        """Open a database, migrated if need be; what others commit from now on is heard of.

        Raises StoreUnavailableError when it cannot be reached, is newer than this code, or is not ours.
        """
        return cls(url, statements or read_statements(), writers=writers)

    @property
    def waiting(self) -> int:
        """How many works wait for a thread."""
        return self._writing.waiting

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` and commit. Raises what ``work`` raises, or StoreUnavailableError.

        A caller that is cancelled before its work was begun gets it not done; after that it may be done.
        """
        self._refuse_when_closed()
        return await self._writing.use(lambda connection: self._transact(connection, work))

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a connection that cannot write; it sees one consistent, committed state."""
        self._refuse_when_closed()
        return await self._reading.use(lambda connection: self._read(connection, work))

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

    def _refuse_when_closed(self) -> None:
        if self._end is not None:
            raise StoreUnavailableError(CLOSED)

    def _transact(self, connection: Connection, work: Callable[[Tx], T]) -> T:
        transaction = _begin(connection, _BEGIN)
        tx = PostgresTx(connection, self._plans)
        result = _worked(connection, tx, work)
        self._commit(connection, transaction)
        if tx.wrote:
            self._changes.tell()
            self._listener.tell()
        return result

    def _commit(self, connection: Connection, transaction: str) -> None:
        """Commit, and return once that is certain. Raises OutcomeUnknownError where it cannot be told."""
        pid = connection.info.backend_pid
        try:
            ended = connection.execute("COMMIT", prepare=False).statusmessage
        except psycopg.Error as error:
            if not connection.closed:  # the server said why, so it is undone
                raise meaning(error, connection, writing=True) from error
            committed = was_committed(self._url, transaction, connection.server, pid)
            if committed is None:
                raise OutcomeUnknownError(UNKNOWN) from error
            if not committed:
                raise RunAgain(error, told=StoreUnavailableError(NOT_NOW), fresh=True, lost=True) from error
        else:
            if ended != "COMMIT":
                raise StoreUnavailableError(NOT_NOW)

    def _read(self, connection: Connection, work: Callable[[Tx], T]) -> T:
        _begin(connection, _BEGIN_READING)
        result = _worked(connection, PostgresTx(connection, self._plans, writing=False), work)
        try:
            connection.execute("COMMIT", prepare=False)  # after a ROLLBACK psycopg would prepare every statement anew
        except psycopg.Error:
            connection.close()  # what was read was read
        return result

    def _finish(self) -> None:
        self._writing.close()
        self._reading.close()
        self._listener.stop()


def _begin(connection: Connection, how: str) -> str:
    """Begin a transaction; return its number, if it is asked for. Raises RunAgain, or StoreUnavailableError."""
    patience, connection.answers_within = connection.answers_within, _BEGINS_WITHIN_S
    try:
        begun = connection.execute(how.encode(), prepare=False)
        row = begun.fetchone() if begun.nextset() else None
    except psycopg.Error as error:
        raise meaning(error, connection, writing=True) from error
    finally:
        connection.answers_within = patience
    return str(row["id"]) if row else ""


def _worked(connection: Connection, tx: PostgresTx, work: Callable[[Tx], T]) -> T:
    """Run a work; where it fails, or went on after a statement that failed, undo it and raise that."""
    try:
        result = work(tx)
        if tx.failed is None:
            return result
        raise tx.failed
    except BaseException as error:
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()
        taken = tx.failed if isinstance(tx.failed, RunAgain | StoreUnavailableError) else None
        raise settable(taken or error) from error
