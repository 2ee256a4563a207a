"""While a company upgrades, programs of two releases run on one database: migrations only add (R49, R52)."""

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import ExecStatus

from bot.errors import StoreUnavailableError
from bot.storage import postgres, sqlite
from bot.storage.postgres.connection import Connection
from bot.storage.scripts import runs_with, scripts, split
from bot.storage.statements import Statement, Statements, read_statements
from tests.tools.command import in_process

RELEASED = sorted((Path(__file__).parents[1] / "data" / "released").iterdir())[-1]  # the last release's statements
ADDING = [script for name, script in scripts().items() if name >= "0006"]  # what came before had no such rule

_COMMENT = re.compile(r"--[^\n]*")
_NEW_TABLE = re.compile(r"CREATE TABLE (\w+) \(.*\);", re.DOTALL)
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX \w+ ON (\w+) \(.*\);?.*", re.DOTALL)
_COLUMN = re.compile(r"ALTER TABLE (\w+) ADD COLUMN \w+ (?:TEXT|BIGINT)( NOT NULL)?( DEFAULT (?:-?\d+|'[^']*'))?;")


def not_additive(script: str) -> list[str]:
    """Return the statements of a script that a program which does not know it might not survive."""
    new: set[str] = set()
    faults = []
    for statement in split(script):
        bare = " ".join(_COMMENT.sub("", statement).split())
        table, index, column = (rule.fullmatch(bare) for rule in (_NEW_TABLE, _INDEX, _COLUMN))
        if table:
            new.add(table[1])
        adds = bool(table)
        adds |= index is not None and (not index[1] or index[2] in new)
        adds |= column is not None and (not column[2] or bool(column[3]))
        if not adds:
            faults.append(bare)
    return faults


@pytest.mark.parametrize("script", ADDING, ids=lambda script: script.stem)
def test_a_migration_only_adds_and_says_which_program_it_runs_with(script: Path) -> None:
    assert not_additive(script.read_text(encoding="utf-8")) == [], (
        "a program of the release before still runs on it: add beside it, and take away a release later"
    )
    assert runs_with(script) < script.stem[:4], "it has no line '-- runs with: NNNN'"


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE jobs;",
        "ALTER TABLE jobs DROP COLUMN kind;",
        "ALTER TABLE jobs RENAME TO tasks;",
        "ALTER TABLE jobs RENAME COLUMN kind TO sort;",
        "ALTER TABLE jobs ADD COLUMN sort TEXT NOT NULL;",
        "ALTER TABLE jobs ADD COLUMN sort TEXT UNIQUE;",
        "ALTER TABLE jobs ADD COLUMN sort TEXT CHECK (sort <> '');",
        "ALTER TABLE jobs ADD COLUMN sort TEXT REFERENCES staff (id);",
        "ALTER TABLE jobs ALTER COLUMN kind TYPE BIGINT;",
        "CREATE UNIQUE INDEX jobs_sort ON jobs (kind);",
        "UPDATE jobs SET kind = 'x';",
        "DELETE FROM jobs;",
        "INSERT INTO jobs (kind) VALUES ('x');",
        "CREATE TRIGGER a AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END;",
        "DROP INDEX jobs_due;",
    ],
)
def test_what_does_more_than_add_is_noticed(statement: str) -> None:
    assert not_additive(statement)


def test_what_only_adds_is_let_through() -> None:
    script = """
    -- A table; with a comment.
    CREATE TABLE a (b TEXT PRIMARY KEY, c BIGINT NOT NULL CHECK (c > 0));  -- c; d
    CREATE UNIQUE INDEX a_c ON a (c);
    CREATE INDEX jobs_sort ON jobs (kind, COALESCE(not_before, 0)) WHERE state = 'ready';
    ALTER TABLE jobs ADD COLUMN sort TEXT;
    ALTER TABLE jobs ADD COLUMN size BIGINT NOT NULL DEFAULT 0;
    """
    assert not_additive(script) == []


# ---- the release before, on this schema ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released() -> Statements:
    return read_statements(RELEASED)


@pytest.fixture
def file() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite.connect(":memory:")) as connection:
        sqlite.migrate.migrate(connection)
        yield connection


@pytest.fixture
def server(migrated_url: str) -> Iterator[Connection]:
    with contextlib.closing(postgres.connect(migrated_url)) as connection:
        yield connection


def test_the_snapshot_is_of_the_release_that_the_newest_migration_runs_with() -> None:
    assert runs_with([*scripts().values()][-1]) == RELEASED.name


def test_every_statement_of_the_release_before_fits_the_schema_on_sqlite(
    released: Statements, file: sqlite3.Connection
) -> None:
    assert faults(released, lambda each: file.execute(f"EXPLAIN {each.sql}", dict.fromkeys(each.parameters))) == []


def test_every_statement_of_the_release_before_fits_the_schema_on_postgresql(
    released: Statements, server: Connection
) -> None:
    assert faults(released, lambda each: prepare(server, each)) == []


def test_what_the_release_before_inserts_is_taken_on_sqlite(released: Statements, file: sqlite3.Connection) -> None:
    def insert(each: Statement) -> None:
        file.execute("BEGIN")
        try:
            file.execute(each.sql, dict.fromkeys(each.parameters, 1))
        finally:
            file.execute("ROLLBACK")

    assert faults(inserts(released), insert) == []


def test_what_the_release_before_inserts_is_taken_on_postgresql(released: Statements, server: Connection) -> None:
    def insert(each: Statement) -> None:
        values = {name: 1 if is_number else "1" for name, is_number in prepare(server, each).items()}
        sql = each.written("%({})s".format, lambda text: text.replace("%", "%%"))
        server.execute("BEGIN")
        try:
            server.execute(sql.encode(), values)
        finally:
            server.execute("ROLLBACK")

    assert faults(inserts(released), insert) == []


def inserts(released: Statements) -> list[Statement]:
    found = [each for each in released if each.sql.startswith("INSERT INTO")]
    assert len(found) > 30
    return found


def faults(statements: Iterable[Statement], use: Callable[[Statement], object]) -> list[str]:
    """Use each statement; return which failed, and why."""
    found = []
    for each in statements:
        try:
            use(each)
        except (sqlite3.Error, psycopg.Error) as error:
            found.append(f"{each.name}: {error}")
    return found


def prepare(connection: Connection, statement: Statement) -> dict[str, bool]:
    """Prepare a statement; return its parameters, and of each whether it is a number. Raises psycopg.Error."""
    names = sorted(statement.parameters)
    sql = statement.written(lambda name: f"${names.index(name) + 1}", str)
    for result in (connection.pgconn.prepare(b"", sql.encode()), described := connection.pgconn.describe_prepared(b"")):
        if result.status not in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
            raise psycopg.ProgrammingError(result.error_message.decode())
    number = psycopg.adapters.types["int8"].oid
    return {name: described.param_type(at) == number for at, name in enumerate(names)}


# ---- this program, on the schema of the release after ----------------------------------------------------------


@pytest.fixture
def much_later(later: Path) -> Path:
    """The migrations, with those of the next two releases."""
    number = len(scripts()) + 2
    script = f"-- The one after it.\n-- runs with: {number - 1:04}\n\nCREATE TABLE latest (a TEXT);\n"
    (later / f"{number:04}_latest.sql").write_text(script, encoding="utf-8")
    return later


def test_this_program_runs_on_a_file_of_the_next_release_and_leaves_its_schema_alone(
    file: sqlite3.Connection, later: Path
) -> None:
    assert len(sqlite.migrate.migrate(file, later)) == 1
    assert sqlite.migrate.migrate(file) == []
    assert sqlite.migrate.migrate(file, later) == []


def test_this_program_refuses_a_file_of_the_release_after_that(file: sqlite3.Connection, much_later: Path) -> None:
    assert len(sqlite.migrate.migrate(file, much_later)) == 2
    with pytest.raises(StoreUnavailableError, match="më e re se ky program"):
        sqlite.migrate.migrate(file)


# ---- the command -----------------------------------------------------------------------------------------------


def command_on(place: str) -> None:
    told = "".join(f"mungon: {name}\n" for name in scripts())
    assert in_process("migrate", "--check", "--db", place) == (1, told, "")
    assert in_process("migrate", "--check", "--db", place) == (1, told, "")
    assert in_process("migrate", "--db", place) == (0, told.replace("mungon", "u krye"), "")
    assert in_process("migrate", "--db", place) == (0, "Nuk mungonte asgjë.\n", "")
    assert in_process("migrate", "--check", "--db", place) == (0, "Nuk mungon asgjë.\n", "")


def test_the_command_tells_what_a_file_lacks_and_does_it(tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    assert in_process("migrate", "--check", "--db", str(place))[0] == 1
    assert not place.exists()
    command_on(str(place))


def test_the_command_tells_what_a_database_lacks_and_does_it(postgres_url: str) -> None:
    command_on(postgres_url)


def test_the_command_says_plainly_what_it_cannot_do(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_bytes(b"not a database, but long enough to be one" * 100)
    for more in ([], ["--check"]):
        code, _, told = in_process("migrate", *more, "--db", str(letter))
        assert code == 2
        assert "nuk është" in told
    code, _, told = in_process("migrate", "--db", "postgresql://dikush@127.0.0.1:1/x")
    assert (code, told.count("\n")) == (2, 1)
    assert "nuk përgjigjet asnjë server" in told
