"""Personal data at rest: sealing, look-ups by HMAC, signatures; knows no table and no wording.

Every purpose gets a key of its own (HKDF-SHA256) from a root secret, so that what one key gives away says nothing
about another. A vault may know several secrets: it seals, looks up and signs with one, and opens what any of them
sealed. Sealed text carries the id of its key in front. How a secret is replaced stands in docs/keys.md.
"""

import base64
import contextlib
import functools
import hmac
import logging
import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import MburojaError, StoreUnavailableError

# What is made of a value that nobody can guess, or that says nothing of anybody: its key stays, so that no session,
# token, link, open page or receipt under way ends because a secret was replaced. The others are made by today's key.
KEPT = frozenset(
    {
        "index/session", "index/staff_session", "index/staff_login", "index/api_token", "index/recovery_code",
        "index/program_lease", "index/answer_link", "index/answer_grant", "index/company", "index/asking",
        "index/decoy", "index/conversation-name", "index/telegram-secret",
        "sign/csrf", "sign/staff_csrf", "sign/answer_csrf", "sign/demo", "sign/sms.receipt",
    }
)  # fmt: skip

_NONCE = 12  # bytes, NIST SP 800-38D
_KEY = 32  # bytes
_ID = re.compile(r"k[0-9a-f]{10}")
_REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another

_log = logging.getLogger(__name__)


class SealBrokenError(MburojaError):
    """Sealed text was changed, moved to another place, or sealed with another secret."""


class KeyMissingError(StoreUnavailableError):
    """Sealed text is whole, but of a key that this process was not given: it can be asked for again, elsewhere."""

    def __init__(self, message: str, key: str = "") -> None:
        """Take the message, and the id of the key where one is named."""
        super().__init__(message)
        self.key = key


class Index(str):
    """A look-up while a key is being replaced: as text the HMAC by the key of today.

    ``other`` is the same value's by the other key, ``elder`` whichever of both has been in use for longer: where rows
    stand that nobody has touched since.
    """

    __slots__ = ("elder", "other", "parts", "purpose")
    purpose: str
    parts: tuple[str, ...]
    other: str
    elder: str

    @classmethod
    def of(cls, digest: str, *, purpose: str, parts: tuple[str, ...], other: str, elder: str) -> Self:
        """Return the look-up of ``parts``."""
        made = cls(digest)
        made.purpose, made.parts, made.other, made.elder = purpose, parts, other, elder
        return made


class Key:
    """Everything that is derived from one root secret; ``id`` names it and gives nothing of it away."""

    def __init__(self, secret: bytes) -> None:
        """Take the root secret (16 bytes or more)."""
        if len(secret) < 16:
            raise ValueError("the root secret must have at least 16 bytes")
        self._secret = secret
        self.derived = functools.cache(self._derive)
        self.cipher = functools.cache(lambda purpose: AESGCM(self.derived(f"seal/{purpose}")))
        self.id = f"k{self.derived('key-id')[:5].hex()}"

    def _derive(self, purpose: str) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=_KEY, salt=None, info=f"mburoja/{purpose}".encode()).derive(
            self._secret
        )

    def signature(self, purpose: str, message: bytes) -> str:
        """Return an HMAC-SHA256 (hex)."""
        return hmac.digest(self.derived(f"sign/{purpose}"), message, "sha256").hex()

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Return the key that signs what others check with its public half."""
        return Ed25519PrivateKey.from_private_bytes(self.derived(f"ed25519/{purpose}"))

    def kept(self) -> dict[str, str]:
        """Return the keys (hex) that stay when this secret goes, by what they are for; "" is the root of later ones."""
        return {purpose: self.derived(purpose).hex() for purpose in KEPT} | {"": self.derived("kept").hex()}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Which keys are used how: ``other`` is the one that look-ups may stand under too, while one is being replaced.

    ``elder``: it was in use before the current one. ``kept`` are the keys that outlived their secret.
    """

    current: str
    other: str | None = None
    elder: bool = False
    kept: Mapping[str, str] | None = field(default=None, repr=False)


class Vault:
    """Seals, opens, indexes and signs, under keys derived from root secrets."""

    def __init__(self, secret: bytes, others: Iterable[bytes] = ()) -> None:
        """Take the root secret to be used (16 bytes or more), and others that only open what they sealed."""
        keys = [Key(one) for one in (secret, *others)]
        self.keys: Mapping[str, Key] = {key.id: key for key in reversed(keys)}
        self._standing = Standing(current=keys[0].id)
        self._held = threading.local()

    @property
    def standing(self) -> Standing:
        """How the keys are used; where they are held steady, in this thread, as they were used then."""
        stands = self._standing
        return stands if stands.other is None else getattr(self._held, "standing", stands)

    @standing.setter
    def standing(self, stands: Standing) -> None:
        self._standing = stands

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """Use the keys, in this thread, as they are used now, though another becomes current meanwhile.

        A work that makes a look-up twice must get the same twice: it compares them, and seals for places named by them.
        """
        self._held.standing = self._standing
        try:
            yield
        finally:
            del self._held.standing

    @property
    def is_changing(self) -> bool:
        """Whether look-ups may stand under two keys."""
        return self.standing.other is not None

    def _current(self) -> Key:
        return self.keys[self.standing.current]

    def seal(self, purpose: str, text: str | bytes, place: str) -> str:
        """Return ``text`` sealed (AES-256-GCM), to be opened only with the same purpose and place.

        ``place`` is what the text belongs to (an id), so that a sealed text cannot be moved to another row.
        """
        return self.sealed_by(self.standing.current, purpose, text, place)

    def sealed_by(self, identity: str, purpose: str, text: str | bytes, place: str) -> str:
        """Return ``text`` sealed with a key that is not the one of today."""
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        nonce, key = os.urandom(_NONCE), self.keys[identity]
        sealed = key.cipher(purpose).encrypt(nonce, raw, place.encode())
        return f"{key.id}.{base64.b64encode(nonce + sealed).decode()}"

    def is_current(self, sealed: str) -> bool:
        """Tell whether the key of today sealed a text."""
        return sealed.startswith(f"{self.standing.current}.")

    def open(self, purpose: str, sealed: str, place: str) -> str:
        """Return what was sealed, as text. Raises SealBrokenError, KeyMissingError."""
        return self.open_bytes(purpose, sealed, place).decode("utf-8", "surrogatepass")

    def open_bytes(self, purpose: str, sealed: str, place: str) -> bytes:
        """Return what was sealed. Raises SealBrokenError, KeyMissingError."""
        try:
            return self.opened_by(purpose, sealed, place)[1]
        except KeyMissingError as error:
            _log.error("key %s is missing here: give its secret as MBUROJA_SECRET_NEXT or _BEFORE", error.key)
            raise

    def opened_by(self, purpose: str, sealed: str, place: str) -> tuple[str, bytes]:
        """Return the id of the key that opens a sealed text, and what was sealed. Raises as ``open_bytes``."""
        identity, _, text = sealed.partition(".")
        if identity in self.keys:
            keys = [self.keys[identity]]
        elif _ID.fullmatch(identity):
            raise KeyMissingError(
                f"Këtij procesi i mungon çelësi {identity} (MBUROJA_SECRET); provoni prapë pas pak.", identity
            )
        else:
            keys = [self._current(), *self.keys.values()]
        try:
            raw = base64.b64decode(text)
        except ValueError:
            raw = b""
        for key in keys:
            try:
                return key.id, key.cipher(purpose).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode())
            except (InvalidTag, ValueError):
                continue
        raise SealBrokenError(
            f"Diçka e vulosur ({purpose}) nuk hapet: është ndryshuar, ose sekreti (MBUROJA_SECRET) është tjetër."
        )

    def index(self, purpose: str, *parts: str) -> str:
        """Return the HMAC-SHA256 (hex) by which a sealed value is looked up; parts are kept apart.

        While a key is being replaced it is an ``Index``, for all purposes but those in ``KEPT``.
        """
        standing = self.standing
        if (what := f"index/{purpose}") in KEPT:
            return _digest(self._kept(standing, what), parts)
        digest = _digest(self.keys[standing.current].derived(what), parts)
        if standing.other is None:
            return digest
        other = _digest(self.keys[standing.other].derived(what), parts)
        return Index.of(
            digest, purpose=purpose, parts=parts, other=other, elder=other if standing.elder else digest
        )  # fmt: skip

    def is_index(self, digest: str, purpose: str, *parts: str) -> bool:
        """Tell whether a look-up is that of a value, by whichever key."""
        made = self.index(purpose, *parts)
        return same(made, digest) or (isinstance(made, Index) and same(made.other, digest))

    def sign(self, purpose: str, message: bytes) -> str:
        """Return a signature (HMAC-SHA256, hex) that only a holder of the secret can make."""
        if (what := f"sign/{purpose}") in KEPT:
            return hmac.digest(self._kept(self.standing, what), message, "sha256").hex()
        return self._current().signature(purpose, message)

    def signed(self, purpose: str, message: bytes, signature: str) -> bool:
        """Tell whether one of the keys made a signature; compares in constant time."""
        found = [same(key.signature(purpose, message), signature) for key in self.keys.values()]
        return any(found)

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Return the key (Ed25519) that signs what others check with its public half, without our secret."""
        return self._current().signing_key(purpose)

    def _kept(self, standing: Standing, what: str) -> bytes:
        if standing.kept is None:
            return self.keys[standing.current].derived(what)
        key = standing.kept.get(what)
        return bytes.fromhex(key) if key else hmac.digest(bytes.fromhex(standing.kept[""]), what.encode(), "sha256")


def _digest(key: bytes, parts: tuple[str, ...]) -> str:
    raw = [part.encode("utf-8", "surrogatepass") for part in parts]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in raw)
    return hmac.digest(key, message, "sha256").hex()


def same(one: str, other: str) -> bool:
    """Compare in constant time; a header that is no UTF-8 (lone surrogates) is another text, and no error."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


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
