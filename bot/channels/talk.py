"""Conversations held by this process: a line in, the replies out, after commit and after the jobs it started.

Knows no way of showing anything; the terminal and the JSON lines stand on it.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.channels.turn import Incoming, Taken, Turns
from bot.clock import Clock
from bot.crypto import Randomness
from bot.delivery.worker import Worker
from bot.dialogue.blocks import decode
from bot.services import conversations
from bot.services.conversations import BOT, YOU, Message
from bot.services.desk import Desk
from bot.storage.store import Store

CHANNEL = "terminal"
DRAIN = 2.0  # seconds that a reply waits for the jobs that its turn started
_PICK = re.compile(r"\d{1,2}")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One SMS as the screen gateway shows it: the number masked, the text in full."""

    to: str
    text: str


class Screen:
    """What the screen gateway has shown and nobody has taken yet."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shown: list[Shown] = []

    def show(self, to: str, text: str) -> None:
        """Take a message from the gateway."""
        self._shown.append(Shown(to=to, text=text))

    def take(self) -> list[Shown]:
        """Return what was shown since the last call."""
        taken, self._shown = self._shown, []
        return taken


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a line brought: the new messages that are not the person's own, and the state (None: nothing began)."""

    messages: list[Message]
    state: str | None


class Talk:
    """One conversation. ``say`` takes a line as the contract words it: a number picks a choice, else it is text."""

    def __init__(
        self, store: Store, desk: Desk, clock: Clock, turns: Turns, worker: Worker | None, address: str,
        company: str | None = None,
    ) -> None:  # fmt: skip
        """Take the tools; without a worker the jobs are somebody else's to do."""
        self._store, self._desk, self._clock, self._turns, self._worker = store, desk, clock, turns, worker
        self._address, self._company = address, company
        self._randomness: Randomness = desk.randomness
        self._shown = 0  # the number of the last message shown
        self._state: str | None = None
        self._choices: list[str] | None = None

    async def open(self) -> Answer:
        """Greet, or go on where the conversation was left."""
        return await self._turn(self._incoming(self._randomness.token()))

    async def say(self, line: str) -> Answer:
        """Take a line; an empty one only asks what is new."""
        typed = line.strip()
        if not typed:
            return await self.poll()
        await self._resume()
        choices = self._choices or []
        if _PICK.fullmatch(typed) and 1 <= int(typed) <= len(choices):
            return await self._turn(self._incoming(self._randomness.token(), choice=choices[int(typed) - 1]))
        return await self._turn(self._incoming(self._randomness.token(), text=line))

    async def take(self, identity: str, *, text: str | None = None, choice: str | None = None) -> Answer:
        """Take a message with an id of its own; one that was taken before brings its replies again."""
        return await self._turn(self._incoming(identity, text=text, choice=choice))

    async def poll(self) -> Answer:
        """Return what was written since, without a turn."""
        await self._resume()
        if self._worker:
            await self._worker.drain(DRAIN)
        found = await self._store.read(lambda tx: conversations.find(tx, self._desk, CHANNEL, self._address))
        if found is None:
            return Answer(messages=[], state=None)
        return await self._new(found, self._shown)

    def _incoming(self, identity: str, *, text: str | None = None, choice: str | None = None) -> Incoming:
        return Incoming(
            channel=CHANNEL, address=self._address, id=identity, text=text, choice=choice, company=self._company
        )

    async def _turn(self, incoming: Incoming) -> Answer:
        now = self._clock.now()
        taken: Taken = await self._store.transact(lambda tx: self._turns.take(tx, now, incoming))
        self._state = taken.state
        if self._worker:
            await self._worker.drain(DRAIN)
        if taken.reply and (self._shown in (0, taken.first_seq - 1)) and not self._worker:
            return self._at_once(taken, now)  # nothing was written between: no need to read it back
        before = taken.first_seq - 1
        if taken.repeated:  # what was said later is told to those who said it
            return await self._new(taken.conversation, before, taken.last_seq)
        return await self._new(taken.conversation, min(self._shown or before, before))

    def _at_once(self, taken: Taken, now: int) -> Answer:
        message = Message(seq=taken.last_seq, sender=BOT, blocks=decode(taken.reply), at=now)
        self._shown, self._choices = taken.last_seq, choices_of([message])
        return Answer(messages=[message], state=taken.state)

    async def _new(self, conversation: str, after: int, last: int | None = None) -> Answer:
        found = await self._store.read(lambda tx: conversations.messages(tx, self._desk, conversation, after))
        found = [message for message in found if last is None or message.seq <= last]
        if found:
            self._shown = max(self._shown, found[-1].seq)
        others = [message for message in found if message.sender != YOU]
        if others:
            self._choices = choices_of(others)
        return Answer(messages=others, state=self._state)

    async def _resume(self) -> None:
        """Know, once, what an earlier run of this program showed last."""
        if self._choices is not None:
            return
        known = await self._store.read(lambda tx: conversations.last_reply(tx, self._desk, CHANNEL, self._address))
        self._choices = choices_of([known[0]]) if known else []
        if known:
            self._shown, self._state = known[0].seq, known[1]


def choices_of(messages: list[Message]) -> list[str]:
    """Return the values of the choices of the last message that has any."""
    for message in reversed(messages):
        values = [item["value"] for block in message.blocks if block["type"] == "choices" for item in block["items"]]
        if values:
            return values
    return []


def replies_json(answer: Answer) -> list[dict[str, Any]]:
    """Return messages as the contract words them."""
    return [
        {"seq": message.seq, "blocks": message.blocks, **({"from": "dpo"} if message.sender == "dpo" else {})}
        for message in answer.messages
    ]
