"""``mburoja keys``, as the people who look after it run it: killed in the middle, with a secret beside a file."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bot.commands import keys as command
from bot.crypto import Key, Vault
from bot.delivery import heads as files
from bot.services.records import audit_chain
from bot.settings import before_of, next_of
from tests.services.keys.ringing import NEW, NEW_ID, OLD, OLD_ID, desk_of, fill, opened, process
from tests.tools.command import in_process
from tests.tools.processes import LONGEST, killed_after

ROWS = 2_000 if os.environ.get("MBUROJA_THOROUGH") else 40
WAITS = 3


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file with rows in every table, which ``OLD`` sealed."""
    path = tmp_path / "a.db"

    async def make() -> None:
        async with process(path):
            fill(path)

    asyncio.run(make())
    return path


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of step one: the new secret is known."""
    monkeypatch.setenv("MBUROJA_SECRET", OLD.decode())
    monkeypatch.setenv("MBUROJA_SECRET_NEXT", NEW.decode())


def sealed_anew(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT COUNT(*) FROM conversations WHERE form_sealed LIKE ?", [f"{NEW_ID}.%"])
        return int(found.fetchone()[0])


@pytest.mark.usefixtures("both")
def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    async def make() -> None:
        async with process(path):
            fill(path, rows=ROWS)

    asyncio.run(make())
    before = opened(path, OLD)
    command = [*killed_after(4, "UPDATE conversations"), "keys", "rotate", "--db", str(path), "--batch", "2"]
    assert (
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=LONGEST, check=False).returncode == -signal.SIGKILL
    )
    assert 0 < sealed_anew(path) < ROWS
    assert opened(path, OLD, NEW) == before
    gone(path)
    code, out, err = in_process("keys", "rotate", "--db", str(path))
    assert code == 0, (out, err)
    assert "hiqeni nga MBUROJA_SECRET_BEFORE" in out
    assert opened(path, NEW) == before


def gone(path: Path) -> None:
    """Let the time pass after which a process that was killed counts as gone."""
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM key_holders")
        connection.execute("DELETE FROM leases")


@pytest.mark.usefixtures("both")
def test_a_process_without_the_new_secret_holds_it_up_and_nothing_is_changed(place: Path) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute(
            "INSERT INTO key_holders VALUES ('h', ?, NULL, ?)", [OLD_ID, int(time.time() * 1000) + 60_000]
        )
    code, out, _ = in_process("keys", "rotate", "--db", str(place))
    assert code == WAITS
    assert "1 procese" in out
    assert "MBUROJA_SECRET_NEXT" in out
    assert sealed_anew(place) == 0


@pytest.mark.usefixtures("both")
def test_status_says_when_the_old_secret_may_go(place: Path) -> None:
    code, out, _ = in_process("keys", "status", "--db", str(place))
    assert (code, f"{OLD_ID}  i sotmi" in out) == (0, True)
    with sqlite3.connect(place) as connection:
        connection.execute("INSERT INTO sendings VALUES ('contact', 'h', ?, 'c')", [int(time.time() * 1000) - 60_000])
    code, out, _ = in_process("keys", "rotate", "--db", str(place))
    assert code == WAITS
    assert "1 numërime kodesh të dërguara" in out
    assert "Mos e hiqni" in out
    with sqlite3.connect(place) as connection:
        connection.execute("DELETE FROM sendings")  # its day is over
    code, out, _ = in_process("keys", "status", "--db", str(place))
    assert code == 0
    assert "shkatërrojeni" in out
    code, out, _ = in_process("keys", "rotate", "--db", str(place))
    assert (code, "është ai i sotmi" in out) == (0, True)


def test_a_files_own_secret_is_replaced_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MBUROJA_SECRET", raising=False)
    path = tmp_path / "a.db"
    key = tmp_path / "a.db.key"
    key.write_bytes(OLD)

    async def make() -> None:
        async with process(path):
            fill(path)

    asyncio.run(make())
    before = opened(path, OLD)
    code, out, err = in_process("keys", "rotate", "--db", str(path))
    assert code == 0, (out, err)
    assert before_of(key).read_bytes() == OLD
    assert not next_of(key).exists()
    fresh = key.read_bytes()
    assert fresh != OLD
    assert key.stat().st_mode & 0o777 == 0o600 == before_of(key).stat().st_mode & 0o777
    assert opened(path, fresh) == before
    before_of(key).unlink()
    code, out, err = in_process("keys", "status", "--db", str(path))
    assert (code, err) == (0, ""), out


@pytest.mark.usefixtures("both")
def test_a_text_that_turns_up_under_the_old_key_later_is_sealed_anew(place: Path) -> None:
    assert in_process("keys", "rotate", "--db", str(place))[0] == 0
    fresh = Vault(OLD).seal("notices", "e vonuar", "id-000")
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE notices SET body_sealed = ? WHERE id = 'id-000'", [fresh])
    code, out, _ = in_process("keys", "status", "--db", str(place))
    assert (code, f"notices: 1 nën {OLD_ID}" in out) == (WAITS, True)
    assert in_process("keys", "rotate", "--db", str(place))[0] == 0
    code, out, _ = in_process("keys", "status", "--db", str(place))
    assert (code, "Asgjë nuk pret" in out) == (0, True)


def test_of_two_that_take_the_secret_over_at_once_none_loses_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "a.db.key"
    key.write_bytes(OLD)
    next_of(key).write_bytes(NEW)
    real = os.open

    def meanwhile(*given: Any, **named: Any) -> int:
        monkeypatch.setattr(os, "open", real)
        command._take_over(key)  # somebody else's, from its beginning to its end
        return real(*given, **named)

    monkeypatch.setattr(os, "open", meanwhile)
    command._take_over(key)
    command._take_over(key)
    assert (key.read_bytes(), before_of(key).read_bytes()) == (NEW, OLD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db.key", "a.db.key.before"]


@pytest.mark.usefixtures("both")
def test_a_log_is_whole_before_and_after_and_says_what_it_cannot_check(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R47
    assert in_process("audit", "verify", "--db", str(place))[0] == 0
    first = in_process("audit", "key", "--db", str(place))[1].split()
    assert first == [Key(OLD).signing_key("case-file").public_key().public_bytes_raw().hex()]
    in_process("keys", "rotate", "--db", str(place))
    second = in_process("audit", "key", "--db", str(place))[1].splitlines()
    assert len(second) == 2
    assert second[1].split()[0] == first[0]
    code, out, _ = in_process("audit", "verify", "--db", str(place))
    assert (code, "nuk u kontrolluan" in out) == (0, False)
    heads = place.with_name("a.db.heads")
    old_head(place, heads)
    monkeypatch.setenv("MBUROJA_SECRET", NEW.decode())
    monkeypatch.delenv("MBUROJA_SECRET_NEXT")
    code, out, err = in_process("audit", "verify", "--db", str(place))
    assert code == 0, (out, err)
    assert "1 koka i nënshkroi një çelës që u la" in out
    assert "i mbulon koka e një çelësi që njihet" in out
    heads.write_text(heads.read_text().replace(OLD_ID, "k0000000000"))
    assert in_process("audit", "verify", "--db", str(place))[0] == 2


def old_head(path: Path, heads: Path) -> None:
    """Add a head that the old key signed, as it stands in the file of a database that has long been in use."""
    with sqlite3.connect(path) as connection:
        seq, digest, at = connection.execute("SELECT seq, hash, at FROM audit WHERE seq = 1").fetchone()
    files.append(heads, audit_chain.head(desk_of(OLD), seq, digest, at))
