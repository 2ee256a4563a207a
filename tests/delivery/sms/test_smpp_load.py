"""Many messages at the capped rate through a centre that dies, stands still and is killed: none is lost (R50)."""

import asyncio
import contextlib
import itertools
import os
import signal
import statistics
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import psutil
import pytest

from bot.delivery.sms.port import Sms, SmsError
from bot.delivery.sms.smpp import SmppGateway
from tests.delivery.sms.lines import CODE, PHONE, SHORT, TIMES, Line, impatient, line, settings
from tests.delivery.working import MovedClock, until
from tests.tools.smsc import THROTTLED

pytestmark = pytest.mark.asyncio
THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
MANY, RATE, DEATHS = (1_000, 200, 4) if THOROUGH else (80, 200, 2)


async def crowd(of: Line, count: int) -> None:
    """Send so many messages, thirty at a time."""
    numbers = iter(range(count))

    async def one() -> None:
        for number in numbers:
            await of.bring(f"Kodi {number:04d}", key=f"{number:04d}")

    await asyncio.gather(*(one() for _ in range(30)))


def usual_rate(times: list[float]) -> float:
    """How many came a second, most of the time: for a while the machine may do other things."""
    return 1 / statistics.median(later - earlier for earlier, later in itertools.pairwise(times))


def most_in(times: list[float], seconds: float) -> int:
    """How many of the times lie within so many seconds, at most."""
    return max(sum(at <= each < at + seconds for each in times[first:]) for first, at in enumerate(times))


@pytest.mark.alone
async def test_at_the_capped_rate_none_is_lost_and_the_cap_is_kept_and_reached() -> None:
    async with line(binds=2, per_second=RATE) as of:
        of.centre.per_second = RATE * 1.1  # the operator's own limit
        await crowd(of, MANY)
        assert sorted(of.centre.texts()) == [f"Kodi {number:04d}" for number in range(MANY)]
        assert not of.centre.refused
        times = [each.at for each in of.centre.taken]
        assert usual_rate(times) > RATE * (0.85 if THOROUGH else 0.5)
        assert most_in(times, 0.5) <= RATE * 0.5 + 5


async def test_through_deaths_and_throttling_every_message_comes_at_least_once() -> None:
    async with line(binds=2, per_second=RATE) as of:
        sending = asyncio.create_task(crowd(of, MANY))
        for death in range(1, DEATHS + 1):
            enough = MANY * death // (DEATHS + 1)
            await of.centre.until(lambda centre, enough=enough: len(centre.taken) >= enough)  # type: ignore[misc]
            of.centre.next_statuses.extend([THROTTLED] * 3)
            await of.centre.stop()
            await asyncio.sleep(0.1)
            await of.centre.start()
        await sending
        texts = of.centre.texts()
        assert set(texts) == {f"Kodi {number:04d}" for number in range(MANY)}
        assert len(texts) - len(set(texts)) <= 4 * 2 * 10  # what was in the windows when it died
        assert len({taken.message_id for _, taken in of.taken}) == len(of.taken) >= MANY


@pytest.mark.thorough
async def test_memory_stays_bounded_over_many_messages() -> None:  # R52
    async with line(binds=2, per_second=1000, message_ids="same") as of:
        await crowd(of, 500)
        before = psutil.Process().memory_info().rss
        for _ in range(12):
            of.centre.taken.clear()
            of.taken.clear()
            await crowd(of, 500)
        assert psutil.Process().memory_info().rss - before < 8 * 1024 * 1024


@dataclass
class Program:
    """A centre in a process of its own."""

    process: asyncio.subprocess.Process
    port: int

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def taken(self) -> str:
        """Return the id and the reference of the next message that it took."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            return (await self.process.stdout.readline()).decode().strip()


@contextlib.asynccontextmanager
async def program() -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.tools.smsc", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            port = int(await process.stdout.readline())
        yield Program(process, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.thorough
async def test_a_centre_that_is_stopped_for_a_while_takes_each_message_once() -> None:
    async with program() as centre:
        times = replace(TIMES, enquire=60)
        gateway = SmppGateway(settings(centre.port, per_second=1000), MovedClock(), times=times)
        async with gateway:
            await gateway.send(Sms(to=PHONE, text=CODE, key="first"))
            await centre.taken()
            centre.send(signal.SIGSTOP)
            impatient(gateway, SHORT)
            for _ in range(2):
                with pytest.raises(SmsError, match=r"sms\.unanswered"):
                    await gateway.send(Sms(to=PHONE, text=CODE, key="second"))
            impatient(gateway, TIMES.answer)
            centre.send(signal.SIGCONT)
            said = await gateway.send(Sms(to=PHONE, text=CODE, key="second"))
            assert (await centre.taken()).split()[0] == said.message_id
            await gateway.send(Sms(to=PHONE, text=CODE, key="third"))
            assert (await centre.taken()).split()[0] == str(int(said.message_id or 0) + 1)  # nothing between


async def test_a_centre_that_is_killed_is_known_to_be_away_at_once() -> None:
    async with program() as centre:
        gateway = SmppGateway(settings(centre.port), MovedClock(), times=TIMES)
        async with gateway:
            await gateway.send(Sms(to=PHONE, text=CODE, key="first"))
            centre.send(signal.SIGKILL)
            await centre.process.wait()
            await until(lambda: not gateway.health.bound)
            with pytest.raises(SmsError, match=r"sms\.away"):
                await gateway.send(Sms(to=PHONE, text=CODE, key="second"))
