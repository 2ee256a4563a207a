"""How companies' own directories are doing, as the workers find, for every process that tells customers of it.

Each worker has a row for each company; what it did not renew says nothing any more. Nothing here depends on who asked
for a code (R11). Times are milliseconds UTC.
"""

from bot.clock import SECOND
from bot.storage.store import Tx

TELL_EACH = 20 * SECOND
FRESH = 60 * SECOND  # what is older was said by a worker that is gone


def say(tx: Tx, now: int, worker: str, company: str, failing_since: int | None) -> None:
    """Keep what a worker finds: since when a company's directory does not answer (None: it does)."""
    tx.run("directory_health.say", worker=worker, company=company, failing_since=failing_since, now=now)
    tx.run("directory_health.forget_old", before=now - FRESH)


def leave(tx: Tx, worker: str) -> None:
    """Forget what a worker said: it ends."""
    tx.run("directory_health.leave", worker=worker)


def failing(tx: Tx, now: int) -> frozenset[str]:
    """Return the companies whose directory answers no worker."""
    return frozenset(str(row["company"]) for row in tx.all("directory_health.failing", after=now - FRESH))
