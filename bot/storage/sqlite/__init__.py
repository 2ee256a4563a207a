"""The store on SQLite."""

from bot.storage.sqlite import migrate
from bot.storage.sqlite.connection import SqliteTx, connect
from bot.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "SqliteTx", "connect", "migrate"]
