"""The store on PostgreSQL (``pip install mburoja[postgres]``); imported only where one is named."""

from bot.storage.postgres import migrate
from bot.storage.postgres.connection import PostgresTx, connect
from bot.storage.postgres.store import PostgresStore

__all__ = ["PostgresStore", "PostgresTx", "connect", "migrate"]
