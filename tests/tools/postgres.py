"""A real PostgreSQL server for tests, started in a folder of its own; and databases on it, empty or migrated.

MBUROJA_TEST_POSTGRES names a server that runs already, whose user may make databases
("postgresql://postgres@/postgres?host=/tmp/x"); else the machine's own programs start one. Where there is none, what
needs one is skipped, which the report's last lines say, and fails under CI.
"""

import contextlib
import itertools
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
import pytest

from bot.storage.postgres.connection import Connection, connect
from bot.storage.postgres.migrate import migrate

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
_PREFIX = "mburoja-pg-"
# What a crash of the machine would cost is not tested here: without fsync each start takes a second.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "deadlock_timeout": "50ms",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
RUNNING = "MBUROJA_TEST_POSTGRES"
MISSING = f"there is no PostgreSQL on this machine: install postgresql (Debian), or set {RUNNING}"


def programs() -> Path | None:
    """Return the folder of the server's programs, the newest, or None."""
    found = [path for pattern in _PLACES for path in Path("/").glob(pattern[1:]) if (path / "initdb").exists()]
    return max(found, default=None, key=lambda path: [int(part) for part in path.parts if part.isdecimal()])


class Server:
    """A server in a folder; may be stopped, killed, and started again on the same data."""

    is_ours = True  # its programs run here, on this machine's files

    def __init__(self, folder: Path, programs: Path, settings: dict[str, str]) -> None:
        self.folder, self.programs, self.settings = folder, programs, settings
        self.address = f"postgresql://postgres@/postgres?host={folder}"
        self._names = (f"{os.getpid()}_{secrets.token_hex(4)}_{number}" for number in itertools.count())
        self._migrated: list[str] = []  # databases that were migrated and are nobody's now

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def target(self) -> Path | int:
        """Where a proxy passes on to: its socket, or its port on this machine."""
        parts = urlsplit(self.address)
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        return Path(host) / f".s.PGSQL.{parts.port or 5432}" if host.startswith("/") else parts.port or 5432

    def through(self, url: str, port: int) -> str:
        """The address of a database by way of a proxy at a port."""
        parts = urlsplit(url)
        query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in {"host", "port"}])
        user = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}", query=query))

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def make(self) -> None:
        """Make an empty cluster. PostgreSQL refuses to run as root: then another user does."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._call(
            "initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--pgdata", str(self.data)
        )

    def start(self) -> None:
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **self.settings}
        given = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._call("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-o", given, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast`, or `immediate` as if it had crashed."""
        self._call("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def promote(self) -> None:
        """Make a standby the first of its pair."""
        self._call("pg_ctl", "-D", str(self.data), "-w", "promote")

    def url(self, database: str = "postgres") -> str:
        return urlunsplit(urlsplit(self.address)._replace(path=f"/{database}"))

    def database(self, template: str = "template0") -> str:
        """Make an empty database and return its address; it sorts as most servers do, not as "C" does."""
        name = f"t{next(self._names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    @contextlib.contextmanager
    def migrated(self) -> Iterator[str]:
        """A database with every migration and no row, by its address; it is emptied for the next who asks.

        That takes some milliseconds; making one, a second where the machine is busy.
        """
        url = self._migrated.pop() if self._migrated else self.database()
        with contextlib.closing(connect(url)) as connection:
            if not migrate(connection):
                _empty(connection)
        yield url
        self._migrated.append(url)

    @contextlib.contextmanager
    def within(self, disk: Path) -> Iterator[str]:
        """An empty database whose tables lie on a disk of its own."""
        place = disk / "tables"
        place.mkdir()
        if os.geteuid() == 0:
            shutil.chown(place, "postgres", "postgres")
        name = f"d{next(self._names)}"
        self.run(f"CREATE TABLESPACE {name} LOCATION '{place}'")
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 TABLESPACE {name}")
        try:
            yield self.url(name)
        finally:
            self.drop(self.url(name))
            self.run(f"DROP TABLESPACE {name}")

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {_name_of(url)} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run a statement of the one who may do anything, outside of any transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=120)


class Running(Server):
    """A server that is somebody else's: databases can be made on it, and nothing more."""

    is_ours = False

    def __init__(self, address: str) -> None:
        super().__init__(Path("/nowhere"), programs() or Path("/nowhere"), {})
        self.address = address

    def start(self) -> None:
        raise NotImplementedError("the server is not ours")

    def stop(self, mode: str = "fast") -> None:
        raise NotImplementedError("the server is not ours")


@contextlib.contextmanager
def shared() -> Iterator[Server]:
    """A server for many tests: the one that runs already, or one of its own while the context lasts."""
    given = os.environ.get(RUNNING)
    if given:
        yield Running(given)
        return
    with server() as made:
        yield made


@contextlib.contextmanager
def server(settings: dict[str, str] | None = None, *, within: Path | None = None) -> Iterator[Server]:
    """A server of one's own while the context lasts; skips the test where none can be started.

    ``within``: where its folder is made.
    """
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    _sweep(found)
    # A short path: a socket's may have 107 bytes. Its name tells whose it is.
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=within))
    made = Server(folder, found, {**QUICK, **(settings or {})})
    try:
        made.make()
        made.start()
        yield made
    finally:
        with contextlib.suppress(subprocess.SubprocessError):  # the test has stopped it
            made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _name_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _empty(connection: Connection) -> None:
    """Take every row out of a migrated database, and everybody else with a connection to it."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    ours = [row["tablename"] for row in rows if not row["tablename"].startswith("_")]
    connection.execute("; ".join(f"DELETE FROM {table}" for table in ours).encode(), prepare=False)  # noqa: S608


def _sweep(found: Path) -> None:
    """Stop what a test process that was killed has left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not _lives(int(owner)):
            with contextlib.suppress(subprocess.SubprocessError, OSError):
                Server(folder, found, {}).stop("immediate")
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
