"""Where things are, and the secret; beside the server's (``web/settings.py``) all that reads the environment."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from bot.errors import InputError

_SHORTEST_SECRET = 16  # bytes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``data`` holds ``intents/`` and ``policy_texts/``; ``cache`` keeps what was compiled from them.

    ``database`` is the SQLite file; what belongs to it stands beside it: the secret, if the environment
    gives none, and the signed heads of the audit chain, if ``heads`` names no other place. ``public_url`` is where
    customers reach our pages ("https://…", without a slash at its end); None where no server runs.
    """

    data: Path
    cache: Path
    database: Path
    secret: bytes | None = None
    heads: Path | None = None
    public_url: str | None = None

    def heads_of(self, database: Path) -> Path:
        """Return where the signed heads of a database's audit chain are kept."""
        return self.heads or database.with_name(database.name + ".heads")

    def secret_of(self, database: Path) -> bytes:
        """Return the root secret; one is made beside the database, readable by its owner only, if there is none.

        Raises InputError when it cannot be read or is too short.
        """
        if self.secret is not None:
            return self.secret
        path = database.with_name(database.name + ".key")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _write_secret(path)
            secret = path.read_bytes().strip()
        except OSError as error:
            raise InputError(f"Sekreti te {path} nuk lexohet: {error.strerror}. Jepni MBUROJA_SECRET.") from None
        if len(secret) < _SHORTEST_SECRET:
            raise InputError(f"Sekreti te {path} është më i shkurtër se {_SHORTEST_SECRET} bajta.")
        return secret


def _write_secret(path: Path) -> None:
    """Write a fresh secret whole or not at all: what is sealed with a lost one is lost. Of two at once one wins."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_settings() -> Settings:
    """Return the settings: MBUROJA_DATA, _CACHE, _DATABASE, _SECRET, _HEADS, or the places where they belong; and
    MBUROJA_PUBLIC_URL, if there is one.

    Raises InputError when the secret is too short.
    """
    here = Path(__file__).parent
    packed = here / "_data"
    data = Path(os.environ.get("MBUROJA_DATA") or (packed if packed.is_dir() else here.parent))
    cache = Path(os.environ.get("MBUROJA_CACHE") or platformdirs.user_cache_dir("mburoja"))
    database = Path(os.environ.get("MBUROJA_DATABASE") or Path(platformdirs.user_data_dir("mburoja")) / "mburoja.db")
    secret = os.environ.get("MBUROJA_SECRET")
    if secret is not None and len(secret.encode()) < _SHORTEST_SECRET:
        raise InputError(f"MBUROJA_SECRET duhet të ketë së paku {_SHORTEST_SECRET} bajta.")
    heads = os.environ.get("MBUROJA_HEADS")
    return Settings(
        data=data,
        cache=cache,
        database=database,
        secret=secret.encode() if secret else None,
        heads=Path(heads) if heads else None,
        public_url=(os.environ.get("MBUROJA_PUBLIC_URL") or "").rstrip("/") or None,
    )
