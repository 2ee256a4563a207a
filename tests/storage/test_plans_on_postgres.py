"""PostgreSQL can use an index wherever a table grows: no statement reads one through, but those that are named here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.storage.postgres.connection import Connection, connect
from bot.storage.statements import SQL, Statement, read_statements
from tests.tools import engines

FILES = sorted(path.stem for path in SQL.glob("*.sql"))
MANY = 1_000
# What a column holds in row `n`, where indexes leave rows out; else a text or number of its own, or often nothing.
SPREAD = {
    "state": "(ARRAY['ready', 'open', 'dead', 'done'])[1 + n % 4]",
    "sender": "(ARRAY['you', 'bot', 'dpo'])[1 + n % 3]",
    "statistics_restricted": "n % 2",
}
# What reads a table through, and why it may. A name that ends in "." stands for its file.
MAY_READ_ALL = {
    "keys.": "a handful of keys, and what is done once when they are changed",
    "sms_health.": "a row for each worker",
    "directory_health.": "a row for each worker and company",
    "claims.release_all": "what people work on just now is little",
    "claims.every": "what people work on just now is little",
    "claims.newest": "what people work on just now is little",
    "retention.claims": "what people work on just now is little",
    "leases.held": "a row for each duty",
    "staff.every": "a row for each person of the office",
    "retention.left_staff": "a row for each person of the office",
    "tokens.every": "a row for each program",
    "webhooks.every": "a row for each receiver",
    "webhooks.posted_to": "a row for each receiver",
    "reviews.off": "a row for each answer that was looked at",
    "seals.samples": "it stops at the fourth row",
    "audit.unindexed": "its index holds the entries that are looked for, and no others",
    "answers.sweep_links": "a link lives for days",
    "retention.failures": "wrong codes of a day",
    "retention.challenge_subjects": "codes of a day",
    "sessions.sweep_tokens": "what is left without the other is found by looking at both",
    "notices.rejected_objections": "restrictions that stand are few, and have an index of their own",
}


@pytest.fixture(scope="module")
def full(postgres_databases: engines.Postgres) -> Iterator[Connection]:
    """A database with some rows in every table, and a planner that reads one through only where it cannot else."""
    with postgres_databases.migrated() as url, connect(url) as connection:
        for table in engines.keys():  # noqa: SIM118  a function of the module
            rows = connection.execute(
                "SELECT column_name AS name, data_type AS type, is_nullable AS empty FROM information_schema.columns "
                "WHERE table_name = %s",
                [table],
            ).fetchall()
            values = ", ".join(spread(**row) for row in rows)
            names = ", ".join(str(row["name"]) for row in rows)
            sql = f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {MANY}) AS n"  # noqa: S608
            connection.execute(sql.encode())
        connection.execute("ANALYZE")
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.execute("SET enable_seqscan = off")
        yield connection


def spread(name: str, type: str, empty: str) -> str:  # noqa: A002  as the server calls it
    own = f"'{name}' || n" if type == "text" else "n"
    return SPREAD.get(name, f"CASE WHEN n % 3 = 0 THEN {own} END" if empty == "YES" else own)


def read_through(connection: Connection, statement: Statement) -> list[str]:
    """Return the tables that a statement reads from end to end, though it looks for a few rows."""
    places: dict[str, str] = {}
    sql = statement.written(lambda name: places.setdefault(name, f"${len(places) + 1}"), lambda text: text)
    connection.execute(f"PREPARE looked_at AS {sql.rstrip('; ')}".encode(), prepare=False)
    try:
        (known,) = connection.execute(
            "SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = 'looked_at'",
            prepare=False,
        ).fetchall()
        values = ["'x'" if kind == "text" else "5" for kind in known["types"]]
        given = f"({', '.join(values)})" if values else ""
        row = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE looked_at{given}".encode(), prepare=False).fetchone()
    finally:
        connection.execute("DEALLOCATE looked_at", prepare=False)
    assert row is not None
    told = row["QUERY PLAN"]
    return sorted(_scans((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))


def _scans(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"} and "Index Cond" not in plan:
        yield str(plan["Relation Name"])
    for below in plan.get("Plans", []):
        yield from _scans(below)


def may_read_all(name: str) -> bool:
    return name in MAY_READ_ALL or f"{name.partition('.')[0]}." in MAY_READ_ALL


@pytest.mark.parametrize("file", FILES)
def test_no_statement_reads_a_table_that_grows_through(file: str, full: Connection) -> None:  # R52
    statements = [each for each in read_statements() if each.name.startswith(f"{file}.")]
    found = {each.name: tables for each in statements if (tables := read_through(full, each))}
    assert not {name: tables for name, tables in found.items() if not may_read_all(name)}


def test_what_is_named_as_reading_all_is_there() -> None:
    names = {each.name for each in read_statements()}
    assert [name for name in MAY_READ_ALL if not any(known.startswith(name) for known in names)] == []


@pytest.mark.parametrize(
    "sql",
    ["SELECT id FROM escalations WHERE subject = :x", "SELECT id FROM audit WHERE who IS NOT DISTINCT FROM :x"],
)
def test_what_has_no_index_is_noticed(sql: str, full: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(f"-- name: x\n-- X.\n{sql}", encoding="utf-8")
    assert [tables for each in read_statements(tmp_path) if (tables := read_through(full, each))]
