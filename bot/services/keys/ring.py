"""The ring of keys as the database has it: which one is current, which is being left, who uses them; knows no thread.

The database says which key is current, so that all processes change over together, whatever each was given. Times are
milliseconds UTC.
"""

import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import SECOND
from bot.crypto import Standing, Vault
from bot.errors import InputError
from bot.services import seals
from bot.services.keys import resealing
from bot.services.keys.places import TABLES
from bot.services.leases import release_lease, take_lease
from bot.storage.store import Row, Tx

CASE_FILE = "case-file"  # what the public key that is kept checks (records/sealed_file.py)
_FIRST = "keys.first"
HOLD_MS = 90 * SECOND  # how long a process counts as being there without a sign of life


class State(enum.StrEnum):
    """How a key stands."""

    CURRENT = "current"
    LEAVING = "leaving"  # things stand under it yet
    GONE = "gone"  # nothing does, and its secret may be destroyed


@dataclass(frozen=True, kw_only=True)
class Known:
    """A key that the database was sealed with; ``case_file_key`` is public. ``changed_at``: see the schema."""

    id: str
    state: State
    since: int
    case_file_key: str
    kept_sealed: str | None
    changed_at: int | None


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A process that has the database open."""

    id: str
    current: str
    other: str | None


def every(tx: Tx) -> tuple[Known, ...]:
    """Return the keys, the oldest first."""
    return tuple(_known(row) for row in tx.all("keys.every"))


def holders(tx: Tx, now: int) -> tuple[Holder, ...]:
    """Return the processes that are there."""
    rows = tx.all("keys.holders", now=now)
    return tuple(Holder(id=row["holder"], current=row["current"], other=row["other"]) for row in rows)


def found(tx: Tx, vault: Vault, now: int) -> bool:
    """Note the first key of a database: the one that opens what is sealed; false where no key of ours does.

    As long as nothing was sealed and nobody else is there, the first may be another each time.
    """
    fitting = seals.fitting(tx, vault)
    if fitting is None:
        return False
    take_lease(tx, _FIRST, fitting, now, 0)  # until the commit: of two that come at once the second finds the first
    release_lease(tx, _FIRST, fitting)
    noted = {key.id for key in every(tx)}
    if fitting in noted:
        return True
    if noted and (holders(tx, now) or not _is_empty(tx)):
        return False
    tx.run("keys.forget_first")
    tx.run("keys.found", id=fitting, now=now, case_file_key=_public(vault, fitting))
    return True


def standing(known: Sequence[Known], vault: Vault, wanted: str) -> Standing:
    """Return how the keys of this process are to be used. Raises InputError where it lacks one that is in use."""
    current = next(key for key in known if key.state is State.CURRENT)
    leaving = next((key for key in known if key.state is State.LEAVING), None)
    for key in (current, leaving):
        if key and key.id not in vault.keys:
            raise InputError(
                f"Baza përdor çelësin {key.id}, sekreti i të cilit mungon këtu: jepeni te MBUROJA_SECRET, ose te "
                "MBUROJA_SECRET_BEFORE nëse ndërrimi i tij nuk ka mbaruar (mburoja keys status)."
            )
    kept = json.loads(vault.open("keys", current.kept_sealed, current.id)) if current.kept_sealed else None
    if leaving:
        return Standing(current=current.id, other=leaving.id, elder=True, kept=kept)
    over = {key.id for key in known}
    return Standing(current=current.id, other=wanted if wanted not in over else None, kept=kept)


def hold(tx: Tx, holder: str, stands: Standing, known: Sequence[Known], now: int) -> bool:
    """Tell the others that this process is there, and which keys it uses; false where these are not the keys any more.

    Who changes over sees whoever was there before, and who comes after sees that it was changed.
    """
    tx.first("keys.stand_still")
    if every(tx) != tuple(known):
        return False
    tx.run("keys.hold", holder=holder, current=stands.current, other=stands.other, until=now + HOLD_MS)
    tx.run("keys.sweep_holders", now=now)
    return True


def change_over(tx: Tx, vault: Vault, wanted: str, now: int) -> None:
    """Make a key current in place of the one before it."""
    current = next(key for key in every(tx) if key.state is State.CURRENT)
    if current.id == wanted:
        return
    kept = json.loads(vault.open("keys", current.kept_sealed, current.id)) if current.kept_sealed else None
    sealed = json.dumps(kept or vault.keys[current.id].kept(), sort_keys=True)
    tx.first("keys.leave", id=wanted)
    tx.run(
        "keys.enter",
        id=wanted, now=now, case_file_key=_public(vault, wanted),
        kept_sealed=vault.sealed_by(wanted, "keys", sealed, wanted),
    )  # fmt: skip


def forget_moves(tx: Tx, now: int) -> bool:
    """Forget where look-ups went, once no process looks there any more; tells whether it is so."""
    tx.first("keys.stand_still")
    if any(one.other for one in holders(tx, now)):
        return False
    tx.run("keys.forget_moves")
    return True


def _is_empty(tx: Tx) -> bool:
    tables = (table for table in TABLES if table.name != "keys")
    return not any(resealing.page(tx, table, table.start(), 1) for table in tables)


def _public(vault: Vault, key: str) -> str:
    return vault.keys[key].signing_key(CASE_FILE).public_key().public_bytes_raw().hex()


def _known(row: Row) -> Known:
    return Known(
        id=row["id"],
        state=State(row["state"]),
        since=row["since"],
        case_file_key=row["case_file_key"],
        kept_sealed=row["kept_sealed"],
        changed_at=row["changed_at"],
    )
