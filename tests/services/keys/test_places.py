"""What is declared of sealed columns and look-ups is all there is: in the schema, in the SQL, in the code."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.crypto import KEPT, Index, Vault
from bot.services.keys import moves, reindexing
from bot.services.keys.places import TABLES
from bot.services.keys.settling import _NAMES
from bot.storage.statements import SQL, read_statements
from tests.services.keys.ringing import NEW, OLD
from tests.tools import engines
from tests.tools.engines import Engine

CODE = sorted(SQL.parents[1].rglob("*.py"))
SQL_BY_NAME = {statement.name: " ".join(statement.sql.split()) for statement in read_statements()}

# Look-ups that stay (KEPT), what is compared only, and what is no look-up by a secret of ours.
STAY = {
    "session_tokens.token_hash", "staff_sessions.token_hash", "api_tokens.token_hash", "answer_links.token_hash",
    "answer_links.grant_hash", "recovery_codes.code_hash", "claims.lease_hash",
}  # fmt: skip
COMPARED = {"challenges.code_hash"}
NO_LOOKUPS = {"staff.password_hash", "submissions.body_hash"}
IN_MEMORY = {"directory"}


def columns() -> Iterator[tuple[str, str]]:
    with engines.under_test(Engine.SQLITE):
        schema = engines.scratch().tables
    for table in sorted(engines.keys()):
        for row in schema.query(f"PRAGMA table_info({table})"):
            yield table, str(row["name"])


@functools.cache
def vault_calls() -> tuple[tuple[Path, ast.Call], ...]:
    """Every call in files that name the vault."""
    return tuple(
        (path, node)
        for path in CODE
        if "vault" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    )


def calls(method: str) -> Iterator[tuple[Path, ast.Call]]:
    return ((path, call) for path, call in vault_calls() if getattr(call.func, "attr", "") == method)


def named(method: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of the vault's by a purpose that the code names, with that purpose."""
    for path, call in calls(method):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("vault"):
            first = call.args[1] if method in {"is_index", "sealed_by"} else call.args[0]
            if isinstance(first, ast.Name):  # a constant of the module
                given = re.search(rf'^{first.id} = "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
                if given:
                    yield given[1], call
            elif isinstance(first, ast.Constant):
                yield str(first.value), call


def purposes(method: str) -> set[str]:
    """Every purpose that the code names in a call of the vault's."""
    return {purpose for purpose, _ in named(method)}


def shape(place: ast.expr) -> str:
    """What a place looks like, whatever the names of what stands in it."""
    if isinstance(place, ast.Constant):
        return str(place.value)
    if isinstance(place, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in place.values)
    return "{}"


def test_every_sealed_column_is_declared_and_no_other() -> None:
    declared = {(table.name, column.name) for table in TABLES for column in table.columns}
    assert declared == {(table, name) for table, name in columns() if name.endswith("_sealed")}


def test_what_is_sealed_for_is_what_is_declared() -> None:
    declared = {column.purpose for table in TABLES for column in table.columns}
    assert purposes("seal") | purposes("sealed_by") == declared


def test_a_text_is_sealed_for_a_place_that_looks_as_declared() -> None:
    """What is declared otherwise would not open, and stay as damage under the key before."""
    used = {(purpose, shape(call.args[2])) for purpose, call in named("seal")}
    used |= {(purpose, shape(call.args[3])) for purpose, call in named("sealed_by")}
    declared = {(c.purpose, re.sub(r"\{\w+\}", "{}", c.place)) for table in TABLES for c in table.columns}
    assert used == declared


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_read_in_the_order_of_its_key_and_each_column_is_put_back(table: object) -> None:
    (found,) = [one for one in TABLES if one is table]
    assert found.key == engines.key_of(found.name)
    page, key = SQL_BY_NAME[found.page], ", ".join(found.key)
    assert f" FROM {found.name} WHERE " in page
    assert f"ORDER BY {key} LIMIT" in page
    for column in found.columns:
        assert column.name in page.partition(" FROM ")[0]
        where = " AND ".join(f"{name} = :{name}" for name in found.key)
        put = f"UPDATE {found.name} SET {column.name} = :new WHERE {where} AND {column.name} = :old;"  # noqa: S608
        assert SQL_BY_NAME[column.put] == put


def test_every_look_up_in_the_schema_moves_or_is_known_not_to() -> None:
    moving = {column for found in moves.COLUMNS.values() for column in found}
    named = {f"{table}.{name}" for table, name in columns() if name.endswith("_hash")}
    assert named - moving == STAY | COMPARED | NO_LOOKUPS
    assert moving - named == {"answer_links.grant_number", "jobs.ordering_key"}


def test_every_look_up_in_the_code_moves_or_is_known_not_to() -> None:
    used = (purposes("index") | purposes("is_index") | {"telegram-secret"}) - IN_MEMORY
    assert {f"index/{purpose}" for purpose in used - {"code", *moves.COLUMNS}} == {
        what for what in KEPT if what.startswith("index/")
    }
    assert moves.COLUMNS.keys() <= used


@pytest.mark.parametrize("purpose", moves.COLUMNS)
def test_a_purpose_moves_every_column_that_is_declared_for_it(purpose: str) -> None:
    names: list[str] = []

    class Noting:
        """Notes what is run; nothing is there."""

        def all(self, statement: str, /, **_: object) -> list[object]:
            names.append(statement)
            return []

        def first(self, statement: str, /, **_: object) -> None:
            names.append(statement)

        def run(self, statement: str, /, **_: object) -> int:
            names.append(statement)
            return 0

    moves.move(Noting(), Vault(OLD), purpose, "alfa", "a", "b")  # type: ignore[arg-type]
    for name in moves.COLUMNS[purpose]:
        table, _, column = name.partition(".")
        reads = re.compile(rf"(UPDATE|FROM) {table}\b.*\b{column} = :old")
        assert any(reads.search(SQL_BY_NAME[statement]) for statement in names), name


def test_whatever_parameter_takes_a_look_up_that_moves_is_followed() -> None:
    moving = {column for found in moves.COLUMNS.values() for column in found}
    names = {column.partition(".")[2] for column in moving}
    taken = re.compile(rf"\b({'|'.join(sorted(names))}) (?:=|<>) :(\w+)")
    given = re.compile(r"INSERT INTO (\w+) \(([^)]*)\)\s+(?:VALUES \(|SELECT )([^)]*)")
    found = set()
    for name, sql in SQL_BY_NAME.items():
        if not name.startswith("keys."):
            assert {parameter for _, parameter in taken.findall(sql)} <= _NAMES, name
            for table, columns_of, values in given.findall(sql):
                for column, value in zip(columns_of.split(", "), values.split(", "), strict=False):
                    if f"{table}.{column}" in moving:
                        assert value.removeprefix(":") in _NAMES, name
                        found.add(f"{table}.{column}")
    # These come by an update, or stand in a condition of the same statement.
    assert moving - found == {"challenges.number_hash", "answer_links.grant_number", "jobs.ordering_key"}


def test_what_is_moved_in_the_background_stands_sealed_beside_its_look_up() -> None:
    tables = {table.name for table in TABLES}
    assert reindexing.READERS.keys() <= tables


def test_a_look_up_is_text_and_says_where_its_rows_may_stand() -> None:
    vault, other = Vault(OLD, [NEW]), Vault(NEW)
    plain = vault.index("address", "terminal", "a")
    assert type(plain) is str
    vault.standing = type(vault.standing)(current=vault.standing.current, other=other.standing.current)
    index = vault.index("address", "terminal", "a")
    assert isinstance(index, Index)
    assert (index, index.other, index.elder) == (plain, other.index("address", "terminal", "a"), plain)
    assert type(vault.index("session", "a")) is str
    assert vault.is_index(index.other, "address", "terminal", "a")
    assert not vault.is_index(index.other, "address", "terminal", "b")
