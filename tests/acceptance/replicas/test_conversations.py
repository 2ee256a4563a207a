"""Whoever talks to several replicas talks to one Mburoja: the same order, one answer to each, nothing missed."""

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Sequence

import pytest

from tests.acceptance.replicas.replicas import LONGEST, Replica, Town
from tests.tools.chatting import REFERENCE
from tests.tools.wire import Caller, Frame, Line, Pass

pytestmark = pytest.mark.asyncio

TRIES = 4  # where it must be quick: a machine that is busy elsewhere is slow too, but not always
QUESTIONS = ("menyja", "kush i sheh thirrjet e mia?", "po marrësit?", "sa gjatë i ruani?", "faleminderit", "menyja")


def messages(frames: Sequence[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame["type"] == "message"]


def alternating(told: Sequence[Frame], count: int) -> None:
    """Fail unless a greeting is followed by so many messages, each with one answer right behind it."""
    assert [frame["seq"] for frame in told] == list(range(1, 2 * count + 2))
    assert [frame["from"] for frame in told] == ["bot", *(["you", "bot"] * count)]


async def transcript(replica: Replica, shown: Pass) -> list[Frame]:
    async with replica.caller() as caller, caller.line(shown) as line:
        return messages(await line.greets())


async def says(caller: Caller, shown: Pass, text: str, identity: str = "") -> list[Frame]:
    frame = {"type": "say", "id": identity or str(uuid.uuid4()), "text": text, "last_seq": 2**50}
    status, told = await caller.posts(shown, frame)
    assert status == 200, told
    return told


async def test_a_conversation_that_goes_to_and_fro_keeps_its_order(two: Town) -> None:
    here, there = two.replicas
    async with here.caller() as one, there.caller() as other:
        shown = await one.enters()
        async with one.line(shown) as line:
            await line.greets()
        for at, text in enumerate(QUESTIONS):
            await says((one, other)[at % 2], shown, text)
        # And at the same time, as two tabs do.
        await asyncio.gather(*(says((one, other)[at % 2], shown, f"menyja {at}") for at in range(8)))
    told = await transcript(there, shown)
    alternating(told, len(QUESTIONS) + 8)
    said = [frame["blocks"][0]["text"] for frame in told if frame["from"] == "you"]
    assert said[: len(QUESTIONS)] == list(QUESTIONS)
    assert sorted(said[len(QUESTIONS) :]) == [f"menyja {at}" for at in range(8)]


async def test_a_message_that_is_sent_to_two_replicas_at_once_is_taken_once(two: Town) -> None:
    here, there = two.replicas
    async with here.caller() as one, there.caller() as other:
        shown = await other.enters()
        async with other.line(shown) as line:
            await line.greets()
        for _ in range(5):
            identity = str(uuid.uuid4())
            answers = await asyncio.gather(*(says(each, shown, "menyja", identity) for each in (one, other)))
            assert len({next(f["seq"] for f in told if f["type"] == "ack") for told in answers}) == 1
    alternating(await transcript(here, shown), 5)


async def sees(line: Line, seq: int) -> float:
    """Return when (s) a line has shown a message."""
    while max((frame["seq"] for frame in messages(line.came)), default=0) < seq:
        assert await line.reads() is not None
    return time.monotonic()


async def test_a_tab_at_another_replica_shows_within_a_second_what_was_said(two: Town) -> None:  # R58
    here, there = two.replicas
    tries: list[float] = []
    async with here.caller() as one, there.caller() as other:
        shown = await one.enters()
        async with one.line(shown) as tab, other.line(shown) as second:
            await tab.greets()
            await second.greets()
            while not tries or (tries[-1] >= 1.0 and len(tries) < TRIES):
                took: list[float] = []
                for text in QUESTIONS[:3]:
                    told = await tab.says(text)
                    said = time.monotonic()
                    took.append(await sees(second, messages(told)[-1]["seq"]) - said)
                tries.append(statistics.median(took))
    assert tries[-1] < 1.0, tries


async def test_a_reply_of_the_office_is_shown_at_whichever_replica(two: Town) -> None:  # R58
    here, there = two.replicas
    async with here.caller() as one, there.caller() as other:
        shown = await one.enters()
        async with one.line(shown) as tab, other.line(shown) as second:
            await tab.greets()
            await second.greets()
            reference = await files(tab)
            tries: list[float] = []
            while not tries or (tries[-1] >= 1.0 and len(tries) < TRIES):
                letter = f"Po e shikojmë ({len(tries)})."
                await asyncio.to_thread(two.run, "requests", "reply", reference, letter, "--by", "zana")
                written = time.monotonic()
                for line in (tab, second):
                    async with asyncio.timeout(LONGEST):
                        while letter not in json.dumps(line.came, ensure_ascii=False):
                            await line.reads()
                tries.append(time.monotonic() - written)
            assert tries[-1] < 1.0, tries


async def files(line: Line) -> str:
    """File a question to the officer, without a code; return its number."""
    told = await line.says("dua t'i shkruaj zyrtarit për mbrojtjen e të dhënave")
    told = await line.says("filan@shembull.example")
    for _ in range(6):
        if found := REFERENCE.search(json.dumps(told)):
            return found[0]
        offered = [item for f in told for block in f.get("blocks", []) for item in block.get("items", [])]
        yes = next((item["value"] for item in offered if item["label"].startswith("Po")), None)
        if yes:
            await line.sends({"type": "choose", "id": str(uuid.uuid4()), "value": yes})
            told = await line.until("state")
        else:
            told = await line.says("Kush i sheh thirrjet e mia?")
    raise AssertionError(told)
