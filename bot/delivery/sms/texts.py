"""A text as the short messages that carry it: which alphabet, how many; knows no connection.

GSM 03.38 where each sign is in it (é, è, Ç and € are, ë and ç are not), else UCS-2. A text that needs several messages
goes with a user data header (GSM 03.40, 9.2.3.24.1; reference of one byte), which phones join again.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiosmpplib.codec import (
    GSM_BASIC_ENCODE_MAP,
    GSM_EXTENDED_ENCODE_MAP,
    GSM7BitCodec,
)

from bot.delivery.sms.port import SmsError

MOST_PARTS = 10  # what operators commonly take
# In one message, and in one of several beside the header of six bytes: septets, and bytes of UCS-2.
_SEPTETS, _SEPTETS_OF_PART = 160, 153
_OCTETS, _OCTETS_OF_PART = 140, 134


@dataclass(frozen=True, kw_only=True)
class Part:
    """One short message: its bytes, with the header where ``has_header``; in UCS-2 unless ``is_gsm``."""

    data: bytes = field(repr=False)
    is_gsm: bool
    has_header: bool


def parts(text: str, key: str) -> tuple[Part, ...]:
    """Return a text's messages. With the same ``key`` they have the same reference: sent twice, they join into one.

    A half of a surrogate pair is sent as "?". Raises SmsError (sms.text) for no text and for one that is too long.
    """
    is_gsm = GSM7BitCodec.is_gsm_text(text)
    signs = [_coded(sign, is_gsm=is_gsm) for sign in text]
    whole = b"".join(signs)
    if not whole:
        raise SmsError("sms.text", temporary=False)
    if len(whole) <= (_SEPTETS if is_gsm else _OCTETS):
        return (Part(data=whole, is_gsm=is_gsm, has_header=False),)
    pieces = list(_pieces(signs, _SEPTETS_OF_PART if is_gsm else _OCTETS_OF_PART))
    if len(pieces) > MOST_PARTS:
        raise SmsError("sms.text", temporary=False)
    reference = reference_of(key) & 0xFF
    return tuple(
        Part(data=bytes((5, 0, 3, reference, len(pieces), number)) + piece, is_gsm=is_gsm, has_header=True)
        for number, piece in enumerate(pieces, 1)
    )


def reference_of(key: str) -> int:
    """Return 16 bits that are always the same for a key."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) & 0xFFFF


def _coded(sign: str, *, is_gsm: bool) -> bytes:
    """Return a sign as it goes over the line: one byte to a septet (SMPP leaves the packing to the centre)."""
    if not is_gsm:
        return sign.encode("utf-16-be", "replace")
    if sign in GSM_BASIC_ENCODE_MAP:
        return bytes((GSM_BASIC_ENCODE_MAP[sign],))
    return bytes((0x1B, GSM_EXTENDED_ENCODE_MAP[sign]))


def _pieces(signs: list[bytes], most: int) -> Iterator[bytes]:
    """Fill pieces with whole signs: neither an escape nor a surrogate pair is torn."""
    piece = b""
    for sign in signs:
        if len(piece) + len(sign) > most:
            yield piece
            piece = b""
        piece += sign
    yield piece
