"""Several real `mburoja serve` on one real PostgreSQL, and a small balancer before them that knows no stickiness."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from tests.tools.command import MBUROJA, mburoja
from tests.tools.ports import free_port
from tests.tools.serving import number
from tests.tools.wire import Caller

LONGEST = 60.0  # seconds to start, on a busy machine
_SECRET = "fictional-words-that-open-nothing-7301"  # noqa: S105  of databases that end with their test
_WHERE = re.compile(r"dëgjon në (http://\S+:(\d+))")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_CUSTOMERS = 60


class Replica:
    """One process. What it says is kept, by every run."""

    def __init__(self, town: "Town", name: str, role: str, more: dict[str, str]) -> None:
        self.town, self.name, self.role, self._more = town, name, role, more
        self.heads = town.folder / f"{name}.heads"
        self.lines: list[str] = []
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def begin(self) -> None:
        """Start it, without waiting."""
        self.port = 0
        self._process = subprocess.Popen(
            [*self.town.command, "serve", "--db", self.town.url, "--port", "0", "--role", self.role],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**self.town.environment, "MBUROJA_HEADS": str(self.heads), **self._more},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._process,))
        self._reader.start()

    def wait(self) -> Self:
        """Wait until it is ready."""
        until = time.monotonic() + LONGEST
        while not (self.port and self.asked("/readyz") == 200):
            assert self._process
            assert self._process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.05)
        return self

    def asked(self, path: str) -> int:
        """Return the status that a path answers with; 0: nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as told:
            with told:
                return told.code
        except OSError:
            return 0

    def caller(self) -> Caller:
        """Return what calls this replica, as from a page of the public address."""
        return Caller(self.address, self.town.public)

    def signals(self, what: signal.Signals) -> None:
        """Send a signal: SIGSTOP, SIGCONT, SIGTERM."""
        assert self._process
        self._process.send_signal(what)

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.signals(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """Kill it in the middle of whatever it does."""
        self.signals(signal.SIGKILL)
        self.ended()

    @property
    def is_there(self) -> bool:
        return self._process is not None

    def ended(self) -> int:
        """Wait for its end; return its exit code."""
        assert self._process
        assert self._process.stdout
        assert self._reader
        code = self._process.wait(LONGEST)
        self._reader.join()
        self._process.stdout.close()
        self._process = None
        return code

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line)
            if found := _WHERE.search(line):
                self.port = int(found[2])


class Town:
    """One database, one public address, and the replicas."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.url, self.folder = url, folder
        self.public_port = free_port()
        self.public = f"http://127.0.0.1:{self.public_port}"
        self.environment = {
            **os.environ,
            "MBUROJA_SECRET": _SECRET,
            "MBUROJA_PUBLIC_URL": self.public,
            "MBUROJA_SESSIONS_PER_MINUTE": "100000",
            "MBUROJA_SESSIONS_PER_HOUR": "100000",
            **{f"MBUROJA_{name}": value for name, value in settings.items()},
        }
        self.command: Sequence[str] = (str(MBUROJA),)
        self.replicas: list[Replica] = []
        self._next = 0

    def replica(self, role: str = "all", **more: str) -> Replica:
        """Start one more, without waiting."""
        made = Replica(self, f"r{len(self.replicas)}", role, {f"MBUROJA_{name}": each for name, each in more.items()})
        self.replicas.append(made)
        made.begin()
        return made

    def replicas_of(self, *roles: str) -> list[Replica]:
        """Start several at the same time, and wait until all are ready."""
        made = [self.replica(role) for role in roles]
        return [each.wait() for each in made]

    def close(self) -> None:
        for replica in self.replicas:
            if replica.is_there:
                replica.kill()

    def run(self, *arguments: str) -> str:
        """Run a command on the database; return what it says."""
        done = mburoja(*arguments, "--db", self.url, env=self.environment)
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
        return done.stdout.decode()

    def fill(self) -> None:
        """Put fictional customers in."""
        listed = self.folder / "customers.csv"
        people = [f"ipko,B-{at},{number(at)},Filan i {at},active,personal" for at in range(_CUSTOMERS)]
        listed.write_text("\n".join(("company,customer_number,mobiles,name,relationship,line", *people, "")))
        self.run("customers", "import", str(listed))

    def someone(self) -> str:
        """Return the number of a customer whom nobody has used."""
        self._next += 1
        assert self._next < _CUSTOMERS
        return number(self._next)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return rows of the database, as they stand."""
        with psycopg.connect(self.url, row_factory=dict_row, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    def change(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def until(self, sql: str, seconds: float = LONGEST) -> float:
        """Wait until a query gives a row; return how long that took (s)."""
        begun = time.monotonic()
        while not self.query(sql):
            assert time.monotonic() - begun < seconds, (sql, [replica.said[-800:] for replica in self.replicas])
            time.sleep(0.05)
        return time.monotonic() - begun

    def sms(self, phone: str) -> list[str]:
        """Return the codes that were sent to a number, by whichever replica."""
        shown = re.compile(rf"SMS për .*\*{phone[-2:]}\b")
        lines = [line for replica in self.replicas for line in replica.lines if shown.search(line)]
        return [found[0] for line in lines if (found := _CODE.search(line))]


@contextlib.contextmanager
def town(url: str, folder: Path, **settings: str) -> Iterator[Town]:
    """Have replicas while the context lasts."""
    made = Town(url, folder, **settings)
    try:
        yield made
    finally:
        made.close()


class Balancer:
    """Gives each new connection to the next replica that takes it: nobody stays where they were."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._next = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._line, "127.0.0.1", self._town.public_port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._lines.add(task)
        try:
            there = await self._connected()
            if there:
                await asyncio.gather(_pour(reader, there[1]), _pour(there[0], writer))
        finally:
            self._lines.discard(task)
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        ports = [replica.port for replica in self._town.replicas if replica.is_there and replica.role != "worker"]
        self._next += 1
        first = self._next  # others come while this one is connected
        for at in range(len(ports)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", ports[(first + at) % len(ports)])
        return None


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
