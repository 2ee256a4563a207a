"""Databases that are not as they should be, and two processes on one: the real command says so, or just goes on."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.failing import NUMBER, WISH, count, tamper, well_ended
from tests.crash import checker
from tests.tools.command import mburoja
from tests.tools.processes import LONGEST, Chat, killed_after, last_seq, receipt_in

pytestmark = pytest.mark.usefixtures("settings", "no_process_left")


@pytest.mark.parametrize("statements", [0, 1, 12, 30])
def test_a_start_completes_what_a_killed_migration_left(tmp_path: Path, statements: int) -> None:
    database = tmp_path / "mburoja.db"
    killed = Chat("--json", "--db", str(database), command=killed_after(statements, "CREATE "))
    assert killed.end()[0] == -signal.SIGKILL
    with checker.opened(database) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    chat = Chat("--json", "--db", str(database))
    assert chat.say("te ipko, çka janë cookies?")["state"] == "open"
    well_ended(chat, database)


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """Run the command, which must refuse with exit code 2 and plain words; returns those."""
    done = mburoja(*arguments, given=b"tung\n", env=env)
    assert done.returncode == 2, done.stdout.decode()
    complaint = done.stderr.decode()
    assert "Traceback" not in complaint
    assert len(complaint.splitlines()) == 1, complaint
    return complaint


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Path) -> None:
    tamper(
        database,
        "INSERT INTO _sqlite_migrations SELECT 998, migration_set, '0999_later', applied_at"
        " FROM _sqlite_migrations LIMIT 1",
    )
    # What it left runs with nothing before it.
    tamper(
        database,
        "INSERT INTO _sqlite_migrations SELECT 999, 'mburoja runs with', '0999', applied_at"
        " FROM _sqlite_migrations LIMIT 1",
    )
    before = database.read_bytes()
    assert "më e re se ky program" in refused("chat", "--json", "--db", str(database))
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [("chat", "--json"), ("requests", "list"), ("worker", "--once"), ("audit", "verify")]
)
def test_another_secret_is_refused_before_anything_is_written_with_it(
    database: Path, arguments: tuple[str, ...]
) -> None:
    env = {"MBUROJA_SECRET": "another secret, which is long enough"}
    assert "Sekreti nuk është ai i bazës" in refused(*arguments, "--db", str(database), env=env)
    assert mburoja("audit", "verify", "--db", str(database)).returncode == 0


def test_a_damaged_conversation_is_told_plainly_and_the_others_go_on(database: Path) -> None:
    chat = Chat("--many", "--db", str(database))
    chat.order(conversation="a", id="1", say=WISH)
    well_ended(chat, database)
    tamper(database, "UPDATE conversations SET form_sealed = 'k1.AAAA' || form_sealed")
    again = Chat("--many", "--db", str(database))
    told = again.order(conversation="a", id="2", say=NUMBER)
    assert "nuk hapet" in told["error"]
    assert again.order(conversation="b", id="3", say=WISH)["state"] == "number"
    code, complaints = again.end()
    assert (code, complaints) == (0, "")


def test_a_damaged_request_is_told_plainly(database: Path) -> None:
    recorded = mburoja(
        "requests", "record", "--company", "ipko", "--kind", "dsar_access", "--way", "email", "--on", "2026-03-04",
        "--words", "Dua të dhënat e mia", "--reply-to", "filan@shembull.example", "--db", str(database),
    )  # fmt: skip
    assert recorded.returncode == 0, recorded.stderr.decode()
    with checker.opened(database) as connection:
        (reference,) = connection.execute("SELECT reference FROM requests").fetchone()
    tamper(database, "UPDATE requests SET body_sealed = 'k1.AAAA' || body_sealed")
    assert "nuk hapet" in refused("requests", "show", reference, "--db", str(database))


# ---- two at once -------------------------------------------------------------------------------------------------


def test_two_processes_on_one_conversation_both_go_on_in_one_order(database: Path) -> None:  # R49
    chats = [Chat("--many", "--db", str(database)) for _ in range(2)]
    each = 40
    for number in range(each):
        for which, chat in enumerate(chats):
            order = f'{{"conversation":"a","id":"{which}-{number:02}","say":"te ipko, çka janë cookies?"}}\n'
            chat.write(order.encode())
    for which, chat in enumerate(chats):
        lines = [chat.read() for _ in range(each)]
        assert [line["id"] for line in lines] == [f"{which}-{number:02}" for number in range(each)]
        assert [line for line in lines if "error" in line] == []
        last = [last_seq(line) for line in lines]
        assert last == sorted(set(last))
    for chat in chats:
        assert chat.end() == (0, "")
    assert checker.faults(database) == []
    assert count(database, "messages") == 2 * 2 * each


def test_a_message_that_comes_again_brings_its_own_replies_and_no_later_ones(database: Path) -> None:  # R49
    chat = Chat("--many", "--db", str(database))
    first = chat.order(conversation="a", id="1", say=WISH)
    chat.order(conversation="a", id="2", say=NUMBER)
    again = chat.order(conversation="a", id="1", say=WISH)
    assert again["replies"] == first["replies"]
    assert chat.end()[0] == 0
    after = Chat("--many", "--db", str(database))
    assert after.order(conversation="a", id="1", say=WISH)["replies"] == first["replies"]
    well_ended(after, database)
    assert count(database, "messages") == 4


def test_two_terminals_are_one_conversation(database: Path) -> None:
    one, other = (Chat("--json", "--db", str(database)) for _ in range(2))
    assert one.say(WISH)["state"] == "number"
    asked = other.say(NUMBER)
    assert asked["state"] == "code"
    assert one.say(other.code(asked, one))["state"] == "confirm"
    assert receipt_in(other.say("po"))
    assert one.end() == (0, "")
    well_ended(other, database)


def test_who_stops_reading_gets_no_more_messages_taken(database: Path) -> None:
    order = '{{"conversation":"a","id":"{}","say":"te ipko, çka janë cookies?"}}\n'
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "chat", "--many", "--db", str(database)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ),
    ) as chat:  # fmt: skip
        assert chat.stdin
        assert chat.stdout
        assert chat.stderr
        chat.stdout.close()
        for number in range(20):
            with contextlib.suppress(BrokenPipeError):
                chat.stdin.write(order.format(number).encode())
                chat.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            chat.stdin.close()
        assert chat.wait(LONGEST) == 0
        assert chat.stderr.read() == b""
