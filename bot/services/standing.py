"""How much waits, and for how long: what somebody should be woken for; knows no metric and no wording.

Times are milliseconds UTC.
"""

from dataclasses import dataclass

from bot.services import clocks, jobs
from bot.storage.store import Tx


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Jobs not done (``ready``) and given up (``dead``); how long (ms) the longest due one has waited for somebody.

    ``unsealed``: how long (ms) the oldest entry of the audit has waited to be sealed (R47). ``ahead``: how far (ms)
    this process's clock is ahead of the database's.
    """

    ready: int
    dead: int
    overdue: int
    unsealed: int
    ahead: int


def standing(tx: Tx, now: int) -> Standing:
    """Return how things stand; ``now`` is read within the transaction."""
    due, entry = tx.first("jobs.oldest_due", now=now), tx.first("audit.oldest_unsealed")
    return Standing(
        ready=jobs.waiting(tx),
        dead=jobs.given_up(tx),
        overdue=_age(due["not_before"] if due else None, now),
        unsealed=_age(entry["at"] if entry else None, now),
        ahead=clocks.ahead(tx, now),
    )


def _age(since: int | None, now: int) -> int:
    return 0 if since is None else max(0, now - since)
