"""The real command as a process that is spoken to line by line, and one that is killed in the middle of its work."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar

from tests.tools.command import MBUROJA, mburoja

Line = dict[str, Any]

LONGEST = 60.0  # seconds that anything may take until it is called stuck
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")

# The command, with nothing changed but that it is killed as it begins the n-th statement with a word in it: what
# lies between two statements is hit far more often so than by a kill from outside.
_KILLED = """
import os, signal, sqlite3, sys
left, word, connect = int(sys.argv.pop(1)), sys.argv.pop(1), sqlite3.connect

def count(statement):
    global left
    left -= word in statement
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

def counted(*arguments, **named):
    connection = connect(*arguments, **named)
    connection.set_trace_callback(count)
    return connection

sqlite3.connect = counted
from bot.__main__ import main
sys.exit(main())
"""


def killed_after(statements: int, word: str = "") -> list[str]:
    """Return the command that kills itself as it begins a statement, after so many others with the word in them."""
    return [sys.executable, "-c", _KILLED, str(statements), word]


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
