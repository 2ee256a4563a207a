"""One connection to PostgreSQL: what it is opened with, what it keeps, how long it waits, and what its errors show."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

import psycopg
import pytest

from bot.errors import StoreUnavailableError
from bot.storage.postgres import PostgresStore, connect
from bot.storage.postgres import store as store_module
from bot.storage.postgres.connection import PREPARED, READING, WRITING, Connection, Patience, Plans, PostgresTx
from bot.storage.postgres.failures import RunAgain
from bot.storage.postgres.store import READERS
from bot.storage.statements import Statements, read_statements
from bot.storage.store import Row, Tx
from tests.contract.works import count
from tests.tools.postgres import Server
from tests.tools.races import LONGEST

pytestmark = pytest.mark.asyncio

THERE = """
SELECT application_name AS name FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
"""


def raised(tx: Tx) -> int:
    row = tx.first("contract.raise", name="a")
    assert row is not None
    return int(row["value"])


async def test_an_answer_is_not_waited_for_for_ever(migrated_url: str) -> None:
    with contextlib.closing(connect(migrated_url)) as connection:
        connection.answers_within = 0.2
        started = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
        assert time.monotonic() - started < WRITING.statement / 1000, "the server itself did not end it"
        assert connection.closed


async def test_a_plan_that_a_migration_changed_is_made_anew_and_the_work_is_run_again(
    migrated_url: str, tmp_path: Path
) -> None:
    (tmp_path / "a.sql").write_text("-- name: every\n-- Reads all.\nSELECT * FROM kept_trial;\n", encoding="utf-8")
    with contextlib.closing(connect(migrated_url)) as other:
        other.execute("CREATE TABLE kept_trial (name TEXT)")
        store = PostgresStore.open(migrated_url, statements=read_statements(tmp_path))
        met = threading.Barrier(READERS)

        def together(tx: Tx) -> list[Row]:
            met.wait(LONGEST)
            return tx.all("a.every")

        try:
            for use in (store.transact, store.read):
                await asyncio.gather(*(use(together) for _ in range(READERS)))  # each on a connection of its own
                other.execute(f"ALTER TABLE kept_trial ADD COLUMN {use.__name__} TEXT")
                assert await use(lambda tx: tx.all("a.every")) == []
        finally:
            await store.close()
            other.execute("DROP TABLE kept_trial")


async def test_statements_stay_prepared_from_one_work_to_the_next(near: PostgresStore) -> None:
    def prepared(tx: Tx) -> int:
        assert isinstance(tx, PostgresTx)
        row = tx._connection.execute("SELECT COUNT(*) AS n FROM pg_prepared_statements", prepare=False).fetchone()
        assert row
        return int(row["n"])

    await near.read(count)
    first = await near.read(prepared)
    assert await near.read(lambda tx: (count(tx), prepared(tx))[1]) == first > 0
    assert len(list(read_statements())) < PREPARED


async def test_a_database_that_can_only_be_read_says_so(migrated_url: str, statements: Statements) -> None:
    store = PostgresStore.open(
        f"{migrated_url}&options=-c%20default_transaction_read_only%3Don", statements=statements, writers=1
    )
    with pytest.raises(StoreUnavailableError, match="vetëm lexohet"):
        await store.transact(raised)
    assert await store.read(count) == 0
    await store.close()


async def test_no_error_shows_the_address_a_user_or_a_password(postgres_server: Server) -> None:
    told = []
    for url in (
        "postgresql://dikush:fjalekalim-i-fshehte@127.0.0.1:1/baza",
        "postgresql://dikush:fjalekalim-i-fshehte@serveri.invalid/baza",
        "postgresql://dikush:fjalekalim-i-fshehte@/baza?host=/nuk/ka",
        "postgresql://dikush:fjalekalim-i-fshehte@127.0.0.1:porta/baza",
        "postgresql://dikush:fjalekalim-i-fshehte@127.0.0.1/baza?nuk=ka",
        postgres_server.url("nuk_ka").replace("postgres@", "postgres:fjalekalim-i-fshehte@"),
        postgres_server.url().replace("postgres@", "dikush:fjalekalim-i-fshehte@"),
    ):
        with pytest.raises(StoreUnavailableError) as caught:
            connect(url)
        told.append(str(caught.value))
        chained = f"{caught.value.__cause__} {caught.value.__suppress_context__}"
        assert chained == "None True", "a traceback shows no more"
    assert not [text for text in told if "dikush" in text or "fshehte" in text or "127.0.0.1" in text], told
    assert "nuk përgjigjet asnjë server" in told[0]
    assert "emri i serverit nuk gjendet" in told[1]
    assert "nuk lexohet" in told[3]
    assert "baza me atë emër nuk ekziston" in told[5]
    assert "përdoruesi me atë emër nuk ekziston" in told[6]


async def test_connections_tell_the_operator_what_they_are_for(near: PostgresStore, migrated_url: str) -> None:
    await near.transact(raised)
    await near.read(count)
    told, until = {"mburoja writer", "mburoja reader", "mburoja listener", "zyra look"}, time.monotonic() + LONGEST
    with contextlib.closing(connect(f"{migrated_url}&application_name=zyra", purpose="look")) as connection:
        while (seen := {row["name"] for row in connection.execute(THERE)}) != told:
            assert time.monotonic() < until, seen  # who is gone may be listed for a moment yet
            await asyncio.sleep(0.01)


async def test_a_deadlock_is_no_error_but_a_wish_to_be_run_again(migrated_url: str, statements: Statements) -> None:
    plans, met = Plans(statements), threading.Barrier(2)

    def crosses(connection: Connection, first: str, second: str) -> str:
        tx = PostgresTx(connection, plans)
        connection.execute("BEGIN")
        tx.first("contract.raise", name=first)
        met.wait(LONGEST)
        try:
            tx.first("contract.raise", name=second)
        except RunAgain as again:
            assert tx.failed is again
            connection.execute("ROLLBACK")
            return "again"
        connection.execute("COMMIT")
        return "done"

    with contextlib.closing(connect(migrated_url)) as one, contextlib.closing(connect(migrated_url)) as two:
        ways = asyncio.to_thread(crosses, one, "a", "b"), asyncio.to_thread(crosses, two, "b", "a")
        assert sorted(await asyncio.gather(*ways)) == ["again", "done"]


async def test_waiting_for_a_lock_has_an_end(
    migrated_url: str, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "WRITING", Patience(lock=200, statement=60_000, idle=60_000))
    store = PostgresStore.open(migrated_url, statements=statements)
    with contextlib.closing(connect(migrated_url, READING)) as other:  # it may say nothing for long
        other.execute("BEGIN")
        other.execute("LOCK TABLE counters")
        with pytest.raises(StoreUnavailableError, match="e zënë"):
            await asyncio.wait_for(store.transact(raised), LONGEST)
        other.execute("ROLLBACK")
    assert await store.transact(raised) == 1
    await store.close()
