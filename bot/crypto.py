"""Personal data at rest: sealing, look-ups by HMAC, signatures; knows no table and no wording.

One root secret; every purpose gets a key of its own (HKDF-SHA256), so that what one key gives away says
nothing about another. Sealed text carries the id of its key in front, for rotation.
"""

import base64
import functools
import hmac
import os
import secrets
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import MburojaError

_NONCE = 12  # bytes, NIST SP 800-38D
_KEY = 32  # bytes
_REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another


class SealBrokenError(MburojaError):
    """Sealed text was changed, moved to another place, or sealed with another secret."""


class Vault:
    """Seals, opens, indexes and signs, under keys derived from one root secret."""

    def __init__(self, secret: bytes, key_id: str = "k1") -> None:
        """Take the root secret (16 bytes or more)."""
        if len(secret) < 16:
            raise ValueError("the root secret must have at least 16 bytes")
        self._secret = secret
        self._key_id = key_id
        self._ciphers: dict[str, AESGCM] = {}
        self._key = functools.cache(self._derive)

    def _derive(self, purpose: str) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=_KEY, salt=None, info=f"mburoja/{purpose}".encode()).derive(
            self._secret
        )

    def _cipher(self, purpose: str) -> AESGCM:
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            cipher = self._ciphers[purpose] = AESGCM(self._key(f"seal/{purpose}"))
        return cipher

    def seal(self, purpose: str, text: str | bytes, place: str) -> str:
        """Return ``text`` sealed (AES-256-GCM), to be opened only with the same purpose and place.

        ``place`` is what the text belongs to (an id), so that a sealed text cannot be moved to another row.
        """
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        nonce = os.urandom(_NONCE)
        sealed = self._cipher(purpose).encrypt(nonce, raw, place.encode())
        return f"{self._key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, purpose: str, sealed: str, place: str) -> str:
        """Return what was sealed, as text. Raises SealBrokenError."""
        return self.open_bytes(purpose, sealed, place).decode("utf-8", "surrogatepass")

    def open_bytes(self, purpose: str, sealed: str, place: str) -> bytes:
        """Return what was sealed. Raises SealBrokenError."""
        try:
            raw = base64.b64decode(sealed.partition(".")[2])
            return self._cipher(purpose).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise SealBrokenError(
                f"Diçka e vulosur ({purpose}) nuk hapet: është ndryshuar, ose sekreti (MBUROJA_SECRET) është tjetër."
            ) from None

    def index(self, purpose: str, *parts: str) -> str:
        """Return the HMAC-SHA256 (hex) by which a sealed value is looked up; parts are kept apart."""
        message = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
        return hmac.digest(self._key(f"index/{purpose}"), message, "sha256").hex()

    def sign(self, purpose: str, message: bytes) -> str:
        """Return a signature (HMAC-SHA256, hex) that only a holder of the secret can make."""
        return hmac.digest(self._key(f"sign/{purpose}"), message, "sha256").hex()

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Return the key (Ed25519) that signs what others check with its public half, without our secret."""
        return Ed25519PrivateKey.from_private_bytes(self._key(f"ed25519/{purpose}"))


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


class Randomness(Protocol):
    """Where ids and codes come from; tests give seeded ones."""

    def token(self) -> str:
        """Return an id nobody can guess (128 bits or more, hex)."""
        ...

    def short(self) -> str:
        """Return an id that only has to be told apart within one conversation (48 bits or more)."""
        ...

    def code(self) -> str:
        """Return six decimal digits, each as likely as any other, leading zeros too (R1)."""
        ...

    def letters(self, count: int) -> str:
        """Return letters and digits that are not mistaken for one another, for reference numbers."""
        ...


class SystemRandomness:
    """The operating system's randomness."""

    def token(self) -> str:
        """Return 32 hex digits."""
        return secrets.token_hex(16)

    def short(self) -> str:
        """Return 12 hex digits."""
        return secrets.token_hex(6)

    def code(self) -> str:
        """Return six decimal digits."""
        return f"{secrets.randbelow(1_000_000):06d}"

    def letters(self, count: int) -> str:
        """Return that many letters."""
        return _pick(_REFERENCE_LETTERS, count)


def _pick(alphabet: Sequence[str], count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))
