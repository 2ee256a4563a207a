"""The tables of a SQLite database, for copying and backups; knows no table's meaning.

Names of tables and columns are the schema's own, read from it.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.storage.sqlite.connection import connect, unavailable
from bot.storage.store import Value
from bot.storage.tables import Tables

_BOOKS = "_sqlite_migrations"


@contextlib.contextmanager
def opened(path: Path | str, *, writes: bool = False) -> Iterator[Tables]:
    """Give the tables as they are now; what is written is committed whole at the end. Raises StoreUnavailableError."""
    with contextlib.closing(connect(path)) as connection:
        connection.row_factory = None
        try:
            connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            try:
                yield SqliteTables(connection)
            except BaseException:
                if connection.in_transaction:  # a full disk ends it by itself
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise unavailable(error) from error


class SqliteTables(Tables):
    """Over a connection whose transaction somebody else begins and ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the connection; its rows are tuples."""
        self._connection = connection

    def names(self) -> list[str]:
        """Return the tables' names in their order."""
        found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [name for (name,) in found if name != _BOOKS and not name.startswith("sqlite_")]

    def columns(self, table: str) -> list[str]:
        """Return a table's columns, ordered by name."""
        return sorted(name for (name,) in self._connection.execute("SELECT name FROM pragma_table_info(?)", [table]))

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Value]]:
        """Yield a table's rows."""
        yield from self._connection.execute(f"SELECT {_listed(columns)} FROM {_quoted(table)}")  # noqa: S608

    def write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Add rows to a table."""
        places = ", ".join("?" for _ in columns)
        self._connection.executemany(
            f"INSERT INTO {_quoted(table)} ({_listed(columns)}) VALUES ({places})",  # noqa: S608
            rows,
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(_quoted, columns))
