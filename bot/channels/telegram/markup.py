"""Text as Telegram's HTML: cleaned, escaped once, counted as Telegram counts it; knows no block."""

import html
import re
import unicodedata
from dataclasses import dataclass

MOST_UNITS = 4_096  # UTF-16 code units of a message's text, after its markup is read (Bot API, sendMessage)

_LINES = re.compile(r"\r\n?|[\u2028\u2029]")
_CONTROL = re.compile(r"[\u0000-\u0009\u000b-\u001f\u007f-\u009f]")
_UNSENDABLE = re.compile(r"[\ud800-\udfff\u202a-\u202e\u2066-\u2069]")  # and what turns the direction of a text
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a message: its HTML, whole tags only, and how many UTF-16 code units are shown of it."""

    html: str = ""
    units: int = 0

    def __add__(self, other: "Piece") -> "Piece":
        """Return both, one after the other."""
        return Piece(html=self.html + other.html, units=self.units + other.units)


def clean(text: str) -> str:
    """Return ``text`` without what Telegram refuses or drops; control characters but line ends become spaces."""
    return _UNSENDABLE.sub("", _CONTROL.sub(" ", _LINES.sub("\n", text)))


def visible(text: str) -> bool:
    """Tell whether anything of a text is seen: a message without that is refused."""
    return any(unicodedata.category(character) not in _UNSEEN for character in text)


def units(text: str) -> int:
    """Return how many UTF-16 code units a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str) -> Piece:
    """Return text as it is."""
    return Piece(html=html.escape(text, quote=False), units=units(text))


def bold(inner: Piece) -> Piece:
    """Return it in bold."""
    return Piece(html=f"<b>{inner.html}</b>", units=inner.units)


def code(text: str) -> Piece:
    """Return text that is copied by a tap."""
    return Piece(html=f"<code>{html.escape(text, quote=False)}</code>", units=units(text))


def linked(inner: Piece, url: str) -> Piece:
    """Return it as a link."""
    return Piece(html=f'<a href="{html.escape(url)}">{inner.html}</a>', units=inner.units)


def quoted(text: str, tag: str) -> Piece:
    """Return a quotation; ``tag`` is the start tag without its brackets."""
    return Piece(html=f"<{tag}>{html.escape(text, quote=False)}</blockquote>", units=units(text))
