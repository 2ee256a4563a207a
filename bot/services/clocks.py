"""Whether the clocks of processes agree: each asks that of the database, which all of them share; knows no wording.

Leases, codes and due dates are written by one process and read by another, each by its own clock.
"""

import datetime as dt

from bot.clock import SECOND
from bot.storage.store import Tx

AGREE = 2 * SECOND
"""Up to this much (ms) apart says nothing: SQLite tells whole seconds, and asking takes its time."""


def ahead(tx: Tx, now: int) -> int:
    """Return how far (ms) ``now`` is ahead of the database's clock (negative: behind it); a file's is this machine's.

    A transaction's time is that of its beginning: read the clock for ``now`` within it.
    """
    row = tx.first("clocks.database")
    if row is None:
        raise LookupError("the database told no time")
    told = dt.datetime.fromisoformat(row["told"])
    return now - round((told if told.tzinfo else told.replace(tzinfo=dt.UTC)).timestamp() * SECOND)
