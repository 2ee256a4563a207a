"""`mburoja audit verify`, `mburoja worker` and `mburoja jobs`, run as the people who look after it run them."""

import asyncio
import functools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.crypto import SystemRandomness, Vault
from bot.delivery.house import House
from bot.limits import Limits
from bot.services import jobs
from bot.services.desk import Desk, Place
from bot.services.jobs import JobKind
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore
from bot.storage.store import Tx
from tests.tools.command import MBUROJA, in_process, mburoja

ENTRIES = 12


def opened_desk(settings: Settings, database: Path) -> Desk:
    """The desk that the command will have: the same secret, which stands beside the database."""
    vault = Vault(settings.secret_of(database))
    return Desk(vault=vault, randomness=SystemRandomness(), limits=Limits(), companies={})


def write(tx: Tx, desk: Desk, place: Place) -> None:
    audit.write(tx, desk, place, Act.CONSENT_WITHDRAWN, company="ipko", subject="s1")


@pytest.fixture(scope="module")
def made(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of twelve sealed acts, its secret and its heads."""
    database = tmp_path_factory.mktemp("made") / "a.db"
    desk, clock = opened_desk(settings, database), SystemClock()

    async def make() -> None:
        store = SqliteStore.open(database)
        house = House(store, desk, clock, settings.heads_of(database))
        for number in range(ENTRIES):
            at = Place(conversation="c1", channel="terminal", now=clock.now())
            await store.transact(functools.partial(write, desk=desk, place=at))
            if number % 4 == 3:
                await house.seal()
        await house.close()
        await store.close()

    asyncio.run(make())
    return database.parent


@pytest.fixture
def database(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    for path in made.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path / "a.db"


def verify(database: Path, *more: str) -> tuple[int, str, str]:
    """Return the exit code, what was printed, and the complaints."""
    done = mburoja("audit", "verify", "--db", str(database), *more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def tamper(database: Path, *statements: str) -> None:
    connection = sqlite3.connect(database)
    for statement in statements:
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_an_untouched_log_passes(database: Path) -> None:  # R47
    code, said, complaints = verify(database)
    assert (code, complaints) == (0, "")
    assert "Hyrje të vulosura: 12 · ende pa u vulosur: 0 · koka të nënshkruara: 3" in said
    assert "Regjistri është i paprekur." in said


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["UPDATE audit SET body = replace(body, 'ipko', 'paysera') WHERE seq = 5"], "Hyrja 5 është ndryshuar"),
        (["DELETE FROM audit WHERE seq = 5"], "Mungon hyrja 5:"),
        (
            [
                "UPDATE audit SET seq = 99 WHERE seq = 5",
                "UPDATE audit SET seq = 5 WHERE seq = 6",
                "UPDATE audit SET seq = 6 WHERE seq = 99",
            ],
            "Hyrja 5 nuk është në vendin e vet",
        ),
        (["DELETE FROM audit WHERE seq > 10"], "Regjistri është shkurtuar: mbaron te hyrja 10"),
    ],
    ids=["edited", "deleted", "reordered", "truncated"],
)
def test_tampering_is_told_and_ends_with_2(database: Path, statements: list[str], fault: str) -> None:  # R47
    tamper(database, *statements)
    code, said, _ = verify(database)
    assert code == 2
    assert fault in said
    assert "NUK është i paprekur" in said


def test_a_forged_head_is_told(database: Path) -> None:  # R47
    path = database.with_name("a.db.heads")
    path.write_text(path.read_text(encoding="utf-8").replace('"seq": 12', '"seq": 11'), encoding="utf-8")
    code, said, _ = verify(database)
    assert code == 2
    assert "nuk është nënshkruar nga ne" in said


def test_a_broken_line_among_the_heads_is_told(database: Path) -> None:  # R47
    path = database.with_name("a.db.heads")
    path.write_text("x" + path.read_text(encoding="utf-8"), encoding="utf-8")
    code, said, _ = verify(database)
    assert code == 2
    assert "a.db.heads:1" in said


def test_without_heads_it_says_what_cannot_be_seen(database: Path) -> None:  # R47
    database.with_name("a.db.heads").unlink()
    code, said, _ = verify(database)
    assert code == 0
    assert "nuk ka asnjë kokë të nënshkruar" in said


def test_heads_kept_elsewhere_can_be_named(database: Path, tmp_path: Path) -> None:  # R47
    elsewhere = tmp_path / "elsewhere"
    database.with_name("a.db.heads").rename(elsewhere)
    tamper(database, "DELETE FROM audit WHERE seq > 10")
    assert verify(database)[0] == 0
    assert verify(database, "--heads", str(elsewhere))[0] == 2


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    code, _, complaints = verify(tmp_path / "none.db")
    assert code == 2
    assert "Nuk ka bazë të dhënash" in complaints
    assert list(tmp_path.iterdir()) == []


def add_sms(settings: Settings, database: Path) -> str:
    desk, now = opened_desk(settings, database), SystemClock().now()

    def work(tx: Tx) -> str:
        payload = {"to": "+38344000156", "text": "IPKO: kodi 012345 për kërkesë privatësie."}
        return jobs.add(tx, desk, now, JobKind.SMS_SEND, payload, ordering_key="k", idempotency_key="i")

    async def add() -> str:
        store = SqliteStore.open(database)
        try:
            return await store.transact(work)
        finally:
            await store.close()

    return asyncio.run(add())


def test_the_worker_shows_what_waits_and_ends(settings: Settings, database: Path) -> None:
    add_sms(settings, database)
    first = mburoja("worker", "--once", "--db", str(database))
    assert first.returncode == 0, first.stderr.decode()
    shown = ["SMS për +383 44 *** *56: IPKO: kodi 012345 për kërkesë privatësie.", "U krye 1 punë."]
    assert first.stdout.decode().splitlines() == shown
    assert "Asnjë punë" in mburoja("worker", "--once", "--db", str(database)).stdout.decode()
    assert verify(database)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: signal.Signals(number).name)
def test_the_worker_stops_gracefully(settings: Settings, database: Path, number: signal.Signals) -> None:
    assert settings.data.is_dir()
    command = [str(MBUROJA), "worker", "--db", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as running:
        assert running.stdout
        assert "Puna filloi" in running.stdout.readline().decode()
        add_sms(settings, database)
        assert "kodi 012345" in running.stdout.readline().decode()
        running.send_signal(number)
        said, complaints = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "Puna u ndal." in said.decode()
    lines = [json.loads(line) for line in complaints.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert b"012345" not in complaints


def test_a_job_that_was_given_up_is_shown_and_revived(settings: Settings, database: Path) -> None:
    shown = mburoja("jobs", "dead", "--db", str(database))
    assert (shown.returncode, shown.stdout.decode()) == (0, "Asnjë punë nuk është lënë.\n")
    job = add_sms(settings, database)
    tamper(database, "UPDATE jobs SET state = 'dead', error = 'sms.permanent', settled_at = 0")
    assert f"{job}  sms.send" in mburoja("jobs", "dead", "--db", str(database)).stdout.decode()
    assert mburoja("jobs", "revive", job, "--db", str(database)).returncode == 0
    again = mburoja("jobs", "revive", job, "--db", str(database))
    assert again.returncode == 2
    assert "Nuk ka punë të lënë" in again.stderr.decode()
    assert b"012345" in mburoja("worker", "--once", "--db", str(database)).stdout


def test_the_heads_of_a_server_have_a_place_from_the_first_command_on(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MBUROJA_SECRET", "5eed" * 16)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert in_process("customers", "demo", "--db", postgres_url)[0] == 0
    code, out, _ = in_process("worker", "--once", "--db", postgres_url)
    assert code == 0, out
    code, out, _ = in_process("audit", "verify", "--db", postgres_url)
    assert code == 0
    assert "koka të nënshkruara: 1" in out
