"""Migrations of PostgreSQL: all of it or nothing, once, never on what is not ours, and with the next release's."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import StoreUnavailableError
from bot.storage import postgres
from bot.storage.postgres.connection import READING, Connection
from bot.storage.scripts import scripts


@pytest.fixture
def fresh(postgres_url: str) -> Iterator[Connection]:
    with contextlib.closing(postgres.connect(postgres_url)) as connection:
        yield connection


def test_this_program_runs_on_a_database_of_the_next_release_and_not_of_the_one_after(
    fresh: Connection, later: Path
) -> None:
    assert postgres.migrate.migrate(fresh) == [*scripts()]
    assert postgres.migrate.migrate(fresh) == []
    number = len(scripts()) + 1
    assert postgres.migrate.not_applied(fresh, later) == [f"{number:04}_later"]
    assert postgres.migrate.migrate(fresh, later) == [f"{number:04}_later"]
    assert postgres.migrate.migrate(fresh) == postgres.migrate.not_applied(fresh) == []
    script = later / f"{number + 1:04}_latest.sql"
    script.write_text(f"-- runs with: {number:04}\nCREATE TABLE latest (a TEXT);", encoding="utf-8")
    assert postgres.migrate.migrate(fresh, later) == [script.stem]
    with pytest.raises(StoreUnavailableError, match="më e re se ky program"):
        postgres.migrate.migrate(fresh)


def test_an_error_between_two_statements_undoes_every_migration_of_that_run(fresh: Connection, later: Path) -> None:
    bad = next(later.glob("*_later.sql"))
    bad.write_text("CREATE TABLE first_half (a TEXT);\nCREATE TABLE (;", encoding="utf-8")
    with pytest.raises(StoreUnavailableError):
        postgres.migrate.migrate(fresh, later)
    assert postgres.migrate.not_applied(fresh) == [*scripts()]
    rows = fresh.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    assert rows == []


def test_a_database_of_somebody_else_is_refused_and_left_alone(fresh: Connection) -> None:
    fresh.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreUnavailableError, match="nuk është e Mburojës"):
        postgres.migrate.migrate(fresh)
    rows = fresh.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    assert [row["tablename"] for row in rows] == ["songs"]


def test_of_several_at_once_one_migrates_and_all_end_well(postgres_url: str) -> None:
    def migrated(_: int) -> list[str]:
        with contextlib.closing(postgres.connect(postgres_url)) as connection:
            return postgres.migrate.migrate(connection)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(migrated, range(4))) == [[], [], [], [*scripts()]]


def test_who_keeps_a_table_from_a_migration_holds_nobody_else_up_for_long(
    fresh: Connection, later: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres.migrate, "_LOCKED_OUT_S", 0.2)
    postgres.migrate.migrate(fresh)
    adding = next(later.glob("*_later.sql"))
    adding.write_text("-- runs with: 0001\nALTER TABLE counters ADD COLUMN more TEXT;", encoding="utf-8")
    with contextlib.closing(postgres.connect(postgres_url, READING)) as reader:  # it may say nothing for long
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM counters")
        with pytest.raises(StoreUnavailableError, match="e zënë"):
            postgres.migrate.migrate(fresh, later)
        reader.execute("ROLLBACK")
    assert postgres.migrate.migrate(fresh, later) == [adding.stem]
