"""Backs a database up while it is in use, and restores it into an empty place; knows no command.

A backup is a folder: the database as its own engine writes it, the signed heads, and ``manifest.json``, which tells
what must be in it and is signed with the database's secret. That itself is not in it: who finds one can read nothing.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from bot import __version__
from bot.app import open_office
from bot.clock import Clock, moment
from bot.crypto import Vault, same
from bot.errors import InputError
from bot.settings import Database, PostgresUrl, Secrets, Settings
from bot.storage.sqlite import backup as sqlite_backup
from bot.storage.tables import Print, differences, printed
from bot.upkeep.places import UpkeepError, put, refuse_missing, refuse_without_secret, sync, tables_of, verified

MANIFEST, SIGNATURE, HEADS = "manifest.json", "manifest.sig", "heads"
_PURPOSE = "backup"  # of the key that signs
_FORMAT = 1
_FILES = {"sqlite": "database.db", "postgresql": "database.dump"}
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds. ``made_at`` is ISO 8601; ``engine`` is sqlite or postgresql."""

    format: int
    program: str
    engine: str
    made_at: str
    tables: dict[str, Print]
    files: dict[str, File]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables.values())


def back_up(settings: Settings, place: Database, target: Path, clock: Clock) -> Manifest:
    """Write a backup of a database into a new folder; it is there whole or not at all.

    Raises InputError where the folder is there or cannot be written, or the database is not there;
    StoreUnavailableError.
    """
    if target.exists():
        raise InputError(f"Te {target} ka tashmë diçka; jepni një emër të ri.")
    refuse_missing(settings, place)
    vault = Vault(settings.secret_of(place))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}.", suffix=".partial"))  # 0700
        try:
            made = _write(vault, settings.heads_of(place), place, folder, clock)
            folder.rename(target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sync(target.parent)
    except OSError as error:
        raise InputError(f"Kopja te {target} nuk u bë: {error}.") from None
    return made


def _write(vault: Vault, heads: Path, place: Database, folder: Path, clock: Clock) -> Manifest:
    made_at = moment(clock.now()).isoformat(timespec="seconds")
    # First the heads: they may lag behind the entries, never lead them (R47).
    if heads.exists():
        shutil.copyfile(heads, folder / HEADS)
    if isinstance(place, PostgresUrl):
        from bot.storage.postgres import backup, tables  # noqa: PLC0415  an extra

        engine, file = "postgresql", folder / _FILES["postgresql"]
        with tables.opened(place.url) as state:
            backup.back_up(place.url, file, state.snapshot())
            found = printed(state)
    else:
        engine, file = "sqlite", folder / _FILES["sqlite"]
        sqlite_backup.back_up(place, file)
        with tables_of(file) as state:
            found = printed(state)
    files = {path.name: _file(path) for path in sorted(folder.iterdir())}
    made = Manifest(format=_FORMAT, program=__version__, engine=engine, made_at=made_at, tables=found, files=files)
    text = json.dumps(asdict(made), ensure_ascii=False, indent=1).encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_text(vault.sign(_PURPOSE, text), encoding="ascii")
    for path in folder.iterdir():
        path.chmod(0o600)
        sync(path)
    sync(folder)
    return made


async def restore(settings: Settings, backup: Path, place: Database) -> Manifest:
    """Put a backup into an empty place of its engine, and prove that everything is there and the chain untouched.

    Raises InputError where the place is not empty, is of the other engine, or has heads of its own; UpkeepError where
    the backup is not what was made, after which nothing of it stays; StoreUnavailableError.
    """
    refuse_without_secret(settings, place)
    manifest = _manifest(backup, settings.secrets_of(place))
    _check_files(backup, manifest)
    if isinstance(place, PostgresUrl) != (manifest.engine == "postgresql"):
        raise InputError(
            f"Kopja është e {manifest.engine}: kthejeni te një bazë e tillë, pastaj përdorni `mburoja copy`."
        )
    target = settings.heads_of(place)
    if target.exists() and target.stat().st_size:
        raise InputError(
            f"Te {target} ka tashmë koka të nënshkruara. Ruajini veç (ato dëshmojnë çka ka pasur pas kopjes), pastaj "
            "provoni prapë."
        )
    try:
        _put_back(backup / _FILES[manifest.engine], place)
        try:
            await _prove(settings, backup, manifest, place)
        except BaseException:
            target.unlink(missing_ok=True)
            _discard(place)
            raise
    except OSError as error:
        raise InputError(f"Kopja nuk u kthye te {place}: {error}.") from None
    return manifest


def _put_back(file: Path, place: Database) -> None:
    """Put a database back where none is. Raises InputError where one is, StoreUnavailableError."""
    if isinstance(place, PostgresUrl):
        from bot.storage.postgres import backup as postgres_backup  # noqa: PLC0415  an extra

        with tables_of(place) as tables:
            if tables.names():
                raise InputError(f"Baza {place} nuk është e zbrazët; jepni një të re.")
        postgres_backup.restore(file, place.url)
    else:
        sqlite_backup.restore(file, place)


def _discard(place: Database) -> None:
    """Take away what was put back, and is not what it should be."""
    if isinstance(place, PostgresUrl):
        from bot.storage.postgres import backup as postgres_backup  # noqa: PLC0415  an extra

        postgres_backup.discard(place.url)
    else:
        sqlite_backup.discard(place)


async def _prove(settings: Settings, backup: Path, manifest: Manifest, place: Database) -> None:
    """Compare what was restored with what was backed up, and verify its chain with its heads."""
    # Before this program's migrations add anything: as it was made.
    with tables_of(place) as tables:
        found = printed(tables, {name: table.columns for name, table in manifest.tables.items()})
    if wrong := differences(manifest.tables, found):
        raise UpkeepError(f"Baza e kthyer nuk është ajo e kopjes te {', '.join(wrong)}.")
    target = settings.heads_of(place)
    if HEADS in manifest.files:
        put(backup / HEADS, target)
    async with open_office(settings, place) as office:
        await verified(office, target)


def _manifest(backup: Path, known: Secrets) -> Manifest:
    """Return what a backup says of itself, signed with any secret that is known: it may have been replaced since.

    Raises InputError where there is none, or one of a later program; UpkeepError.
    """
    try:
        raw, signature = (backup / MANIFEST).read_bytes(), (backup / SIGNATURE).read_text("ascii", "replace")
        secrets = (known.secret, *known.others)
        if not any(same(Vault(secret).sign(_PURPOSE, raw), signature.strip()) for secret in secrets):
            raise UpkeepError(
                f"{backup / MANIFEST} nuk u nënshkrua me këtë sekret: kopja u ndryshua, ose është e një sekreti tjetër."
            )
        manifest = msgspec.json.decode(raw, type=Manifest)
    except OSError as error:
        raise InputError(f"Te {backup} nuk ka kopje rezervë ({error.strerror}).") from None
    except msgspec.DecodeError:
        raise UpkeepError(f"{backup / MANIFEST} është i dëmtuar.") from None
    if manifest.format != _FORMAT or manifest.engine not in _FILES:
        raise InputError(f"Kopja te {backup} është e një programi më të ri ({manifest.program}); përditësoni Mburojën.")
    return manifest


def _check_files(backup: Path, manifest: Manifest) -> None:
    for name, file in manifest.files.items():
        try:
            right = Path(name).name == name and _file(backup / name) == file
        except OSError:
            right = False
        if not right:
            raise UpkeepError(f"{backup / name} nuk është ai që u ruajt: kopja është e dëmtuar.")
    if _FILES[manifest.engine] not in manifest.files:
        raise UpkeepError(f"{backup / MANIFEST} nuk e përmend bazën: kopja është e dëmtuar.")


def _file(path: Path) -> File:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return File(bytes=path.stat().st_size, sha256=digest.hexdigest())
