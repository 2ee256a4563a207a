"""Opens and migrates the database of a place, whichever engine it names; the only place that knows both."""

import contextlib
from importlib.util import find_spec
from pathlib import Path

from bot.errors import InputError, StoreUnavailableError
from bot.settings import Database, PostgresUrl
from bot.storage import sqlite
from bot.storage.sqlite import SqliteStore
from bot.storage.store import Store


def open_store(place: Database) -> Store:
    """Open a database, migrated if need be; a file is made where there is none, with its folder.

    Raises StoreUnavailableError when it cannot be opened, is newer than this code, or is not ours; InputError when
    PostgreSQL's driver is not installed.
    """
    if isinstance(place, PostgresUrl):
        _need_driver()
        from bot.storage.postgres import PostgresStore  # noqa: PLC0415  an extra: who needs it installs it

        return PostgresStore.open(place.url)
    _make_folder(place)
    return SqliteStore.open(place)


def migrate(place: Database) -> list[str]:
    """Bring a database to this code's schema; return the migrations that were applied. Raises as ``open_store``."""
    if isinstance(place, PostgresUrl):
        _need_driver()
        from bot.storage.postgres import connect, migrate  # noqa: PLC0415

        with contextlib.closing(connect(place.url, purpose="migrate")) as connection:
            return migrate.migrate(connection)
    _make_folder(place)
    with contextlib.closing(sqlite.connect(place)) as file:
        return sqlite.migrate.migrate(file)


def not_applied(place: Database) -> list[str]:
    """Return the migrations that a database lacks, changing nothing. Raises as ``open_store``."""
    if isinstance(place, PostgresUrl):
        _need_driver()
        from bot.storage.postgres import connect, migrate  # noqa: PLC0415

        with contextlib.closing(connect(place.url, purpose="migrate")) as connection:
            return migrate.not_applied(connection)
    return sqlite.migrate.not_applied(place)


def _need_driver() -> None:
    if find_spec("psycopg") is None:
        raise InputError("Për PostgreSQL mungon pjesa e vet: pip install 'mburoja[postgres]'.")


def _make_folder(place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"Dosja {place.parent} nuk mund të krijohet: {error.strerror}.") from None
