"""The real server on a PostgreSQL that restarts, is cut off, stands still, or is full: in the middle of a turn (R50).

Whoever speaks is told plainly, says the same again under the same id, and finds it done once; nobody starts anything
anew but the database.
"""

import asyncio
import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.storage.postgres import connect
from tests.acceptance.failing import WISH
from tests.tools import postgres
from tests.tools.command import mburoja
from tests.tools.disks import filled, small_disk
from tests.tools.proxy import Proxy
from tests.tools.serving import Served
from tests.tools.wire import Caller, Frame, Pass

pytestmark = [pytest.mark.usefixtures("settings"), pytest.mark.asyncio, pytest.mark.thorough]

# What was committed is there after a crash; that the machine itself does not fail is another matter.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on"}
SECRET = "i-njejti-sekret-per-krejt-kete-prove"  # noqa: S105  of tests
NUMBERS = [f"+383440002{at}" for at in range(60, 70)]  # fictional customers', one for each who speaks
LONGEST = 40.0  # seconds that anything may take
PLAIN = ("Për momentin nuk mund të ruaj asgjë.", "Për pak nuk jemi në dispozicion. Asgjë nuk u humb")


class ServedOnServer(Served):
    """The server under test, on a database of PostgreSQL's; ``place`` is its address."""

    def __init__(self, folder: Path, place: str) -> None:
        super().__init__(
            folder, folder / "nothing", sites={"ipko": ["http://localhost:1"]}, SECRET=SECRET,
            HEADS=str(folder / "heads"), DATABASE_URL=place,
            MESSAGES_PER_MINUTE="100000",  # who is refused says it again and again
        )  # fmt: skip

    @property
    def _options(self) -> list[str]:
        return []  # the environment names the database

    def office(self, *arguments: str) -> str:
        done = mburoja(*arguments, env=self.settings)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@dataclass(kw_only=True)
class House:
    """The served database, with what stands between: ``near`` is its address with nothing in between."""

    database: postgres.Server
    proxy: Proxy
    served: ServedOnServer
    near: str
    numbers: list[str] = field(default_factory=lambda: [*NUMBERS])  # of customers who have not spoken yet

    def count(self, table: str) -> int:
        with contextlib.closing(connect(self.near)) as connection:
            row = connection.execute(f"SELECT COUNT(*) AS n FROM {table}".encode()).fetchone()  # noqa: S608  of ours
            assert row
            return int(row["n"])

    def ready(self) -> tuple[int, dict[str, Any]]:
        """What `/readyz` tells."""
        try:
            with urllib.request.urlopen(f"{self.served.address}/readyz", timeout=LONGEST) as answer:
                return int(answer.status), json.load(answer)
        except urllib.error.HTTPError as told:
            with told:
                return told.code, json.load(told)

    async def becomes(self, status: int) -> None:
        """Wait until `/readyz` answers with a status."""
        async with asyncio.timeout(LONGEST):
            while (await asyncio.to_thread(self.ready))[0] != status:
                await asyncio.sleep(0.05)


@contextlib.contextmanager
def housed(folder: Path, database: postgres.Server, place: str) -> Iterator[House]:
    """A server that runs on a database, behind a proxy."""
    with Proxy(database.target) as proxy:
        served = ServedOnServer(folder, database.through(place, proxy.port))
        for what, head, row in (
            (
                "customers",
                "company,customer_number,mobiles,name,relationship,line",
                "ipko,A-{0},{0},Filan,active,personal",
            ),
            (
                "consents",
                "company,customer_number,purpose,state,since,source",
                "ipko,A-{0},offers-current,given,2026-01-05,shop",
            ),
        ):
            listed = folder / f"{what}.csv"
            listed.write_text("\n".join([head, *map(row.format, NUMBERS), ""]), encoding="utf-8")
            served.office(what, "import", str(listed))
        with served:
            yield House(database=database, proxy=proxy, served=served, near=place)
            served.worked_well()
        served.office("audit", "verify")


@pytest.fixture(scope="module")
def durable() -> Iterator[postgres.Server]:
    with postgres.server(DURABLE) as server:
        yield server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, durable: postgres.Server) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house"), durable, durable.database()) as house:
        yield house


@dataclass(kw_only=True)
class Customer:
    """Somebody who speaks over plain HTTP, and says the same again until it is taken."""

    house: House
    caller: Caller
    shown: Pass
    refused: list[str] = field(default_factory=list)  # what was said when it was not taken
    _said: int = 0

    async def says(self, text: str, *, identity: str | None = None) -> list[Frame]:
        """Say something until it is taken; return the frames that came back."""
        if identity is None:
            self._said += 1
            identity = f"m-{self._said}"
        async with asyncio.timeout(LONGEST):
            while True:
                status, frames = await self.once(text, identity)
                if status == 200:
                    return frames
                assert status == 503, frames
                await asyncio.sleep(0.1)

    async def once(self, text: str, identity: str) -> tuple[int, list[Frame]]:
        """Say something once; return the status and the frames."""
        status, frames = await self.caller.posts(
            self.shown, {"type": "say", "id": identity, "text": text, "last_seq": 0}
        )
        if status != 200:
            self.refused += [str(frame["text"]) for frame in frames]
        return status, frames

    async def until_confirming(self) -> None:
        """Go as far as the confirmation of a withdrawal."""
        number = self.house.numbers.pop()
        await self.says(WISH)
        await self.says(number)
        code = await asyncio.to_thread(self.house.served.code_for, number)
        frames = await self.says(code)
        renewed = [frame for frame in frames if frame["type"] == "renew"]
        assert renewed, frames


@contextlib.asynccontextmanager
async def customer_of(house: House) -> AsyncIterator[Customer]:
    async with Caller(house.served.address) as caller:
        yield Customer(house=house, caller=caller, shown=await caller.enters())


async def told_plainly(customer: Customer, identity: str) -> float:
    """Say the confirmation once, while the database is away; return how long the answer took (s)."""
    began = time.monotonic()
    status, frames = await customer.once("po", identity)
    assert status == 503, frames
    assert all(text.startswith(PLAIN) for text in customer.refused), customer.refused
    return time.monotonic() - began


async def done_once(house: House, customer: Customer, identity: str) -> None:
    """Say the confirmation again until it is taken, and once more: it was done once."""
    done = len(NUMBERS) - len(house.numbers)
    first = await customer.says("po", identity=identity)
    assert house.count("receipts") == done
    again = await customer.says("po", identity=identity)
    assert numbers(again) == numbers(first)
    assert house.count("receipts") == done


def numbers(frames: list[Frame]) -> list[int]:
    return [frame["seq"] for frame in frames if frame["type"] == "message"]


async def test_a_server_that_restarts_is_told_plainly_and_what_was_said_is_done_once(house: House) -> None:  # R50
    async with customer_of(house) as customer:
        await customer.until_confirming()
        for mode in ("fast", "immediate"):
            await asyncio.to_thread(house.database.stop, mode)
            took = [await told_plainly(customer, "confirm") for _ in range(3)]
            assert min(took) < 2, "nobody waits for a server that is known to be away"
            await house.becomes(503)
            assert (await asyncio.to_thread(house.ready))[1]["store"] is False
            await asyncio.to_thread(house.database.start)
            await house.becomes(200)
        await done_once(house, customer, "confirm")


async def test_an_answer_that_is_lost_at_the_commit_is_told_as_done(house: House) -> None:  # R49
    async with customer_of(house) as customer:
        await customer.until_confirming()
        house.proxy.cut_after(b"COMMIT\0")
        await done_once(house, customer, "confirm")
        assert house.proxy.did_cut


async def test_a_network_that_is_cut_is_told_plainly_and_what_was_said_is_done_once(house: House) -> None:  # R50
    async with customer_of(house) as customer:
        await customer.until_confirming()
        house.proxy.refuse()
        await told_plainly(customer, "confirm")
        await house.becomes(503)
        house.proxy.restore()
        await house.becomes(200)
        await done_once(house, customer, "confirm")


async def test_a_network_that_says_nothing_any_more_holds_nobody_for_long(house: House) -> None:  # R50
    async with customer_of(house) as customer:
        await customer.until_confirming()
        house.proxy.hang()
        assert await told_plainly(customer, "confirm") < LONGEST
        await house.becomes(503)
        house.proxy.restore()
        await house.becomes(200)
        await done_once(house, customer, "confirm")


# ---- in the middle of many turns -------------------------------------------------------------------------------

SAID = 6
PEOPLE = 8


async def speaks(house: House, name: str) -> list[str]:
    """Say some things that nobody else says, each until it is taken; return what the transcript holds of them."""
    async with customer_of(house) as customer:
        for number in range(SAID):
            await customer.says(f"{name} pyet {number}: sa gjatë ruhen të dhënat?")
        async with asyncio.timeout(LONGEST):
            while True:
                status, frames = await customer.caller.posts(customer.shown, {"type": "hello", "last_seq": 0})
                if status == 200:
                    break
                await asyncio.sleep(0.1)
        assert all(text.startswith(PLAIN) for text in customer.refused), customer.refused
        seen = [json.dumps(frame, ensure_ascii=False) for frame in frames if frame["type"] == "message"]
        return [f"{n}" for n in range(SAID) for text in seen if f"{name} pyet {n}:" in text]


async def restarts(house: House) -> None:
    for mode in ("immediate", "fast"):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(house.database.stop, mode)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(house.database.start)


async def cuts(house: House) -> None:
    for way in (house.proxy.cut, house.proxy.cut, house.proxy.refuse, house.proxy.cut):
        await asyncio.sleep(0.3)
        await asyncio.to_thread(way)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(house.proxy.restore)


async def loses_commits(house: House) -> None:
    for way in (house.proxy.cut_after, house.proxy.cut_before, house.proxy.strand_before, house.proxy.cut_after):
        way(b"COMMIT\0" if way == house.proxy.cut_after else b"COMMIT")
        await asyncio.sleep(0.3)


@pytest.mark.parametrize("disturb", [restarts, cuts, loses_commits])
async def test_of_many_who_speak_meanwhile_nothing_is_lost_and_nothing_is_taken_twice(
    house: House, disturb: Callable[[House], Awaitable[None]]
) -> None:  # R49
    disturbing = asyncio.ensure_future(disturb(house))
    seen = await asyncio.gather(*(speaks(house, f"Filan-{person}") for person in range(PEOPLE)))
    await disturbing
    assert seen == [[f"{number}" for number in range(SAID)]] * PEOPLE
    await house.becomes(200)


# ---- no room ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_house(tmp_path: Path, durable: postgres.Server) -> Iterator[tuple[House, Path]]:
    """A database whose tables have a small disk for themselves."""
    with small_disk(48) as disk, durable.within(disk) as place, housed(tmp_path, durable, place) as house:
        yield house, disk


async def test_a_full_disk_is_told_plainly_and_what_was_said_is_done_once(
    small_house: tuple[House, Path],
) -> None:  # R50
    house, disk = small_house
    async with customer_of(house) as customer:
        await customer.until_confirming()
        with filled(disk):
            # Rows still fit into the pages that are there: talking fills them.
            async with asyncio.timeout(LONGEST):
                number = 0
                while not customer.refused:
                    number += 1
                    await customer.once("po " * 600, f"long-{number}")
            assert all(text.startswith(PLAIN) for text in customer.refused)
        await house.becomes(200)
        told = await customer.says("sa gjatë ruhen të dhënat?")
        assert numbers(told)
        assert house.count("messages") > 0


@pytest.fixture
def tiny_house(tmp_path: Path) -> Iterator[tuple[House, Path]]:
    """A whole server on a small disk: its log has no room either."""
    with (
        small_disk(160) as disk,
        postgres.server({**DURABLE, "min_wal_size": "32MB", "max_wal_size": "32MB"}, within=disk) as database,
        housed(tmp_path, database, database.database()) as house,
    ):
        yield house, disk


async def test_a_server_that_falls_for_want_of_room_comes_back_once_there_is_some(
    tiny_house: tuple[House, Path],
) -> None:  # R50
    house, disk = tiny_house
    async with customer_of(house) as customer:
        await customer.until_confirming()
        with filled(disk):
            async with asyncio.timeout(LONGEST):
                number = 0
                while not customer.refused:
                    number += 1
                    await customer.once("po " * 600, f"long-{number}")
        with contextlib.suppress(subprocess.CalledProcessError):  # it may be there: it falls only where its log is full
            await asyncio.to_thread(house.database.start)
        await house.becomes(200)
        assert numbers(await customer.says("sa gjatë ruhen të dhënat?"))
