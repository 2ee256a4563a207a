"""What became of the SMS that gateways took, as their receipts tell; knows no gateway, no number and no text.

A receipt may come before the message's own row is committed, twice, or never. What comes early waits in a row without
a job; what never comes is, for a notice, taken for not delivered, and the notice goes another way (R58). Times are
milliseconds UTC.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import DAY
from bot.services.desk import Desk
from bot.services.office import notices
from bot.services.office.notices import Route
from bot.storage.store import Tx

PATIENCE = 2 * DAY  # (d) for the receipt of a notice: short message centres keep a message for a day or two
_BATCH = 100  # notices that go on at one time


class SentState(enum.StrEnum):
    """How it stands with a message."""

    TAKEN = "taken"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNKNOWN = "unknown"  # the network does not know, or never told


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message that a gateway took: by whose id it is told of, and which job and notice it was."""

    gateway: str
    message_id: str
    job: str
    company: str | None = None
    notice: str | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a receipt says: ``error`` is the network's own word, ``at`` when it was told."""

    gateway: str
    message_id: str
    state: SentState
    error: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many messages of a gateway stand how."""

    gateway: str
    state: SentState
    messages: int


def taken(tx: Tx, desk: Desk, now: int, sent: Sent) -> None:
    """Keep that a message was taken; a receipt that came before has its effect now."""
    row = tx.first(
        "sms_sent.taken", gateway=sent.gateway, message_id=sent.message_id, job=sent.job, company=sent.company,
        notice=sent.notice, now=now,
    )  # fmt: skip
    if row is not None:
        _bear(tx, desk, now, sent.notice, SentState(row["state"]))


def told(tx: Tx, desk: Desk, now: int, receipt: Told) -> bool:
    """Take a receipt; tells whether it was news. Delivered is the last word, whatever else is told."""
    row = tx.first(
        "sms_sent.told", gateway=receipt.gateway, message_id=receipt.message_id, state=receipt.state.value,
        error=receipt.error or None, at=receipt.at,
    )  # fmt: skip
    if row is None:
        return False
    _bear(tx, desk, now, row["notice"], receipt.state)
    return True


def give_up_waiting(tx: Tx, desk: Desk, now: int) -> int:
    """Let notices whose receipt never came go another way; returns how many."""
    rows = tx.all("sms_sent.untold", before=now - PATIENCE, most=_BATCH)
    for row in rows:
        never = Told(
            gateway=row["gateway"], message_id=row["message_id"], state=SentState.UNKNOWN, error="", at=now
        )  # fmt: skip
        told(tx, desk, now, never)
    return len(rows)


def counts(tx: Tx, since: int) -> Sequence[Count]:
    """Return how the messages of a time on stand, by gateway."""
    return [
        Count(gateway=row["gateway"], state=SentState(row["state"]), messages=int(row["messages"]))
        for row in tx.all("sms_sent.counts", since=since)
    ]


def state_of(tx: Tx, gateway: str, message_id: str) -> tuple[SentState, str] | None:
    """Return how it stands with one message, and the network's own word; None where nothing is known of it."""
    row = tx.first("sms_sent.state", gateway=gateway, message_id=message_id)
    return (SentState(row["state"]), row["error"] or "") if row else None


def _bear(tx: Tx, desk: Desk, now: int, notice: str | None, state: SentState) -> None:
    """Let what is known of a message have its effect on the notice that it brings."""
    if notice is None or state is SentState.TAKEN or not notices.is_kept(tx, notice):
        return
    if state is SentState.DELIVERED:
        notices.delivered(tx, desk, now, notice, Route.SMS)
    else:
        notices.not_sent(tx, desk, now, notice, Route.SMS)
