"""Updates of Telegram as they are kept: stored before they are acknowledged, handled once, in order within their chat.

The payload is sealed, and erased in the transaction that handles it; the id stays, so that an update that is delivered
again, in whatever order, is known (R29). Knows nothing of what an update says.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from bot.crypto import SealBrokenError
from bot.services.desk import Desk
from bot.storage.store import Row, Tx

MOST_CAME = 1_000  # numbers at one look


class Ended(enum.StrEnum):
    """How an update was ended."""

    DONE = "done"
    UNREADABLE = "unreadable"  # it is no update as the Bot API words them
    FAILED = "failed"  # handling it failed again and again


@dataclass(frozen=True, kw_only=True)
class Update:
    """An update as it came: ``payload`` is its JSON, ``chat`` what its order is kept within (None: no chat known)."""

    bot: str
    id: int
    chat: str | None
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A kept update that waits. ``payload`` is empty where its seal is broken."""

    id: int
    payload: bytes


def chat_hash(desk: Desk, bot: str, chat: str) -> str:
    """Return the HMAC that stands for a chat of a bot."""
    return desk.vault.index("telegram-chat", bot, chat)


def keep(tx: Tx, desk: Desk, now: int, updates: Iterable[Update]) -> list[int]:
    """Keep updates and return the ids of those that are new.

    One that is handled in this same transaction needs no payload.
    """
    new = []
    for update in updates:
        kept = tx.first(
            "updates.keep",
            bot=update.bot,
            update_id=update.id,
            chat_hash=chat_hash(desk, update.bot, update.chat or f"none:{update.id}"),
            payload=_sealed(desk, update) if update.payload else "",
            state="ready",
            now=now,
        )
        if kept is not None:
            new.append(update.id)
    return new


def _sealed(desk: Desk, update: Update) -> str:
    return desk.vault.seal("updates", update.payload, f"{update.bot}:{update.id}")


def finish(tx: Tx, bot: str, update_id: int, how: Ended = Ended.DONE) -> bool:
    """End an update, in the transaction that handles it.

    False where it was ended before, or an earlier one of its chat still waits: then nothing of it may be done now.
    """
    return tx.first("updates.finish", bot=bot, update_id=update_id, state=how.value) is not None


def failed(tx: Tx, bot: str, update_id: int) -> int:
    """Count a failure to handle an update; returns how often it has failed (0: it does not wait any more)."""
    row = tx.first("updates.failed", bot=bot, update_id=update_id)
    return int(row["failures"]) if row else 0


def waits(tx: Tx, bot: str, update_id: int) -> bool:
    """Tell whether an update was not ended yet."""
    return tx.first("updates.waits", bot=bot, update_id=update_id) is not None


def ready(tx: Tx, bot: str) -> list[int]:
    """Return the ids of the updates of a bot that wait."""
    return [int(row["update_id"]) for row in tx.all("updates.ready", bot=bot)]


def read(tx: Tx, desk: Desk, bot: str, ids: Iterable[int]) -> list[Waiting]:
    """Return those of some updates of a bot that wait."""
    rows = [tx.first("updates.read", bot=bot, update_id=update_id) for update_id in ids]
    return [_waiting(desk, bot, row) for row in rows if row is not None]


def came(tx: Tx, bot: str, first: int, until: int, most: int = MOST_CAME) -> list[int]:
    """Return which updates of a bot, from ``first`` to before ``until``, have come to whichever process, in order."""
    rows = tx.all("updates.came", bot=bot, first=first, until=until, most=most)
    return [int(row["update_id"]) for row in rows]


def newest(tx: Tx, bot: str) -> int | None:
    """Return the highest id that ever came to a bot and is still known; None where none did."""
    row = tx.first("updates.newest", bot=bot)
    return int(row["update_id"]) if row and row["update_id"] is not None else None


def waiting(tx: Tx) -> int:
    """Return how many updates wait, of all bots."""
    row = tx.first("updates.waiting")
    return int(row["updates"]) if row else 0


def _waiting(desk: Desk, bot: str, row: Row) -> Waiting:
    update_id = int(row["update_id"])
    try:
        payload = desk.vault.open_bytes("updates", str(row["payload_sealed"]), f"{bot}:{update_id}")
    except SealBrokenError:  # one that cannot be opened never blocks the rest
        payload = b""
    return Waiting(id=update_id, payload=payload)
