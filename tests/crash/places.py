"""Where the database of a run is: a file, or on a server; how the command is told, and how one looks into it."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bot.storage import sqlite
from bot.storage.postgres.connection import Connection, connect
from bot.storage.sqlite.migrate import migrate

_SERVER = "postgresql://"
_SECRET = "a secret of tests, known to all"  # noqa: S105
_LOOKED_UP_BY = (
    ("messages", "conversation, seq"), ("inbox", "conversation"), ("jobs", "idempotency_key"),
    ("sendings", "challenge"), ("challenges", "conversation, state"), ("challenge_subjects", "challenge"),
    ("events", "reference, kind"), ("events", "subject"), ("consents", "reference"), ("consents", "subject, purpose"),
    ("receipts", "reference"), ("receipts", "subject"), ("suppressions", "reference"), ("requests", "reference"),
    ("request_events", "reference, kind"), ("escalations", "id"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database as ``--db`` takes it, and what else the environment must say."""

    database: str
    more: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of a process that uses it."""
        return {**os.environ, **self.more}

    @property
    def file(self) -> Path | None:
        """The file, where it is one."""
        return None if self.database.startswith(_SERVER) else Path(self.database)


def on_server(url: str, folder: Path) -> Place:
    """A database of a server; the signed heads are kept in a folder, for all replicas."""
    return Place(
        database=url, more=MappingProxyType({"MBUROJA_SECRET": _SECRET, "MBUROJA_HEADS": str(folder / "heads")})
    )


@contextmanager
def opened(database: Path | str) -> Iterator[sqlite3.Connection]:
    """Open a database, as ``--db`` takes it, so that nothing can be changed; a server's as it stands now, copied."""
    if str(database).startswith(_SERVER):
        with connect(str(database)) as server:
            connection = copied(server)
    else:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def copied(server: Connection) -> sqlite3.Connection:
    """Return every table of a server's database in memory, without its constraints: a damage must come over too."""
    connection = sqlite3.connect(":memory:")
    for table, names in _columns().items():
        rows = server.execute(f"SELECT {', '.join(names)} FROM {table}".encode()).fetchall()  # noqa: S608  names of ours
        connection.execute(f"CREATE TABLE {table} ({', '.join(names)})")
        marks = ", ".join("?" * len(names))
        connection.executemany(
            f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608  names of ours
            ([row[name] for name in names] for row in rows),
        )
    for table, columns_of_it in _LOOKED_UP_BY:
        connection.execute(f"CREATE INDEX {table}_by_{columns_of_it.partition(',')[0]} ON {table} ({columns_of_it})")
    connection.commit()
    return connection


def _columns() -> dict[str, list[str]]:
    connection = sqlite.connect(":memory:")
    try:
        migrate(connection)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '[a-z]*'")
        names = [str(row["name"]) for row in tables if not row["name"].startswith("sqlite_")]
        return {name: [str(row["name"]) for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
    finally:
        connection.close()
