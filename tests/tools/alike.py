"""Compares what two databases hold, opened, table by table; tells where they differ and never what stands there."""

from collections.abc import Mapping
from typing import Any

from bot.crypto import Vault
from bot.services.keys.places import TABLES, place_of
from tests.tools.engines import Tables, key_of, keys

Row = dict[str, Any]
Held = Mapping[str, Mapping[tuple[Any, ...], Row]]  # by table, and by key

_SEALED = {table.name: table.columns for table in TABLES}


def held(tables: Tables, vault: Vault) -> Held:
    """Read every table of a database, everything sealed opened, rows by their key."""
    return {table: {_key(table, row): _opened(vault, table, row) for row in tables.rows(table)} for table in keys()}


def differences(one: Held, other: Held) -> list[str]:
    """Name each table, key and column in which two databases differ; a key is an id, a number or an HMAC."""
    found = []
    for table in sorted(one.keys() | other.keys()):
        rows, others = one.get(table, {}), other.get(table, {})
        found += [f"{table} {_told(key)}: only in the first" for key in rows.keys() - others.keys()]
        found += [f"{table} {_told(key)}: only in the second" for key in others.keys() - rows.keys()]
        for key in rows.keys() & others.keys():
            row, twin = rows[key], others[key]
            names = sorted(row.keys() | twin.keys())
            found += [f"{table} {_told(key)}: {name}" for name in names if not _same(row, twin, name)]
    return sorted(found)


def _same(row: Row, twin: Row, name: str) -> bool:
    if (name in row) != (name in twin):
        return False
    return type(row[name]) is type(twin[name]) and bool(row[name] == twin[name])


def _key(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in key_of(table))


def _told(key: tuple[Any, ...]) -> str:
    return "/".join(str(part) for part in key)


def _opened(vault: Vault, table: str, row: Row) -> Row:
    for column in _SEALED.get(table, ()):
        if row[column.name]:
            row[column.name] = vault.open_bytes(column.purpose, row[column.name], place_of(column, row))
    return row
