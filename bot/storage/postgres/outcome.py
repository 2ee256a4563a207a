"""What became of a transaction whose COMMIT got no answer; knows no work and no table.

PostgreSQL keeps the outcome of every transaction by its number. It is asked for on a fresh connection.
"""

import time

import psycopg

from bot.errors import StoreUnavailableError
from bot.storage.postgres.connection import WRITING, Connection, ServerRun, connect

ASKED_FOR_S = 4.0  # seconds; a server that is started again is there by then, or nobody knows for how long it is not

_EACH_S = 0.1
_STATUS = "SELECT pg_xact_status(CAST(%s AS xid8)) AS status"
# The server may not have noticed yet that its client is gone: it would hold its locks until it does.
_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid = %s AND backend_xid = CAST(CAST(%s AS xid8) AS xid)
"""


def was_committed(url: str, transaction: str, server: ServerRun, pid: int) -> bool | None:
    """Return whether a transaction of a server's process was kept; None where that cannot be told.

    Blocks for some seconds at most.
    """
    until = time.monotonic() + ASKED_FOR_S
    while True:
        try:
            with connect(url, WRITING, purpose="outcome") as asking:
                asking.answers_within = ASKED_FOR_S
                return _asked(asking, transaction, server, pid, until)
        except (psycopg.Error, StoreUnavailableError):
            if time.monotonic() > until:
                return None
        time.sleep(_EACH_S)


def _asked(asking: Connection, transaction: str, server: ServerRun, pid: int, until: float) -> bool | None:
    while True:
        row = asking.execute(_STATUS, [transaction]).fetchone()
        status = row["status"] if row else None
        if status == "aborted":
            return False
        if status == "committed":
            # A crash may forget a number that nothing durable bears, and give it to another transaction.
            return True if server.lasts(ServerRun.of(asking)) else None
        if status is None or time.monotonic() > until:
            return None
        asking.execute(_END, [pid, transaction])
        time.sleep(_EACH_S)
