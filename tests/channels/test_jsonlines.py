"""Many conversations over lines: each in its order, all of them bounded, nothing dropped that was acknowledged."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from bot.channels.jsonlines import BUSY, Many
from bot.channels.talk import Answer, Screen, Talk


class Slow(Talk):
    """A conversation that answers when it is let."""

    def __init__(self, name: str, may: asyncio.Event, taken: list[str]) -> None:
        self._name, self._may, self._taken = name, may, taken

    async def take(self, identity: str, *, text: str | None = None, choice: str | None = None) -> Answer:
        await self._may.wait()
        for _ in range(50 - int(identity)):  # the later, the quicker
            await asyncio.sleep(0)
        self._taken.append(f"{self._name}:{identity}:{text or choice}")
        return Answer(messages=[], state="open")


def line(conversation: str, identity: str, text: str = "tung") -> str:
    return json.dumps({"conversation": conversation, "id": identity, "say": text})


async def run(before: list[str], most: int, after: list[str] | None = None) -> tuple[list[dict[str, Any]], list[str]]:
    """Give lines while nobody answers, then more when everybody has; returns the lines out, and what was taken."""
    may, out = asyncio.Event(), list[dict[str, Any]]()
    taken: list[str] = []

    async def read() -> AsyncIterator[str]:
        for each in before:
            yield each
            await asyncio.sleep(0)
        may.set()
        while len(out) < len(before):
            await asyncio.sleep(0)
        for _ in range(100):  # until nothing is under way
            await asyncio.sleep(0)
        for each in after or []:
            yield each

    many = Many(lambda name: Slow(name, may, taken), Screen(), lambda told: out.append(json.loads(told)), most)
    async with asyncio.timeout(30):
        await many.run(read())
    return out, taken


def test_past_the_bound_a_message_is_refused_and_those_taken_are_answered() -> None:  # R52
    out, taken = asyncio.run(run([line("a", "1"), line("b", "1"), line("c", "1")], most=2))

    assert out[0] == {"conversation": "c", "id": "1", "error": "busy", "text": BUSY}  # at once, not after the others
    assert sorted((told["conversation"], told.get("state")) for told in out[1:]) == [("a", "open"), ("b", "open")]
    assert sorted(taken) == ["a:1:tung", "b:1:tung"]  # what was refused was not done


def test_what_was_refused_can_be_said_again() -> None:  # R52
    out, taken = asyncio.run(run([line("a", "1"), line("b", "1")], most=1, after=[line("b", "1")]))

    assert [told.get("error") for told in out] == ["busy", None, None]
    assert taken == ["a:1:tung", "b:1:tung"]


def test_within_a_conversation_the_order_is_kept() -> None:
    lines = [line(name, str(number), f"{name}{number}") for number in range(20) for name in "ab"]
    _, taken = asyncio.run(run(lines, most=100))

    for name in "ab":
        assert [each for each in taken if each.startswith(name)] == [f"{name}:{n}:{name}{n}" for n in range(20)]
