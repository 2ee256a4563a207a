"""Leases: work that one process at a time may do, taken over when its holder is gone; knows no work.

Times are milliseconds UTC.
"""

from bot.storage.store import Tx


def take_lease(tx: Tx, name: str, holder: str, now: int, ms: int) -> bool:
    """Take or renew a lease for ``ms``; tells whether ``holder`` has it. Another's is respected until it ends."""
    return tx.first("leases.take", name=name, holder=holder, now=now, until=now + ms) is not None


def release_lease(tx: Tx, name: str, holder: str) -> bool:
    """Give a lease back before its time; tells whether ``holder`` had it."""
    return tx.run("leases.release", name=name, holder=holder) > 0


def held(tx: Tx, now: int) -> list[str]:
    """Return the names of the leases that somebody has, in their order."""
    return [str(row["name"]) for row in tx.all("leases.held", now=now)]
