"""Statements as they are written in files."""

from pathlib import Path

import pytest

from bot.storage.statements import Statement, StatementError, Statements, read_statements

GOOD = """-- What this file is for.

-- name: count_attempt
-- Counts an attempt before anything
-- is compared (R4).
UPDATE challenges
SET attempts = attempts + 1, note = 'a; b :no --', "odd:name" = CAST(:note AS TEXT)::text -- :not; this
WHERE id = :id /* nor :that; */ AND id = :id;

-- name: next
-- Another.
SELECT 1;
"""


def read(folder: Path, text: str, name: str = "otp.sql") -> Statements:
    (folder / name).write_text(text, encoding="utf-8")
    return read_statements(folder)


def test_a_statement_is_known_by_file_and_name_with_its_description_and_parameters(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD).get("otp.count_attempt")
    assert found.description == "Counts an attempt before anything is compared (R4)."
    assert found.parameters == {"id", "note"}
    assert found.sql.startswith("UPDATE challenges\n")
    assert found.sql.endswith("AND id = :id;")


def test_files_are_picked_up_as_they_come(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    both = read(tmp_path, "-- name: next\n-- Of another file.\nSELECT :a", "jobs.sql")
    assert [statement.name for statement in both] == ["jobs.next", "otp.count_attempt", "otp.next"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-- name: a\nSELECT 1;", r"otp\.sql:1: otp\.a has no description"),
        ("-- name: a\n--\nSELECT 1;", "otp.a has no description"),
        ("-- name: a\n-- Words.\nSELECT 1; SELECT 2;", "several statements"),
        ("-- name: a\n-- Words.\nSELECT ';'; -- end\n\nSELECT 2", "several statements"),
        ("-- name: a\n-- Words.\n", "holds no statement"),
        ("-- name: a\n-- Words.\n;\n", "holds no statement"),
        ("-- name:\n-- Words.\nSELECT 1;", "a name is made of"),
        ("-- name: Two Words\n-- Words.\nSELECT 1;", "a name is made of"),
        ("SELECT 1;\n-- name: a\n-- Words.\nSELECT 1;", "before the first"),
        ("\n-- name: a\n-- Words.\nSELECT 1;\n-- name: a\n-- Words.\nSELECT 2;", "otp.a is there twice"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StatementError, match=told):
        read(tmp_path, text)


def test_an_unknown_name_says_so(tmp_path: Path) -> None:
    with pytest.raises(StatementError, match=r"otp\.nothing"):
        read(tmp_path, GOOD).get("otp.nothing")


def test_missing_and_surplus_parameters_are_named() -> None:
    statement = Statement(name="a.b", description="x", sql="SELECT :one, :two", parameters=frozenset({"one", "two"}))
    statement.check(["two", "one"])
    with pytest.raises(StatementError, match=r"a\.b misses :two, has no :three"):
        statement.check(["one", "three"])
