"""Turns are taken by several processes while the secret is replaced, on either engine."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from bot.dialogue.events import CodeUnderWay, CodeWrong
from bot.limits import Limits
from bot.services import conversations
from bot.services.lists import importing
from bot.storage.store import Tx
from tests.services.keys.ringing import NEW, NEW_ID, OLD, Process, process
from tests.services.keys.test_replacing import customer
from tests.tools import engines
from tests.tools.codes import House, wrong
from tests.tools.desks import NOW
from tests.tools.races import LONGEST

THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
# No cap stops the mistyping: every one that is lost shows.
LIMITS = Limits(
    resend_after=0, failures=1_000_000, sendings_short=1_000_000, sendings_day=1_000_000, company_hour=1_000_000,
    conversation_hour=1_000_000,
)  # fmt: skip
PEOPLE, CUSTOMERS, TAKERS = (60, 12, 8) if THOROUGH else (12, 4, 3)


class Taker:
    """Takes turns at a process until told to stop: counts what it did by address, and wrong codes by number."""

    def __init__(self, own: Process, seed: int, taken: dict[str, int], failed: dict[int, int]) -> None:
        self._own, self._random = own, random.Random(seed)  # noqa: S311  for tests only
        self._taken, self._failed = taken, failed
        self._conversation = f"codes-{seed}"

    async def go_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._talk(f"person-{self._random.randrange(PEOPLE)}")
            await self._mistype(self._random.randrange(CUSTOMERS))
            await asyncio.sleep(0.005)  # on one file processes wait for one another by chance

    async def _talk(self, address: str) -> None:
        desk = self._own.desk
        await self._own.store.transact(lambda tx: conversations.take(tx, desk, NOW, "telegram", address))
        self._taken[address] = self._taken.get(address, 0) + 1
        found = await self._own.store.read(lambda tx: conversations.find(tx, desk, "telegram", address))
        assert found is not None, "who was there a moment ago is not found"

    async def _mistype(self, number: int) -> None:
        """Ask for a code and mistype it: what is counted must never be forgotten (R5)."""

        def play(tx: Tx) -> bool:
            house = House(self._own.desk, tx)
            under_way = house.ask(f"+38344{number:06d}", conversation=self._conversation)
            if not isinstance(under_way, CodeUnderWay):
                return False
            answer = house.redeem(under_way.challenge, wrong("000000"), conversation=self._conversation)
            return isinstance(answer, CodeWrong)

        if await self._own.store.transact(play):
            self._failed[number] = self._failed.get(number, 0) + 1


async def mistyped_more(failed: dict[int, int], times: int) -> None:
    """Let the takers go on until so many more codes were mistyped."""
    enough = sum(failed.values()) + times
    async with asyncio.timeout(LONGEST):
        while sum(failed.values()) < enough:
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("both_engines")
def test_turns_go_on_while_the_secret_is_replaced(tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    taken: dict[str, int] = {}
    failed: dict[int, int] = {}

    async def play() -> None:
        async with process(place) as first:
            rows = [customer(number) for number in range(CUSTOMERS)]
            await first.store.transact(lambda tx: importing.import_customers(tx, first.desk, NOW, rows))
        async with (
            process(place, OLD, NEW, wanted=NEW, limits=LIMITS) as one,
            process(place, NEW, OLD, wanted=NEW, limits=LIMITS) as other,
            process(place, OLD, NEW, wanted=NEW) as own,
        ):
            stop = asyncio.Event()
            serving = (one, other) if engines.is_postgres() else (one,)  # a file is one process's to serve
            takers = [
                asyncio.create_task(Taker(serving[seed % len(serving)], seed, taken, failed).go_on(stop))
                for seed in range(TAKERS)
            ]
            try:
                await mistyped_more(failed, 2 * CUSTOMERS)
                rotation = own.rotation(batch=5)
                await rotation.change_over(NEW_ID)
                await mistyped_more(failed, CUSTOMERS)
                await rotation.run(lambda *_: None)
            finally:
                stop.set()
                await asyncio.gather(*takers)
            await rotation.run(lambda *_: None)
            assert not (await rotation.left()).under_others
        async with process(place, NEW, OLD, wanted=NEW) as after:
            for number in range(CUSTOMERS):
                assert await after.store.read(lambda tx, n=number: _found(tx, after, n))  # type: ignore[misc]

    asyncio.run(play())
    with engines.looking(place) as tables:
        versions = sorted(row["version"] for row in tables.rows("conversations"))
        counts = sorted(row["count"] for row in tables.rows("failures") if row["count"])
    assert versions == sorted(taken.values())
    assert sum(failed.values()) > CUSTOMERS
    # Each is counted under the contact and under the decoy or the number.
    assert counts == sorted([*failed.values(), *failed.values()])


def _found(tx: Tx, own: Process, number: int) -> bool:
    index = own.desk.vault.index("number", "alfa", f"+38344{number:06d}")
    return len(tx.all("customers.by_number", company="alfa", number_hash=index)) == 1
