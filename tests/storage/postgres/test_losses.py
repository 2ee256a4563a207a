"""Connections that break, servers that come and go, processes that stand still: nothing lost, nothing twice."""

import asyncio
import contextlib
import errno
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.errors import StoreUnavailableError
from bot.storage.postgres import PostgresStore, connect, sides
from bot.storage.postgres import store as store_module
from bot.storage.postgres.connection import WRITING, Connection, Patience
from bot.storage.postgres.store import WRITERS
from bot.storage.statements import Statements
from bot.storage.store import Tx
from tests.contract.works import add, count, names
from tests.tools.proxy import Proxy
from tests.tools.races import LONGEST

pytestmark = pytest.mark.asyncio

AT_ONCE = 10.0  # seconds: far from what it would take without a signal, however busy the machine is


def raised(tx: Tx) -> int:
    row = tx.first("contract.raise", name="a")
    assert row is not None
    return int(row["value"])


async def test_after_every_connection_was_cut_the_next_works_are_done_without_a_word(
    far: PostgresStore, proxy: Proxy
) -> None:
    assert await far.transact(raised) == 1
    for value in range(2, 5):
        proxy.cut()
        assert await far.transact(raised) == value
        assert len(await far.read(names)) == 1


async def test_a_restart_is_nothing_to_those_who_come_after_a_crowd(
    far_url: str, proxy: Proxy, statements: Statements
) -> None:
    store = PostgresStore.open(far_url, statements=statements)
    met = threading.Barrier(WRITERS)
    await asyncio.gather(*(store.transact(lambda _: met.wait(LONGEST)) for _ in range(WRITERS)))  # as many connections
    proxy.cut()
    assert sorted(await asyncio.gather(*(store.transact(raised) for _ in range(20)))) == [*range(1, 21)]
    await store.close()


async def test_a_work_whose_connection_is_cut_in_its_middle_is_run_again(far: PostgresStore, proxy: Proxy) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> int:
        tx.run("contract.add", name="b", value=1)
        if not runs:
            proxy.cut()
        runs.append(1)
        return raised(tx)

    assert await asyncio.wait_for(far.transact(work), LONGEST) == 1
    assert len(runs) == 2
    assert await far.read(names) == ["a", "b"]


async def test_a_read_whose_connection_is_cut_in_its_middle_is_run_again(far: PostgresStore, proxy: Proxy) -> None:
    await far.transact(raised)
    runs: list[int] = []

    def work(tx: Tx) -> int:
        if not runs:
            proxy.cut()
        runs.append(1)
        return count(tx)

    assert await asyncio.wait_for(far.read(work), LONGEST) == 1
    assert len(runs) == 2


class Tries:
    """Counts how often a store tried to reach its server; meanwhile its clock stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.at = 0, time.monotonic()
        monkeypatch.setattr(sides, "time", SimpleNamespace(monotonic=lambda: self.at, sleep=time.sleep))
        monkeypatch.setattr(sides, "connect", self._connect)

    def _connect(self, url: str, patience: Patience, *, purpose: str) -> Connection:
        self.count += 1
        return connect(url, patience, purpose=purpose)


async def test_while_the_server_is_away_everybody_is_told_at_once_and_afterwards_nobody_waits(
    far: PostgresStore, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await far.transact(raised)
    proxy.refuse()
    with monkeypatch.context() as standing:
        tries = Tries(standing)
        told = await asyncio.gather(*(far.transact(raised) for _ in range(100)), return_exceptions=True)
        assert {type(error) for error in told} == {StoreUnavailableError}
        assert all("nuk u ruajt asgjë" in str(error) for error in told)
        assert tries.count == 1, "one finds out for all"
        proxy.restore()
        tries.at += sides.TRY_EACH_S
        assert await far.transact(raised) == 2
        assert await far.read(count) == 1


async def comes_back(store: PostgresStore) -> int:
    async with asyncio.timeout(LONGEST):
        while True:
            with contextlib.suppress(StoreUnavailableError):
                return await store.transact(raised)
            await asyncio.sleep(0.05)


async def test_a_server_that_says_nothing_holds_nobody_for_ever(
    far_url: str, proxy: Proxy, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = PostgresStore.open(f"{far_url}&connect_timeout=2", statements=statements, writers=1)
    assert await far.transact(raised) == 1
    proxy.hang()
    with monkeypatch.context() as standing:
        tries = Tries(standing)
        standing.setattr(store_module, "_BEGINS_WITHIN_S", 0.3)
        started = time.monotonic()
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                await far.transact(raised)
        assert time.monotonic() - started < WRITING.answer, "to begin, and to reach the server anew"
        assert tries.count == 1, "the second time it is known"
    proxy.restore()
    assert await comes_back(far) == 2
    await far.close()


async def test_nobody_waits_longer_for_a_thread_than_a_customer_would(
    far: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, held = threading.Event(), threading.Event()

    def holds(_: Tx) -> None:
        held.set()
        assert go.wait(LONGEST)

    holding = asyncio.create_task(far.transact(holds))
    assert await asyncio.to_thread(held.wait, LONGEST)
    with monkeypatch.context() as impatient, pytest.raises(StoreUnavailableError, match="e zënë"):
        impatient.setattr(sides, "LONGEST_WAIT_S", 0.1)
        await far.transact(raised)
    go.set()
    await holding
    assert await far.read(count) == 0
    assert far.waiting == 0


async def test_what_others_commit_is_heard_of_again_after_the_listener_was_cut(
    far: PostgresStore, near: PostgresStore, proxy: Proxy
) -> None:
    assert not await far.changed(0.1)
    proxy.cut()
    assert await far.changed(LONGEST), "it may have missed something"
    await near.transact(add("a"))
    assert await far.changed(LONGEST)
    assert not await far.changed(0.1)


async def test_what_another_process_commits_is_heard_of_at_once(far: PostgresStore, near: PostgresStore) -> None:
    for name in "abc":
        waiting = asyncio.create_task(far.changed(3 * LONGEST))
        await asyncio.sleep(0)  # it waits
        await near.transact(add(name))
        assert await asyncio.wait_for(waiting, AT_ONCE)
    assert await near.changed(0)
    assert not await near.changed(0.1), "its own are not told it twice"


async def test_a_thousand_open_files_do_not_deafen_the_listener(
    far: PostgresStore, near: PostgresStore, proxy: Proxy
) -> None:
    with contextlib.ExitStack() as stack:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))  # often it is 1024, and could be more
        proxy.refuse()
        await asyncio.sleep(0.1)  # the listener's own file is closed
        for _ in range(1100):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        proxy.restore()
        assert await far.changed(LONGEST)
        await near.transact(add("a"))
        assert await far.changed(LONGEST)


async def test_a_process_without_a_free_file_hears_again_once_there_is_one(
    far: PostgresStore, near: PostgresStore, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.postgres.listener.RETRY_EACH_S", 0.05)
    refused = threading.Event()

    def no_file() -> None:
        refused.set()
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as full:
        full.setattr(selectors, "DefaultSelector", no_file)
        proxy.cut()
        assert await asyncio.to_thread(refused.wait, LONGEST)
    while await far.changed(0.2):  # each time that it is connected anew
        pass
    await near.transact(add("a"))
    assert await far.changed(LONGEST)


STANDS_STILL = """
import asyncio, os, signal, sys, time
from pathlib import Path
from bot.storage.postgres import PostgresStore, store
from bot.storage.postgres.connection import Patience
from bot.storage.statements import read_statements

store.WRITING = Patience(lock=8_000, statement=15_000, idle=int(sys.argv[3]))
runs = []

def work(tx):
    value = tx.first("contract.raise", name="a")["value"]
    runs.append(value)
    if len(runs) == 1:
        print("holds", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(0.2)  # another thread may be the one that takes the signal
    return tx.first("contract.raise", name="a")["value"]

async def main():
    opened = PostgresStore.open(sys.argv[1], statements=read_statements(Path(sys.argv[2])))
    print(len(runs), await opened.transact(work), len(runs), flush=True)
    await opened.close()

asyncio.run(main())
"""


async def test_a_process_that_stands_still_within_a_transaction_loses_it_and_is_run_again_when_it_goes_on(
    near: PostgresStore, migrated_url: str
) -> None:
    idle = WRITING.idle if os.environ.get("MBUROJA_THOROUGH") else 2_000
    sql = Path(__file__).parents[2] / "contract" / "sql"
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STANDS_STILL, migrated_url, sql, str(idle), stdout=subprocess.PIPE
    )
    try:
        assert other.stdout
        assert await asyncio.wait_for(other.stdout.readline(), LONGEST) == b"holds\n"
        # Who waits for its lock for longer than WRITING.lock is refused.
        assert await near.transact(raised) == 1, "what the other did is undone"
        other.send_signal(signal.SIGCONT)
        assert (await asyncio.wait_for(other.stdout.readline(), LONGEST)).split() == [b"0", b"3", b"2"]
        assert await other.wait() == 0
    finally:
        if other.returncode is None:
            other.kill()
            await other.wait()
    assert await near.transact(raised) == 4
