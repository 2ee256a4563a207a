"""A copy of a PostgreSQL database by its own programs (``pg_dump``, ``pg_restore``); knows no table."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import pq, sql

from bot.errors import InputError, StoreUnavailableError
from bot.storage.postgres.connection import connect, unavailable

_HOURS = 6 * 3600  # seconds: longer takes no database that this is made for


def back_up(url: str, target: Path, snapshot: str) -> None:
    """Write a database, as a snapshot sees it, into a new file. Raises StoreUnavailableError, InputError."""
    _run(
        "pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"
    )


def restore(backup: Path, url: str) -> None:
    """Put a backup into an empty database, all of it or nothing. Raises StoreUnavailableError, InputError."""
    _run(
        "pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        f"--dbname={_parameters(url).get('PGDATABASE', '')}", str(backup),
    )  # fmt: skip


def discard(url: str) -> None:
    """Take every table away that was restored: the database had none. Raises StoreUnavailableError."""
    with contextlib.closing(connect(url)) as connection:
        try:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
            names = [sql.Identifier(str(row["tablename"])) for row in rows]
            if names:
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.SQL(", ").join(names)))
        except psycopg.Error as error:
            raise unavailable(error) from error


def _run(program: str, url: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise InputError(f"{program} mungon: instaloni programet e PostgreSQL-it (postgresql-client).")
    # By the environment: an argument, with the password in it, would stand in the list of processes. What the address
    # leaves open (PGHOST, PGPASSFILE …) is taken from the environment by our own connections too.
    done = subprocess.run(  # noqa: S603  a program of the system
        [found, *arguments], env={**os.environ, **_parameters(url)}, timeout=_HOURS, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StoreUnavailableError(f"{program} nuk e kreu punën: {said[0] if said else done.returncode}")


def _parameters(url: str) -> dict[str, str]:
    """Return an address as the variables that PostgreSQL's programs read."""
    return {
        option.envvar.decode(): option.val.decode()
        for option in pq.Conninfo.parse(url.encode())
        if option.val is not None and option.envvar
    }
