"""Whole tables, for copying and for backups: what there is, how much, and that two are the same; knows no engine.

A fingerprint does not depend on the order of rows: it is the sum of their hashes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.storage.store import Value

_MODULUS = 1 << 256


@dataclass(frozen=True, kw_only=True)
class Print:
    """What a table holds: its columns (by name), how many rows, and the fingerprint of these columns (hex)."""

    columns: tuple[str, ...]
    rows: int
    fingerprint: str


class Tables(Protocol):
    """Every table of ours in one consistent state of a database, without the bookkeeping of migrations."""

    def names(self) -> list[str]:
        """Return the tables' names in their order."""
        ...

    def columns(self, table: str) -> list[str]:
        """Return a table's columns, ordered by name."""
        ...

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Value]]:
        """Yield a table's rows; memory does not grow with it."""
        ...

    def write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Add rows to a table."""
        ...


def printed(tables: Tables, columns: Mapping[str, Sequence[str]] | None = None) -> dict[str, Print]:
    """Return every table's print; of these ``columns`` where they are given."""
    wanted = columns or {name: tables.columns(name) for name in tables.names()}
    return {name: print_of(tables.rows(name, its), its) for name, its in wanted.items()}


def print_of(rows: Iterable[Sequence[Value]], columns: Sequence[str]) -> Print:
    """Return the print of rows."""
    count, total = 0, 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(json.dumps(list(row)).encode()).digest(), "big")
    return Print(columns=tuple(columns), rows=count, fingerprint=f"{total % _MODULUS:064x}")


def differences(one: Mapping[str, Print], other: Mapping[str, Print]) -> list[str]:
    """Return which tables are not the same, by name."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
