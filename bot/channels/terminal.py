"""The conversation in a terminal: choices by number, quotes set apart, colours only where a person looks."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.assistant import Assistant
from bot.dialogue.compose import Translate
from bot.dialogue.reply import Choice, Choices, Paragraph, Quote, Reply
from bot.errors import InputError
from bot.nlu.understand import Context

_WIDTH = 96
_LONGEST_QUOTE = 700  # characters shown of one quote; the rest is a word away


@dataclass(frozen=True, kw_only=True)
class Style:
    """How parts are set off; empty strings where the output is no terminal."""

    dim: str = ""
    bold: str = ""
    plain: str = ""


COLOURS = Style(dim="\x1b[2m", bold="\x1b[1m", plain="\x1b[0m")
NO_COLOURS = Style()


def render(reply: Reply, style: Style, width: int, _: Translate, *, whole: bool = False) -> Iterator[str]:
    """Yield the lines of a reply. Long quotes are cut with a note unless ``whole``."""
    width = min(width, _WIDTH)
    number = 0
    for block in reply.blocks:
        if isinstance(block, Paragraph):
            yield from textwrap.wrap(block.text, width) or [""]
        elif isinstance(block, Quote):
            yield ""
            yield f"  {style.dim}┃ {block.source}{style.plain}"
            text = block.passage.quote
            cut = not whole and len(text) > _LONGEST_QUOTE
            shown = text[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " […]" if cut else text
            for line in textwrap.wrap(shown, width - 4):
                yield f"  {style.dim}┃{style.plain} {line}"
            if cut:
                yield f"  {style.dim}┃ " + _("(write “all” to read the whole clause)") + style.plain
        elif isinstance(block, Choices):
            yield ""
            yield block.prompt
            for item in block.items:
                number += 1
                yield f"  {style.bold}{number}{style.plain}  {item.label}"


class Conversation:
    """One person at a terminal. ``say`` takes a line and gives the lines to print."""

    def __init__(self, assistant: Assistant, company: str | None, style: Style, _: Translate) -> None:
        """Begin, at one company or at none."""
        self._assistant, self._company, self._style, self._ = assistant, company, style, _
        self._context: Context | None = None
        self._choices: tuple[Choice, ...] = ()
        self._last: Reply | None = None
        self._waiting = ""

    def greeting(self, width: int) -> list[str]:
        """Return the first words: what this is, what it answers from, what it keeps (R42)."""
        names = [c.name for c in self._assistant.companies]
        if self._company:
            names = [c.name for c in self._assistant.companies if c.id == self._company]
        said = self._("I am Mburoja, a program. I answer about your data from the privacy policy of {companies}.")
        kept = self._("Nothing of this conversation is kept once you close it. Leave with Ctrl-D.")
        lines = (said.format(companies=", ".join(names)), kept)
        return [part for line in lines for part in textwrap.wrap(line, min(width, _WIDTH))]

    def say(self, line: str, width: int) -> list[str]:
        """Return the lines that answer what the person typed."""
        typed = line.strip()
        if self._last and typed.lower() in {"krejt", "komplet", "te gjithe", "të gjithë", "te gjitha", "të gjitha"}:
            return list(render(self._last, self._style, width, self._, whole=True))
        reply, asked = self._reply(typed)
        if reply.company:
            self._company = reply.company
            if reply.topics:
                self._context = Context(company=reply.company, topics=reply.topics, text=asked)
        self._choices, self._last = reply.choices, reply
        return list(render(reply, self._style, width, self._))

    def _reply(self, typed: str) -> tuple[Reply, str]:
        """Return the reply, and the question that it answers in the person's words."""
        if typed.isdecimal() and len(typed) < 3 and 1 <= int(typed) <= len(self._choices):
            choice = self._choices[int(typed) - 1]
            if "/" in choice.value:
                return self._assistant.choose(choice.value), choice.label
            self._company = choice.value  # the company was asked for: now answer what waited
            asked = self._waiting or typed
            return self._assistant.ask_about(asked, choice.value), asked
        reply = self._assistant.ask(typed, self._company, self._context)
        known = {c.id for c in self._assistant.companies}
        if reply.company is None and any(c.value in known for c in reply.choices):
            self._waiting = typed
        return reply, typed


def converse(
    conversation: Conversation, read: Callable[[str], str], write: Callable[[str], None], width: Callable[[], int]
) -> None:
    """Talk until the person leaves (EOFError from ``read``)."""
    for line in conversation.greeting(width()):
        write(line)
    while True:
        write("")
        try:
            line = read("› ")
        except EOFError:
            write("")
            return
        try:
            for answer in conversation.say(line, width()):
                write(answer)
        except InputError as error:
            write(str(error))
