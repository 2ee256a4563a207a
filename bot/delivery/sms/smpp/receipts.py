"""Reads a delivery receipt out of a deliver_sm, in the forms in which operators write it; knows no connection.

SMPP 3.4 knows two: optional parameters (receipted_message_id, message_state: 5.3.2.12, 5.3.2.35), and a text that is
"SMSC vendor specific" (Appendix B). Both are read leniently: a receipt that cannot be read would come again for ever.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.delivery.sms.port import ReceiptState

_TYPE, _RECEIPT, _INTERMEDIATE = 0b0011_1100, 0b0000_0100, 0b0010_0000  # of esm_class (5.2.12)
_ID_TAG, _STATE_TAG, _ERROR_TAG = 0x001E, 0x0427, 0x0423
_OF_NUMBERS = {
    1: ReceiptState.ON_THE_WAY,
    2: ReceiptState.DELIVERED,
    3: ReceiptState.EXPIRED,
    4: ReceiptState.DELETED,
    5: ReceiptState.UNDELIVERED,
    6: ReceiptState.ON_THE_WAY,  # ACCEPTED: the centre has it, the phone has not
    7: ReceiptState.UNKNOWN,
    8: ReceiptState.REJECTED,
}
_OF_WORDS = {
    "enroute": ReceiptState.ON_THE_WAY,
    "delivrd": ReceiptState.DELIVERED,
    "expired": ReceiptState.EXPIRED,
    "deleted": ReceiptState.DELETED,
    "undeliv": ReceiptState.UNDELIVERED,
    "acceptd": ReceiptState.ON_THE_WAY,
    "unknown": ReceiptState.UNKNOWN,
    "rejectd": ReceiptState.REJECTED,
}
_FIELD = re.compile(r"\b(id|stat|err):[ ]?([^\s]*)", re.ASCII | re.IGNORECASE)
_REST = re.compile(r"\btext:", re.IGNORECASE)  # from here on it is the message's own text
_ERROR = re.compile(r"[A-Za-z0-9._-]{0,16}", re.ASCII)
_LONGEST_ID = 64


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a receipt told: ``message_id`` as the operator writes it, and the addresses between which it went."""

    message_id: str
    state: ReceiptState
    error: str
    addresses: tuple[str, str] = field(repr=False)


def read(body: bytes) -> Told | None:
    """Return what a deliver_sm tells of a message; None if it is no receipt, or one that names no message.

    Raises ValueError for what is no deliver_sm.
    """
    try:
        esm_class, addresses, text, tlvs = _taken_apart(body)
    except (IndexError, struct.error) as error:
        raise ValueError("no deliver_sm") from error
    if esm_class & _TYPE not in {_RECEIPT, _INTERMEDIATE}:
        return None
    words = _words(text)
    message_id = _string(tlvs.get(_ID_TAG, b"")) or words.get("id", "")
    if not message_id or len(message_id) > _LONGEST_ID:
        return None
    told = tlvs.get(_STATE_TAG, b"")
    state = _OF_NUMBERS.get(told[0]) if told else None
    return Told(
        message_id=message_id,
        state=state or _OF_WORDS.get(words.get("stat", "").lower()[:7], ReceiptState.UNKNOWN),
        error=_error(words.get("err", ""), tlvs.get(_ERROR_TAG, b"")),
        addresses=addresses,
    )


def _words(text: bytes) -> dict[str, str]:
    """Return the fields of a receipt's text, the first of each name."""
    own = _REST.split(text.decode("latin-1"), maxsplit=1)[0]
    found: dict[str, str] = {}
    for match in _FIELD.finditer(own):
        found.setdefault(match[1].lower(), match[2])
    return found


def _error(word: str, code: bytes) -> str:
    """Return the network's word for what went wrong, "" for none: nothing else than a short code gets through."""
    if len(code) == 3 and not word:
        word = str(int.from_bytes(code[1:], "big"))
    return word if _ERROR.fullmatch(word) and word.strip("0") else ""


def _taken_apart(body: bytes) -> tuple[int, tuple[str, str], bytes, dict[int, bytes]]:
    """Return esm_class, the two addresses, the text, and the optional parameters (4.6.1)."""
    place = _after_string(body, 0)  # service_type
    source = body[place + 2 : (end := _after_string(body, place + 2)) - 1]
    place = end
    destination = body[place + 2 : (end := _after_string(body, place + 2)) - 1]
    esm_class = body[end]
    place = _after_string(body, _after_string(body, end + 3))  # after the two times
    length = body[place + 4]
    text = body[place + 5 : place + 5 + length]
    tlvs = dict(_tlvs(body, place + 5 + length))
    addresses = (source.decode("latin-1"), destination.decode("latin-1"))
    return esm_class, addresses, text or tlvs.get(0x0424, b""), tlvs


def _tlvs(body: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    while place < len(body):
        tag, length = struct.unpack_from("!HH", body, place)
        yield tag, body[place + 4 : place + 4 + length]
        place += 4 + length


def _after_string(body: bytes, place: int) -> int:
    return body.index(0, place) + 1


def _string(value: bytes) -> str:
    return value.split(b"\0")[0].decode("latin-1").strip()
