"""`mburoja serve` as a process of its own, with fictional customers: started, killed, and started again on its data."""

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.tools.command import MBUROJA, mburoja
from tests.tools.ports import free_port

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
# Our own fictional customers' numbers: on the screen only the last two digits are seen, and nobody shares them.
_FIRST = 44_000_240
_CUSTOMERS = 40
_LONGEST = 60.0  # seconds for anything, on a busy machine


def number(position: int) -> str:
    """Return the number of the n-th fictional customer."""
    return f"+383{_FIRST + position}"


def fill(database: Path) -> None:
    """Put the demonstration's customers and our own into a database: a test that spends one's codes takes the next."""
    _run("customers", "demo", "--db", str(database))
    people = [f"ipko,B-{at},{number(at)},Filan i {at},active,personal" for at in range(_CUSTOMERS)]
    people += [f"paysera,Q-{at},{number(at)},Filan i {at},active,personal" for at in range(_CUSTOMERS)]
    purposes: dict[str, tuple[str, tuple[str, ...]]] = {
        "ipko": ("B", ("offers-current", "offers-personal", "offers-at-home", "improvement")),
        "paysera": ("Q", ("direct-marketing",)),
    }
    given = [
        f"{company},{letter}-{at},{purpose},given,2026-01-05,shop"
        for company, (letter, named) in purposes.items()
        for at in range(_CUSTOMERS)
        for purpose in named
    ]
    _import(database, "customers", "company,customer_number,mobiles,name,relationship,line", people)
    _import(database, "consents", "company,customer_number,purpose,state,since,source", given)


def _import(database: Path, what: str, head: str, rows: list[str]) -> None:
    listed = database.with_name(f"{what}.csv")
    listed.write_text("\n".join((head, *rows, "")), encoding="utf-8")
    _run(what, "import", str(listed), "--db", str(database))
    listed.unlink()


def _run(*arguments: str) -> str:
    done = mburoja(*arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


class Served:
    """The server under test.

    ``public_port`` is the one that browsers use, where something stands in between; with ``clock`` its time stands
    still but where a test lets it pass; ``settings`` are more of the server's own, by their names in capitals.
    """

    def __init__(
        self,
        folder: Path,
        filled: Path,
        *,
        sites: Mapping[str, list[str]],
        public_port: int | None = None,
        clock: bool = False,
        **settings: str,
    ) -> None:
        self.database = folder / "mburoja.db"
        for part in filled.parent.glob(filled.name + "*"):
            shutil.copy(part, folder / part.name.replace(filled.name, self.database.name))
        self.port = free_port()
        self.public_port = public_port or self.port
        self.address = f"http://127.0.0.1:{self.public_port}"
        self._clock = folder / "clock" if clock else None
        self._now = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
        if clock:
            self.passes(0)
        self.lines: list[str] = []  # all that it wrote, by every run
        self.settings = {
            "MBUROJA_PORT": str(self.port),
            "MBUROJA_PUBLIC_URL": self.address,
            "MBUROJA_SITES": json.dumps(sites),
            "MBUROJA_SESSIONS_PER_MINUTE": "100000",  # all of our browsers come from one address
            "MBUROJA_SESSIONS_PER_HOUR": "100000",
            **{f"MBUROJA_{name}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._next = 0
        self._seen: dict[str, int] = {}  # how many lines were read for a number's SMS

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self.stop()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it takes visitors."""
        self._process = subprocess.Popen(
            [str(MBUROJA), "serve", *self._options, "--port", str(self.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **self.settings},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._process,))
        self._reader.start()
        if not self.ready():
            self.kill()  # else its reader would keep everything from ending
            raise AssertionError(self.said)

    def ready(self) -> bool:
        """Wait until it takes visitors; tell whether it does. One that does not run does not."""
        until = time.monotonic() + _LONGEST
        while self._process and self._process.poll() is None and time.monotonic() < until:
            if self._says_ready():
                return True
            time.sleep(0.05)  # it has just begun, or found its database slow, which may be over
        return False

    def _says_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=_LONGEST) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        assert self._process
        self._process.terminate()
        return self._end()

    def kill(self) -> None:
        """Kill it in the middle of whatever it does."""
        assert self._process
        self._process.kill()
        self._end()

    def _end(self) -> int:
        assert self._process
        assert self._process.stdout
        assert self._reader
        code = self._process.wait(_LONGEST)
        self._reader.join()
        self._process.stdout.close()
        self._process = None
        return code

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line)

    @property
    def said(self) -> str:
        """All that it wrote."""
        return "".join(self.lines)

    def worked_well(self) -> None:
        """Fail where it complained of a fault of its own."""
        faults = [line for line in self.lines if "Traceback" in line or '"level": "error"' in line]
        assert faults == []

    def someone(self) -> str:
        """Return the number of a customer whom no test has used: of both companies, with every consent given."""
        self._next += 1
        assert self._next < _CUSTOMERS
        return number(self._next)

    def code_for(self, phone: str) -> str:
        """Wait for the next SMS to a number and return the code in it. Of a number its last two digits are shown."""
        shown = re.compile(rf"\*{phone[-2:]}\b")
        until = time.monotonic() + _LONGEST
        at = self._seen.get(phone, 0)
        while time.monotonic() < until:
            if at == len(self.lines):
                time.sleep(0.02)
                continue
            line, at = self.lines[at], at + 1
            found = _CODE.search(line)
            if found and shown.search(line):
                self._seen[phone] = at
                return found[0]
        raise AssertionError(f"no SMS came to {phone}:\n{self.said[-2000:]}")

    def pours(self, raw: bytes) -> bytes:
        """Pour bytes into a connection of its own, say no more, and return what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_LONGEST) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            told = b""
            with contextlib.suppress(ConnectionError):
                while piece := line.recv(65_536):
                    told += piece
            return told

    def office(self, *arguments: str) -> str:
        """Run a command of the back office on the same database, at the same time; return what it says."""
        return _run(*arguments, *self._options)

    @property
    def _options(self) -> list[str]:
        return ["--db", str(self.database), *(["--clock", str(self._clock)] if self._clock else [])]

    @property
    def now(self) -> int:
        """The server's time (ms UTC), where it is moved by tests."""
        return int(self._now.timestamp() * 1000)

    def passes(self, minutes: float) -> None:
        """Let time pass for the server and the office."""
        assert self._clock
        self._now += dt.timedelta(minutes=minutes)
        written = self._clock.with_suffix(".new")
        written.write_text(self._now.isoformat(), encoding="utf-8")
        written.replace(self._clock)
