"""What goes over the line: reads frames, builds a submit_sm; knows no connection's state.

What is written is made of aiosmpplib's messages. What is read is not: its parser gives a link up over a status of a
vendor's own, over a receipt whose date has seconds, and refuses one without a text.
"""

import asyncio
import datetime as dt
import re
import struct
from dataclasses import dataclass, field

from aiosmpplib import NPI, TON, PhoneNumber, SubmitSm
from aiosmpplib.state import USER_MESSAGE_REFERENCE, OptionalParam

from bot.delivery.sms.port import Sms, SmsError
from bot.delivery.sms.texts import Part, reference_of

RESPONSE = 0x8000_0000  # the bit that makes an answer of a command's id
GENERIC_NACK = 0x8000_0000
SUBMIT_SM, DELIVER_SM, UNBIND, BIND_TRANSCEIVER, ENQUIRE_LINK = 0x04, 0x05, 0x06, 0x09, 0x15
_HEADER = struct.Struct("!IIII")
_LONGEST = 0x1_0000 + 0x400  # bytes: a message_payload and what stands around it
_CONCATENATED = 0b0100_0000  # in esm_class: a user data header stands before the text
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # E.164
_SHORT_CODE = re.compile(r"[0-9]{3,8}", re.ASCII)
_LONGEST_VALIDITY = dt.timedelta(weeks=52)


@dataclass(frozen=True, kw_only=True)
class Pdu:
    """A frame that came; ``body`` may hold a number or a text."""

    command: int
    status: int
    sequence: int
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body's first C-octet string: of a submit_sm_resp the message's id."""
        return self.body.split(b"\0")[0].decode("latin-1")


async def read_header(reader: asyncio.StreamReader) -> bytes:
    """Return the next frame's header. Raises EOFError at the end, OSError for a connection that broke."""
    return await reader.readexactly(_HEADER.size)


async def read_body(reader: asyncio.StreamReader, header: bytes) -> Pdu:
    """Return the frame of a header. Raises EOFError, OSError; ValueError for a frame that cannot be."""
    length, command, status, sequence = _HEADER.unpack(header)
    if not _HEADER.size <= length <= _LONGEST:
        raise ValueError("no frame")
    body = await reader.readexactly(length - _HEADER.size)
    return Pdu(command=command, status=status, sequence=sequence, body=body)


def submit(
    sms: Sms, part: Part, *, sender: str, seconds: int | None, has_receipt: bool, has_reference: bool
) -> SubmitSm:
    """Return the submit_sm of one part. ``seconds``: how long it is worth bringing (None: as the centre thinks).

    Raises SmsError (sms.number) for a number that is not E.164.
    """
    message = SubmitSm(
        short_message=" ",  # not the text: what the library shows of a message must hold none
        source=_source(sender),
        destination=PhoneNumber(destination(sms), TON.INTERNATIONAL, NPI.ISDN),
        esm_class=_CONCATENATED if part.has_header else 0,
        validity_period=None if seconds is None else min(dt.timedelta(seconds=seconds), _LONGEST_VALIDITY),
        registered_delivery=1 if has_receipt else 0,
        encoding=None if part.is_gsm else "ucs2",
        optional_params=[OptionalParam(USER_MESSAGE_REFERENCE, reference_of(sms.key))] if has_reference else [],
    )
    message.set_encoded_message(part.data)
    return message


def destination(sms: Sms) -> str:
    """Return a message's number as digits only. Raises SmsError (sms.number)."""
    if not _NUMBER.fullmatch(sms.to):
        raise SmsError("sms.number", temporary=False)
    return sms.to[1:]


def _source(sender: str) -> PhoneNumber:
    """Return who it is from, with the type and plan that belong to it (5.2.5, 5.2.6); "": as the centre has it."""
    if not sender:
        return PhoneNumber("", TON.UNKNOWN, NPI.UNKNOWN)
    if sender.startswith("+"):
        return PhoneNumber(sender[1:], TON.INTERNATIONAL, NPI.ISDN)
    if _SHORT_CODE.fullmatch(sender):
        return PhoneNumber(sender, TON.NETWORK_SPECIFIC, NPI.UNKNOWN)
    return PhoneNumber(sender, TON.ALPHANUMERIC, NPI.UNKNOWN)
