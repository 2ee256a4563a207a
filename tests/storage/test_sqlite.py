"""What SQLite alone does: a full disk, files that fail, other processes at the same file."""

import asyncio
import contextlib
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from bot.errors import StoreUnavailableError
from bot.storage.sqlite import SqliteStore, SqliteTx, connect, writer
from bot.storage.sqlite.connection import begin
from bot.storage.statements import Statements
from bot.storage.store import Tx
from tests.tools.races import LONGEST

pytestmark = pytest.mark.asyncio

BUSY_MS = 300


@pytest_asyncio.fixture
async def store(tmp_path: Path, statements: Statements, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqliteStore]:
    """A store whose batches end when nothing waits, however slow the machine is."""
    monkeypatch.setattr(writer, "BATCH_S", LONGEST)
    store = SqliteStore.open(tmp_path / "a.db", statements=statements, busy_ms=BUSY_MS)
    yield store
    await store.close()


@pytest_asyncio.fixture
async def patient(tmp_path: Path, statements: Statements) -> AsyncIterator[SqliteStore]:
    """A store that waits as long for others as it does in use."""
    store = SqliteStore.open(tmp_path / "a.db", statements=statements)
    yield store
    await store.close()


def add(name: str, size: int = 10) -> Callable[[Tx], int]:
    return lambda tx: tx.run("trial.add", name=name, holder="x" * size)


def names(tx: Tx) -> list[str]:
    return [row["name"] for row in tx.all("trial.names")]


async def together(store: SqliteStore, *works: Callable[[Tx], Any]) -> list[Any]:
    """Run works in one batch: they all wait before the one that is under way ends."""
    go = threading.Event()
    tasks = [store.transact(work) for work in (lambda _: go.wait(LONGEST), *works)]
    results = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # each is given to the store
    go.set()
    return (await results)[1:]


class Process:
    """Another process with the same database open, in Python lines: ``connection`` is there already."""

    def __init__(self, path: Path, lines: str) -> None:
        begin = f"import sqlite3, sys, time\nconnection = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        self._process = subprocess.Popen(
            [sys.executable, "-c", begin + textwrap.dedent(lines)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def finish(self) -> None:
        self._process.communicate(b"\n", timeout=LONGEST)
        assert self._process.returncode == 0

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=LONGEST)


HOLDS = """
connection.execute("BEGIN EXCLUSIVE")
connection.execute("INSERT INTO leases VALUES ('theirs', 'x', 0)")
print("ready", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""

WRITES_ON = """
import threading
connection.execute("PRAGMA busy_timeout = 10000")
end = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), end.set())).start()
print("ready", flush=True)
while not end.is_set():
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO leases VALUES ('theirs', 'x', 0) ON CONFLICT DO UPDATE SET until = until + 1")
    time.sleep(0.002)
    connection.execute("COMMIT")
    time.sleep(0.001)
connection.close()
"""


async def test_a_database_is_opened_so_that_a_commit_survives_and_only_its_owner_reads_it(
    store: SqliteStore, tmp_path: Path
) -> None:
    def read(tx: Tx) -> list[Any]:
        rows = [tx.first(f"trial.{name}") for name in ("mode", "fsync", "foreign_keys")]
        return [row[0] for row in rows if row is not None]  # type: ignore[index]

    assert await store.transact(read) == ["wal", 2, 1]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


async def test_work_is_run_in_the_order_in_which_it_was_given(store: SqliteStore) -> None:
    given = [f"{number:03}" for number in range(150)]
    ran: list[str] = []

    def work(name: str, tx: Tx) -> None:
        ran.append(name)
        add(name)(tx)

    await asyncio.gather(*(store.transact(partial(work, name)) for name in given))
    assert ran == given


async def test_a_read_does_not_wait_for_a_write_under_way(store: SqliteStore) -> None:
    begun, go = threading.Event(), threading.Event()

    def work(tx: Tx) -> None:
        add("a")(tx)
        begun.set()
        assert go.wait(LONGEST)

    writing = asyncio.create_task(store.transact(work))
    assert await asyncio.to_thread(begun.wait, LONGEST)
    assert await store.read(names) == []
    go.set()
    await writing
    assert await store.read(names) == ["a"]


async def test_a_full_database_fails_the_whole_batch_and_works_again_once_there_is_room(store: SqliteStore) -> None:
    await store.transact(add("before"))
    await store.transact(lambda tx: tx.first("trial.let_nothing_grow"))
    results = await together(store, add("small"), add("small too"), add("large", 1_000_000))
    assert [type(result) for result in results] == [StoreUnavailableError] * 3
    assert all("vend" in str(result) for result in results)
    assert len({id(result) for result in results}) == 3
    assert await store.read(names) == ["before"]
    await store.transact(add("fits"))  # the writer goes on, with what there is room for
    await store.transact(lambda tx: tx.first("trial.let_it_grow"))
    assert await together(store, add("large", 1_000_000), add("small")) == [1, 1]
    assert await store.read(names) == ["before", "fits", "large", "small"]


async def test_what_swallows_a_full_disk_still_keeps_nothing(store: SqliteStore) -> None:
    await store.transact(lambda tx: tx.first("trial.let_nothing_grow"))

    def work(tx: Tx) -> None:
        add("first")(tx)
        for name in ("large", "after"):
            with contextlib.suppress(StoreUnavailableError):
                tx.run("trial.add", name=name, holder="x" * (1_000_000 if name == "large" else 1))

    results = await together(store, add("neighbour"), work)
    assert [type(result) for result in results] == [StoreUnavailableError] * 2
    assert await store.read(names) == []


async def test_a_statement_that_fails_half_way_through_for_want_of_room_fails_the_batch(store: SqliteStore) -> None:
    await store.transact(lambda tx: tx.first("trial.let_nothing_grow"))
    results = await together(store, add("a"), lambda tx: tx.run("trial.waste", name="w"))
    assert [type(result) for result in results] == [StoreUnavailableError] * 2
    assert await store.read(names) == []
    await store.transact(add("later"))
    assert await store.read(names) == ["later"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_disk_that_is_really_full_loses_nothing_that_was_told_as_done(
    small_disk: Path, statements: Statements
) -> None:
    store = SqliteStore.open(small_disk / "a.db", statements=statements)
    done = []
    with pytest.raises(StoreUnavailableError):
        for number in range(1000):
            await store.transact(add(f"{number:04}", 20_000))
            done.append(f"{number:04}")
    assert done
    assert await store.read(names) == done
    await store.close()
    again = SqliteStore.open(small_disk / "a.db", statements=statements)
    assert await again.read(names) == done
    await again.close()


async def test_a_commit_that_the_disk_refuses_fails_its_batch_alone(store: SqliteStore) -> None:
    await store.transact(add("before"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        # No file may grow past this: the write-ahead log is longer already, and the commit has to write there.
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        results = await together(store, add("a"), add("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert [type(result) for result in results] == [StoreUnavailableError] * 2
    assert await store.read(names) == ["before"]
    assert await together(store, add("a"), add("b")) == [1, 1]
    assert await store.read(names) == ["a", "b", "before"]


async def test_nothing_runs_on_a_transaction_that_was_lost(statements: Statements, tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE leases (name TEXT, holder TEXT, until BIGINT)")
    connection.execute("PRAGMA max_page_count = 1")
    connection.execute("BEGIN")
    tx = SqliteTx(connection, statements)
    with pytest.raises(StoreUnavailableError):
        tx.run("trial.add", name="large", holder="x" * 100_000)
    with pytest.raises(StoreUnavailableError):
        tx.run("trial.add", name="small", holder="x")
    assert connection.execute("SELECT COUNT(*) FROM leases").fetchone()[0] == 0
    connection.close()


async def test_a_database_held_by_another_process_is_said_to_be_busy_and_works_afterwards(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, all_given = list[float](), threading.Event()

    def waiting(connection: sqlite3.Connection, *, busy_ms: int) -> None:
        assert all_given.wait(LONGEST)
        started = time.monotonic()
        try:
            begin(connection, busy_ms=busy_ms)
        finally:
            waits.append(time.monotonic() - started)

    other = Process(tmp_path / "a.db", HOLDS)
    monkeypatch.setattr(writer, "begin", waiting)
    given = asyncio.gather(*(store.transact(add(f"{n:03}")) for n in range(200)), return_exceptions=True)
    await asyncio.sleep(0)
    all_given.set()
    results = await given
    assert {str(result) for result in results} == {
        "Baza e të dhënave është e zënë nga një program tjetër; provoni prapë pas pak."
    }
    assert {type(result) for result in results} == {StoreUnavailableError}
    assert min(waits) > BUSY_MS / 1000 * 0.8
    assert len(waits) <= 2, "all of them waited together, behind the first at most"
    other.finish()
    await store.transact(add("ours"))
    assert await store.read(names) == ["ours", "theirs"]


async def test_who_waits_long_enough_for_another_process_is_served(patient: SqliteStore, tmp_path: Path) -> None:
    other = Process(tmp_path / "a.db", HOLDS)
    adding = asyncio.create_task(patient.transact(add("ours")))
    await asyncio.sleep(BUSY_MS / 3000)
    other.finish()
    assert await adding == 1
    assert await patient.read(names) == ["ours", "theirs"]


async def test_beside_a_process_that_writes_all_the_time_there_is_room(patient: SqliteStore, tmp_path: Path) -> None:
    other = Process(tmp_path / "a.db", WRITES_ON)
    try:
        for n in range(5):
            await patient.transact(add(f"{n}"))  # none is told that the database is busy
    finally:
        other.finish()


async def test_who_finds_it_busy_tries_again_each_millisecond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself pauses for up to 100 ms, and hardly ever meets the moment between two transactions of another."""
    theirs, ours = connect(tmp_path / "a.db"), connect(tmp_path / "a.db")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 20:
            theirs.execute("COMMIT")

    monkeypatch.setattr("bot.storage.sqlite.connection.time", SimpleNamespace(monotonic=time.monotonic, sleep=pause))
    with contextlib.closing(theirs), contextlib.closing(ours):
        theirs.execute("BEGIN IMMEDIATE")
        begin(ours, busy_ms=30_000)
        assert ours.in_transaction
    assert len(pauses) == 20
    assert max(pauses) < 0.002
    assert len(set(pauses)) > 1, "in step with another it would miss the moment each time"


async def test_a_process_that_was_killed_leaves_nothing_half_done(store: SqliteStore, tmp_path: Path) -> None:
    other = Process(tmp_path / "a.db", HOLDS)
    other.kill()
    await store.transact(add("ours"))
    assert await store.read(names) == ["ours"]


async def test_what_another_process_commits_is_noticed(store: SqliteStore, tmp_path: Path) -> None:
    other = Process(tmp_path / "a.db", HOLDS)
    assert not await store.changed(0.5)
    finishing = asyncio.create_task(asyncio.to_thread(other.finish))
    async with asyncio.timeout(LONGEST):
        assert await store.changed(3 * LONGEST)
    await finishing
    assert not await store.changed(0.5), "once"


async def test_two_stores_on_one_file_lose_nothing(
    patient: SqliteStore, tmp_path: Path, statements: Statements
) -> None:
    other = SqliteStore.open(tmp_path / "a.db", statements=statements)
    works = [(each, f"{name}{n:02}") for n in range(100) for name, each in (("a", patient), ("b", other))]
    await asyncio.gather(*(each.transact(add(name)) for each, name in works))
    assert await patient.read(names) == await other.read(names) == sorted(name for _, name in works)
    await other.close()


async def test_who_waits_is_counted(store: SqliteStore) -> None:
    begun, go = threading.Event(), threading.Event()

    def holds(_: Tx) -> None:
        begun.set()
        assert go.wait(LONGEST)

    first = asyncio.create_task(store.transact(holds))
    assert await asyncio.to_thread(begun.wait, LONGEST)
    tasks = [asyncio.create_task(store.transact(work)) for work in map(add, "abc")]
    await asyncio.sleep(0)
    assert store.waiting == 3
    go.set()
    await asyncio.gather(first, *tasks)
    assert store.waiting == 0


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 100, b"short"])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailableError, match="nuk është bazë e të dhënave"):
        SqliteStore.open(path)
    assert path.read_bytes() == content


async def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailableError, match="nuk është e Mburojës"):
        SqliteStore.open(path)
    assert path.read_bytes() == before


async def test_a_place_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="nuk hapet"):
        SqliteStore.open(tmp_path / "no" / "such" / "a.db")
