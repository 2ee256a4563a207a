"""Backing up and restoring, by the commands themselves, on both engines."""

import json
import os
import secrets
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from bot.crypto import Vault
from bot.settings import Database, PostgresUrl
from bot.storage.sqlite import backup as sqlite_backup
from bot.storage.tables import Print, differences, printed
from bot.upkeep.places import tables_of
from tests.tools.command import in_process
from tests.tools.postgres import Server
from tests.tools.races import LONGEST
from tests.upkeep.commanding import refused, told


def state(place: Database) -> dict[str, Print]:
    with tables_of(place) as tables:
        return printed(tables)


@pytest.fixture
def backup(source: Path) -> Path:
    """A backup of the source."""
    folder = source.with_name("backup")
    told("backup", str(folder), "--db", str(source))
    return folder


@pytest.fixture
def empty(source: Path) -> Path:
    """A place where only the key is: it is not in a backup."""
    (source.parent / "new").mkdir()
    place = source.parent / "new" / "m.db"
    shutil.copyfile(source.with_name("m.db.key"), place.with_name("m.db.key"))
    return place


def promise_more(backup: Path, empty: Path) -> None:
    """Let a backup's list, rightly signed, tell of a row that is not in it."""
    manifest = json.loads((backup / "manifest.json").read_text("utf-8"))
    manifest["tables"]["subjects"]["rows"] += 1
    raw = json.dumps(manifest).encode()
    (backup / "manifest.json").write_bytes(raw)
    vault = Vault(empty.with_name("m.db.key").read_bytes())
    (backup / "manifest.sig").write_text(vault.sign("backup", raw))


def test_what_is_restored_is_what_was_backed_up(source: Path, backup: Path, empty: Path) -> None:
    said = told("restore", str(backup), "--db", str(empty))
    assert "regjistri është i paprekur" in said
    assert differences(state(source), state(empty)) == []
    assert empty.with_name("m.db.heads").read_bytes() == source.with_name("m.db.heads").read_bytes()
    assert "Regjistri është i paprekur." in told("audit", "verify", "--db", str(empty))


def test_a_backup_is_its_owners_only_and_holds_no_secret(source: Path, backup: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0
    assert [path for path in backup.iterdir() if path.stat().st_mode & 0o077] == []
    secret = source.with_name("m.db.key").read_bytes().strip()
    assert [path for path in backup.iterdir() if secret in path.read_bytes()] == []


def test_a_backup_of_a_database_in_use_is_one_state_of_it(source: Path) -> None:
    """Rows are always written two at a time: a backup that saw half of a transaction would hold an odd number."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        connection = sqlite3.connect(source, isolation_level=None, timeout=LONGEST)
        number = 0
        while not stop.is_set():
            connection.execute("BEGIN IMMEDIATE")
            for _ in range(2):
                number += 1
                connection.execute("INSERT INTO reminders VALUES (?, 0)", [f"r{number}"])
            connection.execute("COMMIT")
            begun.set()
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(3):
            begun.clear()
            assert begun.wait(LONGEST)
            told("backup", str(source.with_name(f"b{turn}")), "--db", str(source))
    finally:
        stop.set()
        writer.join()
    counts = []
    for turn in range(3):
        with sqlite3.connect(source.with_name(f"b{turn}") / "database.db") as connection:
            counts += connection.execute("SELECT COUNT(*) FROM reminders").fetchone()
    assert [count % 2 for count in counts] == [0, 0, 0]
    assert 0 < counts[0] < counts[2]


@pytest.mark.parametrize("file", ["database.db", "heads", "manifest.json", "manifest.sig"])
def test_a_backup_that_was_changed_is_not_restored(backup: Path, empty: Path, file: str) -> None:
    raw = bytearray((backup / file).read_bytes())
    raw[len(raw) // 2] ^= 1
    (backup / file).write_bytes(raw)
    refused("restore", str(backup), "--db", str(empty))
    assert not empty.exists()


def test_a_manifest_that_promises_more_than_there_is_does_not_pass(backup: Path, empty: Path) -> None:
    promise_more(backup, empty)
    assert "subjects" in refused("restore", str(backup), "--db", str(empty))


def test_what_stands_beside_a_restore_that_failed_is_left_alone(backup: Path, empty: Path) -> None:
    """Whoever restores has put what was there aside, under names that begin alike."""
    beside = [empty.with_name(f"m.db{end}") for end in (".old", ".old-wal", ".heads.old", ".key.before", ".key.next")]
    for path in beside:
        path.write_text(secrets.token_hex(32))
    promise_more(backup, empty)
    assert "subjects" in refused("restore", str(backup), "--db", str(empty))
    assert {*empty.parent.iterdir()} == {*beside, empty.with_name("m.db.key")}


def test_a_restore_that_is_broken_off_leaves_nothing(
    backup: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sqlite_backup, "_is_whole", broken_off)
    assert in_process("restore", str(backup), "--db", str(empty))[0] == 130
    assert [path.name for path in empty.parent.iterdir()] == ["m.db.key"]


def test_a_backup_opens_while_its_secret_is_known_as_the_one_before(backup: Path, empty: Path) -> None:
    key = empty.with_name("m.db.key")
    key.rename(empty.with_name("m.db.key.before"))
    key.write_text(secrets.token_hex(32))
    assert "regjistri është i paprekur" in told("restore", str(backup), "--db", str(empty))


def test_a_backup_without_heads_says_so(source: Path) -> None:
    assert "Kujdes" not in told("backup", str(source.with_name("with")), "--db", str(source))
    source.with_name("m.db.heads").unlink()
    assert "nuk ka koka" in told("backup", str(source.with_name("without")), "--db", str(source))


def test_a_folder_that_a_killed_backup_left_is_in_nobodys_way(source: Path) -> None:
    source.with_name(f"backup.{os.getpid()}.partial").mkdir()
    told("backup", str(source.with_name("backup")), "--db", str(source))


def test_a_place_where_nothing_can_be_written_is_told_plainly(source: Path) -> None:
    assert str(source) in refused("backup", str(source / "backup"), "--db", str(source))


def test_a_place_where_nothing_can_be_put_back_is_told_plainly(
    source: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MBUROJA_SECRET", source.with_name("m.db.key").read_text("ascii"))
    assert str(source) in refused("restore", str(backup), "--db", str(source / "n.db"))


def test_a_backup_is_not_signed_with_a_secret_that_nothing_was_sealed_with(source: Path) -> None:
    key = source.with_name("m.db.key")
    key.unlink()
    assert "Mungon sekreti" in refused("backup", str(source.with_name("backup")), "--db", str(source))
    assert not key.exists()


def test_a_server_without_its_secret_is_not_read_through_first(tmp_path: Path) -> None:
    assert "MBUROJA_SECRET" in refused("backup", str(tmp_path / "b"), "--db", "postgresql://dikush@127.0.0.1:1/x")


def test_nothing_is_written_over(source: Path, backup: Path, empty: Path) -> None:
    assert "ka tashmë" in refused("backup", str(backup), "--db", str(source))
    assert "ka tashmë" in refused("restore", str(backup), "--db", str(source))
    empty.with_name("m.db.heads").write_text("{}")
    assert "ka tashmë koka" in refused("restore", str(backup), "--db", str(empty))


def test_the_log_that_a_moved_database_left_is_not_taken_away(backup: Path, empty: Path) -> None:
    """After a crash the last that was acknowledged stands there only."""
    log = empty.with_name("m.db-wal")
    log.write_bytes(b"what was written last")
    assert "mbetje" in refused("restore", str(backup), "--db", str(empty))
    assert log.read_bytes() == b"what was written last"


def test_without_the_secret_nothing_is_begun(backup: Path, empty: Path) -> None:
    empty.with_name("m.db.key").unlink()
    assert "Mungon sekreti" in refused("restore", str(backup), "--db", str(empty))
    assert list(empty.parent.iterdir()) == []


def test_a_secret_of_another_database_is_told_and_nothing_stays(backup: Path, empty: Path) -> None:
    empty.with_name("m.db.key").write_text("another secret than that of the backup, for tests")
    assert "është e një sekreti tjetër" in refused("restore", str(backup), "--db", str(empty))
    assert [path.name for path in empty.parent.iterdir()] == ["m.db.key"]


def test_postgresql_is_backed_up_and_restored(
    source: Path, postgres_server: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MBUROJA_SECRET", source.with_name("m.db.key").read_text("ascii"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{postgres_server.programs}:/usr/bin:/bin")
    told("copy", "--from", str(source), "--to", postgres_url)
    folder, other = tmp_path / "pg", postgres_server.database()
    try:
        told("backup", str(folder), "--db", postgres_url)
        told("restore", str(folder), "--db", other)
        assert differences(state(PostgresUrl(postgres_url)), state(PostgresUrl(other))) == []
        shutil.copytree(folder, tmp_path / "wrong")
        promise_more(tmp_path / "wrong", source)
        postgres_server.drop(other)
        other = postgres_server.database()
        (tmp_path / "home" / "mburoja" / f"{PostgresUrl(other).name}.heads").unlink(missing_ok=True)
        assert "subjects" in refused("restore", str(tmp_path / "wrong"), "--db", other)
        assert state(PostgresUrl(other)) == {}, "and nothing stays"
        told("restore", str(folder), "--db", other)
        for heads in (tmp_path / "home" / "mburoja").iterdir():
            heads.unlink()
        assert "nuk është e zbrazët" in refused("restore", str(folder), "--db", postgres_url)
        assert "kthejeni te një bazë e tillë" in refused("restore", str(folder), "--db", str(tmp_path / "x.db"))
    finally:
        postgres_server.drop(other)
