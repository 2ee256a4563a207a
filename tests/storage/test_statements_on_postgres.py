"""Every statement is taken by PostgreSQL, too, and its values and columns are texts and integers there as well."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.postgres.connection import Connection, connect
from bot.storage.statements import SQL, Statement, Statements, read_statements
from tests.tools import engines

FILES = sorted(path.stem for path in SQL.glob("*.sql"))
TEXT, BIGINT, INTEGER = 25, 20, 23  # PostgreSQL's own numbers of types; 1700 is NUMERIC, which Python gets as Decimal
SAME_ON_BOTH = {TEXT, BIGINT, INTEGER}


@pytest.fixture(scope="module")
def schema(postgres_databases: engines.Postgres) -> Iterator[Connection]:
    """A connection to a migrated database."""
    with postgres_databases.migrated() as url, connect(url) as connection:
        yield connection


def numbered(statement: Statement) -> str:
    """Return a statement with $1, $2, … for its parameters."""
    places: dict[str, str] = {}
    return statement.written(lambda name: places.setdefault(name, f"${len(places) + 1}"), lambda text: text)


def faults(schema: Connection, statement: Statement) -> list[str]:
    """Return what PostgreSQL does not take, or takes for something else than SQLite does."""
    prepared = schema.pgconn.prepare(b"", numbered(statement).encode())
    if prepared.error_message:
        return [f"{statement.name}: {prepared.error_message.decode().strip().splitlines()[0]}"]
    told = schema.pgconn.describe_prepared(b"")
    values = {told.param_type(number) for number in range(told.nparams)}
    columns = {
        (told.fname(number) or b"").decode(): told.ftype(number)
        for number in range(told.nfields)
        if told.ftype(number) not in SAME_ON_BOTH
    }
    found = [f"{statement.name}: a value is taken for a type with the number {kind}" for kind in values - SAME_ON_BOTH]
    return found + [f"{statement.name}: {name} is of a type with the number {kind}" for name, kind in columns.items()]


@pytest.mark.parametrize("file", FILES)
def test_every_statement_is_the_same_on_postgresql(file: str, schema: Connection) -> None:
    found = [fault for each in read_statements() if each.name.startswith(f"{file}.") for fault in faults(schema, each)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SUM(last_seq) AS n FROM conversations",
        "SELECT id FROM conversations WHERE :x IS NULL",
        "SELECT id, company, COUNT(*) AS n FROM conversations GROUP BY company",
        "SELECT id FROM conversations WHERE proven",
        "SELECT last_seq > 1 AS n FROM conversations",
        "SELECT id FROM conversations WHERE last_seq = 'x' AND nothing = 1",
    ],
)
def test_what_would_mean_something_else_is_noticed(sql: str, schema: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(f"-- name: x\n-- X.\n{sql}", encoding="utf-8")
    statements: Statements = read_statements(tmp_path)
    assert [fault for each in statements for fault in faults(schema, each)]
