"""``chat --json`` and ``chat --many``: lines in, lines out, for programs and tests; knows no rule of the dialogue."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Any

from bot.channels.talk import Answer, Screen, Talk, replies_json
from bot.errors import MburojaError

_OPEN_TALKS = 20_000  # conversations remembered between lines; an older one is found again in the store
BUSY = "Jam i ngarkuar për momentin dhe këtë mesazh nuk e mora. Provoni prapë pas pak."
_BAD_LINE = "Rreshti {number} nuk lexohet: {problem}. Shembull: {example}"
_EXAMPLE = '{"conversation":"a","id":"1","say":"përshëndetje"}'


def answer_json(answer: Answer, screen: Screen) -> dict[str, Any]:
    """Return what one line brought, as the contract words it."""
    shown: dict[str, Any] = {"replies": replies_json(answer)}
    sms = [{"to": message.to, "text": message.text} for message in screen.take()]
    if sms:
        shown["sms"] = sms
    shown["state"] = answer.state
    return shown


async def one(talk: Talk, screen: Screen, lines: AsyncIterator[str], write: Callable[[str], None]) -> None:
    """Hold one conversation: each line in gives one line out."""
    async for line in lines:
        try:
            told = answer_json(await talk.say(line), screen)
        except MburojaError as error:
            told = {"replies": [], "error": str(error), "state": None}
        write(json.dumps(told, ensure_ascii=False))


class Many:
    """Many conversations at once: in order within each, in parallel across them, bounded (R52)."""

    def __init__(self, begin: Callable[[str], Talk], screen: Screen, write: Callable[[str], None], most: int) -> None:
        """Take how a conversation begins, where lines go, and how many may be under way."""
        self._begin, self._screen, self._write, self._most = begin, screen, write, most
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Take lines until they end, then finish what is under way."""
        number = 0
        async for line in lines:
            number += 1
            if line.strip():
                self._take(line, number)
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _take(self, line: str, number: int) -> None:
        try:
            order = json.loads(line)
            name, identity = str(order["conversation"]), str(order["id"])
            text, choice = order.get("say"), order.get("choose")
            if (text is None) == (choice is None) or not isinstance(text or choice or "", str):
                raise ValueError("«say» ose «choose», njëra nga të dyja, si tekst")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = _BAD_LINE.format(number=number, problem=error, example=_EXAMPLE)
            self._write(json.dumps({"error": problem}, ensure_ascii=False))
            return
        if len(self._under_way) >= self._most:
            told = {"conversation": name, "id": identity, "error": "busy", "text": BUSY}
            self._write(json.dumps(told, ensure_ascii=False))
            return
        before = self._last.get(name)
        task = asyncio.create_task(self._do(name, identity, text, choice, before))
        self._last[name] = task
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda done: self._forget(name, done))

    def _forget(self, name: str, done: "asyncio.Task[None]") -> None:
        if self._last.get(name) is done:
            del self._last[name]

    async def _do(
        self, name: str, identity: str, text: str | None, choice: str | None, before: "asyncio.Task[None] | None"
    ) -> None:
        if before:
            await asyncio.wait([before])
        talk = self._talk(name)
        told: dict[str, Any] = {"conversation": name, "id": identity}
        try:
            answer = await (talk.poll() if text == "" else talk.take(identity, text=text, choice=choice))
            told |= answer_json(answer, self._screen)
        except MburojaError as error:
            told["error"] = str(error)
        self._write(json.dumps(told, ensure_ascii=False))

    def _talk(self, name: str) -> Talk:
        talk = self._talks.pop(name, None) or self._begin(name)
        self._talks[name] = talk
        if len(self._talks) > _OPEN_TALKS:
            self._talks.popitem(last=False)
        return talk
