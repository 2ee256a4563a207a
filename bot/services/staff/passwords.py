"""Passwords of the console's accounts (R27): argon2id, what may be one, one for the first sign-in; knows no account.

Hashing takes tens of milliseconds of a processor on purpose: it is done outside of transactions, in a thread.
"""

import base64
import enum
import functools
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from bot.crypto import Randomness

SHORTEST, LONGEST = 12, 200  # characters; NIST asks for room for 64 at least
_GROUPS, _GROUP = 4, 5  # letters of a one-time password: 99 bits
_SALT, _DIGEST = 16, 32  # bytes
_FEW = 4  # different characters: below that it is one key pressed again and again

# What the most common passwords are made of, with figures and signs around it taken away: of lists of what leaked,
# and the names that stand on our own pages.
_LIST = Path(__file__).with_name("common_passwords.txt")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_ROWS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What hashing takes: KiB of memory, times over it, lanes."""

    memory: int
    times: int
    lanes: int


OWASP = Cost(memory=19 * 1024, times=2, lanes=1)  # Password Storage Cheat Sheet


class Unfit(enum.Enum):
    """Why something cannot be a password. There is no rule of what it is composed of (NIST 3.1.1.2)."""

    SHORT = "short"
    LONG = "long"
    LIKE_LOGIN = "like_login"
    COMMON = "common"


class Passwords:
    """Hashes passwords and checks them, at one cost."""

    def __init__(self, cost: Cost = OWASP) -> None:
        """Take the cost; hashes made at another one are still checked, and wanted anew."""
        self._hasher = argon2.PasswordHasher(
            memory_cost=cost.memory, time_cost=cost.times, parallelism=cost.lanes, hash_len=_DIGEST, salt_len=_SALT
        )
        made_of = f"m={cost.memory},t={cost.times},p={cost.lanes}"
        self.nobodys = f"$argon2id$v=19${made_of}${_random(_SALT)}${_random(_DIGEST)}"
        """A hash that no password has, as dear to check as any: for logins that are nobody's."""

    def hashed(self, password: str) -> str:
        """Return a password's hash (PHC string)."""
        return self._hasher.hash(_folded(password))

    def right(self, kept: str, password: str) -> bool:
        """Tell whether a hash is that of a password."""
        try:
            return self._hasher.verify(kept, _folded(password))
        except (VerificationError, InvalidHashError):
            return False

    def wants_anew(self, kept: str) -> bool:
        """Tell whether a hash was made at another cost."""
        return self._hasher.check_needs_rehash(kept)


def unfit(password: str, login: str) -> Unfit | None:
    """Return why a password cannot be an account's, or None."""
    folded = _folded(password)
    if len(folded) < SHORTEST:
        return Unfit.SHORT
    if len(folded) > LONGEST:
        return Unfit.LONG
    bare = _bare(folded)
    if bare == _bare(login) or login.casefold() in _halves(folded):
        return Unfit.LIKE_LOGIN
    return Unfit.COMMON if _is_common(folded.casefold(), bare) else None


def one_time(randomness: Randomness) -> str:
    """Return a password for the first sign-in, in groups that can be read out."""
    return "-".join(randomness.letters(_GROUP) for _ in range(_GROUPS))


def _is_common(folded: str, bare: str) -> bool:
    if len(set(folded)) < _FEW or any(folded in row * 2 for row in _ROWS):
        return True
    return bare in _common() or any(half in _common() for half in _halves(bare))


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split())


def _halves(text: str) -> set[str]:
    """Return what a text is made of when it is the same twice or thrice."""
    lengths = (len(text) // times for times in (2, 3) if len(text) % times == 0)
    return {text[:length].casefold() for length in lengths if length and text == text[:length] * (len(text) // length)}


def _bare(text: str) -> str:
    """Return a text without its marks on letters, and without figures and signs at its ends."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _EDGES.sub("", plain)


def _folded(password: str) -> str:
    """Return the one form of what may be typed in several (NIST 3.1.1.2), readable as UTF-8."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _random(count: int) -> str:
    return base64.b64encode(secrets.token_bytes(count)).decode().rstrip("=")
