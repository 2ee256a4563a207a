"""How the SMS gateways are doing, as the workers say, for every process that tells customers of it (R11, R50).

Each worker has a row for each gateway and one for all of them together; what it did not renew says nothing any more.
Nothing here depends on who asked for a code. Times are milliseconds UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import SECOND
from bot.storage.store import Tx

TELL_EACH = 20 * SECOND
FRESH = 60 * SECOND  # what is older was said by a worker that is gone
_ALL = ""  # instead of a gateway's name: all of them together


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the workers say of a gateway: how many find it well, and since when it fails for those who do not."""

    gateway: str
    well: int
    failing: int
    since: int | None


def say(tx: Tx, now: int, worker: str, gateways: Sequence[tuple[str, int | None]], together: int | None) -> None:
    """Keep what a worker finds: since when each gateway is failing, and all together (None: well)."""
    for name, since in (*gateways, (_ALL, together)):
        tx.run("sms_health.say", worker=worker, gateway=name, failing_since=since, now=now)
    tx.run("sms_health.forget_old", before=now - FRESH)


def leave(tx: Tx, worker: str) -> None:
    """Forget what a worker said: it ends."""
    tx.run("sms_health.leave", worker=worker)


def failing_since(tx: Tx, now: int) -> int | None:
    """Return since when no worker has had a gateway that takes messages; None: one has, or nobody says anything."""
    row = tx.first("sms_health.together", after=now - FRESH)
    if row is None or not int(row["workers"]) or int(row["well"]):
        return None
    return int(row["since"])


def said(tx: Tx, now: int) -> Sequence[Said]:
    """Return what the workers say of each gateway, by name."""
    return [
        Said(
            gateway=row["gateway"], well=int(row["well"]), failing=int(row["workers"]) - int(row["well"]),
            since=row["since"],
        )
        for row in tx.all("sms_health.said", after=now - FRESH)
    ]  # fmt: skip
