"""A server that for a while only lets itself be read, as one does that is not yet the first of its pair."""

import pytest

from bot.errors import StoreUnavailableError
from bot.storage.postgres import PostgresStore
from bot.storage.postgres.failures import READ_ONLY
from bot.storage.statements import Statements
from tests.contract.works import add, names
from tests.tools import postgres

pytestmark = pytest.mark.asyncio


async def test_a_server_that_is_promoted_is_written_to_over_the_connections_that_it_had(
    statements: Statements,
) -> None:
    with postgres.server({"wal_level": "replica", "hot_standby": "on"}) as server:
        store = PostgresStore.open(server.database(), statements=statements, writers=1)
        await store.transact(add("a"))
        server.stop()
        (server.data / "standby.signal").touch()
        server.start()
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match=READ_ONLY):
                await store.transact(add("b"))
        assert await store.read(names) == ["a"]
        server.promote()
        await store.transact(add("b"))
        assert await store.read(names) == ["a", "b"]
        await store.close()
