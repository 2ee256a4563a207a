"""Brings a SQLite database to the schema of this code (``migrations/NNNN_name.sql``); knows no table of it."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreUnavailableError
from bot.storage.scripts import MIGRATIONS, NOT_OURS, missing, runs_with, scripts, split
from bot.storage.sqlite.connection import primary, unavailable, use_wal

if TYPE_CHECKING:
    from sqlite_utils import Database

_SET = "mburoja"
_RUNS_WITH = "mburoja runs with"  # another set of the same table, so that it is a table more to nobody
_BOOKS = "_sqlite_migrations"  # where sqlite-utils keeps which were applied


def migrate(connection: sqlite3.Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the migrations that are missing and return their names, in order.

    All of them and their bookkeeping are one transaction: after a crash, none of it is there. Who finds
    another process at it waits for that (as long as the connection waits for locks) and then finds
    nothing missing. A database of a later release is left alone, if it lets this program run. Raises
    StoreUnavailableError when the database is newer than this code, is not ours, or cannot be written.
    """
    found = scripts(folder)
    try:
        needed = missing(found, *_applied(connection))
        use_wal(connection)  # it is ours; a copy of a database may have lost the mode
        return _apply(connection, found) if needed else []
    except sqlite3.Error as error:
        raise unavailable(error) from error


def not_applied(path: Path, folder: Path = MIGRATIONS) -> list[str]:
    """Return the migrations that a file lacks, changing nothing; all where there is no file. Raises as ``migrate``."""
    found = scripts(folder)
    if not path.exists():
        return [*found]
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return missing(found, *_applied(connection))
    except sqlite3.Error as error:
        if primary(error) == sqlite3.SQLITE_NOTADB:
            raise StoreUnavailableError(NOT_OURS) from error
        raise unavailable(error) from error


def _applied(connection: sqlite3.Connection) -> tuple[list[str], str]:
    """Return the names that were applied, and the number of the last one that a program must know to run here.

    Raises StoreUnavailableError for a database that is not ours.
    """
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    applied: list[str] = []
    oldest = ""
    if _BOOKS in tables:
        rows = connection.execute("SELECT migration_set, name FROM _sqlite_migrations ORDER BY name").fetchall()
        applied = [row[1] for row in rows if row[0] == _SET]
        oldest = max((row[1] for row in rows if row[0] == _RUNS_WITH), default="")
    if not applied and tables - {_BOOKS, "sqlite_sequence"}:
        raise StoreUnavailableError(NOT_OURS)
    return applied, oldest


def _apply(connection: sqlite3.Connection, found: dict[str, Path]) -> list[str]:
    # Costs 0.15 s to import, and is needed only where something is missing.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    migrations = Migrations(_SET)
    for name, path in found.items():
        migrations(name=name)(_script(path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        needed = missing(found, *_applied(connection))  # the lock is ours now: somebody may have been faster
        if needed:
            migrations.apply(Database(connection, execute_plugins=False, recursive_triggers=False))
            connection.execute(
                # Of two scripts of one release that came one after the other, the first said it already.
                "INSERT OR IGNORE INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES (?, ?, datetime('now'))",
                [_RUNS_WITH, max(runs_with(script) for script in found.values())],
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return needed


def _script(path: Path) -> Callable[["Database"], None]:
    def run(db: "Database") -> None:
        # Not executescript(): it would commit what is open first.
        for statement in split(path.read_text(encoding="utf-8")):
            db.conn.execute(statement)

    return run
