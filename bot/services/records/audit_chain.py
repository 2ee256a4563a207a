"""The hash chain of the log (R47): how an entry's hash and a head's signature are computed; knows no table.

Who has an entry as it was written can compute its hash anew, here or on paper: SHA-256 over
``<hash before>:<number>:<id>:<body>``, UTF-8.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.services.desk import Desk

GENESIS = "0" * 64  # what the first entry has for the hash before it


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last entry of the chain at a time (ms UTC), signed: ``hash`` and signature are hex.

    ``key`` is the id of the key that signed; empty on heads that were signed before keys had ids.
    """

    seq: int
    hash: str
    at: int
    signature: str
    key: str = ""


def head(desk: Desk, seq: int, digest: str, at: int) -> Head:
    """Return a head, signed now."""
    key = desk.vault.standing.current
    signature = desk.vault.keys[key].signature("audit", _signed(seq, digest, at))
    return Head(seq=seq, hash=digest, at=at, signature=signature, key=key)


def is_genuine(desk: Desk, told: Head) -> bool:
    """Tell whether a key of ours signed a head."""
    return desk.vault.signed("audit", _signed(told.seq, told.hash, told.at), told.signature)


def _signed(seq: int, digest: str, at: int) -> bytes:
    return f"{seq}:{digest}:{at}".encode()


def digest(previous: str, seq: int, identity: str, body: str) -> str:
    """Return the hash (hex) of an entry that stands after the one with the hash ``previous``."""
    return hashlib.sha256(f"{previous}:{seq}:{identity}:{body}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What the log is searched by, as it stands in an entry's body."""

    act: str | None
    company: str | None
    reference: str | None
    who: str | None


def searched(body: str) -> Searched | None:
    """Return what an entry is searched by; None where its body cannot be read."""
    try:
        read = json.loads(body)
        details = read.get("details") or {}
        return Searched(
            act=_text(read.get("act")),
            company=_text(read.get("company")),
            reference=_text(read.get("reference")),
            who=_text(details.get("who")),
        )
    except (ValueError, AttributeError):
        return None


def canonical(body: Mapping[str, object]) -> str:
    """Return a body as the one text that stands for it."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
