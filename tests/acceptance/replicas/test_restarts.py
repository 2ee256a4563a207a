"""Replicas are restarted one after another while people talk: nobody loses a word, or hears one twice."""

import asyncio
import contextlib
import time
import uuid
from dataclasses import dataclass, field

import aiohttp
import pytest

from tests.acceptance.replicas.replicas import LONGEST, Balancer, Replica, Town
from tests.acceptance.replicas.test_conversations import alternating, messages, transcript
from tests.tools.wire import Caller, Frame, Line, Pass

pytestmark = [pytest.mark.asyncio, pytest.mark.thorough]

RESTART = 1012
DRAIN = 4  # seconds: a machine that stands still for one of them must not hide all of them


@dataclass
class Talker:
    """A browser: it comes back whenever it is closed, and says again what was not acknowledged."""

    caller: Caller
    shown: Pass
    seen: list[Frame] = field(default_factory=list)
    closed: list[int | None] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    rest: float = 0.1  # seconds between two messages

    async def talks(self, over: asyncio.Event) -> None:
        """Talk until it is over and all was acknowledged."""
        waits = ""  # the message that is said again, as a browser does that cannot know whether it was taken
        while waits or not over.is_set():
            with contextlib.suppress(aiohttp.ClientError, OSError):
                # Who answers a farewell to a server that is gone already would forget its code.
                async with self.caller.line(self.shown, autoclose=False) as line:
                    greeted = await self._greets(line)
                    while greeted and (waits or not over.is_set()):
                        waits = waits or str(uuid.uuid4())
                        if not await self._says(line, waits) or not await self._rests(line):
                            break
                        waits = ""
            await asyncio.sleep(0.05)

    async def _greets(self, line: Line) -> bool:
        """Read what was missed; tell whether that was all before the line was closed."""
        await line.sends({"type": "hello", "last_seq": max((frame["seq"] for frame in self.seen), default=0)})
        while frame := await line.reads():
            self.seen += messages([frame])
            if frame["type"] == "state":
                return True
        self.closed.append(line.socket.close_code)
        return False

    async def _says(self, line: Line, identity: str) -> bool:
        """Say something; tell whether it was acknowledged, and answered, before the line was closed."""
        acknowledged = False
        await line.sends({"type": "say", "id": identity, "text": "menyja"})
        while frame := await line.reads():
            self.seen += messages([frame])
            if frame["type"] == "ack":
                acknowledged = True
                self.said.add(identity)
            if acknowledged and frame["type"] == "state":
                return True
        self.closed.append(line.socket.close_code)
        return False

    async def _rests(self, line: Line) -> bool:
        """Say nothing for a moment, with open ears; tell whether the line is still open."""
        with contextlib.suppress(TimeoutError):
            while frame := await asyncio.wait_for(line.reads(), self.rest):
                self.seen += messages([frame])
            self.closed.append(line.socket.close_code)
            return False
        return True


async def restarts(replica: Replica) -> None:
    """Restart one as an operator does; it says that it is not ready before it refuses anybody."""
    begun = time.monotonic()
    stopping = asyncio.create_task(asyncio.to_thread(replica.stop))
    told: list[int] = []
    while not stopping.done() and (not told or told[-1]):
        told.append(await asyncio.to_thread(replica.asked, "/readyz"))
        await asyncio.sleep(0.05)
    lasted = time.monotonic() - begun
    assert await stopping == 0
    assert 503 in told
    assert lasted > DRAIN / 2  # new connections are taken for so long, and longer where the machine is slow
    replica.begin()
    await asyncio.to_thread(replica.wait)


async def test_a_rolling_restart_is_not_noticed_by_who_talks(place: Town) -> None:
    # These people say more in a minute than any person may (R24).
    place.environment |= {"MBUROJA_DRAIN_SECONDS": str(DRAIN), "MBUROJA_MESSAGES_PER_MINUTE": "100000"}
    here, there = await asyncio.to_thread(place.replicas_of, "all", "all")
    async with Balancer(place), Caller(place.public) as caller:
        talkers = [Talker(caller, await caller.enters()) for _ in range(6)]
        over = asyncio.Event()
        talking = asyncio.gather(*(talker.talks(over) for talker in talkers))
        for replica in (here, there, here):
            await asyncio.sleep(1)
            await restarts(replica)
        over.set()
        async with asyncio.timeout(LONGEST):
            await talking
    for talker in talkers:
        told = await transcript(there, talker.shown)
        alternating(told, len(talker.said))
        assert [frame["seq"] for frame in talker.seen] == [frame["seq"] for frame in told]
    closed = [code for talker in talkers for code in talker.closed]
    assert set(closed) == {RESTART}, closed
