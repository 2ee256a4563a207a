"""Reads what a person types to say who they are: a number, a customer number, an e-mail; knows no customer.

Only mobiles of Kosovo are taken as numbers (R10). Customers abroad, whose foreign number is on file, and those
who have a landline, type their customer number instead: the code goes to the number on file (R12).
"""

import enum
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

REGION = "XK"
_LONGEST = 400  # characters that are read; nobody needs more to name a number
_SPACES = r"[\s./()\-]*"
# Not the digits of a customer number: A-044123456, IP-044123456.
_NO_LETTER = r"(?<!\w)(?<!\b[A-Za-z]-)(?<!\b[A-Z]{2}-)"
_RUN = re.compile(rf"{_NO_LETTER}(?:\+|(?=\d|\()){_SPACES}\d(?:{_SPACES}\d){{6,}}(?!\w)")
# Before Kosovo had a code of its own (2016), its mobiles were under Monaco's and Slovenia's.
_OLD = re.compile(r"(?:377(?=4[45]\d{6}$)|386(?=4[39]\d{6}$))")
_BARE = re.compile(r"4[3-9]\d{6}")
_INTERNATIONAL = re.compile(r"(?:383|377(?=4[45])|386(?=4[39]))\d{8}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_CUSTOMER = re.compile(r"(?=(?:[A-Z]*\d){3})[A-Z0-9]{4,20}")
_EDGES = " \t\n,.;:!?\"'`()[]{}<>„“”‘’«»"
_WORDS_BEFORE = frozenset({"NR", "NO", "ID"})  # "NR 1001" is 1001
_EMAIL = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
)


class ContactKind(enum.StrEnum):
    """What a person named."""

    NUMBER = "number"
    CUSTOMER = "customer"
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """What was typed, in its one form.

    ``value`` is E.164, a customer number folded (``fold_customer``), or an e-mail in lower case; it is personal.
    ``masked`` may be shown (R46): a customer number stands in it as it was typed.
    """

    kind: ContactKind
    value: str
    masked: str


@dataclass(frozen=True, kw_only=True)
class NotKosovo:
    """A valid number, but no mobile of Kosovo: no SMS goes there on somebody's word (R10)."""


def read_contact(typed: str) -> Contact | NotKosovo | None:
    """Return the number or customer number in a text, with words around it or not; None when there is none.

    What can be read as either is the number if it is a valid mobile of Kosovo: ``44123456``. A landline or a
    number of another country is NotKosovo: its owner uses the customer number.
    """
    text = _cleaned(typed)
    numbers = list(_numbers(text))
    for number in numbers:
        if _is_mobile(number):
            return _number_contact(number)
    if numbers:
        return NotKosovo()
    return _customer(text)


def read_reach(typed: str) -> Contact | None:
    """Return the e-mail or the number of any country in a text: where marketing comes to (R54). Never a customer's."""
    text = _cleaned(typed)
    email = _EMAIL.search(text)
    if email:
        value = email[0].lower()
        return Contact(kind=ContactKind.EMAIL, value=value, masked=f"{value[0]}***@{email[2].lower()}")
    numbers = sorted(_numbers(text), key=_is_mobile, reverse=True)
    return _number_contact(numbers[0]) if numbers else None


def fold_customer(customer_number: str) -> str:
    """Return a customer number as it is looked up: upper case, without spaces, dashes, dots, slashes."""
    return re.sub(r"[\s./\-]", "", _cleaned(customer_number)).upper()


def mask(e164: str) -> str:
    """Return a number as it may be shown: ``+383 44 *** *56`` (R46)."""
    if e164.startswith("+383"):
        return f"+383 {e164[4:6]} *** *{e164[-2:]}"
    return f"{calling_code(e164)} *** *{e164[-2:]}"


def calling_code(e164: str) -> str:
    """Return the calling code of a number's country: ``+49``; empty where the number cannot be read."""
    try:
        return f"+{phonenumbers.parse(e164).country_code}"
    except phonenumbers.NumberParseException:
        return ""


def is_kosovo_mobile(e164: str) -> bool:
    """Tell whether a number is under +383 4x, where SMS go without further ado (R10)."""
    return e164.startswith("+3834")


def ascii_digits(text: str) -> str:
    """Return a text whose digits of any script are 0-9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _cleaned(typed: str) -> str:
    """Without what cannot be seen: numbers copied from a phone carry marks of direction."""
    text = "".join(c for c in typed[:_LONGEST] if unicodedata.category(c) not in {"Cf", "Cs"})
    return ascii_digits(unicodedata.normalize("NFKC", text)).translate(_DASHES).strip()


def _numbers(text: str) -> Iterator[str]:
    """Yield the valid numbers of a text, in their order."""
    for run in _RUN.finditer(text):
        number = _e164(run[0])
        if number:
            yield number


def _e164(run: str) -> str | None:
    digits = "".join(c for c in run if c.isdecimal())
    if "+" in run:
        international = digits
    elif digits.startswith("00"):
        international = digits[2:]
    elif digits.startswith("0"):
        international = f"383{digits[1:]}"
    elif _INTERNATIONAL.fullmatch(digits):
        international = digits
    elif _BARE.fullmatch(digits):
        international = f"383{digits}"
    else:
        return None
    international = _OLD.sub("383", international, count=1)
    if international.startswith("3830"):  # +383 (0)44
        international = f"383{international[4:]}"
    try:
        number = phonenumbers.parse(f"+{international}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_mobile(e164: str) -> bool:
    number = phonenumbers.parse(e164)
    return (
        phonenumbers.region_code_for_number(number) == REGION
        and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    )


def _number_contact(e164: str) -> Contact:
    return Contact(kind=ContactKind.NUMBER, value=e164, masked=mask(e164))


def _customer(text: str) -> Contact | None:
    """The one customer number of a text: neighbouring words with digits, and capital letters before them."""
    words = [word.strip(_EDGES) for word in text.split()]
    places = [i for i, word in enumerate(words) if any(c.isdecimal() for c in word)]
    if not places or places[-1] - places[0] != len(places) - 1:
        return None  # none, or several: asking again is better than guessing
    start = places[0]
    if start and _begins(words[start - 1], alone=len(words) == len(places) + 1):
        start -= 1
    shown = " ".join(words[start : places[-1] + 1])
    value = fold_customer(shown)
    if not _CUSTOMER.fullmatch(value):
        return None
    return Contact(kind=ContactKind.CUSTOMER, value=value, masked=shown)


def _begins(word: str, *, alone: bool) -> bool:
    """Whether a word is the letters that a customer number begins with: "IP 1001", and "a 1001" if that is all."""
    letters = word.isascii() and word.isalpha() and word.upper() not in _WORDS_BEFORE
    return letters and ((word.isupper() and len(word) <= 3) or (alone and len(word) == 1))
