"""Code and SQL fit: every statement used exists, every one that exists is used, with exactly its parameters."""

import functools
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.sqlite import connect
from bot.storage.sqlite.migrate import migrate
from bot.storage.statements import SQL, StatementError, Statements, read_statements
from tests.tools.statement_use import Use, named, uses

BOT = SQL.parents[1]
CODE = sorted(BOT.rglob("*.py"))
FILES = sorted(path.stem for path in SQL.glob("*.sql"))

# What one of the engines cannot do, or does otherwise than the other.
NOT_PORTABLE = {
    r"\bINSERT\s+OR\b|\bREPLACE\s+INTO\b": "write ON CONFLICT",
    r"\b(datetime|date|strftime|julianday|unixepoch|json\w*|ifnull|iif|printf|group_concat|randomblob|instr)\s*\(": (
        "functions of SQLite only; compute it in Python, or use COALESCE and CASE"
    ),
    r"\b(rowid|AUTOINCREMENT|GLOB|PRAGMA|last_insert_rowid|ILIKE|SIMILAR)\b": "one engine only",
    r"(?<![:\w]):\w+\s+IS\s": "PostgreSQL must know the type: CAST(:x AS TEXT) IS NULL",
    r"\?|%s|\$\d|@\w": "parameters are written :name",
    r"::": "write CAST(x AS TYPE)",
    r"\bLIMIT\s+-|\bLIMIT\s+:?\w+\s*,": "LIMIT n OFFSET m",
    r'"': "a text stands in single quotes; names need none",
}


@functools.cache
def all_named() -> set[str]:
    return {name for path in CODE for name in named(path.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def statements() -> Statements:
    return read_statements()


@pytest.fixture
def schema() -> Iterator[sqlite3.Connection]:
    connection = connect(":memory:")
    migrate(connection)
    yield connection
    connection.close()


def fault(statements: Statements, use: Use) -> str | None:
    """Return what is wrong with a use, or None."""
    if use.name is None:
        return 'write the statement\'s name there as text: tx.run("file.name", …)'
    try:
        statement = statements.get(use.name)
        statement.check(use.parameters if use.whole else use.parameters | statement.parameters)
    except StatementError as told:
        return str(told)
    return None


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(BOT)))
def test_code_uses_statements_that_exist_with_their_parameters(path: Path, statements: Statements) -> None:
    found = [(use.line, fault(statements, use)) for use in uses(path.read_text(encoding="utf-8"))]
    faults = [f"{path.relative_to(BOT.parent)}:{line}: {told}" for line, told in found if told]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("file", FILES)
def test_every_statement_is_used(file: str, statements: Statements) -> None:
    idle = [each.name for each in statements if each.name.startswith(f"{file}.") and each.name not in all_named()]
    assert not idle, f"nothing in bot/ runs {', '.join(idle)}: take it out of sql/{file}.sql, or use it"


@pytest.mark.parametrize("file", FILES)
def test_every_statement_fits_the_schema(file: str, statements: Statements, schema: sqlite3.Connection) -> None:
    faults = []
    for statement in statements:
        if statement.name.startswith(f"{file}."):
            try:
                schema.execute(f"EXPLAIN {statement.sql}", dict.fromkeys(statement.parameters))
            except sqlite3.Error as error:
                faults.append(f"{statement.name}: {error}")
    assert not faults, "\n" + "\n".join(faults)


def not_portable(sql: str) -> list[str]:
    """Return what in a statement would fail, or mean something else, on the other engine."""
    bare = re.sub(r"'(?:[^']|'')*'|--[^\n]*", "''", sql)
    return [
        f"{found[0].strip()!r} ({mend})"
        for pattern, mend in NOT_PORTABLE.items()
        if (found := re.search(pattern, bare, re.IGNORECASE))
    ]


@pytest.mark.parametrize("file", FILES)
def test_every_statement_is_portable(file: str, statements: Statements) -> None:
    faults = [
        f"{statement.name}: {told}"
        for statement in statements
        if statement.name.startswith(f"{file}.")
        for told in not_portable(statement.sql)
    ]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR IGNORE INTO a VALUES (1)",
        "SELECT datetime('now')",
        "SELECT rowid FROM a",
        "SELECT 1 FROM a WHERE :x IS NULL OR x = :x",
        "SELECT ?",
        "SELECT x::TEXT FROM a",
        "SELECT x FROM a LIMIT 1, 2",
        'SELECT "x" FROM a',
    ],
)
def test_what_is_not_portable_is_noticed(sql: str) -> None:
    assert not_portable(sql)


def test_what_is_portable_is_let_through() -> None:
    assert not not_portable("SELECT ':x IS NULL?' FROM a WHERE CAST(:x AS TEXT) IS NULL OR COALESCE(y, :x) = 1 LIMIT 1")


SOURCE = """
def work(tx, later):
    tx.run("jobs.add", id=1, at=2)
    rows = tx.all("jobs.due" if later else "jobs.ready", now=1)
    subprocess.run(["ls"], check=True)
    tx.first(later, id=1)
    tx.run("jobs.note", **{"a": 1}, id=1)
"""


def test_uses_are_found_in_code() -> None:
    assert sorted((use.line, str(use.name), sorted(use.parameters), use.whole) for use in uses(SOURCE)) == [
        (3, "jobs.add", ["at", "id"], True),
        (4, "jobs.due", ["now"], True),
        (4, "jobs.ready", ["now"], True),
        (6, "None", ["id"], True),
        (7, "jobs.note", ["id"], False),
    ]
    assert named(SOURCE) == {"jobs.add", "jobs.due", "jobs.ready", "jobs.note"}


def test_a_wrong_use_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.sql").write_text("-- name: add\n-- Adds.\nSELECT :id, :at", encoding="utf-8")
    statements = read_statements(tmp_path)
    told = [fault(statements, use) for use in uses(SOURCE)]
    assert told.count(None) == 1
    wrong = [str(fault(statements, use)) for use in uses('tx.run("jobs.add", id=1, more=2)')]
    assert wrong == ["jobs.add misses :at, has no :more"]
