"""One PostgreSQL connection: how it is opened, and a ``Tx`` over it; knows no thread and no pool.

No wait is without an end: the server ends what takes too long, and where even that is not heard of, this side does.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString, Self, TypeVar, cast

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg.types.numeric import Int8Dumper

from bot.errors import StoreUnavailableError
from bot.storage.postgres.failures import RunAgain, meaning, unavailable, unreachable
from bot.storage.statements import Statement, StatementError, Statements
from bot.storage.store import Row, Value
from bot.storage.texts import cleaned

T = TypeVar("T")

NAME = "mburoja"  # what an operator sees in pg_stat_activity, with what the connection is for
CONNECT_S = 5  # to reach the server
PREPARED = 1_000  # statements that a connection keeps, the latest used; more than there are named ones

_LATE_S = 5  # after what the server allows a statement, nothing is heard of it any more
_LOOKS_EACH_S = 0.1  # psycopg's own: how often a wait looks for an interrupt
_NETWORK = {
    "connect_timeout": str(CONNECT_S),
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",  # ms: a cut network is noticed while an answer is waited for
}
_SERVER = """
SELECT CAST(pg_postmaster_start_time() AS TEXT) AS started,
  ARRAY(SELECT pid FROM pg_stat_activity WHERE datid IS NULL) AS servants
"""
_WRITES = re.compile(
    r"\A\s*(?:--[^\n]*\n\s*)*(?!\s|--|SELECT\b|WITH\b)|\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+\s+(?:AS\s+\w+\s+)?SET)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the server waits, in ms: for another's lock, for a statement, for a client that says nothing within a
    transaction.
    """

    lock: int
    statement: int
    idle: int

    @property
    def answer(self) -> float:
        """Seconds that an answer is waited for at most."""
        return self.statement / 1000 + _LATE_S


# A turn takes milliseconds. Who stands still within one (SIGSTOP, a machine that swaps) holds others' locks; several of
# its transactions that queue for one row hold it one after another, each as long.
WRITING = Patience(lock=8_000, statement=15_000, idle=3_000)
# Exports and figures look at much; a reader holds no lock that anybody waits for, but holds cleaning up back.
READING = Patience(lock=8_000, statement=60_000, idle=60_000)


@dataclass(frozen=True, kw_only=True)
class ServerRun:
    """One run of a server, from a start or a crash to the next: within it a transaction's number means one only."""

    started: str
    servants: frozenset[int]  # its own processes: a crash replaces all of them

    @classmethod
    def of(cls, connection: "psycopg.Connection[DictRow]") -> Self:
        """Ask a connection. Raises psycopg.Error."""
        row = connection.execute(_SERVER, prepare=False).fetchone()
        assert row is not None  # noqa: S101  it has no FROM
        return cls(started=row["started"], servants=frozenset(row["servants"]))

    def lasts(self, later: Self) -> bool:
        """Tell whether a later look saw the same run."""
        return self.started == later.started and bool(self.servants & later.servants)


class Connection(psycopg.Connection[DictRow]):
    """A connection that waits ``answers_within`` seconds for an answer at most, and is closed when none came."""

    answers_within: float = WRITING.answer
    server: ServerRun
    opened_at: float  # of the monotonic clock

    def wait(self, gen: PQGen[T], interval: float = _LOOKS_EACH_S, timeout: float | None = None) -> T:
        """Wait for an answer. Raises psycopg.OperationalError, after which the connection is closed, for none."""
        try:
            return super().wait(gen, interval, self.answers_within if timeout is None else timeout)
        except psycopg.OperationalError:
            if timeout is None and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # what would come now belongs to a question that nobody asks any more
            raise


def connect(url: str, patience: Patience = WRITING, *, purpose: str = "") -> Connection:
    """Open a connection. It begins and ends no transaction by itself. Raises StoreUnavailableError."""
    try:
        settings = _settings(url, patience, purpose)
        connection = Connection.connect(**settings, autocommit=True, row_factory=dict_row, prepare_threshold=0)
    except psycopg.ProgrammingError:
        raise StoreUnavailableError(
            "Adresa e bazës së të dhënave nuk lexohet; shkruani postgresql://përdoruesi@serveri/baza."
        ) from None
    except psycopg.Error as error:
        raise unreachable(error) from None  # its message may hold the address
    connection.prepared_max = PREPARED
    connection.adapters.register_dumper(int, Int8Dumper)  # one statement has the same types whatever the values
    connection.answers_within = patience.answer
    connection.opened_at = time.monotonic()
    try:
        connection.server = ServerRun.of(connection)
    except psycopg.Error as error:
        connection.close()
        raise unreachable(error) from None
    return connection


def _settings(url: str, patience: Patience, purpose: str) -> dict[str, Any]:
    given: Mapping[str, Any] = conninfo_to_dict(url)
    name = given.get("application_name") or NAME
    options = (
        f"{given.get('options') or ''} -c lock_timeout={patience.lock} -c statement_timeout={patience.statement}"
        f" -c idle_in_transaction_session_timeout={patience.idle} -c timezone=UTC"
    )
    ours = {"application_name": f"{name} {purpose}".strip(), "options": options.strip(), "client_encoding": "UTF8"}
    return {**_NETWORK, **given, **ours}


class Plans:
    """Every statement as psycopg wants it, by name: its SQL, how many parameters, and whether it may write."""

    def __init__(self, statements: Statements) -> None:
        """Compile them once."""
        self.statements = statements
        self.by_name = {statement.name: self._plan(statement) for statement in statements}

    @staticmethod
    def _plan(statement: Statement) -> tuple[LiteralString, int, bool]:
        sql: LiteralString = statement.written("%({})s".format, lambda text: text.replace("%", "%%"))
        return sql, len(statement.parameters), bool(_WRITES.search(statement.sql))


class PostgresTx:
    """A ``Tx`` over a connection, which somebody else begins and ends transactions on.

    ``failed`` is the first error of a statement: PostgreSQL keeps nothing of the transaction from then on. What took
    the transaction by no fault of the work's is raised as RunAgain or StoreUnavailableError. ``wrote`` tells whether
    any statement changed a row.
    """

    def __init__(self, connection: Connection, plans: Plans, *, writing: bool = True) -> None:
        """Take the connection and the statements; ``writing``: whether it should be able to write."""
        self._connection = connection
        self._plans = plans
        self._writing = writing
        self.failed: Exception | None = None
        self.wrote = False

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        """Run a statement and return every row of its result, in its order."""
        return cast("list[Row]", self._execute(statement, parameters).fetchall())

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        """Run a statement and return its first row, or None."""
        return cast("Row | None", self._execute(statement, parameters).fetchone())

    def run(self, statement: str, /, **parameters: Value) -> int:
        """Run a statement and return how many rows it changed."""
        return self._execute(statement, parameters).rowcount

    def _execute(self, statement: str, parameters: dict[str, Value]) -> "psycopg.Cursor[DictRow]":
        try:
            sql, count, writes = self._plans.by_name[statement]
        except KeyError:
            self._plans.statements.get(statement)
            raise
        if len(parameters) != count:
            self._plans.statements.get(statement).check(parameters)
        for value in parameters.values():
            if type(value) is str and "\0" in value:
                parameters = cleaned(parameters)
                break
        try:
            cursor = self._run(sql, parameters)
        except psycopg.Error as error:
            raise self._explain(statement, parameters, error) from error
        if writes and cursor.rowcount > 0:
            self.wrote = True
        return cursor

    def _run(self, sql: LiteralString, parameters: dict[str, Value]) -> "psycopg.Cursor[DictRow]":
        try:
            return self._connection.execute(sql, parameters)
        except UnicodeEncodeError:
            return self._connection.execute(sql, cleaned(parameters))

    def _explain(self, statement: str, parameters: dict[str, Value], error: psycopg.Error) -> Exception:
        try:
            self._plans.statements.get(statement).check(parameters)
        except StatementError as told:
            return told
        if self.failed is not None and (self._connection.closed or isinstance(error, errors.InFailedSqlTransaction)):
            return self.failed
        self.failed = meaning(error, self._connection, writing=self._writing)
        return self.failed


__all__ = ["Connection", "Patience", "Plans", "PostgresTx", "RunAgain", "connect", "unavailable"]
