"""What is done with a whole database, whichever engine it is: its tables, whether it is empty, whether it is in use."""

import contextlib
import os
import tempfile
from pathlib import Path

from bot.app import Office
from bot.clock import Clock
from bot.delivery import heads
from bot.errors import InputError, MburojaError
from bot.services import leases
from bot.services.keys import ring
from bot.services.records import audit
from bot.services.records.audit import Verdict
from bot.settings import Database, PostgresUrl, Settings
from bot.storage.opening import open_store
from bot.storage.sqlite import tables as sqlite_tables
from bot.storage.tables import Tables


class UpkeepError(MburojaError):
    """A copy or a backup is not what it should be; nothing of it may be relied on."""


def tables_of(place: Database, *, writes: bool = False) -> contextlib.AbstractContextManager[Tables]:
    """Open the tables of a database that is there. Raises StoreUnavailableError."""
    if isinstance(place, PostgresUrl):
        from bot.storage.postgres import tables  # noqa: PLC0415  an extra

        return tables.opened(place.url, writes=writes)
    return sqlite_tables.opened(place, writes=writes)


async def make_empty(place: Database) -> None:
    """Make the tables of a database that shall be filled. Raises InputError where something stands there already."""
    await open_store(place).close()
    with tables_of(place) as tables:
        full = [name for name in tables.names() if next(tables.rows(name, tables.columns(name)), None) is not None]
    if full:
        raise InputError(f"Baza {place} nuk është e zbrazët ({', '.join(full[:3])}); jepni një të re.")


async def refuse_in_use(place: Database, clock: Clock) -> None:
    """Refuse a database that a process has open, be it one that does no jobs. Raises InputError."""
    store, now = open_store(place), clock.now()
    try:
        # A process of the release before is not in the ring, but holds leases.
        held = await store.read(lambda tx: leases.held(tx, now))
        holders = await store.read(lambda tx: ring.holders(tx, now))
    finally:
        await store.close()
    if held or holders:
        raise InputError(
            f"Mbi bazën {place} punon një proces{f' ({held[0]})' if held else ''}. Ndaleni Mburojën, pastaj provoni "
            "prapë; pas një ndalimi të papritur prisni një minutë e gjysmë."
        )


def refuse_missing(settings: Settings, place: Database) -> None:
    """Refuse a file that is not there, or whose secret is not: either would be made anew. Raises InputError."""
    if isinstance(place, Path) and not place.is_file():
        raise InputError(f"Nuk ka bazë të dhënash te {place}; jepni një tjetër.")
    refuse_without_secret(settings, place)


def refuse_without_secret(settings: Settings, place: Database) -> None:
    """Refuse a file whose secret is nowhere. Raises InputError."""
    if isinstance(place, Path) and settings.secret is None and not settings.key_of(place).exists():
        raise InputError(
            f"Mungon sekreti i bazës: vendoseni te {settings.key_of(place)}, ose jepeni te MBUROJA_SECRET."
        )


def put(source: Path, target: Path) -> None:
    """Copy a file of ours, whole or not at all; it is its owner's only from its first byte on. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(source.read_bytes())
        sync(Path(aside))
        Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file, or what a folder holds, is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def verified(office: Office, path: Path) -> Verdict:
    """Verify the chain with the heads of a file. Raises UpkeepError where it is not untouched (R47)."""
    read = heads.read(path)
    verdict = await office.store.read(lambda tx: audit.verify(tx, office.desk, read.heads))
    if faults := (*read.faults, *verdict.faults):
        raise UpkeepError(f"Regjistri i bazës {office.database} NUK është i paprekur:\n" + "\n".join(faults))
    return verdict
