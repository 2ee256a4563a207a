"""Whole tables of a PostgreSQL database: however large they are, and however long the server takes."""

import contextlib
import tracemalloc

import pytest

from bot.storage.postgres import tables
from bot.storage.postgres.connection import WRITING, Connection, connect

PART = 350_000  # characters that a part of an answer's file has, sealed
PARTS = 300


def test_reading_a_table_of_files_takes_no_memory_that_grows_with_it(migrated_url: str) -> None:
    with contextlib.closing(connect(migrated_url)) as connection:
        connection.execute(
            "INSERT INTO answer_parts "
            "SELECT 'K', 1, n, repeat('x', CAST(%s AS INTEGER)) FROM generate_series(1, %s) AS n",
            [PART, PARTS],
        )
    with tables.opened(migrated_url) as state:
        tracemalloc.start()
        try:
            assert sum(len(str(row[0])) for row in state.rows("answer_parts", ["content_sealed"])) == PART * PARTS
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < PART * PARTS / 2


def test_a_table_may_take_longer_than_a_statement_of_a_turn(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(url: str) -> Connection:
        connection = connect(url, WRITING)
        connection.answers_within = 0.1
        return connection

    with contextlib.closing(connect(migrated_url)) as connection:
        connection.execute("CREATE VIEW slow AS SELECT 1 AS a FROM pg_sleep(0.4)")
    monkeypatch.setattr(tables, "connect", impatient)
    with tables.opened(migrated_url) as state:
        assert [*state.rows("slow", ["a"])] == [(1,)]
