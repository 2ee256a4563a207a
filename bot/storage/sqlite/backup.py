"""A copy of a SQLite database that is in use, and putting it back; knows no table."""

import contextlib
import sqlite3
from pathlib import Path

from bot.errors import StoreUnavailableError
from bot.storage.sqlite.connection import connect, unavailable


def back_up(path: Path, target: Path) -> None:
    """Write a database, as it is now, into a new file of its own, whole on the disk. Raises StoreUnavailableError.

    Whoever writes meanwhile is not held up: in WAL mode a reader has its own state.
    """
    _copy(path, target)


def restore(backup: Path, path: Path) -> None:
    """Put a backup where no database is. Raises StoreUnavailableError."""
    if any(part.exists() for part in _parts(path)):  # a log without its database is the last of one that was moved
        raise StoreUnavailableError(f"Te {path} ka tashmë një bazë, ose mbetje të saj; jepni një vend ku s’ka asgjë.")
    path.parent.mkdir(parents=True, exist_ok=True)
    _copy(backup, path)


def discard(path: Path) -> None:
    """Take a database away that was restored, and nothing else that stands beside it."""
    for part in _parts(path):
        part.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    try:
        with contextlib.closing(connect(source)) as here, contextlib.closing(connect(target)) as there:
            here.backup(there)  # all pages in one step: one consistent state
            # One file, not three; whoever opens it as a database again sets its own mode.
            there.execute("PRAGMA journal_mode = DELETE")
            if not _is_whole(there):
                raise StoreUnavailableError(f"Baza {source} është e dëmtuar; kopja nuk u bë.")
    except BaseException as error:
        discard(target)
        if isinstance(error, sqlite3.Error):
            raise unavailable(error) from error
        raise


def _parts(path: Path) -> list[Path]:
    """Return every file that a database may have: it, and its logs."""
    return [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]


def _is_whole(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
