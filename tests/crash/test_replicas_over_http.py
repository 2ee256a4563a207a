"""Three `mburoja serve` are killed again and again while people talk over HTTP: each word is there once (R49)."""

import asyncio
import contextlib
import random
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.replicas.replicas import Replica, Town, town
from tests.crash import checker
from tests.crash.conftest import SEED
from tests.tools.command import mburoja
from tests.tools.wire import Caller, Pass

pytestmark = [pytest.mark.asyncio, pytest.mark.thorough]

PEOPLE, KILLS = 12, 8
QUESTIONS = ("menyja", "sa gjatë i ruani?", "po marrësit?", "kush i sheh thirrjet e mia?", "faleminderit")
PAUSE = 0.7  # seconds between two messages of a person: a hundred a minute are allowed (R24)
LONGEST = 60.0  # seconds until the last is answered


@dataclass
class Talker:
    """A browser that loses its server: it says what was not acknowledged to another, under the same id."""

    town: Town
    shown: Pass
    chance: random.Random
    said: list[str] = field(default_factory=list)  # and acknowledged
    again: int = 0

    async def talks(self, over: asyncio.Event) -> None:
        """Talk until it is over and all was acknowledged."""
        while not over.is_set():
            text, identity = self.chance.choice(QUESTIONS), str(uuid.uuid4())
            while not await self._says(text, identity):
                self.again += 1
                await asyncio.sleep(0.05)
            self.said.append(text)
            await asyncio.sleep(PAUSE)

    async def _says(self, text: str, identity: str) -> bool:
        replica = self.chance.choice(self.town.replicas)
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(10), replica.caller() as caller:
                frame = {"type": "say", "id": identity, "text": text, "last_seq": 2**50}
                _, told = await caller.posts(self.shown, frame)
                return any(each["type"] == "ack" and each["id"] == identity for each in told)
        return False


async def entered(caller: Caller) -> Pass:
    """Open the chat, up to its greeting."""
    shown = await caller.enters()
    async with caller.line(shown) as line:
        await line.greets()
    return shown


async def killed_in_turn(replicas: list[Replica], chance: random.Random) -> None:
    """Kill one or two at a time; the next are killed while these start."""
    starting: list[asyncio.Task[Replica]] = []
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        await asyncio.gather(*starting)
        victims = chance.sample(replicas, chance.choice((1, 1, 2)))
        for victim in victims:
            await asyncio.to_thread(victim.kill)
            victim.begin()
        starting = [asyncio.create_task(asyncio.to_thread(victim.wait)) for victim in victims]
    await asyncio.gather(*starting)


async def test_every_word_is_there_once_though_servers_are_killed(postgres_url: str, tmp_path: Path) -> None:  # R49
    chance = random.Random(SEED)  # noqa: S311  for tests only
    with town(postgres_url, tmp_path) as place:
        replicas = await asyncio.to_thread(place.replicas_of, "all", "all", "all")
        async with replicas[0].caller() as caller:
            passes = [await entered(caller) for _ in range(PEOPLE)]
        talkers = [Talker(place, shown, random.Random(at)) for at, shown in enumerate(passes)]  # noqa: S311
        over = asyncio.Event()
        talking = asyncio.gather(*(talker.talks(over) for talker in talkers))
        await asyncio.to_thread(place.fill)  # is logged, so that there is something to seal
        await killed_in_turn(replicas, chance)
        await asyncio.to_thread(place.fill)
        over.set()
        async with asyncio.timeout(LONGEST):
            await talking
        for talker in talkers:
            async with replicas[1].caller() as caller, caller.line(talker.shown) as line:
                told = [frame for frame in await line.greets() if frame["type"] == "message"]
            assert [frame["seq"] for frame in told] == list(range(1, 2 * len(talker.said) + 2))
            assert [frame["blocks"][0]["text"] for frame in told if frame["from"] == "you"] == talker.said
        assert sum(talker.again for talker in talkers) >= KILLS  # else the kills came while nothing was going on
        assert [await asyncio.to_thread(replica.stop) for replica in replicas] == [0, 0, 0]
        assert not [line for replica in replicas for line in replica.lines if "Traceback" in line]
        await asyncio.to_thread(no_fault_is_left, place, tmp_path)


def no_fault_is_left(place: Town, folder: Path) -> None:
    """Let a worker finish, past the leases of whoever was killed; then look."""
    clock = folder / "clock"
    clock.write_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 90)), encoding="utf-8")
    own = {**place.environment, "MBUROJA_HEADS": str(place.replicas[0].heads)}
    done = mburoja("worker", "--once", "--db", place.url, "--clock", str(clock), env=own)
    assert (done.returncode, done.stderr) == (0, b"")
    assert checker.faults(place.url) == []
    for replica in place.replicas:
        verified = mburoja("audit", "verify", "--db", place.url, "--heads", str(replica.heads), env=own)
        assert verified.returncode == 0, verified.stdout.decode()
