"""Finds out which message a receipt speaks of; knows no connection.

Operators are known to write a message's id in decimal when they take it and in hexadecimal in its receipt, or the other
way round, with zeros before it or without. Where the settings do not say which, a number read the other way is believed
only if it is the id of a message of this process *and* the receipt is for that message's phone: ids are often counted
up, so that every number is somebody's.
"""

import re
from collections import OrderedDict
from typing import Literal, TypeAlias

from bot.delivery.sms.port import ReceiptState
from bot.delivery.sms.smpp.receipts import Told

Writing: TypeAlias = Literal["auto", "same", "hex", "decimal"]

KEPT = 20_000  # messages whose receipts may still come
_NUMBER = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_DECIMAL = re.compile(r"[0-9]+", re.ASCII)


class Ids:
    """The ids of the messages that one gateway took last."""

    def __init__(self, writing: Writing, kept: int = KEPT) -> None:
        """Take how the ids of receipts are written: "hex" where they were decimal, "decimal" where they were hex."""
        self._writing, self._most = writing, kept
        self._phones: OrderedDict[str, int] = OrderedDict()  # by id, a number that only tells phones apart

    def took(self, message_id: str, to: str) -> str:
        """Note that a message for a phone (digits only) was taken, and return its id as we keep it."""
        own = _plain(message_id)
        self._phones[own] = _apart(to)
        while len(self._phones) > self._most:
            self._phones.popitem(last=False)
        return own

    def of(self, told: Told) -> str:
        """Return the id under which a receipt's message was taken, as far as it can be known.

        A message whose fate is told for good is forgotten here.
        """
        found = self._found(told)
        if told.state is not ReceiptState.ON_THE_WAY:
            self._phones.pop(found, None)
        return found

    def _found(self, told: Told) -> str:
        own = _plain(told.message_id)
        as_hex, as_decimal = _from_hex(own), _from_decimal(own)
        match self._writing:
            case "same":
                return own
            case "hex":
                return as_hex
            case "decimal":
                return as_decimal
        phones = {_apart(address) for address in told.addresses}
        likely = [each for each in (own, as_hex, as_decimal) if self._phones.get(each) in phones]
        return likely[0] if likely else own


def _plain(message_id: str) -> str:
    """Return an id without what operators are known to be careless about; an id that is no number stays as it is."""
    bare = message_id.strip()
    return bare.lower().lstrip("0") or "0" if _NUMBER.fullmatch(bare) else bare


def _from_hex(message_id: str) -> str:
    return str(int(message_id, 16)) if _NUMBER.fullmatch(message_id) else message_id


def _from_decimal(message_id: str) -> str:
    return format(int(message_id), "x") if _DECIMAL.fullmatch(message_id) else message_id


def _apart(number: str) -> int:
    """Return what tells phones apart, with or without the country's code; salted for each process, it tells no more."""
    return hash(number[-8:])
