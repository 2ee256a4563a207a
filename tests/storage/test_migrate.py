"""Migrations of SQLite: all of it or nothing, once, and never on what is not ours."""

import concurrent.futures
import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import StoreUnavailableError
from bot.storage.scripts import MIGRATIONS, split
from bot.storage.sqlite import connect
from bot.storage.sqlite.migrate import migrate

NAMES = sorted(path.stem for path in MIGRATIONS.glob("*.sql"))
STATEMENTS = sum(len(list(split((MIGRATIONS / f"{name}.sql").read_text(encoding="utf-8")))) for name in NAMES)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(path)
    yield connection
    connection.close()


def schema(path: Path) -> list[tuple[str, str]]:
    with opened(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'")
        return sorted((str(row["name"]), str(row["sql"])) for row in rows if not row["name"].startswith("sqlite_"))


def migrated(path: Path, folder: Path = MIGRATIONS) -> list[str]:
    with opened(path) as connection:
        return migrate(connection, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations, to add others to."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def test_a_fresh_database_gets_everything_and_then_nothing_more(tmp_path: Path) -> None:
    assert migrated(tmp_path / "a.db") == NAMES
    before = schema(tmp_path / "a.db")
    assert {"conversations", "audit", "leases"} <= {name for name, _ in before}
    assert migrated(tmp_path / "a.db") == []
    assert schema(tmp_path / "a.db") == before


def test_what_came_later_is_added_and_what_is_there_is_kept(tmp_path: Path, folder: Path) -> None:
    migrated(tmp_path / "a.db")
    with opened(tmp_path / "a.db") as connection:
        connection.execute("INSERT INTO counters VALUES ('events', 7)")
    (folder / "8888_later.sql").write_text("CREATE TABLE later (a TEXT);", encoding="utf-8")
    shutil.move(folder / "8888_later.sql", folder / f"{len(NAMES) + 1:04}_later.sql")
    assert migrated(tmp_path / "a.db", folder) == [f"{len(NAMES) + 1:04}_later"]
    with opened(tmp_path / "a.db") as connection:
        assert [tuple(row) for row in connection.execute("SELECT * FROM counters")] == [("events", 7)]
        assert connection.execute("SELECT * FROM later").fetchall() == []


def test_two_scripts_of_one_release_may_come_one_after_the_other(tmp_path: Path, later: Path) -> None:
    migrated(tmp_path / "a.db", later)
    number = len(NAMES) + 2
    script = later / f"{number:04}_more.sql"
    script.write_text(f"-- runs with: {len(NAMES):04}\nCREATE TABLE more (a TEXT);", encoding="utf-8")
    assert migrated(tmp_path / "a.db", later) == [script.stem]
    assert migrated(tmp_path / "a.db") == [], "the release before runs on both"


KILLS_ITSELF = """
import os, signal, sys
from bot.storage.sqlite.migrate import migrate
from bot.storage.sqlite import connect

left = int(sys.argv[2])

def count(sql):
    global left
    if sql.lstrip().startswith(("CREATE", "ALTER", "COMMIT")) or "CREATE" in sql or "ALTER" in sql:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

connection = connect(sys.argv[1])
connection.set_trace_callback(count)
migrate(connection)
"""


@pytest.mark.parametrize("after", [0, 1, 2, STATEMENTS // 2, STATEMENTS, STATEMENTS + 2])
def test_a_process_killed_half_way_leaves_nothing_and_the_next_start_completes_it(tmp_path: Path, after: int) -> None:
    path = tmp_path / "a.db"
    killed = subprocess.run([sys.executable, "-c", KILLS_ITSELF, path, str(after)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert schema(path) == []
    assert migrated(path) == NAMES
    migrated(tmp_path / "b.db")
    assert schema(path) == schema(tmp_path / "b.db")


def test_an_error_between_two_statements_undoes_every_migration_of_that_run(tmp_path: Path, folder: Path) -> None:
    number = len(NAMES) + 1
    bad = folder / f"{number:04}_bad.sql"
    bad.write_text("CREATE TABLE first_half (a TEXT);\nCREATE TABLE (;", encoding="utf-8")
    with pytest.raises(StoreUnavailableError):
        migrated(tmp_path / "a.db", folder)
    assert schema(tmp_path / "a.db") == []
    bad.write_text("CREATE TABLE first_half (a TEXT);\nCREATE TABLE second_half (a TEXT);", encoding="utf-8")
    assert migrated(tmp_path / "a.db", folder) == [*NAMES, bad.stem]


def test_a_database_newer_than_the_code_is_refused_and_left_alone(tmp_path: Path, folder: Path) -> None:
    (folder / f"{len(NAMES) + 1:04}_later.sql").write_text("CREATE TABLE later (a TEXT);", encoding="utf-8")
    migrated(tmp_path / "a.db", folder)
    before = schema(tmp_path / "a.db")
    with pytest.raises(StoreUnavailableError, match="më e re se ky program"):
        migrated(tmp_path / "a.db")
    assert schema(tmp_path / "a.db") == before


def test_a_database_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE conversations (title TEXT)")
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(StoreUnavailableError, match="nuk është e Mburojës"):
        migrated(tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_copy_that_lost_its_journal_mode_gets_it_back(tmp_path: Path) -> None:
    migrated(tmp_path / "a.db")
    with opened(tmp_path / "a.db") as connection:
        connection.execute("VACUUM INTO ?", [str(tmp_path / "b.db")])
    with opened(tmp_path / "b.db") as connection:
        assert migrate(connection) == []
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


MIGRATES = """
import sys
from bot.storage.sqlite.migrate import migrate
from bot.storage.sqlite import connect
import sqlite_utils

print("ready", flush=True)
sys.stdin.readline()
print(*migrate(connect(sys.argv[1])))
"""


def test_of_several_at_once_one_migrates_and_all_end_well(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MIGRATES, str(tmp_path / "a.db")]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    with concurrent.futures.ThreadPoolExecutor(len(processes)) as pool:
        told = list(pool.map(lambda process: process.communicate(b"\n", timeout=120), processes))
    assert [process.returncode for process in processes] == [0] * 4, [error.decode() for _, error in told]
    assert sorted(out.decode().split() for out, _ in told) == [[], [], [], NAMES]


def test_several_in_one_process_end_well_too(tmp_path: Path) -> None:
    for attempt in range(5):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            told = list(pool.map(lambda _, path=tmp_path / f"{attempt}.db": migrated(path), range(4)))
        assert sorted(told) == [[], [], [], NAMES]


@pytest.mark.parametrize("name", ["first", "0003_skips", "0002_Big"])
def test_a_migration_of_a_wrong_name_is_our_bug(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE a (b TEXT);", encoding="utf-8")
    (folder / f"{name}.sql").write_text("CREATE TABLE c (b TEXT);", encoding="utf-8")
    with pytest.raises(ValueError, match="NNNN_name"):
        migrated(tmp_path / "a.db", folder)


def test_a_script_is_split_into_its_statements() -> None:
    script = "-- a; b\nCREATE TABLE a (b TEXT); -- c;\n\nINSERT INTO a VALUES (';''');\n-- the end;\n"
    assert list(split(script)) == [
        "-- a; b\nCREATE TABLE a (b TEXT);",
        "-- c;\n\nINSERT INTO a VALUES (';''');",
    ]


def test_a_script_whose_last_statement_does_not_end_is_our_bug() -> None:
    with pytest.raises(ValueError, match="no end"):
        list(split("CREATE TABLE a (b TEXT);\nCREATE TABLE c (d TEXT)"))
