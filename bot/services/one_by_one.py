"""Holds what has no row to hold: a name that nobody has yet, an answer that nobody has decided on; knows no table."""

from bot.services.leases import take_lease
from bot.storage.store import Tx

_ANYBODY = "anybody"  # always the same holder: a lease that is never another's, and whose row is a lock


def one_by_one(tx: Tx, now: int, what: str) -> None:
    """Let transactions that name the same thing come one after the other: what is read from now on stays true."""
    take_lease(tx, f"one-by-one:{what}", _ANYBODY, now, 0)
