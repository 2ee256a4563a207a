"""The engines under the contract; a second one is one more ``Engine`` in ``ENGINES``, and nothing else."""

import gc
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from bot.storage.postgres import PostgresStore, sides
from bot.storage.postgres.store import WRITERS
from bot.storage.sqlite import SqliteStore
from bot.storage.statements import Statements, read_statements
from bot.storage.store import Store
from tests.tools.races import LONGEST


@dataclass(frozen=True, kw_only=True)
class Engine:
    """How a store is opened at an empty place, what its driver raises, and what it still holds open."""

    name: str
    needs: str  # the fixture that gives the place
    open: Callable[[Any, Statements], Store]
    duplicate: type[Exception]
    write_refused: type[Exception]
    held: Callable[[], int]
    at_once: int = 1  # works that it runs side by side


def _open_sqlite_connections() -> int:
    count = 0
    for thing in gc.get_objects():
        if isinstance(thing, sqlite3.Connection):
            with suppress(sqlite3.ProgrammingError):  # it was closed
                count += thing.total_changes >= 0
    return count


def _open_postgres_connections() -> int:
    return sum(isinstance(thing, psycopg.Connection) and not thing.closed for thing in gc.get_objects())


def _threads() -> set[threading.Thread]:
    """The threads there are, but those that the tests themselves start by ``asyncio.to_thread``."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


def _sqlite(name: str, opened: Callable[[Path, Statements], Store]) -> Engine:
    return Engine(
        name=name,
        needs="tmp_path",
        open=opened,
        duplicate=sqlite3.IntegrityError,
        write_refused=sqlite3.OperationalError,
        held=_open_sqlite_connections,
    )


ENGINES = [
    _sqlite("sqlite", lambda folder, statements: SqliteStore.open(folder / "a.db", statements=statements)),
    _sqlite("sqlite in memory", lambda _, statements: SqliteStore.open(":memory:", statements=statements)),
    Engine(
        name="postgresql",
        needs="migrated_url",
        open=lambda url, statements: PostgresStore.open(url, statements=statements),
        duplicate=psycopg.errors.UniqueViolation,
        write_refused=psycopg.errors.ReadOnlySqlTransaction,
        held=_open_postgres_connections,
        at_once=WRITERS,
    ),
]


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


@pytest.fixture(scope="session")
def statements() -> Statements:
    return read_statements(Path(__file__).parent / "sql")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that the database is busy because the machine is."""
    monkeypatch.setattr(sides, "LONGEST_WAIT_S", 4 * LONGEST)


@pytest_asyncio.fixture
async def store(engine: Engine, statements: Statements, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A store on an empty database; asserts that no connection and no thread outlives it."""
    place = request.getfixturevalue(engine.needs)
    held, threads = engine.held(), _threads()
    store = engine.open(place, statements)
    yield store
    await store.close()
    until = time.monotonic() + LONGEST
    while _threads() - threads and time.monotonic() < until:
        time.sleep(0.01)  # a thread that has just finished may still be listed
    assert _threads() <= threads, "a thread outlives its store"
    assert engine.held() <= held, "a connection outlives its store"
