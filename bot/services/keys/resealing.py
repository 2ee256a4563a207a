"""Seals anew what another key sealed, page by page and row by row, beside whoever serves; knows no look-up.

A page is read, opened and sealed outside of any transaction that writes; then each text is replaced only if nobody
changed it meanwhile. What is done shows in the texts themselves, so nothing is lost when it is broken off.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.crypto import SealBrokenError, Vault
from bot.services.keys.places import Column, Table, place_of
from bot.storage.store import Row, Tx, Value

BROKEN = "?"  # what cannot be opened, whatever key stands in front of it
EARLIEST = "k1"  # in front of what was sealed before keys had ids


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """A text sealed anew, and the one whose place it takes."""

    column: Column
    key: dict[str, Value]
    old: str
    new: str


def page(on: Tx, table: Table, after: dict[str, Value], most: int) -> list[Row]:
    """Return the rows of a table that come after a key."""
    return on.all(table.page, **after, most=min(most, table.most or most))


def fresh(vault: Vault, table: Table, rows: Sequence[Row]) -> tuple[list[Fresh], int]:
    """Seal anew what another key sealed; returns also how many texts cannot be opened. Raises KeyMissingError."""
    made, broken = [], 0
    for row in rows:
        for column in table.columns:
            sealed = row[column.name]
            if not sealed or vault.is_current(sealed):
                continue
            place = place_of(column, row)
            try:
                text = vault.open_bytes(column.purpose, sealed, place)
            except SealBrokenError:
                broken += 1
                continue
            new = vault.seal(column.purpose, text, place)
            made.append(Fresh(column=column, key=table.key_of(row), old=sealed, new=new))
    return made, broken


def put(on: Tx, made: Sequence[Fresh]) -> int:
    """Replace texts that nobody changed meanwhile; returns how many."""
    return sum(on.run(one.column.put, **one.key, new=one.new, old=one.old) for one in made)


def counted(vault: Vault, table: Table, rows: Sequence[Row]) -> Counter[str]:
    """Return how many texts of some rows stand under which key."""
    found: Counter[str] = Counter()
    for row in rows:
        for column in table.columns:
            if sealed := row[column.name]:
                found[_key_of(vault, column, str(sealed), row)] += 1
    return found


def _key_of(vault: Vault, column: Column, sealed: str, row: Row) -> str:
    identity = sealed.partition(".")[0]
    if vault.is_current(sealed) or identity not in {*vault.keys, EARLIEST}:
        return identity
    try:
        return vault.opened_by(column.purpose, sealed, place_of(column, row))[0]
    except SealBrokenError:
        return BROKEN
