"""Short messages as the tests' centre reads them, what is wrong with them, and the receipts that it writes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import smpp34
from aiosmpplib.codec import GSM7BitCodec

OK = 0x00
WRONG_LENGTH, WRONG_RECEIPT, WRONG_SENDER, WRONG_NUMBER, WRONG_CLASS, WRONG_EXPIRY = 0x01, 0x07, 0x0A, 0x0B, 0x43, 0x62
ID, STATE, ERROR, REFERENCE = 0x001E, 0x0427, 0x0423, 0x0204  # optional parameters
_RELATIVE = re.compile(r"[0-9]{12}000R")  # 7.1.1.2
_DESTINATION, _NAME = re.compile(r"[1-9][0-9]{6,14}"), re.compile(r"[A-Za-z0-9 ._&-]{1,11}")
_STATES = {
    "ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Message:
    """A submit_sm that came: ``part`` is (reference, of how many, which), if it is one of several."""

    submitted: smpp34.SubmitSm
    text: str
    part: tuple[int, int, int] | None
    message_id: str
    at: float
    bind: int

    @property
    def to(self) -> str:
        return self.submitted.destination_addr

    @property
    def reference(self) -> int | None:
        found = [tlv.as_int() for tlv in self.submitted.tlvs if tlv.tag == REFERENCE]
        return found[0] if found else None


def strict(message: smpp34.SubmitSm) -> int:  # noqa: PLR0911  one for each thing that may be wrong
    """Return the status with which a strict centre answers a message."""
    source = (message.source_addr_ton, message.source_addr_npi, message.source_addr)
    if not _DESTINATION.fullmatch(message.destination_addr) or (message.dest_addr_ton, message.dest_addr_npi) != (1, 1):
        return WRONG_NUMBER
    if not (
        source == (0, 0, "")
        or (source[:2] == (5, 0) and _NAME.fullmatch(source[2]))
        or (source[:2] == (1, 1) and _DESTINATION.fullmatch(source[2]))
        or (source[:2] == (3, 0) and source[2].isdigit() and len(source[2]) <= 8)
    ):
        return WRONG_SENDER
    if message.validity_period and not _RELATIVE.fullmatch(message.validity_period):
        return WRONG_EXPIRY
    if message.registered_delivery not in {0, 1}:
        return WRONG_RECEIPT
    if message.esm_class not in {0, 0x40} or message.data_coding not in {0, 8}:
        return WRONG_CLASS
    data, has_header = message.short_message, message.esm_class == 0x40
    if has_header and data[:3] != b"\x05\x00\x03":
        return WRONG_CLASS
    if has_header and not 1 <= data[5] <= data[4]:
        return WRONG_CLASS
    own = data[6:] if has_header else data
    if not own or (message.data_coding == 8 and (len(own) % 2 or len(data) > 140)):
        return WRONG_LENGTH
    if message.data_coding == 0 and (len(own) > (153 if has_header else 160) or max(own) > 0x7F):
        return WRONG_LENGTH
    return OK


def opened(message: smpp34.SubmitSm) -> tuple[tuple[int, int, int] | None, str]:
    """Return which part a message is, and its text. Raises UnicodeError for one that was torn."""
    data = message.short_message
    part = None
    if message.esm_class & 0x40:
        part, data = (data[3], data[4], data[5]), data[6:]
    if message.data_coding == 8:
        return part, data.decode("utf-16-be")
    return part, str(GSM7BitCodec().decode(data)[0])


def joined(messages: Iterable[Message]) -> list[str]:
    """Return what phones show of messages: parts joined when all are there, in the order of their numbers."""
    shown: list[str] = []
    waiting: dict[tuple[str, int, int], dict[int, str]] = {}
    for message in messages:
        if message.part is None:
            shown.append(message.text)
            continue
        reference, total, number = message.part
        held = waiting.setdefault((message.to, reference, total), {})
        held[number] = message.text
        if len(held) == total:
            shown.append("".join(text for _, text in sorted(held.items())))
            del waiting[message.to, reference, total]
    return shown


def receipt(
    message: Message, stat: str = "DELIVRD", *, error: str = "000", forms: Sequence[str] = ("text", "tlv"),
    message_id: str | None = None, date: str = "2511221405",
) -> bytes:  # fmt: skip
    """Return the body of a deliver_sm that tells what became of a message, in the forms that are asked for."""
    message_id = message.message_id if message_id is None else message_id
    text = (
        f"id:{message_id} sub:001 dlvrd:001 submit date:{date} done date:{date} stat:{stat} err:{error} "
        f"text:{message.text[:20]}".encode("latin-1", "replace")
        if "text" in forms
        else b""
    )
    tlvs = [
        smpp34.Tlv(ID, message_id.encode() + b"\0"),
        smpp34.Tlv(STATE, bytes((_STATES[stat],))),
        smpp34.Tlv(ERROR, b"\x03" + int(error, 16).to_bytes(2, "big")),
    ]
    pdu = smpp34.DeliverSm(
        message.to, message.submitted.source_addr, text, esm_class=0x04, source_addr_ton=1, source_addr_npi=1,
        tlvs=tlvs if "tlv" in forms else [],
    )  # fmt: skip
    return pdu.encode()[16:]
