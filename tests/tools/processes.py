"""The real command as a process that is spoken to line by line, and one that is killed in the middle of its work."""

import contextlib
import enum
import itertools
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar

from tests.tools.command import MBUROJA, mburoja

Line = dict[str, Any]

LONGEST = 60.0  # seconds that anything may take until it is called stuck
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")

# The command, with nothing changed but that it is killed at the n-th statement with a word in it: what lies between
# two statements is hit far more often so than by a kill from outside.
_KILLED = """
import contextlib, os, random, signal, sqlite3, sys, time
left, word, moment = int(sys.argv.pop(1)), sys.argv.pop(1), sys.argv.pop(1)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def is_last(statement):
    global left
    left -= word in statement
    return left < 0

def on_sqlite(connect):
    def connected(*arguments, **named):
        connection = connect(*arguments, **named)
        connection.set_trace_callback(lambda statement: die() if is_last(statement) else None)
        return connection
    return connected

def on_postgres(execute):
    def dies_waiting(generator, *_, **__):
        with contextlib.suppress(StopIteration):
            next(generator)  # it is sent; nobody will read the answer
        time.sleep(random.uniform(0, 0.004))
        die()

    def executed(cursor, query, *arguments, **named):
        if not is_last(query if isinstance(query, str) else query.decode()):
            return execute(cursor, query, *arguments, **named)
        if moment == "sent":
            cursor.connection.wait = dies_waiting
        if moment != "before":
            execute(cursor, query, *arguments, **named)
        die()
    return executed

sqlite3.connect = on_sqlite(sqlite3.connect)
with contextlib.suppress(ImportError):
    import psycopg
    psycopg.Cursor.execute = on_postgres(psycopg.Cursor.execute)
from bot.__main__ import main
sys.exit(main())
"""


# The command, with nothing changed but how long an update of Telegram waits for one that it has overtaken.
_HOLDING = """
import sys
from bot.channels.telegram.intake import Intake
Intake.__init__.__kwdefaults__["hold"] = float(sys.argv.pop(1))
from bot.__main__ import main
sys.exit(main())
"""


class Moment(enum.StrEnum):
    """When a process dies of a statement. SQLite knows the first only."""

    BEFORE = "before"  # it is begun
    SENT = "sent"  # the server has it, and nobody reads the answer
    AFTER = "after"  # the answer is read


def killed_after(statements: int, word: str = "", moment: Moment = Moment.BEFORE) -> list[str]:
    """Return the command that kills itself at a statement, after so many others with the word in them."""
    return [sys.executable, "-c", _KILLED, str(statements), word, moment]


def holding(seconds: float) -> list[str]:
    """Return the command that holds updates of Telegram so long: a machine may stand still for longer than it does."""
    return [sys.executable, "-c", _HOLDING, str(seconds)]


class Chat:
    """`mburoja chat …` under way; lines go in and come out. ``command`` stands for the command itself.

    ``Chat.left`` are those that nobody has ended; a test that fails leaves them to its fixture.
    """

    left: ClassVar[list["Chat"]] = []

    def __init__(
        self, *arguments: str, command: Sequence[str] = (str(MBUROJA),), env: Mapping[str, str] | None = None
    ) -> None:
        Chat.left.append(self)
        self._process = subprocess.Popen(
            [*command, "chat", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})},
        )  # fmt: skip
        self.lines: SimpleQueue[Line | None] = SimpleQueue()  # None: there are no more
        self._complaints = b""
        self._readers = [threading.Thread(target=work) for work in (self._read, self._listen)]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def write(self, raw: bytes) -> None:
        """Write bytes as they are."""
        assert self._process.stdin
        self._process.stdin.write(raw)
        self._process.stdin.flush()

    def read(self) -> Line:
        """Return the next line."""
        line = self.lines.get(timeout=LONGEST)
        assert line is not None, self._complaints.decode()
        return line

    def say(self, text: str | bytes) -> Line:
        """Say something in `--json`, and return the line that answers it."""
        self.write((text if isinstance(text, bytes) else text.encode()) + b"\n")
        return self.read()

    def code(self, line: Line, *beside: "Chat") -> str:
        """Return the code of the SMS on a line of `--json`, or on a later one; ``beside``: see ``code_shown``."""
        return code_shown(line, [partial(chat.say, "") for chat in (self, *beside)])

    def order(self, **order: Any) -> Line:
        """Give one order to `--many`, and return the line that answers it, if nothing else is under way."""
        self.write(json.dumps(order).encode() + b"\n")
        return self.read()

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def end(self) -> tuple[int, str]:
        """Close its input and wait; returns the exit code and what it complained of."""
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        Chat.left.remove(self)
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        code = self._process.wait(LONGEST)
        for reader in self._readers:
            reader.join()
        self._process.stdout.close()
        self._process.stderr.close()
        return code, self._complaints.decode()

    def _read(self) -> None:
        assert self._process.stdout
        for raw in self._process.stdout:
            if raw.endswith(b"\n"):
                self.lines.put(json.loads(raw))
        self.lines.put(None)

    def _listen(self) -> None:
        assert self._process.stderr
        for raw in self._process.stderr:
            self._complaints += raw


def code_shown(line: Line, looks: Iterable[Callable[[], Line]]) -> str:
    """Return the code of the SMS on a line, or, where the machine is slow, on a later one.

    Whoever sends it shows it: where several work on one database, each of them has to look.
    """
    until = time.monotonic() + LONGEST
    looking = itertools.cycle(looks)
    while "sms" not in line:
        assert time.monotonic() < until, line
        time.sleep(0.05)
        line = next(looking)()
    return code_in(line)


def code_in(line: Line) -> str:
    """Return the code of the SMS on a line."""
    found = _CODE.search(line["sms"][0]["text"])
    assert found
    return found[0]


def text_of(line: Line) -> str:
    """Return every word on a line, one paragraph or choice a line."""
    blocks = [block for reply in line["replies"] for block in reply["blocks"]]
    return "\n".join(json.dumps(block, ensure_ascii=False) for block in blocks)


def receipt_in(line: Line) -> str:
    """Return the reference number of the one receipt on a line."""
    (found,) = (b["reference"] for reply in line["replies"] for b in reply["blocks"] if b["type"] == "receipt")
    return str(found)


def last_seq(line: Line) -> int:
    """Return the number of the last reply on a line."""
    return int(line["replies"][-1]["seq"])


def import_customers(database: Path, *rows: str) -> None:
    """Take customers in by the real command; a row is ``company,number,mobile,name``."""
    listed = database.with_name("customers.csv")
    head = "company,customer_number,mobiles,name,relationship,line"
    listed.write_text("\n".join((head, *(f"{row},active,personal" for row in rows), "")), encoding="utf-8")
    done = mburoja("customers", "import", str(listed), "--db", str(database))
    assert done.returncode == 0, done.stderr.decode()
    listed.unlink()
