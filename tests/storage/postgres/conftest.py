"""What the tests of PostgreSQL's own behaviour share: a proxy before its server, and stores that go through it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage.postgres import PostgresStore
from bot.storage.statements import Statements, read_statements
from tests.tools.postgres import Server
from tests.tools.proxy import Proxy


@pytest.fixture(scope="session")
def statements() -> Statements:
    return read_statements(Path(__file__).parents[2] / "contract" / "sql")


@pytest.fixture
def proxy(postgres_server: Server) -> Iterator[Proxy]:
    with Proxy(postgres_server.target) as line:
        yield line


@pytest.fixture
def far_url(migrated_url: str, proxy: Proxy, postgres_server: Server) -> str:
    """The address of a migrated database, by way of the proxy."""
    return f"{postgres_server.through(migrated_url, proxy.port)}?connect_timeout=30"


@pytest_asyncio.fixture
async def near(migrated_url: str, statements: Statements) -> AsyncIterator[PostgresStore]:
    """A store on the same database without anything in between."""
    store = PostgresStore.open(migrated_url, statements=statements)
    yield store
    await store.close()


@pytest_asyncio.fixture
async def far(far_url: str, statements: Statements) -> AsyncIterator[PostgresStore]:
    """A store by way of the proxy, which writes with one connection."""
    store = PostgresStore.open(far_url, statements=statements, writers=1)
    yield store
    await store.close()
