"""The engines that a bench compares: empty databases, and what a bare loop commits on the same one.

SQLite's are files in a folder of the bench's, PostgreSQL's are databases made on a server and dropped again.
"""

import contextlib
import itertools
import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from bot.crypto import SystemRandomness
from bot.errors import InputError
from bot.settings import Database, PostgresUrl, Settings

_BARE_S = 1.5  # seconds that a bare loop runs
_ROW = "x" * 200


class Engine(Protocol):
    """What makes databases."""

    name: str
    shared: bool  # whether several replicas may have one database

    def database(self) -> contextlib.AbstractContextManager[Database]:
        """Make an empty database, which goes when the context ends."""
        ...

    def bare(self) -> Iterator[str]:
        """Measure what a plain loop of inserts and commits does; yield the lines of the report."""
        ...


class Sqlite:
    """Files in a folder."""

    name, shared = "SQLite", False

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._folder, self._numbers = folder, itertools.count()

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """Make one; its file stays in the folder until that goes."""
        yield self._folder / f"bench-{next(self._numbers)}.db"

    def bare(self) -> Iterator[str]:
        """Insert and commit one by one."""
        connection = sqlite3.connect(self._folder / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
        count, end = 0, time.perf_counter() + _BARE_S
        while time.perf_counter() < end:
            connection.execute("INSERT INTO t (body) VALUES (?)", (_ROW,))
            count += 1
        connection.close()
        yield _bare(count, "one by one, same disk, synchronous=FULL")


class Postgres:
    """Databases of a server, made by somebody who may."""

    name, shared = "PostgreSQL", True

    def __init__(self, server: PostgresUrl) -> None:
        """Take the server. Raises InputError where its driver is not installed."""
        try:
            import psycopg  # noqa: PLC0415  an extra
        except ImportError:
            raise InputError("Për PostgreSQL mungon pjesa e vet: pip install 'mburoja[postgres]'.") from None
        self._driver, self._server, self._numbers = psycopg, server, itertools.count()

    @contextlib.contextmanager
    def database(self) -> Iterator[PostgresUrl]:
        """Make one, and drop it."""
        name = f"mburoja_bench_{os.getpid()}_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield PostgresUrl(urlunsplit(urlsplit(self._server.url)._replace(path=f"/{name}")))
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def bare(self) -> Iterator[str]:
        """Insert and commit one by one; and so from as many connections as the store writes with."""
        from bot.storage.postgres.store import WRITERS  # noqa: PLC0415  an extra

        with self.database() as database:
            url = database.url
            with self._driver.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE t (id BIGSERIAL PRIMARY KEY, body TEXT)")
                settings = connection.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
                fsync, commit = settings.fetchone() or ("?", "?")
            yield _bare(self._inserts(url), f"one by one, fsync={fsync}, synchronous_commit={commit}")
            with ThreadPoolExecutor(WRITERS) as threads:
                count = sum(threads.map(self._inserts, [url] * WRITERS))
            yield _bare(count, f"from {WRITERS} connections")

    def _inserts(self, url: str) -> int:
        with self._driver.connect(url, autocommit=True) as connection:
            count, end = 0, time.perf_counter() + _BARE_S
            while time.perf_counter() < end:
                connection.execute("INSERT INTO t (body) VALUES (%s)", (_ROW,), prepare=True)
                count += 1
            return count

    def _run(self, statement: str) -> None:
        try:
            with self._driver.connect(self._server.url, autocommit=True) as connection:
                connection.execute(statement.encode())
        except self._driver.Error as error:
            raise InputError(f"Serveri {self._server} nuk e bën: {type(error).__name__}.") from None


def engines(folder: Path, server: PostgresUrl | None) -> list[Engine]:
    """Return SQLite in a folder, and the server, where there is one."""
    return [Sqlite(folder), *([Postgres(server)] if server else ())]


def with_secret(settings: Settings) -> Settings:
    """Return settings with a secret: a server's database has no file beside it that could hold one."""
    if settings.secret is not None:
        return settings
    return replace(settings, secret=SystemRandomness().token().encode())


def _bare(count: int, how: str) -> str:
    return f"bare insert and commit       {count / _BARE_S:8.0f}/s   ({how})"
