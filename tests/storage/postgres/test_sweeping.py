"""Sweeping while somebody changes what is to be swept: PostgreSQL looks again at the row itself only."""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.storage.postgres.connection import READING, Connection, connect
from bot.storage.statements import read_statements
from tests.tools.races import LONGEST


def runs(connection: Connection, name: str, **parameters: Any) -> int:
    sql = read_statements().get(name).written("%({})s".format, lambda text: text.replace("%", "%%"))
    return connection.execute(sql.encode(), parameters).rowcount


def behind(url: str, change: Callable[[Connection], object], sweep: Callable[[Connection], int]) -> int:
    """Begin a change, let a sweep wait for it, commit the change; return what the sweep took."""
    with contextlib.closing(connect(url, READING)) as one, contextlib.closing(connect(url)) as other:
        one.execute("BEGIN")
        change(one)
        with ThreadPoolExecutor(1) as pool:
            sweeping = pool.submit(sweep, other)
            waits = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
            until = time.monotonic() + LONGEST
            while not one.execute(waits, [other.info.backend_pid]).fetchone():
                assert time.monotonic() < until, "the sweep waits for nothing"
            one.execute("COMMIT")
            return sweeping.result(LONGEST)


def test_a_receipt_that_came_first_stays_when_its_message_is_known_in_that_moment(migrated_url: str) -> None:
    message = {"gateway": "g", "message_id": "m"}
    with contextlib.closing(connect(migrated_url)) as connection:
        runs(connection, "sms_sent.told", **message, at=1, state="delivered", error=None)
    taken = behind(
        migrated_url,
        lambda one: runs(one, "sms_sent.taken", **message, job="j", company="ipko", notice=None, now=9),
        lambda other: runs(other, "sms_sent.sweep", before=0, strangers_before=5, most=10),
    )
    assert taken == 0
