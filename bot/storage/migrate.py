"""Brings a SQLite database to the schema of this code (``migrations/NNNN_name.sql``); knows no table of it."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreUnavailableError
from bot.storage.connection import unavailable, use_wal

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATIONS = Path(__file__).parent / "migrations"

_SET = "mburoja"
_BOOKS = "_sqlite_migrations"  # where sqlite-utils keeps which were applied
_FILE = re.compile(r"\d{4}_[a-z0-9_]+")
_COMMENT = re.compile(r"--[^\n]*")


def migrate(connection: sqlite3.Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the migrations that are missing and return their names, in order.

    All of them and their bookkeeping are one transaction: after a crash, none of it is there. Who finds
    another process at it waits for that (as long as the connection waits for locks) and then finds
    nothing missing. Raises StoreUnavailableError when the database is newer than this code, is not ours, or
    cannot be written.
    """
    scripts = _scripts(folder)
    try:
        missing = _missing(connection, scripts)
        use_wal(connection)  # it is ours; a copy of a database may have lost the mode
        return _apply(connection, scripts) if missing else []
    except sqlite3.Error as error:
        raise unavailable(error) from error


def _scripts(folder: Path) -> dict[str, Path]:
    scripts = {path.stem: path for path in sorted(folder.glob("*.sql"))}
    for number, name in enumerate(scripts, start=1):
        if not _FILE.fullmatch(name) or int(name[:4]) != number:
            raise ValueError(f"{folder}/{name}.sql: migrations are called NNNN_name.sql, from 0001 without a gap")
    return scripts


def _missing(connection: sqlite3.Connection, scripts: dict[str, Path]) -> list[str]:
    """Return the names not applied yet; raises StoreUnavailableError for a database that is not for us."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    applied: list[str] = []
    if _BOOKS in tables:
        rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY name", [_SET])
        applied = [row[0] for row in rows]
    if not applied and tables - {_BOOKS, "sqlite_sequence"}:
        raise StoreUnavailableError("Kjo bazë e të dhënave nuk është e Mburojës; jepni një skedar tjetër.")
    if unknown := [name for name in applied if name not in scripts]:
        raise StoreUnavailableError(
            f"Baza e të dhënave është më e re se ky program ({', '.join(unknown)}); përditësoni Mburojën."
        )
    return [name for name in scripts if name not in applied]


def _apply(connection: sqlite3.Connection, scripts: dict[str, Path]) -> list[str]:
    # Costs 0.15 s to import, and is needed only where something is missing.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    migrations = Migrations(_SET)
    for name, path in scripts.items():
        migrations(name=name)(_script(path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        missing = _missing(connection, scripts)  # the lock is ours now: somebody may have been faster
        if missing:
            migrations.apply(Database(connection, execute_plugins=False, recursive_triggers=False))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return missing


def _script(path: Path) -> Callable[["Database"], None]:
    def run(db: "Database") -> None:
        # Not executescript(): it would commit what is open first.
        for statement in split(path.read_text(encoding="utf-8")):
            db.conn.execute(statement)

    return run


def split(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one. Raises ValueError when the last one does not end (;)."""
    *pieces, rest = script.split(";")
    statement = ""
    for piece in pieces:
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if _COMMENT.sub("", statement + rest).strip():
        raise ValueError(f"a statement has no end (;): {(statement + rest).strip()[:60]}")
