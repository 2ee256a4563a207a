"""What goes wrong around the real command: full disks, locks, clocks; said plainly, and nothing is half-done.

The checker of the crash tests looks at every database afterwards.
"""

import contextlib
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.acceptance.failing import CUSTOMER, NUMBER, WISH, count, until_confirming, well_ended
from tests.tools.processes import LONGEST, Chat, import_customers, last_seq, receipt_in

pytestmark = [pytest.mark.usefixtures("settings", "no_process_left"), pytest.mark.thorough]


# ---- no room (R50) ---------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    for chat in [*Chat.left]:  # of a test that failed
        chat.kill()
    subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def filled(database: Path, _pid: int) -> Iterator[None]:
    """Let the disk have no room left."""
    filler = database.with_name("filler")
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    yield
    filler.unlink()


@contextlib.contextmanager
def forbidden_to_grow(database: Path, pid: int) -> Iterator[None]:
    """Let the process's files not grow any more; needs no disk of its own."""
    size = database.with_name(database.name + "-wal").stat().st_size
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def goes_on_after(without_room: Callable[[Path, int], AbstractContextManager[None]], database: Path) -> None:
    chat = Chat("--json", "--db", str(database))
    until_confirming(chat)
    with without_room(database, chat.pid):
        for _ in range(2):
            told = chat.say("po")
            assert told["replies"] == []
            assert "provoni prapë" in told["error"]
            assert count(database, "receipts") == count(database, "consents") == 0
    told = chat.say("po")
    assert told["state"] == "open"
    assert receipt_in(told)
    well_ended(chat, database)
    assert count(database, "receipts") == 1
    assert count(database, "consents") == 3


def test_a_full_disk_is_told_plainly_and_the_conversation_goes_on_at_the_same_step(small_disk: Path) -> None:  # R50
    database = small_disk / "mburoja.db"
    import_customers(database, CUSTOMER)
    goes_on_after(filled, database)


def test_a_file_that_may_not_grow_is_no_worse(database: Path) -> None:  # R50
    goes_on_after(forbidden_to_grow, database)


# ---- another process has the lock --------------------------------------------------------------------------------

_HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
"""


@contextlib.contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold the lock of a database in another process."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    yield
    holder.communicate(b"\n", timeout=LONGEST)
    assert holder.returncode == 0


def test_a_locked_database_is_told_plainly_and_the_conversation_goes_on_afterwards(database: Path) -> None:  # R50
    chat = Chat("--json", "--db", str(database))
    until_confirming(chat)
    with held(database):
        told = chat.say("po")
        assert told["error"] == "Baza e të dhënave është e zënë nga një program tjetër; provoni prapë pas pak."
    assert receipt_in(chat.say("po"))
    well_ended(chat, database)
    assert count(database, "receipts") == 1


# ---- a clock that is set back ------------------------------------------------------------------------------------


class Clock:
    """The file that the command reads the time from; it is replaced whole."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clock"
        self.is_now("10:00")

    def is_now(self, time: str) -> None:
        written = self.path.with_suffix(".new")
        written.write_text(f"2026-03-05T{time}:00Z", encoding="utf-8")
        written.replace(self.path)


def test_a_clock_that_is_set_back_lets_no_code_live_longer(database: Path, tmp_path: Path) -> None:  # R2
    clock = Clock(tmp_path)
    chat = Chat("--json", "--db", str(database), "--clock", str(clock.path))
    chat.say(WISH)
    code = chat.code(chat.say(NUMBER))
    clock.is_now("09:00")
    assert chat.say("sa gjatë i ruani të dhënat e mia?")["state"] == "code"
    clock.is_now("10:06")
    assert chat.say(code)["state"] == "number"
    well_ended(chat, database)


def test_a_clock_that_is_set_back_between_two_starts_ends_the_code_under_way(
    database: Path, tmp_path: Path
) -> None:  # R2
    clock = Clock(tmp_path)
    arguments = ("--json", "--db", str(database), "--clock", str(clock.path))
    before = Chat(*arguments)
    before.say(WISH)
    asked = before.say(NUMBER)
    code = before.code(asked)
    well_ended(before, database)
    clock.is_now("09:00")
    after = Chat(*arguments)
    told = after.say(code)  # nobody can tell how old it is
    assert (told["state"], last_seq(told)) == ("number", last_seq(asked) + 2)
    well_ended(after, database)


def test_a_clock_that_is_set_back_between_two_starts_ends_what_was_proven(
    database: Path, tmp_path: Path
) -> None:  # R20
    clock = Clock(tmp_path)
    arguments = ("--json", "--db", str(database), "--clock", str(clock.path))
    before = Chat(*arguments)
    until_confirming(before)
    well_ended(before, database)
    clock.is_now("09:00")
    after = Chat(*arguments)
    assert after.say("po")["state"] == "number"
    well_ended(after, database)
    assert count(database, "receipts") == 0


def test_a_clock_that_cannot_be_read_for_a_while_is_told_and_work_goes_on(database: Path, tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    chat = Chat("--json", "--db", str(database), "--clock", str(clock.path))
    assert chat.say(WISH)["state"] == "number"
    clock.path.write_text("kurrë", encoding="utf-8")
    assert "Ora nuk lexohet" in chat.say(NUMBER)["error"]
    clock.is_now("10:01")
    assert chat.code(chat.say(NUMBER))
    well_ended(chat, database)
