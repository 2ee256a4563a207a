"""Where things are, and the secret; beside the server's (``web/settings.py``) all that reads the environment."""

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import platformdirs

from bot.errors import InputError

_SHORTEST_SECRET = 16  # bytes
_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class PostgresUrl:
    """Where a PostgreSQL database is (a libpq URI); as text it shows neither user nor password."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        """Return server and database."""
        parts = urlsplit(self.url)
        host = "" if parts.hostname else f" ({''.join(parse_qs(parts.query).get('host', ()))})"
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}{host.removesuffix(' ()')}"

    @property
    def name(self) -> str:
        """A name for files that belong to it: the same whoever signs in."""
        return f"{urlsplit(self.url).path.strip('/') or 'mburoja'}-{hashlib.sha256(str(self).encode()).hexdigest()[:8]}"


Database: TypeAlias = Path | PostgresUrl  # a SQLite file, or a database of a PostgreSQL server


def database_at(place: str) -> Database:
    """Return the database that a place names: a file, or "postgresql://…"."""
    return PostgresUrl(place) if place.startswith(_SCHEMES) else Path(place)


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The root secret, others that are known beside it, and the one that is wanted in the end."""

    secret: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(default=(), repr=False)
    wanted: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``data`` holds ``intents/`` and ``policy_texts/``; ``cache`` keeps what was compiled from them.

    ``database`` is a SQLite file or a PostgreSQL database; what belongs to a file stands beside it: the secret, if the
    environment gives none, and the signed heads of the audit chain, if ``heads`` names no other place. ``home`` is
    where the heads of a PostgreSQL database are kept then. ``secret_next`` and ``secrets_before`` are known beside the
    secret while it is being replaced (docs/keys.md). ``public_url`` is where
    customers reach our pages ("https://…", without a slash at its end); None where no server runs.
    """

    data: Path
    cache: Path
    database: Database
    home: Path = Path(platformdirs.user_data_dir("mburoja"))
    secret: bytes | None = field(default=None, repr=False)
    secret_next: bytes | None = field(default=None, repr=False)
    secrets_before: tuple[bytes, ...] = field(default=(), repr=False)
    heads: Path | None = None
    public_url: str | None = None

    def heads_of(self, database: Database) -> Path:
        """Return where the signed heads of a database's audit chain are kept."""
        if self.heads:
            return self.heads
        if isinstance(database, PostgresUrl):
            return self.home / f"{database.name}.heads"
        return database.with_name(database.name + ".heads")

    def key_of(self, database: Path) -> Path:
        """Return where the secret of a file stands that was made with it."""
        return database.with_name(database.name + ".key")

    def secrets_of(self, database: Database) -> Secrets:
        """Return every root secret that is known; the next is wanted, where one is given.

        Raises InputError as ``secret_of`` does.
        """
        secret, following = self.secret_of(database), self.secret_next
        found = [*self.secrets_before]
        if self.secret is None and isinstance(database, Path):
            key = self.key_of(database)
            before, following = _secret_at(before_of(key)), following or _secret_at(next_of(key))
            found += [before] if before else []
        found += [following] if following else []
        return Secrets(secret=secret, others=tuple(found), wanted=following or secret)

    def secret_of(self, database: Database) -> bytes:
        """Return the root secret; one is made beside a file, readable by its owner only, if there is none.

        Raises InputError when it cannot be read or is too short, or a server's is not given.
        """
        if self.secret is not None:
            return self.secret
        if isinstance(database, PostgresUrl):
            raise InputError("Për PostgreSQL jepni sekretin te MBUROJA_SECRET: pranë bazës s’ka ku të ruhet.")
        path = self.key_of(database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_secret(path)
        except OSError as error:
            raise InputError(f"Sekreti te {path} nuk shkruhet: {error.strerror}. Jepni MBUROJA_SECRET.") from None
        secret = _secret_at(path)
        if secret is None:
            raise InputError(f"Sekreti te {path} u hoq ndërkohë; provoni prapë.")
        return secret


def next_of(key: Path) -> Path:
    """Return where a file's next secret waits until all use it."""
    return key.with_name(key.name + ".next")


def before_of(key: Path) -> Path:
    """Return where a file's secret stays that was replaced, until nothing needs it."""
    return key.with_name(key.name + ".before")


def _secret_at(path: Path) -> bytes | None:
    """Return the secret of a file, None where there is no such file. Raises InputError."""
    try:
        secret = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"Sekreti te {path} nuk lexohet: {error.strerror}. Jepni MBUROJA_SECRET.") from None
    if len(secret) < _SHORTEST_SECRET:
        raise InputError(f"Sekreti te {path} është më i shkurtër se {_SHORTEST_SECRET} bajta.")
    return secret


def write_secret(path: Path) -> None:
    """Write a fresh secret whole or not at all: what is sealed with a lost one is lost. Of two at once one wins."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _given(name: str) -> bytes | None:
    """Return a secret of the environment; None where it is not set, or _NEXT or _BEFORE is empty. Raises InputError."""
    value = os.environ.get(name)
    if value is None or (not value and name != "MBUROJA_SECRET"):
        return None
    if len(value.encode()) < _SHORTEST_SECRET:
        raise InputError(f"{name} duhet të ketë së paku {_SHORTEST_SECRET} bajta.")
    return value.encode()


def read_settings() -> Settings:
    """Return the settings: MBUROJA_DATA, _CACHE, _DATABASE_URL or _DATABASE, _SECRET, _HEADS, or the places where they
    belong; and MBUROJA_SECRET_NEXT, _SECRET_BEFORE and MBUROJA_PUBLIC_URL, if there are any.

    Raises InputError when the secret is too short, or the address of the database is none.
    """
    here = Path(__file__).parent
    packed = here / "_data"
    data = Path(os.environ.get("MBUROJA_DATA") or (packed if packed.is_dir() else here.parent))
    cache = Path(os.environ.get("MBUROJA_CACHE") or platformdirs.user_cache_dir("mburoja"))
    home = Path(platformdirs.user_data_dir("mburoja"))
    url, file = os.environ.get("MBUROJA_DATABASE_URL"), os.environ.get("MBUROJA_DATABASE")
    if url and not url.startswith(_SCHEMES):
        raise InputError("MBUROJA_DATABASE_URL: shkruani postgresql://përdoruesi@serveri/baza.")
    database = PostgresUrl(url) if url else Path(file or home / "mburoja.db")
    secret = _given("MBUROJA_SECRET")
    following, before = _given("MBUROJA_SECRET_NEXT"), _given("MBUROJA_SECRET_BEFORE")
    if secret is None and (following or before):
        raise InputError("MBUROJA_SECRET_NEXT dhe MBUROJA_SECRET_BEFORE vlejnë vetëm bashkë me MBUROJA_SECRET.")
    heads = os.environ.get("MBUROJA_HEADS")
    return Settings(
        data=data,
        cache=cache,
        database=database,
        home=home,
        secret=secret,
        secret_next=following,
        secrets_before=(before,) if before else (),
        heads=Path(heads) if heads else None,
        public_url=(os.environ.get("MBUROJA_PUBLIC_URL") or "").rstrip("/") or None,
    )
