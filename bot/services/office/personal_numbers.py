"""Finds numbers of a person in a text that is about to be told (R43); pure, keeps and names none of them.

What a company publishes of itself (its own phone number) is let through. Dates, years, clauses, amounts, and the
references of cases are no such numbers.
"""

import enum
import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
import stdnum.iban
import stdnum.luhn

_REGION = "XK"
_PERSONAL = 10  # digits of Kosovo's personal number
_CARD = range(13, 20)  # digits of a card's number (ISO/IEC 7812)
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34  # characters (ISO 13616)
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d)*(?!\w)")
_GROUPED = re.compile(r"\d{3,}(?:[ -]\d{3,})*")  # as numbers are written; days and months are shorter
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9])+")


class PersonalNumber(enum.Enum):
    """What kind of number was found."""

    PHONE = "phone"
    PERSONAL = "personal"
    IBAN = "iban"
    CARD = "card"
    LONG = "long"  # of an account perhaps: no notice needs it


def find(text: str, published: str = "") -> PersonalNumber | None:
    """Return the kind of the first number of a person in a text, or None; ``published`` holds those that may stand."""
    text = _plain(text)
    if _has_iban(text):
        return PersonalNumber.IBAN
    known = [phone.number for phone in _phones(_plain(published))]
    phones = list(_phones(text))
    if any(phone.number not in known for phone in phones):
        return PersonalNumber.PHONE
    for phone in phones:
        text = text.replace(phone.raw_string, " ")
    found = (_kind(match[0]) for match in _DIGITS.finditer(text))
    return next((kind for kind in found if kind), None)


def _plain(text: str) -> str:
    """Return a text as it is read: other forms of digits, and what is not seen between them, change nothing."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(" " if c.isspace() else c for c in folded if unicodedata.category(c) != "Cf")


def _phones(text: str) -> Iterator[phonenumbers.PhoneNumberMatch]:
    yield from phonenumbers.PhoneNumberMatcher(text, _REGION, leniency=phonenumbers.Leniency.VALID)


def _has_iban(text: str) -> bool:
    for match in _IBAN.finditer(text.upper()):
        written = match[0].replace(" ", "")
        for end in range(_SHORTEST_IBAN, min(len(written), _LONGEST_IBAN) + 1):
            if stdnum.iban.is_valid(written[:end], check_country=False):
                return True
    return False


def _kind(run: str) -> PersonalNumber | None:
    digits = re.sub(r"\D", "", run)
    if not (run.isdigit() or _GROUPED.fullmatch(run)):
        return None
    if len(digits) == _PERSONAL:
        return PersonalNumber.PERSONAL
    if len(digits) in _CARD and stdnum.luhn.is_valid(digits):
        return PersonalNumber.CARD
    return PersonalNumber.LONG if len(digits) > _PERSONAL and run.isdigit() else None
