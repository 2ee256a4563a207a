"""Reference numbers that people read out and type in: made, and found again in what they typed; knows no table.

"7K2Q-9FXA-8": eight letters and digits, and a check character by ISO/IEC 7064 (mod 37,36), which finds every
single slip. The few numbers in which it would miss a swap of two neighbours (about 1 in 100) are never given out.
"""

import itertools
import re
import unicodedata

from stdnum.iso7064 import mod_37_36

from bot.crypto import Randomness

_LETTERS = 8
_LENGTH = _LETTERS + 1
_BODY = frozenset("23456789ABCDEFGHJKMNPQRSTUVWXYZ")  # no 0, O, 1, I, L: those occur as the check character only
_CONFUSED = str.maketrans("OIL", "011")
_WORD = re.compile(r"[0-9A-Z]+")
_JOINTS = re.compile(r"[\s\-‐‑‒–—−_]+")


def new_reference(randomness: Randomness) -> str:
    """Return a reference number that cannot be mistaken for a word, a telephone number, or its own misreading."""
    while True:
        body = randomness.letters(_LETTERS)
        letters = body + mod_37_36.calc_check_digit(body)
        if _can_be_read(letters) and letters == letters.translate(_CONFUSED) and not _hides_a_swap(letters):
            return _written(letters)


def read_reference(typed: str) -> str | None:
    """Return the first reference number in a text, as it is written; None where no check character fits.

    Case, spaces and dashes do not matter, nor O for 0 and I or L for 1 (no number has both of a pair, so this
    is never ambiguous).
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    words = list(_WORD.finditer(text))
    for first in range(len(words)):
        letters = _joined(text, words[first : first + _LENGTH]).translate(_CONFUSED)
        if len(letters) == _LENGTH and _can_be_read(letters) and mod_37_36.is_valid(letters):
            return _written(letters)
    return None


def _joined(text: str, words: list[re.Match[str]]) -> str:
    """Put words together as long as only spaces and dashes stand between them and the length is not reached."""
    letters = words[0].group()
    for before, word in itertools.pairwise(words):
        if len(letters) >= _LENGTH or not _JOINTS.fullmatch(text, before.end(), word.start()):
            break
        letters += word.group()
    return letters


def _can_be_read(letters: str) -> bool:
    body = letters[:_LETTERS]
    return _BODY.issuperset(body) and any(c.isdigit() for c in body) and any(c.isalpha() for c in body)


def _hides_a_swap(letters: str) -> bool:
    swaps = (letters[:i] + letters[i + 1] + letters[i] + letters[i + 2 :] for i in range(_LETTERS))
    return any(swapped != letters and mod_37_36.is_valid(swapped) for swapped in swaps)


def _written(letters: str) -> str:
    return f"{letters[:4]}-{letters[4:8]}-{letters[8]}"
