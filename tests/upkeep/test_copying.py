"""Copying a whole database, by the command itself: to the other engine and back."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from bot.services.keys.rotating import Rotation
from bot.settings import PostgresUrl
from bot.storage.store import Value
from bot.storage.tables import Print, differences, print_of, printed
from bot.upkeep import copying
from bot.upkeep.places import tables_of
from tests.tools.command import in_process
from tests.upkeep.commanding import refused, told


@pytest.fixture
def with_key(source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The source, its secret given as for a server, and heads kept in a folder of the test's."""
    monkeypatch.setenv("MBUROJA_SECRET", source.with_name("m.db.key").read_text("ascii"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return source


def test_there_and_back_nothing_is_missing_or_changed(with_key: Path, postgres_url: str) -> None:
    back = with_key.with_name("back.db")
    said = told("copy", "--from", str(with_key), "--to", postgres_url)
    assert "subjects: 14" in said
    assert "është i paprekur" in said
    told("copy", "--from", postgres_url, "--to", str(back))
    with tables_of(with_key) as before, tables_of(PostgresUrl(postgres_url)) as between, tables_of(back) as after:
        first = printed(before)
        assert differences(first, printed(between)) == []
        assert differences(first, printed(after)) == []
        assert sum(table.rows for table in first.values()) > 50
    for place in (str(back), postgres_url):
        assert "Regjistri është i paprekur." in told("audit", "verify", "--db", place)


def test_a_file_goes_with_its_key_and_heads(source: Path) -> None:
    target = source.with_name("other") / "n.db"
    told("copy", "--from", str(source), "--to", str(target))
    assert target.with_name("n.db.key").read_bytes() == source.with_name("m.db.key").read_bytes()
    assert target.with_name("n.db.key").stat().st_mode & 0o077 == 0
    assert "Regjistri është i paprekur." in told("audit", "verify", "--db", str(target))


def test_what_is_not_empty_is_left_as_it_is(source: Path) -> None:
    target = source.with_name("n.db")
    target.with_name("n.db.key").write_bytes(source.with_name("m.db.key").read_bytes())
    told("customers", "demo", "--db", str(target))
    with tables_of(target) as tables:
        before = printed(tables)
    assert "nuk është e zbrazët" in refused("copy", "--from", str(source), "--to", str(target))
    with tables_of(target) as tables:
        assert differences(before, printed(tables)) == []
    assert "e njëjta bazë" in refused("copy", "--from", str(source), "--to", str(source))


def test_a_database_in_use_is_not_copied(source: Path) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute("INSERT INTO leases VALUES ('sealer', 'somebody', 9999999999999)")
    assert "punon një proces (sealer)" in refused("copy", "--from", str(source), "--to", str(source.with_name("n.db")))
    assert not source.with_name("n.db").exists()


def test_a_database_that_a_process_has_open_is_not_copied(source: Path) -> None:
    """One that serves, and leaves the rest to a worker, holds no lease."""
    with sqlite3.connect(source) as connection:
        connection.execute("INSERT INTO key_holders VALUES ('a replica', 'k0', NULL, 9999999999999)")
    assert "punon një proces" in refused("copy", "--from", str(source), "--to", str(source.with_name("n.db")))
    assert not source.with_name("n.db").exists()


def test_a_process_that_comes_while_it_is_copied_ends_the_copy(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def comes(rows: Iterable[Sequence[Value]], columns: Sequence[str]) -> Print:
        with sqlite3.connect(source) as connection:
            connection.execute("INSERT OR IGNORE INTO key_holders VALUES ('a replica', 'k0', NULL, 9999999999999)")
        return print_of(rows, columns)

    monkeypatch.setattr(copying, "print_of", comes)
    target = source.with_name("n.db")
    assert "punon një proces" in refused("copy", "--from", str(source), "--to", str(target))
    with tables_of(target) as tables:
        assert sum(table.rows for table in printed(tables).values()) == 0
    monkeypatch.undo()
    with sqlite3.connect(source) as connection:
        connection.execute("DELETE FROM key_holders")
    told("copy", "--from", str(source), "--to", str(target))


def test_a_secret_that_is_being_replaced_goes_along_whole(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(*_: object) -> int:
        raise KeyboardInterrupt

    key = source.with_name("m.db.key")
    monkeypatch.setattr(Rotation, "run", breaks_off)
    assert in_process("keys", "rotate", "--db", str(source))[0] == 130
    with sqlite3.connect(source) as connection:
        connection.execute("DELETE FROM leases")  # it is over after a minute
    before = source.with_name("m.db.key.before").read_bytes()
    target = source.with_name("other") / "n.db"
    said = told("copy", "--from", str(source), "--to", str(target))
    assert "është i paprekur" in said
    assert target.with_name("n.db.key").read_bytes() == key.read_bytes() != before
    assert target.with_name("n.db.key.before").read_bytes() == before
    assert target.with_name("n.db.key.before").stat().st_mode & 0o077 == 0
    assert "nuk u kontrolluan" not in told("audit", "verify", "--db", str(target))


def test_a_secret_is_never_written_over_and_never_readable_by_others(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = source.with_name("n.db")
    key = target.with_name("n.db.key")
    key.write_text("the secret of a database that stands elsewhere now")
    assert str(key) in refused("copy", "--from", str(source), "--to", str(target))
    assert key.read_text() == "the secret of a database that stands elsewhere now"
    key.unlink()
    monkeypatch.setattr(Path, "chmod", lambda *_: None)  # without it the file shows how it was made
    told("copy", "--from", str(source), "--to", str(target))
    assert key.stat().st_mode & 0o077 == 0


def test_from_where_nothing_is_nothing_is_copied(source: Path) -> None:
    nothing = source.with_name("mistyped.db")
    assert "Nuk ka bazë" in refused("copy", "--from", str(nothing), "--to", str(source.with_name("n.db")))
    assert [path for path in source.parent.iterdir() if path.name.startswith(("mistyped", "n.db"))] == []


def test_a_log_that_was_tampered_with_is_not_carried_on(source: Path) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute("DELETE FROM audit WHERE seq = 3")
    assert "NUK është i paprekur" in refused("copy", "--from", str(source), "--to", str(source.with_name("n.db")))
    assert not source.with_name("n.db").exists()


def test_a_copy_that_breaks_off_leaves_nothing(
    with_key: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(rows: Iterable[Sequence[Value]], columns: Sequence[str]) -> Print:
        if "customer_sealed" in columns:
            raise OSError("the disk broke")
        return print_of(rows, columns)

    monkeypatch.setattr(copying, "print_of", breaks)
    with pytest.raises(OSError, match="the disk broke"):
        in_process("copy", "--from", str(with_key), "--to", postgres_url)
    with tables_of(PostgresUrl(postgres_url)) as tables:
        assert sum(table.rows for table in printed(tables).values()) == 0
