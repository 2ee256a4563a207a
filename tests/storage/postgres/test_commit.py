"""What became of a COMMIT whose answer was lost: told as it is, or that nobody can tell."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from bot.errors import OutcomeUnknownError, StoreUnavailableError
from bot.storage.postgres import PostgresStore, connect, outcome
from bot.storage.postgres import store as store_module
from bot.storage.postgres.connection import WRITING, ServerRun
from bot.storage.statements import Statements
from bot.storage.store import Tx
from tests.contract.works import names
from tests.tools import postgres
from tests.tools.proxy import Proxy
from tests.tools.races import LONGEST

pytestmark = pytest.mark.asyncio

SENT = b"COMMIT"
DONE = b"COMMIT\0"  # the server's word that it is done


class Work:
    """Raises a value, and counts how often it was run."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, tx: Tx) -> int:
        self.runs += 1
        row = tx.first("contract.raise", name="a")
        assert row is not None
        return int(row["value"])


async def value(store: PostgresStore) -> int:
    row = await store.read(lambda tx: tx.first("contract.read", name="a"))
    return int(row["value"]) if row else 0


@pytest.mark.parametrize("breaks", [Proxy.cut_before, Proxy.strand_before], ids=["heard of", "not heard of"])
async def test_a_commit_that_never_reached_the_server_is_done_by_running_the_work_again(
    far: PostgresStore, near: PostgresStore, proxy: Proxy, breaks: Callable[[Proxy, bytes], None]
) -> None:
    work = Work()
    breaks(proxy, SENT)
    assert await asyncio.wait_for(far.transact(work), LONGEST) == 1
    assert proxy.did_cut
    assert work.runs == 2
    assert await value(near) == 1
    assert await far.changed(0.01)


async def test_a_commit_that_was_done_before_its_answer_was_lost_is_told_as_done(
    far: PostgresStore, near: PostgresStore, proxy: Proxy
) -> None:
    work = Work()
    proxy.cut_after(DONE)
    assert await asyncio.wait_for(far.transact(work), LONGEST) == 1
    assert proxy.did_cut
    assert work.runs == 1
    assert await value(near) == 1
    assert await far.changed(0.01)


@pytest.fixture
def asks_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "ASKED_FOR_S", 0.3)


@pytest.mark.parametrize(("breaks", "kept"), [(Proxy.cut_before, 0), (Proxy.cut_after, 1)], ids=["undone", "done"])
@pytest.mark.usefixtures("asks_shortly")
async def test_where_nobody_can_be_asked_it_is_said_that_nobody_knows(
    far: PostgresStore, near: PostgresStore, proxy: Proxy, breaks: Callable[[Proxy, bytes], None], kept: int
) -> None:
    proxy.drop_new()
    work = Work()
    with pytest.raises(StoreUnavailableError):  # no connection was made yet
        await far.transact(work)
    proxy.restore()
    await asyncio.sleep(0.3)
    await far.transact(lambda _: None)
    proxy.drop_new()
    breaks(proxy, DONE if breaks is Proxy.cut_after else SENT)
    with pytest.raises(OutcomeUnknownError, match="nuk dihet nëse u ruajt"):
        await asyncio.wait_for(far.transact(work), LONGEST)
    assert work.runs == 1
    assert await value(near) == kept
    proxy.restore()
    await asyncio.sleep(0.3)
    assert await far.transact(work) == kept + 1, "it may be asked again at once"


async def test_what_is_still_under_way_is_ended_and_nobody_waits_for_its_locks(
    far_url: str, near: PostgresStore, proxy: Proxy, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server by itself would end it after longer than others wait for a lock.
    monkeypatch.setattr(store_module, "WRITING", replace(WRITING, idle=60_000))
    far = PostgresStore.open(far_url, statements=statements, writers=1)
    proxy.strand_before(SENT)
    assert await far.transact(Work()) == 1
    assert await near.transact(Work()) == 2
    assert proxy.did_cut
    await far.close()


@pytest.fixture
def own_server() -> Iterator[postgres.Server]:
    with postgres.server({"synchronous_commit": "on"}) as server:
        yield server


@pytest.mark.thorough
async def test_after_a_crash_a_number_is_believed_only_where_it_means_the_same(
    own_server: postgres.Server, statements: Statements
) -> None:
    url = own_server.database()
    with Proxy(own_server.target) as proxy:
        far = PostgresStore.open(own_server.through(url, proxy.port), statements=statements, writers=1)
        await far.transact(lambda _: None)
        proxy.cut_after(DONE)
        begun = asyncio.create_task(far.transact(Work()))
        proxy.drop_new()
        async with asyncio.timeout(LONGEST):
            while not proxy.did_cut:
                await asyncio.sleep(0.005)
        await asyncio.to_thread(own_server.stop, "immediate")
        await asyncio.to_thread(own_server.start)
        proxy.restore()
        with pytest.raises(OutcomeUnknownError):
            await begun
        assert await asyncio.wait_for(far.read(names), LONGEST) in ([], ["a"])
        await far.close()


@pytest.mark.thorough
async def test_one_run_of_a_server_is_told_from_the_next(own_server: postgres.Server) -> None:
    with (
        contextlib.closing(connect(own_server.url())) as first,
        contextlib.closing(connect(own_server.url())) as second,
    ):
        assert first.server.lasts(second.server)
        os.kill(second.info.backend_pid, signal.SIGKILL)  # then the server begins anew, without being started
        with pytest.raises(psycopg.OperationalError):  # once it has seen it, it ends all the others
            first.execute("SELECT pg_sleep(10)")
        after = await asyncio.to_thread(connected, own_server.url())
        assert after.started == first.server.started
        assert not first.server.lasts(after)


def connected(url: str) -> ServerRun:
    until = time.monotonic() + LONGEST
    while True:
        try:
            with contextlib.closing(connect(url)) as connection:
                return connection.server
        except StoreUnavailableError:
            assert time.monotonic() < until
            time.sleep(0.1)
