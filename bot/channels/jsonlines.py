"""``chat --json`` and ``chat --many``: lines in, lines out, for programs and tests; knows no rule of the dialogue."""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from bot.channels.talk import Answer, Screen, Talk, replies_json
from bot.delivery.house import where
from bot.errors import MburojaError

_OPEN_TALKS = 20_000  # conversations remembered between lines; an older one is found again in the store
_LONGEST_NAME = 200  # characters of a conversation's name, or of a message's id
BUSY = "Jam i ngarkuar për momentin dhe këtë mesazh nuk e mora. Provoni prapë pas pak."
_OURS = "Diçka shkoi keq te ne. Provoni prapë."
_BAD_LINE = "Rreshti {number} nuk lexohet: {problem}. Shembull: {example}"
_EXAMPLE = '{"conversation":"a","id":"1","say":"përshëndetje"}'

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Order:
    """One line of ``--many``: a text or a choice, for a conversation, under the message's own id."""

    name: str
    identity: str
    text: str | None
    choice: str | None


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
        except Exception as error:
            told = {"replies": [], "error": _words_of(error), "state": None}
        write(json.dumps(told, ensure_ascii=False))


class Many:
    """Many conversations at once: in order within each, in parallel across them, bounded (R52)."""

    def __init__(self, begin: Callable[[str], Talk], screen: Screen, write: Callable[[str], None], most: int) -> None:
        """Take how a conversation begins, where lines go, and how many may be under way."""
        self._begin, self._screen, self._write, self._most = begin, screen, write, most
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._unread: OSError | None = None  # what our lines could not be written for

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Take lines until they end, then finish what is under way. Raises OSError when ours cannot be written."""
        number = 0
        async for line in lines:
            if self._unread:
                break
            number += 1
            if line.strip():
                self._take(line, number)
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._unread:
            raise self._unread

    def _take(self, line: str, number: int) -> None:
        try:
            order = _read(line)
        except ValueError as error:
            problem = _BAD_LINE.format(number=number, problem=error, example=_EXAMPLE)
            self._tell({"error": problem})
            return
        if len(self._under_way) >= self._most:
            self._tell({"conversation": order.name, "id": order.identity, "error": "busy", "text": BUSY})
            return
        task = asyncio.create_task(self._do(order, self._last.get(order.name)))
        self._last[order.name] = task
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda done: self._forget(order.name, done))

    def _forget(self, name: str, done: "asyncio.Task[None]") -> None:
        if self._last.get(name) is done:
            del self._last[name]

    async def _do(self, order: _Order, before: "asyncio.Task[None] | None") -> None:
        if before:
            await asyncio.wait([before])
        told: dict[str, Any] = {"conversation": order.name, "id": order.identity}
        try:
            talk = self._talk(order.name)
            looks = order.text == ""
            answer = await (talk.poll() if looks else talk.take(order.identity, text=order.text, choice=order.choice))
            told |= answer_json(answer, self._screen)
        except Exception as error:
            told["error"] = _words_of(error)
        self._tell(told)

    def _tell(self, told: dict[str, Any]) -> None:
        try:
            self._write(json.dumps(told, ensure_ascii=False))
        except OSError as error:
            self._unread = error

    def _talk(self, name: str) -> Talk:
        talk = self._talks.pop(name, None) or self._begin(name)
        self._talks[name] = talk
        if len(self._talks) > _OPEN_TALKS:
            self._talks.popitem(last=False)
        return talk


def _read(line: str) -> _Order:
    """Return what a line orders. Raises ValueError with Albanian words for whoever wrote it."""
    try:
        order = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("nuk është JSON") from None
    if not isinstance(order, dict):
        raise ValueError("nuk është objekt JSON")
    text, choice = order.get("say"), order.get("choose")
    if (text is None) == (choice is None) or not isinstance(choice if text is None else text, str):
        raise ValueError("duhet «say» ose «choose», njëra nga të dyja, si tekst")
    return _Order(name=_name(order, "conversation"), identity=_name(order, "id"), text=text, choice=choice)


def _name(order: dict[str, Any], key: str) -> str:
    """Return a name as it stands; what the store would have to mend could be mistaken for another one."""
    name = order.get(key)
    if isinstance(name, int):
        name = str(name)
    if not isinstance(name, str) or not name.isprintable() or not 1 <= len(name) <= _LONGEST_NAME:
        raise ValueError(f"«{key}» duhet të jetë tekst me 1 deri në {_LONGEST_NAME} shkronja të dukshme")
    return name


def _words_of(error: Exception) -> str:
    """Return what is told of an error; one that is no expected one is a bug, and must not end the other turns (R51)."""
    if isinstance(error, MburojaError):
        return str(error)
    _log.error("a turn failed: %s", where(error))
    return _OURS
