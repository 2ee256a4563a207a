"""A program's claim on a case: a lease that only who holds its token can renew, use and give back; knows no HTTP.

People's claims stand in the same table (``claims``): a case is somebody's, or nobody's. Two workers of one program have
one name, so the name is not enough: each lease has a token of its own, kept as HMAC. Times are milliseconds UTC.
"""

from dataclasses import dataclass

from bot.services.desk import Desk
from bot.services.office import claims
from bot.services.office.claims import Claim
from bot.storage.store import Tx


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What a worker got: the token that it must name, and until when it holds without a sign of life."""

    token: str
    until: int


def take(tx: Tx, desk: Desk, now: int, reference: str, holder: str) -> Lease | Claim:
    """Claim a case that is free; returns whose it is where it is not: one's own earlier claim is not renewed so."""
    lease = Lease(token=desk.randomness.token(), until=now + desk.limits.claim)
    while not tx.run(
        "programs.take", reference=reference, holder=holder, lease_hash=_hash(desk, lease.token), now=now,
        until=lease.until,
    ):  # fmt: skip
        if other := claims.current(tx, now, reference):  # else it was given back just now: it is free
            return other
    return lease


def renew(tx: Tx, desk: Desk, now: int, reference: str, lease: str) -> int | None:
    """Let a lease go on; returns until when, or None where it is over, or was taken over."""
    until = now + desk.limits.claim
    renewed = tx.run("programs.renew", reference=reference, lease_hash=_hash(desk, lease), now=now, until=until)
    return until if renewed else None


def release(tx: Tx, desk: Desk, now: int, reference: str, lease: str) -> bool:
    """Give a case back; tells whether the lease still held."""
    return tx.run("programs.release", reference=reference, lease_hash=_hash(desk, lease), now=now) > 0


def _hash(desk: Desk, lease: str) -> str:
    return desk.vault.index("program_lease", lease)
