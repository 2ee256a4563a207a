"""The tables of a PostgreSQL database, for copying and backups; knows no table's meaning."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from bot.storage.postgres.connection import Connection, connect, unavailable
from bot.storage.store import Value
from bot.storage.tables import Tables

_BOOKS = "_migrations"
_AT_A_TIME = 50  # rows that are fetched together: a part of an answer's file has 350 kB
_LONGEST_S = 3600.0  # a server that says nothing for longer is gone


@contextlib.contextmanager
def opened(url: str, *, writes: bool = False) -> Iterator["PostgresTables"]:
    """Give the tables as they are now; what is written is committed whole at the end. Raises StoreUnavailableError."""
    with contextlib.closing(connect(url)) as connection:
        connection.answers_within = _LONGEST_S
        try:
            # A whole table may take longer than any statement of a turn, and a reader of it wait for a slow disk.
            connection.execute("SET statement_timeout = 0")
            connection.execute("SET idle_in_transaction_session_timeout = 0")
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" + ("" if writes else " READ ONLY"))
            try:
                yield PostgresTables(connection)
            except BaseException:
                with contextlib.suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except psycopg.Error as error:
            raise unavailable(error) from error


class PostgresTables(Tables):
    """Over a connection whose transaction somebody else begins and ends."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection."""
        self._connection = connection

    def snapshot(self) -> str:
        """Return the name by which another program sees this same state, while the transaction lasts."""
        row = self._connection.execute("SELECT pg_export_snapshot() AS name").fetchone()
        return str(row["name"]) if row else ""

    def names(self) -> list[str]:
        """Return the tables' names in their order."""
        rows = self._connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> %s", [_BOOKS]
        )
        return sorted(str(row["tablename"]) for row in rows)

    def columns(self, table: str) -> list[str]:
        """Return a table's columns, ordered by name."""
        rows = self._connection.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = %s",
            [table],
        )
        return sorted(str(row["column_name"]) for row in rows)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Value]]:
        """Yield a table's rows."""
        with self._connection.cursor("rows", row_factory=tuple_row) as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(sql.SQL("SELECT {} FROM {}").format(_listed(columns), sql.Identifier(table)))
            yield from cursor

    def write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Add rows to a table."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _listed(columns))
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _listed(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
