"""Who works on a case just now: a lease, so that two people never work on one unknowingly; knows no page and no API.

A claim is no assignment (``backoffice.take``): it ends by itself after ``limits.claim`` without a sign of life. What is
acted on must also still be what was looked at. Times are milliseconds UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.desk import Desk, Place
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Somebody's (a login, or a token's name) until a time."""

    reference: str
    holder: str
    since: int
    until: int


def current(tx: Tx, now: int, reference: str) -> Claim | None:
    """Return whose a case is just now, or None."""
    row = tx.first("claims.current", reference=reference, now=now)
    return _claim(row) if row else None


def every(tx: Tx, now: int) -> Mapping[str, Claim]:
    """Return all that are claimed just now, by reference."""
    return {row["reference"]: _claim(row) for row in tx.all("claims.every", now=now)}


def claim(tx: Tx, desk: Desk, now: int, reference: str, holder: str) -> Claim:
    """Claim a case that is free, or renew one's own claim. Raises NotAllowedError, naming whose it is."""
    row = tx.first("claims.take", reference=reference, holder=holder, now=now, until=now + desk.limits.claim)
    if row is None:
        other = current(tx, now, reference)
        raise NotAllowedError(
            "{holder} is working on {reference} just now; wait, or take it over, which is recorded.",
            holder=other.holder if other else "–",
            reference=reference,
        )
    return _claim(row)


def take_over(tx: Tx, desk: Desk, place: Place, reference: str, holder: str) -> Claim:
    """Claim a case, whoever has it; that it was another's is logged."""
    other = current(tx, place.now, reference)
    if other and other.holder != holder:
        tx.run("claims.release", reference=reference, holder=other.holder)
        stored = case_file.load(tx, desk, reference)
        audit.write(
            tx, desk, place, Act.CLAIM_TAKEN_OVER, company=stored.company if stored else None, reference=reference,
            details={"who": holder, "from": other.holder},
        )  # fmt: skip
    return claim(tx, desk, place.now, reference, holder)


def release(tx: Tx, reference: str, holder: str) -> bool:
    """Give one's claim back; tells whether there was one."""
    return tx.run("claims.release", reference=reference, holder=holder) > 0


def release_all(tx: Tx, holder: str) -> None:
    """Give back whatever somebody claims: they work here no more."""
    tx.run("claims.release_all", holder=holder)


def edition(tx: Tx, reference: str) -> int:
    """Return the number that changes with every entry of a case's time line: what a page was made of."""
    row = tx.first("requests.next_event", reference=reference)
    return int(row["seq"]) if row else 0


def at_work(tx: Tx, desk: Desk, place: Place, who: str, reference: str, seen: str) -> None:
    """Let somebody act on a case that is free or theirs, and still as they saw it (``edition``, as their form sent it).

    The first statement of every act of the console on a case. Raises NotAllowedError.
    """
    if case_file.locked(tx, desk, reference) is None:
        raise NotAllowedError("There is no request {reference} any more; look at the queue.", reference=reference)
    if seen != str(edition(tx, reference)):
        raise NotAllowedError(
            "{reference} has changed since you opened it; look at what is new, then send again what you wrote.",
            reference=reference,
        )
    claim(tx, desk, place.now, reference, who)


def _claim(row: Row) -> Claim:
    return Claim(reference=row["reference"], holder=row["holder"], since=row["since"], until=row["until"])
