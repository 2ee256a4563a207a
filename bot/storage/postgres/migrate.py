"""Brings a PostgreSQL database to the schema of this code (``migrations/NNNN_name.sql``); knows no table of it.

The scripts are those of SQLite; every TEXT gets the collation "C", so that both engines sort alike.
"""

import re
from pathlib import Path

import psycopg

from bot.errors import StoreUnavailableError
from bot.storage.postgres.connection import Connection
from bot.storage.postgres.failures import unavailable
from bot.storage.scripts import MIGRATIONS, NOT_OURS, missing, runs_with, scripts, split

_BOOKS = "_migrations"
_LOCK = 0x4D627572  # "Mbur": whoever migrates holds it
_LONGEST_S = 3600.0  # an index over a large table, and waiting for another process that makes one
_LOCKED_OUT_S = 5.0  # for a table that others use: meanwhile whoever comes later waits behind us
_DEFINES = re.compile(r"\s*(?:--[^\n]*\n\s*)*(CREATE TABLE|ALTER TABLE)\b", re.IGNORECASE)
_TEXT = re.compile(r"\bTEXT\b")
_COMMENT = re.compile(r"--[^\n]*")


def migrate(connection: Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the migrations that are missing and return their names, in order; all in one transaction, one at a time.

    A database of a later release is left alone, if it lets this program run. Raises StoreUnavailableError when the
    database is newer than this code, is not ours, or cannot be written.
    """
    found = scripts(folder)
    patience, connection.answers_within = connection.answers_within, _LONGEST_S
    try:
        if not missing(found, *_applied(connection)):
            return []
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute(f"SET LOCAL lock_timeout = '{_LONGEST_S}s'".encode())
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            needed = missing(found, *_applied(connection))  # the lock is ours now: somebody may have been faster
            connection.execute(f"SET LOCAL lock_timeout = '{_LOCKED_OUT_S}s'".encode())
            if needed:
                _apply(connection, found, needed)
    except psycopg.Error as error:
        raise unavailable(error) from error
    finally:
        connection.answers_within = patience
    return needed


def not_applied(connection: Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Return the migrations that a database lacks, changing nothing. Raises as ``migrate``."""
    try:
        return missing(scripts(folder), *_applied(connection))
    except psycopg.Error as error:
        raise unavailable(error) from error


def portable(statement: str) -> str:
    """Return a statement of a migration as PostgreSQL takes it."""
    bare = _COMMENT.sub("", statement)
    return _TEXT.sub('TEXT COLLATE "C"', bare) if _DEFINES.match(statement) else bare


def _apply(connection: Connection, found: dict[str, Path], needed: list[str]) -> None:
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_BOOKS} "
        "(name TEXT PRIMARY KEY, runs_with TEXT NOT NULL, applied_at TIMESTAMPTZ DEFAULT now())"
    )
    for name in needed:
        for statement in split(found[name].read_text(encoding="utf-8")):
            connection.execute(portable(statement).encode())
        connection.execute(f"INSERT INTO {_BOOKS} (name, runs_with) VALUES (%s, %s)", [name, runs_with(found[name])])  # noqa: S608  a constant of ours


def _applied(connection: Connection) -> tuple[list[str], str]:
    """Return the names that were applied, and the number of the last one that a program must know to run here.

    Raises StoreUnavailableError for a database that is not ours.
    """
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    tables = {str(row["tablename"]) for row in rows}
    if _BOOKS in tables:
        rows = connection.execute(f"SELECT name, runs_with FROM {_BOOKS} ORDER BY name").fetchall()  # noqa: S608
        return [str(row["name"]) for row in rows], max((str(row["runs_with"]) for row in rows), default="")
    if tables:
        raise StoreUnavailableError(NOT_OURS)
    return [], ""
