"""Cuts a text that is too long for one message where a reader would; knows no markup."""

import re
import unicodedata
from collections.abc import Iterator

# Where to cut, the best first; a cut is after the match. The parts of a clause begin with a bullet, a number as 9.1.2,
# or a letter as a); the full stop of such a number ends no sentence.
_CUTS = (
    re.compile(r"\n+"),
    re.compile(r"\s+(?=(?:[•–]|\d+(?:\.\d+)+\.?|[a-z]\))\s)"),
    re.compile(r"[^\s\d.][.!?…][”»’\"')\]]*\s+"),
    re.compile(r"[;:,]\s+"),
    re.compile(r"\s+"),
)
_MOST_BACK = 16  # characters that a sign put together of several is looked for
_JOINERS = frozenset({"\u200d", "\ufe0e", "\ufe0f"})
_SKIN = range(0x1F3FB, 0x1F400)


def split(text: str, limit: int) -> Iterator[str]:
    """Yield the text in parts of at most ``limit`` UTF-16 code units (two or more); joined they are the text."""
    start = 0
    while (end := _reach(text, start, limit)) < len(text):
        end = _cut(text, start, end)
        yield text[start:end]
        start = end
    yield text[start:]


def _reach(text: str, start: int, limit: int) -> int:
    """Return up to where the text fits into the limit."""
    if 2 * (len(text) - start) <= limit:
        return len(text)
    taken = 0
    for position in range(start, min(len(text), start + limit)):
        taken += 2 if text[position] > "\uffff" else 1
        if taken > limit:
            return position
    return min(len(text), start + limit)


def _cut(text: str, start: int, end: int) -> int:
    """Return where the part that begins at ``start`` ends, in its second half if a text can be cut there."""
    for pattern in _CUTS:
        found = [match.end() for match in pattern.finditer(text, start + (end - start) // 2, end)]
        if found:
            return found[-1]
    for back in range(min(_MOST_BACK, end - start - 1)):
        if not _joined(text, end - back):
            return end - back
    return end


def _joined(text: str, position: int) -> bool:
    """Tell whether what stands before and after a position is seen as one sign."""
    before, after = text[position - 1], text[position]
    return after in _JOINERS or before == "\u200d" or unicodedata.combining(after) > 0 or ord(after) in _SKIN
