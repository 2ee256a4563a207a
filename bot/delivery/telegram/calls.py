"""Calls of the Bot API as they wait in the outbox: plain data, one job each, in order within their chat; makes none.

What a call is about (a chat's number, words) is personal: it stands in the job's sealed payload only.
"""

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from bot.clock import DAY
from bot.services import jobs, updates
from bot.services.desk import Desk
from bot.services.jobs import Job, JobKind
from bot.services.keys.settling import settle
from bot.storage.store import Tx

REPLIES_LIVE = DAY  # what is older answers nothing any more


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A button below a message: what it says, and the data (64 bytes at most) or the address that it stands for."""

    text: str
    data: str = ""
    url: str = ""


Keyboard: TypeAlias = tuple[tuple[Button, ...], ...]  # rows


class Send(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="send"):
    """Send a message; ``text`` is Telegram's HTML.

    Of ``keyboard`` (below the message), ``contact`` (the label of the key that shares one's own number) and ``clears``
    (takes that key away) at most one is given. ``protect``: it cannot be forwarded or saved.
    """

    text: str
    keyboard: Keyboard = ()
    contact: str = ""
    clears: bool = False
    protect: bool = False


class Mark(msgspec.Struct, frozen=True, kw_only=True, tag="mark"):
    """Give an earlier message (its id) other buttons. Doing it twice changes nothing."""

    message: int
    keyboard: Keyboard = ()


class Erase(msgspec.Struct, frozen=True, kw_only=True, tag="erase"):
    """Take a message (its id) out of the chat. Doing it twice changes nothing."""

    message: int


class Leave(msgspec.Struct, frozen=True, kw_only=True, tag="leave"):
    """Leave a group or a channel."""


Call: TypeAlias = Send | Mark | Erase | Leave
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Call).decode


@dataclass(frozen=True, kw_only=True)
class Chat:
    """Where calls are made: the bot by its name in our settings, the chat by Telegram's number."""

    bot: str
    id: int

    @property
    def address(self) -> str:
        """The address of the conversation that is held there."""
        return f"{self.bot}:{self.id}"

    @classmethod
    def of(cls, address: str) -> "Chat":
        """Return the chat of a conversation's address."""
        bot, _, number = address.rpartition(":")
        return cls(bot=bot, id=int(number))


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """A call as the outbox gives it.

    ``notice``: what it brings; it goes another way where the call cannot be made. ``completes``: it is the notice's
    last part, and with it all of them are there.
    """

    chat: Chat
    call: Call
    notice: str | None
    completes: bool


def order(  # noqa: PLR0913  these are a call's parts
    tx: Tx, desk: Desk, now: int, chat: Chat, call: Call, *, key: str, notice: str | None = None, completes: bool = True
) -> None:
    """Add the job that makes a call, once for a ``key``.

    Messages go out in the order in which they were added; what tidies up (marks, erases) never holds them up. What
    brings a notice, or a part of it that does not complete it, never expires.
    """
    tidies = isinstance(call, Mark | Erase)
    place = updates.chat_hash(desk, chat.bot, str(chat.id))
    settle(tx, place)  # what waits for the same chat comes first, whichever key it was added under
    jobs.add(
        tx, desk, now, JobKind.TELEGRAM_CALL,
        {"bot": chat.bot, "chat": chat.id, "call": _encode(call).decode(), "notice": notice,
         "completes": int(completes)},
        ordering_key=f"telegram{'-tidy' if tidies else ''}:{place}", idempotency_key=f"telegram:{key}",
        expires_at=None if notice else now + REPLIES_LIVE,
    )  # fmt: skip


def ordered(job: Job) -> Ordered:
    """Return the call of a job. Raises msgspec.DecodeError for one that this version does not know."""
    notice = job.payload["notice"]
    return Ordered(
        chat=Chat(bot=str(job.payload["bot"]), id=int(job.payload["chat"] or 0)),
        call=_decode(str(job.payload["call"])),
        notice=str(notice) if notice is not None else None,
        completes=bool(job.payload["completes"]),
    )
