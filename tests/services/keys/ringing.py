"""A house whose secret is replaced: every table filled, everything in it opened, processes that join its ring."""

import contextlib
import functools
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.crypto import Key, SealBrokenError, Vault
from bot.limits import Limits
from bot.services.desk import Desk
from bot.services.keys import joining
from bot.services.keys.joining import Member
from bot.services.keys.places import TABLES, place_of
from bot.services.keys.rotating import Left, Rotation
from bot.storage.store import Store
from tests.tools import engines
from tests.tools.desks import NOW, SECRET, SeededRandomness, made_up_desk

OLD, NEW = SECRET, b"the secret that comes after, for tests only"
OLD_ID, NEW_ID = Key(OLD).id, Key(NEW).id

_SEEDS = itertools.count(1_000, 2)  # no two processes draw the same ids

SAYS = "e vulosur"  # what every sealed text of ``fill`` begins with


def desk_of(secret: bytes, *others: bytes, seed: int = 1, limits: Limits | None = None) -> Desk:
    return replace(made_up_desk(seed, limits), vault=Vault(secret, others))


class Standing:
    """A time that stands still unless it is moved."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that has the database open."""

    store: Member
    desk: Desk
    clock: Standing

    def rotation(self, **options: int) -> Rotation:
        return Rotation(self.store, self.desk, self.clock, **options)


@contextlib.asynccontextmanager
async def process(
    place: Path, secret: bytes = OLD, *others: bytes, wanted: bytes | None = None, now: int = NOW,
    limits: Limits | None = None,
) -> AsyncIterator[Process]:  # fmt: skip
    """Open a database as a process does that was given these secrets."""
    seed = next(_SEEDS)
    desk, clock = desk_of(secret, *others, seed=seed, limits=limits), Standing(now)
    engine: Store = engines.open_store(place)
    try:
        async with joining.joined(
            engine, desk.vault, clock, Key(wanted or secret).id, SeededRandomness(seed + 1).token()
        ) as store:
            if store is None:
                raise LookupError("the secret does not fit")
            assert isinstance(store, Member)
            yield Process(store=store, desk=desk, clock=clock)
    finally:
        await engine.close()


async def replaced(place: Path, now: int = NOW, **options: int) -> Left:
    """Replace the secret by a process that knows both, and return what is left."""
    async with process(place, OLD, NEW, wanted=NEW, now=now) as own:
        rotation = own.rotation(**options)
        await rotation.change_over(NEW_ID)
        await rotation.run(lambda *_: None)
        left = await rotation.left()
        await rotation.finish(left)
        return left


def fill(place: Path, secret: bytes = OLD, rows: int = 3, *, prefix: str | None = None) -> None:
    """Put rows into every table that has sealed columns, whatever they mean; ``prefix``: in front of the sealed."""
    vault = Vault(secret)
    with engines.looking(place) as tables:
        for table in TABLES:
            if table.name != "keys":
                for number in range(rows):
                    row = _row(table.name, number)
                    for column in table.columns:
                        sealed = vault.seal(column.purpose, f"{SAYS} {table.name} {number}", place_of(column, row))
                        row[column.name] = f"{prefix}.{sealed.partition('.')[2]}" if prefix else sealed
                    tables.insert(table.name, row)


def opened(place: Path, secret: bytes, *others: bytes) -> dict[str, list[Any]]:
    """Return every row, with what is sealed opened, and without look-ups; a text that cannot be opened as None."""
    vault, found = Vault(secret, others), {}
    with engines.looking(place) as tables:
        for table in TABLES:
            if table.name != "keys":
                found[table.name] = sorted(str(_opened(vault, table, row)) for row in tables.rows(table.name))
    return found


def _opened(vault: Vault, table: Any, row: dict[str, Any]) -> dict[str, Any]:
    result = {name: value for name, value in row.items() if not name.endswith("_hash")}
    for column in table.columns:
        if row[column.name]:
            try:
                result[column.name] = vault.open(column.purpose, row[column.name], place_of(column, row))
            except SealBrokenError:
                result[column.name] = None
    return result


def _row(table: str, number: int) -> dict[str, Any]:
    """A row of a table that its constraints take, told apart by a number."""
    row: dict[str, Any] = {}
    for name, kind in _columns(table):
        row[name] = number + 1 if "INT" in kind else f"{name}-{number:03d}"
    return row


@functools.cache
def _columns(table: str) -> list[tuple[str, str]]:
    with engines.under_test(engines.Engine.SQLITE):
        schema = engines.scratch()
    return [
        (str(row["name"]), str(row["type"])) for row in schema.tables.query(f"PRAGMA table_info({table})")
    ]  # fmt: skip
