"""Conversations as they are kept: locked for a turn, their messages sealed and numbered; knows no dialogue rule.

A conversation belongs to an address of a channel (a terminal's name, a chat, a web session), found by HMAC.
"""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bot.clock import MINUTE
from bot.dialogue.blocks import decode, encode
from bot.dialogue.reply import Block
from bot.services.desk import Desk, Letter
from bot.services.listed import portions
from bot.storage.store import Row, Tx

YOU, BOT, DPO = "you", "bot", "dpo"  # senders
MOST_READ = 500  # messages, at one look
HERE = 30 * MINUTE  # since the person last wrote: still there to read what comes (R58)


class Reach(enum.StrEnum):
    """Whom a message of the company reaches in the conversation."""

    HERE = "here"  # the person is there to read it
    UNDER_WAY = "under_way"  # it is being brought; whether it arrives is reported later
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A conversation that this transaction holds. ``form`` is None where nothing is kept of it."""

    id: str
    version: int
    last_seq: int
    last_at: int
    proven: bool
    form: bytes | None


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """One message as its blocks' JSON."""

    seq: int
    sender: str
    body: bytes
    at: int


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message; ``blocks`` are plain data as the contract words them."""

    seq: int
    sender: str
    blocks: list[dict[str, Any]]
    at: int


def take(tx: Tx, desk: Desk, now: int, channel: str, address: str) -> Locked:
    """Lock the conversation of an address, making it if need be. Must be the first statement of a turn."""
    identity = desk.randomness.token()
    row = tx.first(
        "conversations.take",
        id=identity,
        channel=channel,
        address_hash=_hash(desk, channel, address),
        address_sealed=desk.vault.seal("conversations", address, "address"),
        now=now,
    )
    if row is None:
        raise LookupError("a conversation was neither made nor found")
    return _locked(desk, row)


def lock(tx: Tx, desk: Desk, conversation: str) -> Locked | None:
    """Lock a conversation that is there."""
    row = tx.first("conversations.lock", id=conversation)
    return _locked(desk, row) if row else None


def taken(tx: Tx, conversation: str, message_id: str) -> tuple[int, int] | None:
    """Return the numbers of the first and last message that came of an incoming one, if it was taken before."""
    row = tx.first("conversations.taken", conversation=conversation, message_id=message_id)
    return (int(row["first_seq"]), int(row["last_seq"])) if row else None


def note_taken(tx: Tx, now: int, conversation: str, message_id: str, numbers: tuple[int, int]) -> None:
    """Note that an incoming message was taken."""
    tx.run(
        "conversations.note_taken",
        conversation=conversation,
        message_id=message_id,
        first_seq=numbers[0],
        last_seq=numbers[1],
        now=now,
    )


def add(tx: Tx, desk: Desk, now: int, conversation: str, seq: int, sender: str, body: bytes) -> None:
    """Add a message under a number that the caller took; ``body`` is the blocks' JSON."""
    sealed = desk.vault.seal("messages", body, f"{conversation}:{seq}")
    tx.run("conversations.add_message", conversation=conversation, seq=seq, sender=sender, body_sealed=sealed, now=now)


def keep(  # noqa: PLR0913  these are a conversation's columns
    tx: Tx, desk: Desk, now: int, held: Locked, *, last_seq: int, state: str, form: bytes, company: str | None,
    proven: bool,
) -> None:  # fmt: skip
    """Keep the dialogue's state at the end of a turn."""
    tx.run(
        "conversations.keep",
        id=held.id,
        last_seq=last_seq,
        state=state,
        form_sealed=desk.vault.seal("conversations", form, held.id),
        company=company,
        proven=int(proven),
        now=now,
    )


def append(
    tx: Tx, desk: Desk, now: int, conversation: str, sender: str, blocks: Sequence[Block], notice: str | None = None
) -> Reach:
    """Add a message that is no answer to the customer's, and tell whom it reaches.

    Where the channel brings messages, the job that does so is added; ``notice`` is what the message brings.
    """
    row = tx.first("conversations.next_seq", id=conversation)
    if row is None:
        return Reach.NOBODY
    seq, body = int(row["last_seq"]), encode(blocks)
    add(tx, desk, now, conversation, seq, sender, body)
    push = desk.pushes.get(str(row["channel"]))
    if push is None:
        return Reach.HERE if now - int(row["last_at"]) <= HERE else Reach.NOBODY
    if row["blocked_at"] is not None:
        return Reach.NOBODY
    address = desk.vault.open("conversations", str(row["address_sealed"]), "address")
    push(tx, desk, now, Letter(conversation=conversation, address=address, seq=seq, body=body, notice=notice))
    return Reach.UNDER_WAY


def block(tx: Tx, now: int, channel: str, address: str, desk: Desk) -> None:
    """Note that the person of an address lets nothing through any more."""
    tx.run("conversations.block", channel=channel, address_hash=_hash(desk, channel, address), now=now)


def unblock(tx: Tx, channel: str, address: str, desk: Desk) -> None:
    """Note that the person of an address can be reached again."""
    tx.run("conversations.unblock", channel=channel, address_hash=_hash(desk, channel, address))


def look(tx: Tx, desk: Desk, channel: str, address: str) -> Locked | None:
    """Return the conversation of an address as it stands, without holding it, or None."""
    row = tx.first("conversations.look", channel=channel, address_hash=_hash(desk, channel, address))
    return _locked(desk, row) if row else None


def find(tx: Tx, desk: Desk, channel: str, address: str) -> str | None:
    """Return the id of the conversation of an address, or None."""
    row = tx.first("conversations.find", channel=channel, address_hash=_hash(desk, channel, address))
    return str(row["id"]) if row else None


def messages(tx: Tx, desk: Desk, conversation: str, after: int, most: int = MOST_READ) -> list[Message]:
    """Return the messages after a number, in order."""
    rows = tx.all("conversations.messages", conversation=conversation, after=after, most=most)
    return [_message(desk, conversation, row) for row in rows]


def bodies(tx: Tx, desk: Desk, conversation: str, after: int, most: int = MOST_READ) -> list[Sealed]:
    """Return the messages after a number, in order, with their blocks as JSON: for channels that pass them on."""
    rows = tx.all("conversations.messages", conversation=conversation, after=after, most=most)
    return [
        Sealed(seq=int(row["seq"]), sender=str(row["sender"]), body=_body(desk, conversation, row), at=int(row["at"]))
        for row in rows
    ]


def stand(tx: Tx, identities: Collection[str]) -> dict[str, int]:
    """Return the number of the last message of each of some conversations; one that was forgotten is left out.

    The cost is that of finding these rows, however much was written elsewhere.
    """
    rows = (row for part in portions("c", identities) for row in tx.all("conversations.stand", **part))
    return {str(row["id"]): int(row["last_seq"]) for row in rows}


def forget(tx: Tx, conversation: str) -> None:
    """Erase a conversation on its person's wish: what was said, who it was with, what was under way.

    What refers to it (requests, receipts, escalations) stays, pseudonymous; notices go another way from now on (R58).
    """
    tx.run("conversations.forget", id=conversation)
    tx.run("conversations.forget_messages", id=conversation)
    tx.run("conversations.forget_inbox", id=conversation)
    tx.run("conversations.forget_proofs", id=conversation)
    tx.run("conversations.forget_codes", id=conversation)
    tx.run("retention.delete_bare", id=conversation)


def last_reply(tx: Tx, desk: Desk, channel: str, address: str) -> tuple[Message, str] | None:
    """Return the last message that the person of an address did not write, and the dialogue's state."""
    row = tx.first("conversations.last_reply", channel=channel, address_hash=_hash(desk, channel, address))
    return (_message(desk, str(row["id"]), row), str(row["state"])) if row else None


def _message(desk: Desk, conversation: str, row: Row) -> Message:
    blocks = decode(_body(desk, conversation, row))
    return Message(seq=int(row["seq"]), sender=str(row["sender"]), blocks=blocks, at=int(row["at"]))


def _body(desk: Desk, conversation: str, row: Row) -> bytes:
    return desk.vault.open_bytes("messages", str(row["body_sealed"]), f"{conversation}:{row['seq']}")


def _hash(desk: Desk, channel: str, address: str) -> str:
    return desk.vault.index("address", channel, address)


def _locked(desk: Desk, row: Row) -> Locked:
    identity, sealed = str(row["id"]), row["form_sealed"]
    return Locked(
        id=identity,
        version=int(row["version"]),
        last_seq=int(row["last_seq"]),
        last_at=int(row["last_at"]),
        proven=bool(row["proven"]),
        form=desk.vault.open_bytes("conversations", str(sealed), identity) if sealed else None,
    )
