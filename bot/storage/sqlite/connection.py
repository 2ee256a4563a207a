"""One SQLite connection: how it is opened, and a ``Tx`` over it; knows no thread and no batch."""

import random
import sqlite3
import time
from pathlib import Path

from bot.errors import StoreUnavailableError
from bot.storage.statements import StatementError, Statements
from bot.storage.store import Row, Value
from bot.storage.texts import cleaned

MEMORY = ":memory:"
BUSY_MS = 5000

_TRY_EACH_S = (0.0005, 0.0015)
_CACHED = 512  # prepared statements; more than there are named ones
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_FULL = sqlite3.SQLITE_FULL
# After these nothing can be said of the transaction, even where SQLite left it open.
_LOST = _BUSY | {
    _FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_INTERRUPT,
}


def connect(path: Path | str, *, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """Open a database (a file, made readable by its owner only, or ":memory:").

    The connection begins and ends no transaction by itself; WAL, fsync at every commit, foreign keys on,
    waits ``busy_ms`` for another writer. It may be handed from thread to thread, one at a time. A file
    that holds tables in another journal mode is left in that: who knows that it is ours calls ``use_wal``.
    Raises StoreUnavailableError.
    """
    try:
        fresh = str(path) != MEMORY and not Path(path).exists()
        connection = sqlite3.connect(
            path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False, cached_statements=_CACHED
        )
        if fresh:
            # By its name: closing a file descriptor of our own would drop the locks that SQLite holds in this process.
            Path(path).chmod(0o600)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailableError(f"Baza e të dhënave {path} nuk hapet: {_why(error)}.") from error
    try:
        connection.row_factory = sqlite3.Row
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
            use_wal(connection, busy_ms=busy_ms)
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise StoreUnavailableError(f"{path} nuk është bazë e të dhënave; jepni një skedar tjetër.") from error
        raise unavailable(error) from error
    return connection


def use_wal(connection: sqlite3.Connection, *, busy_ms: int = BUSY_MS) -> None:
    """Put a database into WAL mode, where it is not yet; waits ``busy_ms`` for others. Raises sqlite3.Error."""
    _insist(connection, "PRAGMA journal_mode = WAL", busy_ms)  # SQLite does not wait where two change the mode at once


def begin(connection: sqlite3.Connection, *, busy_ms: int) -> None:
    """Begin a transaction that writes; waits ``busy_ms`` for others. Raises sqlite3.Error.

    SQLite itself pauses for up to 100 ms between two tries. Beside a process that writes all the time it would seldom
    meet the moment between two of its transactions, and be told after all that the database is busy.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        _insist(connection, "BEGIN IMMEDIATE", busy_ms)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {busy_ms}")


def _insist(connection: sqlite3.Connection, statement: str, busy_ms: int) -> None:
    """Run a statement, again and again for ``busy_ms`` while others are in its way. Raises sqlite3.Error."""
    until = time.monotonic() + busy_ms / 1000
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if primary(error) not in _BUSY or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(random.uniform(*_TRY_EACH_S))  # noqa: S311  nothing secret


def primary(error: sqlite3.Error) -> int:
    """Return the primary result code of an error; 0 for one that SQLite itself did not raise."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def is_lost(error: sqlite3.Error) -> bool:
    """Tell whether an error takes the whole transaction with it."""
    return primary(error) in _LOST


def unavailable(error: sqlite3.Error) -> StoreUnavailableError:
    """Return what is told to everybody whose work an error took with it."""
    code = primary(error)
    if code in _BUSY:
        return StoreUnavailableError("Baza e të dhënave është e zënë nga një program tjetër; provoni prapë pas pak.")
    if code == _FULL:
        return StoreUnavailableError("Nuk ka më vend në disk dhe nuk u ruajt asgjë; lironi vend e provoni prapë.")
    return StoreUnavailableError(f"Baza e të dhënave nuk lexohet a nuk shkruhet tani ({_why(error)}); provoni prapë.")


class SqliteTx:
    """A ``Tx`` over a connection, which somebody else begins and ends transactions on.

    An error that takes the transaction with it is raised as StoreUnavailableError, and from then on every
    call raises it, so that nothing is written outside a transaction that was rolled back under way. ``failed`` is the
    first other error of a statement.
    """

    def __init__(self, connection: sqlite3.Connection, statements: Statements) -> None:
        """Take the connection and the statements."""
        self._connection = connection
        self._statements = statements
        self._plans = statements.plans
        self.lost: StoreUnavailableError | None = None
        self.failed: sqlite3.Error | None = None

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        """Run a statement and return every row of its result, in its order."""
        try:
            return self._execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._explain(statement, parameters, error) from error

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        """Run a statement and return its first row, or None."""
        try:
            cursor = self._execute(statement, parameters)
            row: Row | None = cursor.fetchone()
            cursor.close()  # a statement with rows left would hold the commit up
        except sqlite3.Error as error:
            raise self._explain(statement, parameters, error) from error
        return row

    def run(self, statement: str, /, **parameters: Value) -> int:
        """Run a statement and return how many rows it changed."""
        connection = self._connection
        before = connection.total_changes
        try:
            cursor = self._execute(statement, parameters)
            if cursor.description is not None:
                cursor.close()
        except sqlite3.Error as error:
            raise self._explain(statement, parameters, error) from error
        return connection.total_changes - before

    def _execute(self, statement: str, parameters: dict[str, Value]) -> sqlite3.Cursor:
        if self.lost is not None:
            raise self.lost
        try:
            sql, count = self._plans[statement]
        except KeyError:
            self._statements.get(statement)
            raise
        if len(parameters) != count:  # with the right count, SQLite finds the wrong names by itself
            self._statements.get(statement).check(parameters)
        for value in parameters.values():
            if type(value) is str and "\0" in value:
                parameters = cleaned(parameters)
                break
        try:
            return self._connection.execute(sql, parameters)
        except UnicodeEncodeError:
            return self._connection.execute(sql, cleaned(parameters))

    def _explain(self, statement: str, parameters: dict[str, Value], error: sqlite3.Error) -> Exception:
        if is_lost(error):
            self.lost = unavailable(error)
            return self.lost
        try:
            self._statements.get(statement).check(parameters)
        except StatementError as told:
            return told
        self.failed = self.failed or error
        return error


def _why(error: BaseException) -> str:
    return getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None) or type(error).__name__
