"""Empty databases of the engine under test, and a way to look into their tables from outside; knows no service.

MBUROJA_TEST_ENGINE=postgres lets the tests that ask here run on a real PostgreSQL instead of SQLite; with
MBUROJA_TEST_TWICE=1 every work given to a store is run, undone, and run again, as after a deadlock.
"""

import contextlib
import functools
import os
import sqlite3
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeAlias

import psycopg

from bot.settings import Database, PostgresUrl
from bot.storage import opening, sqlite
from bot.storage.postgres.connection import READING, Connection, Plans, PostgresTx, connect
from bot.storage.postgres.migrate import migrate as migrate_postgres
from bot.storage.sqlite.connection import MEMORY
from bot.storage.sqlite.migrate import migrate
from bot.storage.statements import Statements, read_statements
from bot.storage.store import Store, Tx
from tests.tools.postgres import Server
from tests.tools.twice import Rehearsal, TwiceStore

TWICE = bool(os.environ.get("MBUROJA_TEST_TWICE"))
_ORDER = "~order"  # a column of these databases only: PostgreSQL does not know in which order rows came
_FRESH_EACH = 50  # times that a database is emptied before its files are made anew

Cell: TypeAlias = str | int | None


class Engine(StrEnum):
    """Which engine a test runs on."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


_under_test = [Engine(os.environ.get("MBUROJA_TEST_ENGINE", Engine.SQLITE))]


def is_postgres() -> bool:
    return _under_test[-1] is Engine.POSTGRES


@contextlib.contextmanager
def under_test(engine: Engine) -> Iterator[None]:
    """Let what is asked for here meanwhile be of an engine, whatever the environment says."""
    _under_test.append(engine)
    try:
        yield
    finally:
        _under_test.pop()


class Tables:
    """The tables of a database as they are stored; SQL with ``?`` for values. ``same`` is the connection looked by."""

    def __init__(self, same: "sqlite3.Connection | Connection") -> None:
        self.same = same

    def execute(self, sql: str, values: Sequence[Cell] = ()) -> int:
        """Run a statement; returns how many rows it changed."""
        return int(self._run(sql, values).rowcount)

    def query(self, sql: str, values: Sequence[Cell] = ()) -> list[dict[str, Any]]:
        found = [dict(row) for row in self._run(sql, values).fetchall()]
        return [{name: value for name, value in row.items() if name != _ORDER} for row in found]

    def rows(self, table: str, where: str | None = None) -> list[dict[str, Any]]:
        """Every row of a table, in the order in which they came."""
        order = "rowid" if isinstance(self.same, sqlite3.Connection) else f'"{_ORDER}"'
        return self.query(f"SELECT * FROM {table} WHERE {where or 'true'} ORDER BY {order}")  # noqa: S608  names of ours

    def count(self, table: str) -> int:
        return int(self.query(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])  # noqa: S608

    def insert(self, table: str, row: Mapping[str, Cell]) -> None:
        marks = ", ".join("?" * len(row))
        self.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])  # noqa: S608

    def insert_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert rows in one transaction, and let the planner know that they are many."""
        self.same.execute("BEGIN")
        if isinstance(self.same, sqlite3.Connection):
            self.same.executemany(sql, rows)
        else:
            self.same.cursor().executemany(sql.replace("?", "%s").encode(), rows)
        self.same.execute("COMMIT")
        self.same.execute("ANALYZE")

    def update(self, table: str, key: Cell, columns: Mapping[str, Cell]) -> None:
        """Change the one row of a key, if there is anything to be changed."""
        if not columns:
            return
        (column,) = key_of(table)
        sets = ", ".join(f"{name} = ?" for name in columns)
        changed = self.execute(f"UPDATE {table} SET {sets} WHERE {column} = ?", [*columns.values(), key])  # noqa: S608
        assert changed == 1, (table, changed)

    def everything(self) -> str:
        """Every value of every table, as text."""
        return "\n".join(str(tuple(row.values())) for table in keys() for row in self.rows(table))

    def _run(self, sql: str, values: Sequence[Cell]) -> Any:
        if isinstance(self.same, sqlite3.Connection):
            return self.same.execute(sql, values)
        sql = sql.replace("ORDER BY rowid", f'ORDER BY "{_ORDER}"').replace("%", "%%").replace("?", "%s")
        return self.same.execute(sql.encode(), values)


@functools.cache
def keys() -> dict[str, tuple[str, ...]]:
    """The columns of the primary key, by table; both engines have the same schema."""
    connection = sqlite.connect(MEMORY)
    try:
        migrate(connection)
        names = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
    finally:
        connection.close()
    return {
        name: tuple(row["name"] for row in sorted(columns, key=lambda row: int(row["pk"])) if row["pk"])
        for name, columns in found.items()
        if not name.startswith(("_", "sqlite_"))
    }


def key_of(table: str) -> tuple[str, ...]:
    return keys()[table]


@functools.cache
def statements() -> Statements:
    return read_statements()


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty database: a ``Tx`` whose statements commit one by one, and its tables, over the same connection."""

    tx: Tx
    tables: Tables


def scratch() -> Scratch:
    """An empty migrated database of the engine under test; it is gone with the ``tx``."""
    if is_postgres():
        return _running().scratch()
    connection = sqlite.connect(MEMORY)
    migrate(connection)
    return Scratch(tx=sqlite.SqliteTx(connection, statements()), tables=Tables(connection))


def tables_of(tx: Tx) -> Tables:
    """The tables behind a ``tx`` of a database that was made here."""
    if isinstance(tx, Rehearsal):
        return tables_of(tx._tx)
    assert isinstance(tx, sqlite.SqliteTx | PostgresTx)
    return Tables(tx._connection)


@contextlib.contextmanager
def undone(tables: Tables) -> Iterator[None]:
    """Take back what is done meanwhile."""
    tables.same.execute("BEGIN")
    try:
        yield
    finally:
        tables.same.execute("ROLLBACK")


def open_store(place: Database) -> Store:
    """Open the database that a test knows by the name of a file: the file, or one of PostgreSQL's for it alone."""
    store = opening.open_store(stands_at(place))
    return TwiceStore(store) if TWICE else store


def stands_at(place: Database) -> Database:
    """Where the database is that a test knows by the name of a file; the same until the test ends."""
    return _running().place(place) if is_postgres() and isinstance(place, Path) else place


@contextlib.contextmanager
def looking(place: Database) -> Iterator[Tables]:
    """Look into a database from outside, by a connection of one's own."""
    found = stands_at(place)
    connection = connect(found.url, READING) if isinstance(found, PostgresUrl) else sqlite.connect(found)
    try:
        yield Tables(connection)
    finally:
        connection.close()


class _Leased:
    """One database of the server, and a connection to it that outlives whoever uses it and may be silent for long."""

    def __init__(self, url: str) -> None:
        self.url, self.connection, self.emptied = url, connect(url, READING), 0

    def empty(self) -> Self:
        """Take everything out of it, and everybody else."""
        with contextlib.suppress(psycopg.Error):
            self.connection.execute("ROLLBACK")
        if self.connection.closed:
            self.connection = connect(self.url, READING)
        self.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        self.emptied += 1
        if self.emptied % _FRESH_EACH:
            script = "; ".join(f"DELETE FROM {table}" for table in keys())  # noqa: S608  names of ours
        else:
            script = f"TRUNCATE {', '.join(keys())}"
        self.connection.execute(script.encode(), prepare=False)
        return self


class _LeasedTx(PostgresTx):
    """Keeps its database from being given to another."""


class Postgres:
    """The databases of a server, each with one user at a time."""

    def __init__(self, server: Server) -> None:
        self._server, self._plans = server, Plans(statements())
        self._template = server.database()
        with connect(self._template) as connection:
            migrate_postgres(connection)
            for table in keys():
                ordered = f'ALTER TABLE {table} ADD COLUMN "{_ORDER}" BIGINT GENERATED ALWAYS AS IDENTITY'
                connection.execute(ordered.encode())
        self._idle: deque[_Leased] = deque()
        self._all: list[_Leased] = []
        self._places: dict[Path, _Leased] = {}

    def scratch(self) -> Scratch:
        leased = self._take()
        tx = _LeasedTx(leased.connection, self._plans)
        weakref.finalize(tx, self._idle.append, leased)
        return Scratch(tx=tx, tables=_TablesOf(tx))

    def place(self, path: Path) -> PostgresUrl:
        if path not in self._places:
            self._places[path] = self._take()
        return PostgresUrl(self._places[path].url)

    @contextlib.contextmanager
    def migrated(self) -> Iterator[str]:
        """An empty migrated database as the migrations make it, and nothing else in it."""
        url = self._server.database()
        try:
            with connect(url) as connection:
                migrate_postgres(connection)
            yield url
        finally:
            self._server.drop(url)

    @contextlib.contextmanager
    def for_one_test(self) -> Iterator[None]:
        """Take back, when the context ends, the databases that were named in it."""
        before = set(self._places)
        yield
        for name in set(self._places) - before:
            self._idle.append(self._places.pop(name))

    def close(self) -> None:
        for leased in self._all:
            leased.connection.close()
            self._server.drop(leased.url)
        self._server.drop(self._template)

    def _take(self) -> _Leased:
        if self._idle:
            return self._idle.popleft().empty()
        made = _Leased(self._server.database(self._template.partition("@/")[2].partition("?")[0]))
        self._all.append(made)
        return made


class _TablesOf(Tables):
    """Keeps the ``tx``, and with it the database, as long as somebody looks."""

    def __init__(self, tx: PostgresTx) -> None:
        super().__init__(tx._connection)
        self._tx = tx


_postgres: list[Postgres] = []


def _running() -> Postgres:
    assert _postgres, "the fixture `postgres_databases` lends them"
    return _postgres[-1]


@contextlib.contextmanager
def on(server: Server) -> Iterator[Postgres]:
    """Let databases be made on a server while the context lasts."""
    made = Postgres(server)
    _postgres.append(made)
    try:
        yield made
    finally:
        _postgres.remove(made)
        made.close()
