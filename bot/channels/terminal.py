"""The conversation in a terminal: choices by number, quotes set apart, colours only where a person looks."""

import textwrap
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.talk import Answer, Screen, Talk
from bot.dialogue.compose import Translate
from bot.errors import MburojaError

_WIDTH = 96
_LONGEST_QUOTE = 700  # characters shown of one quote; the rest is a word away
_WHOLE = frozenset({"krejt", "komplet", "te gjithe", "të gjithë", "te gjitha", "të gjitha"})

Blocks = Sequence[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Style:
    """How parts are set off; empty strings where the output is no terminal."""

    dim: str = ""
    bold: str = ""
    plain: str = ""


COLOURS = Style(dim="\x1b[2m", bold="\x1b[1m", plain="\x1b[0m")
NO_COLOURS = Style()


def render(blocks: Blocks, style: Style, width: int, _: Translate, *, whole: bool = False) -> Iterator[str]:
    """Yield the lines of blocks. Long quotes are cut with a note unless ``whole``."""
    width = min(width, _WIDTH)
    number = 0
    for block in blocks:
        match block["type"]:
            case "paragraph":
                yield from textwrap.wrap(block["text"], width) or [""]
            case "quote":
                yield from _quote(block, style, width, _, whole=whole)
            case "choices":
                yield ""
                yield from textwrap.wrap(block["prompt"], width)
                for item in block["items"]:
                    number += 1
                    yield f"  {style.bold}{number}{style.plain}  {item['label']}"
            case "receipt":
                yield from _receipt(block, style)
            case "link":
                yield f"{block['label']}: {block['url']}"


def _quote(block: dict[str, Any], style: Style, width: int, _: Translate, *, whole: bool) -> Iterator[str]:
    text = block["text"]
    cut = is_cut(block) and not whole
    shown = text[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " […]" if cut else text
    yield ""
    yield f"  {style.dim}┃ {block['source']}{style.plain}"
    for line in textwrap.wrap(shown, width - 4):
        yield f"  {style.dim}┃{style.plain} {line}"
    if cut:
        yield f"  {style.dim}┃ " + _("(write “all” to read the whole clause)") + style.plain


def _receipt(block: dict[str, Any], style: Style) -> Iterator[str]:
    longest = max(len(field["label"]) for field in block["fields"])
    yield ""
    for field in block["fields"]:
        yield f"  {style.dim}│{style.plain} {field['label']:<{longest}}  {style.bold}{field['value']}{style.plain}"
    yield ""


def is_cut(block: dict[str, Any]) -> bool:
    """Tell whether a quote is too long to be shown whole at once."""
    return block["type"] == "quote" and len(block["text"]) > _LONGEST_QUOTE


class Conversation:
    """One person at a terminal. ``open`` and ``say`` give the lines to print."""

    def __init__(self, talk: Talk, screen: Screen, style: Style, _: Translate) -> None:
        """Begin, or go on."""
        self._talk, self._screen, self._style, self._ = talk, screen, style, _
        self._last: list[dict[str, Any]] = []

    async def open(self, width: int) -> list[str]:
        """Return the first words."""
        return self._lines(await self._talk.open(), width)

    async def say(self, line: str, width: int) -> list[str]:
        """Return the lines that answer what the person typed."""
        if line.strip().lower() in _WHOLE and any(is_cut(block) for block in self._last):
            return list(render(self._last, self._style, width, self._, whole=True))
        return self._lines(await self._talk.say(line), width)

    def _lines(self, answer: Answer, width: int) -> list[str]:
        lines: list[str] = []
        for message in answer.messages:
            if message.sender == "dpo":
                lines.append(self._style.bold + self._("From a person of the company:") + self._style.plain)
            lines += render(message.blocks, self._style, width, self._)
            self._last = message.blocks
        for sms in self._screen.take():
            said = self._("SMS to {number}: {text}").format(number=sms.to, text=sms.text)
            lines += ["", f"{self._style.dim}  ✉ {said}{self._style.plain}"]
        return lines


async def converse(
    conversation: Conversation,
    read: Callable[[], Awaitable[str]],
    write: Callable[[str], None],
    width: Callable[[], int],
) -> None:
    """Talk until the person leaves (EOFError from ``read``)."""
    for line in await conversation.open(width()):
        write(line)
    while True:
        write("")
        try:
            typed = await read()
        except EOFError:
            write("")
            return
        try:
            for answer in await conversation.say(typed, width()):
                write(answer)
        except MburojaError as error:
            write(str(error))
