"""What a short message centre's command status means for a message; knows no connection.

The numbers and their meanings are those of SMPP 3.4, 5.1.3. Whether a message may be taken later is ours to say: it may
where the centre speaks of itself, it may not where it speaks of the message.
"""

from dataclasses import dataclass

OK = 0x00
MESSAGE_QUEUE_FULL = 0x14
THROTTLED = 0x58
RECEIVER_TEMPORARY = 0x64  # what we answer where a receipt is to come again
_OF_VENDORS = range(0x400, 0x500)


@dataclass(frozen=True)
class Refusal:
    """Why a message was not taken (``SmsError.kind``), and whether it may be taken later."""

    kind: str
    temporary: bool


_BUSY = Refusal("sms.throttled", temporary=True)
_FULL = Refusal("sms.queue_full", temporary=True)
_AWAY = Refusal("sms.away", temporary=True)
_FAULT = Refusal("sms.gateway_fault", temporary=True)
_CREDENTIALS = Refusal("sms.credentials", temporary=True)  # of the bind: an operator mends it
_NUMBER = Refusal("sms.number", temporary=False)
_SENDER = Refusal("sms.sender", temporary=False)
_TEXT = Refusal("sms.text", temporary=False)
_VALIDITY = Refusal("sms.validity", temporary=False)
_REFUSED = Refusal("sms.refused", temporary=False)
_PROTOCOL = Refusal("sms.protocol", temporary=False)  # what we write is not what the centre reads

_MEANINGS = {
    0x01: _TEXT,  # ESME_RINVMSGLEN
    0x02: _PROTOCOL,  # ESME_RINVCMDLEN
    0x03: _PROTOCOL,  # ESME_RINVCMDID
    0x04: _AWAY,  # ESME_RINVBNDSTS
    0x05: _AWAY,  # ESME_RALYBND
    0x06: _PROTOCOL,  # ESME_RINVPRTFLG
    0x07: _PROTOCOL,  # ESME_RINVREGDLVFLG
    0x08: _FAULT,  # ESME_RSYSERR
    0x0A: _SENDER,  # ESME_RINVSRCADR
    0x0B: _NUMBER,  # ESME_RINVDSTADR
    0x0D: _CREDENTIALS,  # ESME_RBINDFAIL
    0x0E: _CREDENTIALS,  # ESME_RINVPASWD
    0x0F: _CREDENTIALS,  # ESME_RINVSYSID
    MESSAGE_QUEUE_FULL: _FULL,  # ESME_RMSGQFUL
    0x15: _PROTOCOL,  # ESME_RINVSERTYP
    0x43: _PROTOCOL,  # ESME_RINVESMCLASS
    0x45: _FAULT,  # ESME_RSUBMITFAIL
    0x48: _SENDER,  # ESME_RINVSRCTON
    0x49: _SENDER,  # ESME_RINVSRCNPI
    0x50: _NUMBER,  # ESME_RINVDSTTON
    0x51: _NUMBER,  # ESME_RINVDSTNPI
    0x53: _CREDENTIALS,  # ESME_RINVSYSTYP
    0x54: _PROTOCOL,  # ESME_RINVREPFLAG
    THROTTLED: _BUSY,  # ESME_RTHROTTLED
    0x61: _PROTOCOL,  # ESME_RINVSCHED
    0x62: _VALIDITY,  # ESME_RINVEXPIRY
    RECEIVER_TEMPORARY: _FAULT,  # ESME_RX_T_APPN
    0x65: _REFUSED,  # ESME_RX_P_APPN
    0x66: _REFUSED,  # ESME_RX_R_APPN
    0xC0: _PROTOCOL,  # ESME_RINVOPTPARSTREAM
    0xC1: _PROTOCOL,  # ESME_ROPTPARNOTALLWD
    0xC2: _PROTOCOL,  # ESME_RINVPARLEN
    0xC3: _PROTOCOL,  # ESME_RMISSINGOPTPARAM
    0xC4: _PROTOCOL,  # ESME_RINVOPTPARAMVAL
    0xFE: _FAULT,  # ESME_RDELIVERYFAILURE
    0xFF: _FAULT,  # ESME_RUNKNOWNERR
}
_VENDOR = Refusal("sms.vendor", temporary=True)  # only the operator knows what it says


def meaning(status: int) -> Refusal:
    """Return what a status other than OK says of a message."""
    return _MEANINGS.get(status, _VENDOR if status in _OF_VENDORS else _FAULT)


def says_slower(status: int) -> bool:
    """Tell whether the centre wants fewer messages for a while."""
    return status in {THROTTLED, MESSAGE_QUEUE_FULL}
