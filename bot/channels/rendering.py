"""Blocks as the lines of a terminal: quotes set apart, choices numbered, colours only where a person looks."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogue.compose import Translate

_WIDTH = 96
_LONGEST_QUOTE = 700  # characters shown of one quote; the rest is a word away

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
