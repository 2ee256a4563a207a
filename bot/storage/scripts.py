"""Reads the migrations (``migrations/NNNN_name.sql``), which both engines share; knows no engine and runs nothing.

While a company upgrades, programs of two releases run on one database. So a script only adds (a test holds it to that),
and its line ``-- runs with: NNNN`` names the last script of the oldest program that runs on what it leaves: the release
before. A database keeps these; a program that finds scripts it does not know looks there whether it may go on.
"""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.errors import StoreUnavailableError

MIGRATIONS = Path(__file__).parent / "migrations"
NOT_OURS = "Kjo bazë e të dhënave nuk është e Mburojës; jepni një tjetër."

_FILE = re.compile(r"\d{4}_[a-z0-9_]+")
_RUNS_WITH = re.compile(r"^-- runs with: (\d{4})$", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*")


def scripts(folder: Path = MIGRATIONS) -> dict[str, Path]:
    """Return the scripts by name, in their order. Raises ValueError for a name that is wrong or a gap."""
    found = {path.stem: path for path in sorted(folder.glob("*.sql"))}
    for number, name in enumerate(found, start=1):
        if not _FILE.fullmatch(name) or int(name[:4]) != number:
            raise ValueError(f"{folder}/{name}.sql: migrations are called NNNN_name.sql, from 0001 without a gap")
    return found


def runs_with(script: Path) -> str:
    """Return the number of the last script that a program must know to run on what a script leaves; else its own."""
    told = _RUNS_WITH.search(script.read_text(encoding="utf-8"))
    return told[1] if told else script.stem[:4]


def missing(found: dict[str, Path], applied: list[str], oldest: str = "") -> list[str]:
    """Return which scripts are not applied yet.

    ``oldest`` is the greatest of what the applied ones run with. Raises StoreUnavailableError for a database newer than
    this code that does not say that this code may run on it.
    """
    unknown = [name for name in applied if name not in found]
    if unknown and not "" < oldest <= max(found)[:4]:
        raise StoreUnavailableError(
            f"Baza e të dhënave është më e re se ky program ({', '.join(unknown)}); përditësoni Mburojën."
        )
    return [name for name in found if name not in applied]


def split(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one. Raises ValueError when the last one does not end (;)."""
    *pieces, rest = script.split(";")
    statement = ""
    for piece in pieces:
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if _COMMENT.sub("", statement + rest).strip():
        raise ValueError(f"a statement has no end (;): {(statement + rest).strip()[:60]}")
