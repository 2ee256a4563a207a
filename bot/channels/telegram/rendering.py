"""Blocks as messages of Telegram: HTML, escaped once, cut where a reader would, buttons below; pure, sends nothing."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from bot.channels.telegram import keyboards
from bot.channels.telegram.keyboards import CHOICE, LASTING, MOST_ROWS, PAGE, pressed
from bot.channels.telegram.markup import MOST_UNITS, Piece, bold, clean, code, linked, plain, quoted, units, visible
from bot.channels.telegram.splitting import split
from bot.delivery.telegram.calls import Button, Keyboard, Send
from bot.dialogue.compose import Translate

__all__ = ["CHOICE", "LASTING", "MOST_ROWS", "MOST_UNITS", "PAGE", "numbered", "offers", "page", "pressed", "render"]

_SHORT_QUOTE = 300  # characters that are shown without unfolding
_LONGEST_SOURCE = 200  # characters
_LONGEST_URL = 2_048  # bytes
_BLOCK, _LINE = plain("\n\n"), plain("\n")  # between blocks, between the lines of one

Blocks = Sequence[dict[str, Any]]


def render(
    blocks: Blocks,
    seq: int,
    _: Translate,
    *,
    public_url: str | None = None,
    contact: bool = False,
    clears: bool = False,
) -> list[Send]:
    """Return the messages for a reply (its number ``seq``); none where nothing of it is seen.

    ``contact``: the key that shares one's own number is shown; ``clears``: it is taken away. Either goes with the
    first message, which has no buttons then. Quotes lead to the policy's page where ``public_url`` is one that
    Telegram takes (https).
    """
    prompt = _("Or choose:") if contact else _("Choose:")
    made = _Messages(choose=prompt, first_bare=contact or clears)
    pages = iter(keyboards.pages(blocks, seq, _))
    for block in blocks:
        match block["type"]:
            case "paragraph":
                made.add(*_paragraph(block["text"]))
            case "quote":
                made.add(*_quote(block, _, public_url))
            case "receipt":
                made.add(*_receipt(block), protect=True)
            case "link":
                _add_link(made, block)
            case "choices":
                text = [*_paragraph(block["prompt"]), *_list(block["items"])]
                made.add_choices(text, next(pages)[0])
    sends = made.all()
    if not (contact or clears) or not sends:
        return sends
    if sends[0].keyboard:
        sends.insert(0, Send(text=plain(_("All right.")).html))
    sends[0] = replace(sends[0], contact=_("📱 Send my number") if contact else "", clears=not contact)
    return sends


def page(blocks: Blocks, seq: int, number: int, _: Translate) -> Keyboard:
    """Return the buttons of a page (from 0, through the whole reply) of its choices; empty where it has none such."""
    pages = [keyboard for group in keyboards.pages(blocks, seq, _) for keyboard in group]
    return pages[number] if 0 <= number < len(pages) else ()


def numbered(blocks: Blocks) -> dict[int, str]:
    """Return the ids of the choices that a reply shows with numbers; none where it has two lists of that kind."""
    lists = [block["items"] for block in blocks if block["type"] == "choices" and keyboards.has_numbers(block["items"])]
    return {number: item["value"] for number, item in enumerate(lists[0], 1)} if len(lists) == 1 else {}


def offers(blocks: Blocks, keyboard: Keyboard) -> bool:
    """Tell whether a reply offers all the choices whose buttons are shown."""
    offered = {item["value"] for block in blocks if block["type"] == "choices" for item in block["items"]}
    return keyboards.values(keyboard) <= offered


class _Messages:
    """Messages as they fill up. ``choose`` is said where buttons would stand below nothing."""

    def __init__(self, *, choose: str, first_bare: bool) -> None:
        self._choose, self._first_bare = choose, first_bare
        self._sends: list[Send] = []
        self._text = Piece()
        self._links: list[tuple[Button, ...]] = []
        self._protect = False

    def all(self) -> list[Send]:
        """Return the messages."""
        self._end()
        return self._sends

    def add(self, *pieces: Piece, protect: bool = False) -> None:
        """Add a block, a line for each of its pieces; they stand in one message if they fit into one.

        ``protect``: the message cannot be forwarded.
        """
        if self._links:  # what opens a page stands right below its name
            self._end()
        whole = sum(piece.units for piece in pieces) + len(pieces) - 1
        if whole <= MOST_UNITS < self._text.units + _BLOCK.units + whole:
            self._end()
        glue = _BLOCK
        for piece in pieces:
            if self._text.units and self._text.units + glue.units + piece.units > MOST_UNITS:
                self._end()
            self._text = self._text + glue + piece if self._text.units else piece
            self._protect |= protect
            glue = _LINE

    def add_choices(self, text: Sequence[Piece], keyboard: Keyboard) -> None:
        """Add choices below the message that asks for them."""
        if self._first_bare and not self._sends:
            if not self._text.units:
                self.add(*text)
                text = ()
            self._end()
        self.add(*text)
        if keyboard:
            self._end(keyboard)

    def add_opening(self, name: Piece, button: Button) -> None:
        """Add what opens a page, once (R43): not to be forwarded; several in a row share a message."""
        links, self._links = self._links, []
        if self._first_bare and not self._sends:
            self._end()
        self.add(name, protect=True)
        self._links = [*links, (button,)]

    def _end(self, keyboard: Keyboard = ()) -> None:
        if keyboard and not self._text.units:
            self._text = plain(self._choose)
        if self._text.units:
            below = (*self._links, *keyboard)
            self._sends.append(Send(text=self._text.html, keyboard=below, protect=self._protect))
        self._text, self._links, self._protect = Piece(), [], False


def _paragraph(text: str) -> Iterator[Piece]:
    for part in split(clean(text).strip(), MOST_UNITS):
        if visible(part):
            yield plain(part.strip())


def _list(items: Sequence[dict[str, Any]]) -> Iterator[Piece]:
    for line in keyboards.listed(items):
        yield from _paragraph(line)


def _quote(block: dict[str, Any], _: Translate, public_url: str | None) -> Iterator[Piece]:
    """Yield a clause with its source above it; one that is too long for a message in several, each with its source."""
    source = " ".join(clean(block["source"]).split())[:_LONGEST_SOURCE]
    url = f"{public_url}{block['url']}" if public_url else ""
    text = clean(block["text"]).strip()
    parts = [text]
    if units(source) + 1 + units(text) > MOST_UNITS:
        longest = units(_("{source}, part {number} of {of}").format(source=source, number=999, of=999))
        parts = [part for part in split(text, MOST_UNITS - longest - 1) if visible(part)]
    for number, part in enumerate(parts, 1):
        said = source
        if len(parts) > 1:
            said = _("{source}, part {number} of {of}").format(source=source, number=number, of=len(parts))
        named = linked(plain(said), url) if _opens(url) else plain(said)
        shown = part.strip()
        folds = len(shown) > _SHORT_QUOTE
        if visible(shown):
            yield bold(named) + _LINE + quoted(shown, "blockquote expandable" if folds else "blockquote")


def _receipt(block: dict[str, Any]) -> list[Piece]:
    """Return the lines of a receipt; its number can be copied by a tap."""
    reference = block["reference"]
    lines = [] if any(field["value"] == reference for field in block["fields"]) else [code(clean(reference))]
    for field in block["fields"]:
        named = bold(plain(f"{keyboards.label(field['label'])}:"))
        value = clean(field["value"]).strip()
        if field["value"] == reference:
            lines.append(named + plain(" ") + code(value))
        elif named.units + 1 + units(value) <= MOST_UNITS:
            lines.append(named + plain(f" {value}"))
        else:
            lines += [named, *_paragraph(value)]
    return lines


def _add_link(made: _Messages, block: dict[str, Any]) -> None:
    name, url = keyboards.label(block["label"]), clean(block["url"]).strip()
    if _opens(url):
        made.add_opening(plain(name), Button(text=keyboards.shortened(name), url=url))
    else:
        made.add(*_paragraph(f"{name}: {url}"), protect=True)


def _opens(url: str) -> bool:
    """Tell whether Telegram takes an address for a link or a button: https, a host with a dot."""
    if len(url.encode(errors="replace")) > _LONGEST_URL or any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and "." in (parts.hostname or "").strip(".") and parts.port != 0
    except ValueError:
        return False
