"""The conversation in a terminal: a person types, the replies and the SMS of the screen gateway are shown."""

from collections.abc import Callable
from typing import Any

from bot.channels.rendering import Style, is_cut, render
from bot.channels.talk import Answer, Screen, Talk
from bot.dialogue.compose import Translate
from bot.errors import MburojaError

_WHOLE = frozenset({"krejt", "komplet", "te gjithe", "të gjithë", "te gjitha", "të gjitha"})


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


def converse(
    greet: Callable[[], list[str]],
    answer: Callable[[str], list[str]],
    read: Callable[[], str],
    write: Callable[[str], None],
) -> None:
    """Talk until the person leaves (EOFError from ``read``)."""
    for line in greet():
        write(line)
    while True:
        write("")
        try:
            typed = read()
        except EOFError:
            write("")
            return
        try:
            for line in answer(typed):
                write(line)
        except MburojaError as error:
            write(str(error))
