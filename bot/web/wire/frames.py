"""The wire's frames (docs/embedding.md): read strictly, written from stored JSON; knows no socket.

What comes in is checked against its shape; what goes out is put together from blocks that are JSON already.
"""

import functools
from collections.abc import Mapping
from typing import Annotated

import msgspec
from babel.dates import format_date, format_time

from bot.clock import MINUTE, SECOND, moment
from bot.dialogue.expecting import Expectation
from bot.services.casework.deadlines import ZONE

LARGEST = 16 * 1024  # bytes of a frame (R24)
_LOCALE = "sq_XK"

Id = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{1,64}\Z")]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """The first frame: the last message seen, of which conversation; the session where cookies are refused."""

    last_seq: Seq = 0
    conversation: str | None = None
    session: str | None = None


class Say(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="say"):
    """A text. ``last_seq`` only over plain HTTP."""

    id: Id
    text: str
    last_seq: Seq = 0


class Choose(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="choose"):
    """A choice that was pressed."""

    id: Id
    value: str
    last_seq: Seq = 0


class _Anything(msgspec.Struct, frozen=True, kw_only=True):
    id: Id | None = None


ClientFrame = Hello | Say | Choose
_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_anything = msgspec.json.Decoder(_Anything)
_encode = msgspec.json.Encoder().encode


def read(raw: bytes | str) -> ClientFrame:
    """Return a frame. Raises ValueError for what is none."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ValueError("not a frame") from None


def id_of(raw: bytes | str) -> str | None:
    """Return the id in what is no frame, so that its sender learns which message was refused."""
    try:
        return _anything.decode(raw).id
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def welcome(seq: int, conversation: str) -> bytes:
    """Return the first frame of ours: the conversation's last number, and a name for it that says nothing."""
    return _encode({"type": "welcome", "seq": seq, "conversation": conversation})


def message(seq: int, sender: str, at: int, body: bytes) -> bytes:
    """Return a message's frame; ``body`` is the JSON of its blocks. Times are written as in Kosovo."""
    time, day = _written(at // MINUTE)
    return b'{"type":"message","seq":%d,"from":"%s","time":"%s","day":"%s","blocks":%s}' % (
        seq, sender.encode(), time, day, body,
    )  # fmt: skip


def ack(identity: str, seq: int) -> bytes:
    """Return that a message was taken, durably, and which number it has."""
    return b'{"type":"ack","id":"%s","seq":%d}' % (identity.encode(), seq)


def state(expects: Expectation, now: int, attempts: int) -> bytes:
    """Return what is waited for; times as seconds left, so that a browser's clock does not matter.

    ``attempts`` is how many tries a code has before any was made.
    """
    code = expects.code
    if code is None:
        return _plain_state(expects.kind.value, expects.held)
    return _encode(
        {
            "type": "state",
            "expects": expects.kind.value,
            "held": expects.held,
            "code": {
                "seconds": max(0, code.expires_at - now) // SECOND,
                "tries": attempts if code.left is None else code.left,
                "resend_seconds": max(0, code.resend_at - now + SECOND - 1) // SECOND,
                "resend": code.new_code,
            },
        }
    )


def renew(ticket: str) -> bytes:
    """Return a ticket for a fresh token (R19)."""
    return _encode({"type": "renew", "ticket": ticket})


def forgotten(text: str) -> bytes:
    """Return that the conversation was erased."""
    return _encode({"type": "forgotten", "text": text})


def error(code: str, text: str, identity: str | None = None, retry_seconds: int | None = None) -> bytes:
    """Return what went wrong, in a word for programs and a sentence for people; ``identity`` names the message."""
    more: Mapping[str, object] = {"id": identity, "retry_seconds": retry_seconds}
    told = {"type": "error", "code": code, "text": text}
    return _encode(told | {key: value for key, value in more.items() if value is not None})


TYPING = b'{"type":"typing"}'


def listed(frames: list[bytes]) -> bytes:
    """Return frames as one JSON document, for plain HTTP."""
    return b'{"frames":[%s]}' % b",".join(frames)


@functools.lru_cache(maxsize=8)
def _plain_state(expects: str, held: bool) -> bytes:  # noqa: FBT001  the cache's key
    return _encode({"type": "state", "expects": expects, "held": held})


@functools.lru_cache(maxsize=2048)
def _written(minute: int) -> tuple[bytes, bytes]:
    local = moment(minute * MINUTE).astimezone(ZONE)
    time = format_time(local, "HH:mm", locale=_LOCALE)
    return time.encode(), format_date(local.date(), "d MMMM y", locale=_LOCALE).encode()
