"""Texts as Telegram reads them: HTML to plain text with entities, counted in UTF-16 code units. Knows no message.

The rules are those of the real parser: a tag it does not know is refused, an ``&`` that begins no entity it knows stays
as it is, ``</>`` closes whatever is open, a link that is no address stays plain text. One is stricter: a quote inside
a quote is refused here, where the real server silently keeps one of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.tools.botapi.addresses import is_address
from tests.tools.botapi.refusals import bad_request

LONGEST = 4096  # UTF-16 code units, after parsing
LONGEST_SOURCE = 1 << 15  # bytes, before parsing

_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_TAG = re.compile(r"<(/?)([^\s>]*)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/"']+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.\-]*)(?=[\s>])))?""")
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]+)?(?![\w/])")


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A marked part of a text: ``offset`` and ``length`` in UTF-16 code units, ``type`` in the Bot API's words."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    custom_emoji_id: str | None = None

    def json(self) -> dict[str, Any]:
        named = {"url": self.url, "language": self.language, "custom_emoji_id": self.custom_emoji_id}
        told: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        return told | {name: value for name, value in named.items() if value is not None}


def units(text: str) -> int:
    """Return how many UTF-16 code units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """Return a part of a text; offset and length in UTF-16 code units."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def commands(text: str) -> tuple[Entity, ...]:
    """Return the commands in what a person writes, as entities."""
    return tuple(
        Entity(type="bot_command", offset=units(text[: found.start()]), length=units(found[0]))
        for found in _COMMAND.finditer(text)
    )


def read_text(text: str, parse_mode: str | None, given: Any = None) -> tuple[str, tuple[Entity, ...]]:
    """Return the plain text and its entities; refuse what the real server refuses."""
    if not text:
        raise bad_request("Message text is empty")
    if len(text.encode()) > LONGEST_SOURCE:
        raise bad_request("Text is too long")
    match (parse_mode or "none").lower():
        case "html":
            plain, entities = parse_html(text)
        case "none":
            plain, entities = text, _given(given)
        case "markdown" | "markdownv2":
            raise bad_request("the fake reads HTML and entities only: add Markdown before using it")
        case _:
            raise bad_request("Unsupported parse_mode")
    plain, entities = _trimmed(plain, entities)
    if not plain:
        raise bad_request("Text must be non-empty")
    if units(plain) > LONGEST:
        raise bad_request("Message is too long")
    return plain, entities


def _given(entities: Any) -> tuple[Entity, ...]:
    if entities is None:
        return ()
    if not isinstance(entities, list):
        return ()
    try:
        return tuple(
            Entity(type=str(one["type"]), offset=int(one["offset"]), length=int(one["length"]), url=one.get("url"))
            for one in entities
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise bad_request('Can\'t parse MessageEntity: Field "type" must be of type String') from None


def _trimmed(text: str, entities: Iterable[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Take white space off both ends, and entities with it."""
    ended = text.rstrip()
    lead = units(ended) - units(ended.lstrip())
    last = units(ended)
    kept: list[Entity] = []
    for one in entities:
        start, end = max(one.offset, lead), min(one.offset + one.length, last)
        if end > start and cut(text, start, end - start).strip():
            kept.append(replace(one, offset=start - lead, length=end - start))
    kept.sort(key=lambda one: (one.offset, -one.length))
    return ended.lstrip(), tuple(kept)


@dataclass(kw_only=True)
class _Open:
    tag: str
    start: int
    at: int  # characters of the result
    attributes: dict[str, str | None] = field(default_factory=dict)


def parse_html(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Return plain text and entities, not trimmed; refuse with "can't parse entities"."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.text = ""
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, tuple[Entity, ...]]:
        while self.at < len(self.source):
            match self.source[self.at]:
                case "&":
                    self._reference()
                case "<":
                    self._tag()
                case character:
                    self.text += character
                    self.at += 1
        if self.open:
            raise _fault(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return self.text, tuple(self.entities)

    def _reference(self) -> None:
        character, length = decoded(self.source, self.at)
        self.text += character
        self.at += length

    def _tag(self) -> None:
        begin = len(self.source[: self.at].encode())
        found = _TAG.match(self.source, self.at)
        assert found
        name = found[2].lower()
        self.at = found.end()
        if found[1]:
            self._end(name, begin)
        else:
            self._start(name, begin)

    def _start(self, tag: str, begin: int) -> None:
        if self.at >= len(self.source):
            raise _fault(f"Unclosed start tag at byte offset {begin}")
        if tag not in _KINDS:
            raise _fault(f'Unsupported start tag "{tag}" at byte offset {begin}')
        opened = _Open(tag=tag, start=units(self.text), at=len(self.text))
        while True:
            while self.source[self.at : self.at + 1].isspace():
                self.at += 1
            if self.at >= len(self.source):
                raise _fault(f'Unclosed start tag "{tag}" at byte offset {begin}')
            if self.source[self.at] == ">":
                self.at += 1
                break
            self._attribute(opened, begin)
        if tag == "span" and opened.attributes.get("class") != "tg-spoiler":
            raise _fault(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        if tag == "blockquote" and any(one.tag == "blockquote" for one in self.open):
            raise _fault(f"blockquote entities can't be nested at byte offset {begin}")
        self.open.append(opened)

    def _attribute(self, opened: _Open, begin: int) -> None:
        found = _ATTRIBUTE.match(self.source, self.at)
        if not found:
            raise _fault(f'Empty attribute name in the tag "{opened.tag}" at byte offset {begin}')
        self.at = found.end()
        if self.source[self.at : self.at + 1] == "=":
            value = self.source[self.at + 1 :].lstrip()
            if value[:1] in ("", '"', "'"):
                raise _fault(f"Unclosed start tag at byte offset {begin}")
            raise _fault(f"Unexpected end of name token at byte offset {len(self.source[: self.at + 1].encode())}")
        quoted = found[2] if found[2] is not None else found[3]
        plain = found[4].lower() if found[4] is not None else None
        opened.attributes[found[1]] = unescape(quoted) if quoted is not None else plain

    def _end(self, tag: str, begin: int) -> None:
        if not self.open:
            raise _fault(f"Unexpected end tag at byte offset {begin}")
        while self.source[self.at : self.at + 1].isspace():
            self.at += 1
        if self.source[self.at : self.at + 1] != ">":
            raise _fault(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if tag not in ("", opened.tag):
            raise _fault(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"')
        length = units(self.text) - opened.start
        if length:
            self._close(opened, length)

    def _close(self, opened: _Open, length: int) -> None:
        made = Entity(type=_KINDS[opened.tag], offset=opened.start, length=length)
        match opened.tag:
            case "a":
                address = opened.attributes.get("href") or self.text[opened.at :]
                if not is_address(address):
                    return
                made = replace(made, url=address if "/" in address.split("://", 1)[-1] else address + "/")
            case "tg-emoji":
                identity = opened.attributes.get("emoji-id") or ""
                if not identity.isdigit() or int(identity) == 0:
                    raise _fault("Invalid custom emoji identifier specified")
                made = replace(made, custom_emoji_id=identity)
            case "blockquote" if "expandable" in opened.attributes:
                made = replace(made, type="expandable_blockquote")
            case "pre" | "code":
                made = self._code(made, opened)
        self.entities.append(made)

    def _code(self, made: Entity, opened: _Open) -> Entity:
        """Nothing may be marked inside of code; <pre><code class="language-…"> is one entity with a language."""
        inside = [one for one in self.entities if one.offset >= made.offset]
        del self.entities[len(self.entities) - len(inside) :]
        language = (opened.attributes.get("class") or "").removeprefix("language-") if opened.tag == "code" else ""
        if opened.tag == "pre":
            whole = [one for one in inside if one.type == "code" and one.length == made.length]
            language = next((one.language for one in whole if one.language), "")
            return replace(made, language=language or None)
        within_pre = any(one.tag == "pre" for one in self.open)
        return replace(made, language=language or None) if within_pre else made


def decoded(source: str, at: int) -> tuple[str, int]:
    """Return what stands at an ``&``: the character it means and how many characters of the source that takes."""
    found = _REFERENCE.match(source, at)
    if not found:
        return "&", 1
    if found[3]:
        return (_NAMED[found[3]], len(found[0])) if found[3] in _NAMED else ("&", 1)
    code = int(found[1], 16) if found[1] else int(found[2])
    if code == 0 or code >= 0x10FFFF or len(found[0].rstrip(";")) >= 10:
        return "&", 1
    if 0xD800 <= code <= 0xDFFF:
        raise _fault("Text contains invalid Unicode characters after decoding HTML entities")
    return chr(code), len(found[0])


def unescape(source: str) -> str:
    """Return an attribute's value with its references decoded."""
    told, at = "", 0
    while at < len(source):
        character, length = decoded(source, at) if source[at] == "&" else (source[at], 1)
        told, at = told + character, at + length
    return told


def _fault(reason: str) -> Exception:
    return bad_request(f"Can't parse entities: {reason}")
