"""Sending an SMS: the port that every gateway keeps; knows no job and no gateway.

A message's text may hold a code: nothing here logs it.
"""

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from bot.errors import MburojaError


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A message for a phone: ``to`` is E.164; ``key`` stays the same however often it is tried.

    ``company`` (None: nobody's) is in whose name it comes, ``notice`` which notice it brings, if any. After
    ``expires_at`` (ms UTC; None: never) it is worth nothing, and a gateway must not bring it any more.
    """

    to: str = field(repr=False)
    text: str = field(repr=False)
    key: str
    company: str | None = None
    notice: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a gateway said when it took a message.

    ``gateway`` is its name in the settings; ``message_id`` what its receipts will call the message (None: it tells
    none); ``parts`` how many short messages the text took.
    """

    gateway: str
    message_id: str | None
    parts: int


class ReceiptState(enum.StrEnum):
    """What became of a message (SMPP 3.4, 5.2.28, in our words)."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # the network could not bring it
    REJECTED = "rejected"  # nobody wanted to: the number, the sender, or the text
    EXPIRED = "expired"  # its time was over before the phone was there
    DELETED = "deleted"  # taken out of the short message centre
    ON_THE_WAY = "on_the_way"  # the only one that is not the last
    UNKNOWN = "unknown"  # the network does not know

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be told of the message."""
        return self is not ReceiptState.ON_THE_WAY


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a gateway told later about a message that it had taken: ``message_id`` is that of ``Taken``.

    ``error`` is the network's own word or number ("" or "000": none); ``at`` is when it was told (ms UTC). A receipt
    may come twice, before its ``Taken``, for a message of another process, or never.
    """

    gateway: str
    message_id: str
    state: ReceiptState
    error: str = ""
    at: int


# Told of a message that was taken when nobody waited for it any more: its ``send`` had raised, or was broken off.
OnLate: TypeAlias = Callable[[Sms, Taken], Awaitable[None]]
# Told of each receipt. Where it raises, the gateway's network is asked to tell it again.
OnReceipt: TypeAlias = Callable[[Receipt], Awaitable[None]]


class SmsError(MburojaError):
    """A message was not taken; ``temporary``: it may be later.

    ``kind`` says why, with nothing personal in it ("sms.busy").
    """

    def __init__(self, kind: str, *, temporary: bool) -> None:
        """Take what happened, and whether to try again."""
        super().__init__(kind)
        self.kind, self.temporary = kind, temporary


class SmsGateway(Protocol):
    """Takes messages for phones."""

    async def send(self, sms: Sms) -> Taken:
        """Hand over a message. Returns what was said once it is taken. Raises SmsError.

        The same message may be handed over again after a crash.
        """
        ...
