"""A disk that is full: whoever wants room is told so, nothing is half-kept, and it goes on once there is some (R50)."""

from collections.abc import Callable

import pytest

from bot.errors import StoreUnavailableError
from bot.storage.postgres import PostgresStore
from bot.storage.statements import Statements
from bot.storage.store import Tx
from tests.contract.works import add, names
from tests.tools.disks import filled, small_disk
from tests.tools.postgres import Server

pytestmark = pytest.mark.asyncio


def keep(name: str) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        tx.run("contract.keep", name=name, holder=f"{name} {'x' * 1500}")  # in the row itself, not compressed aside
        add(name)(tx)

    return work


async def test_a_full_disk_is_told_and_nothing_is_half_kept(postgres_server: Server, statements: Statements) -> None:
    if not postgres_server.is_ours:
        pytest.skip("the server is not ours to give a small disk")
    with small_disk(32) as disk, postgres_server.within(disk) as url:
        store = PostgresStore.open(url, statements=statements)
        kept = []
        with filled(disk), pytest.raises(StoreUnavailableError, match="Nuk ka më vend në disk"):
            for number in range(500):
                await store.transact(keep(f"{number:03}"))
                kept.append(f"{number:03}")
        assert len(kept) < 500
        assert await store.read(names) == kept
        await store.transact(keep("later"))
        assert await store.read(names) == [*kept, "later"]
        await store.close()
