"""One process at a time works, and knows when it does no more; another follows when it has gone or stands still."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from bot.clock import HOUR, SECOND, SystemClock
from bot.delivery import turns
from bot.delivery.turns import InTurn
from bot.errors import StoreUnavailableError
from bot.storage.store import Store, Tx
from tests.delivery.working import until
from tests.tools.engines import looking, open_store

pytestmark = pytest.mark.asyncio

T = TypeVar("T")
LEASE_S = 0.6  # a busy machine may stand still for a while


class HeldClock:
    """The machine's clock until it is held; from then on it stands unless it is moved, and no lease ends by itself."""

    def __init__(self) -> None:
        self._real, self.at = SystemClock(), 0

    def hold(self) -> None:
        self.at = self._real.now()

    def now(self) -> int:
        return self.at or self._real.now()


class Line(Store):
    """A process's line to the database, which may be cut; ``tries`` are those that have ended."""

    def __init__(self, real: Store) -> None:
        self.real = real
        self.cut = self.hangs = False
        self.tries = 0

    @property
    def waiting(self) -> int:
        return self.real.waiting

    async def transact(self, work: Callable[[Tx], T]) -> T:
        try:
            if self.cut:
                raise StoreUnavailableError("cut")
            if self.hangs:
                await asyncio.Event().wait()
            return await self.real.transact(work)
        finally:
            self.tries += 1

    async def more_tries(self) -> None:
        """Wait until some were begun and ended."""
        enough = self.tries + 3
        await until(lambda: self.tries >= enough)

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self.real.read(work)

    async def changed(self, timeout: float) -> bool:
        return await self.real.changed(timeout)

    async def close(self) -> None:
        await self.real.close()


class Bench:
    """Where works are done: who is at it now, and who ever was."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path, self.clock = store, path, HeldClock()
        self.at_it: list[str] = []
        self.were: list[str] = []
        self.most = 0
        self.fault: Exception | None = None
        self.failed = asyncio.Event()

    def work(self, name: str) -> "_Work":
        return _Work(self, name)

    @contextlib.asynccontextmanager
    async def process(self, name: str) -> AsyncIterator[Line]:
        """A process that takes its turn while the context lasts."""
        line, stop = Line(self.store), asyncio.Event()
        turn = InTurn(line, self.clock, "a.work", name, lambda: self.work(name))
        running = asyncio.create_task(turn.run(stop))
        try:
            yield line
        finally:
            stop.set()
            await running

    async def until(self, *names: str) -> None:
        await until(lambda: self.at_it == [*names])

    async def until_renewed(self) -> None:
        """Wait until the lease lasts as long as it can, by the clock that is held."""

        def is_renewed() -> bool:
            with looking(self.path) as tables:
                (lease,) = tables.query("SELECT until FROM leases")
            return bool(lease["until"] == self.clock.at + turns.LEASE)

        await until(is_renewed)


class _Work:
    def __init__(self, bench: Bench, name: str) -> None:
        self._bench, self._name = bench, name

    async def run(self, stop: asyncio.Event) -> None:
        bench = self._bench
        if bench.fault:
            bench.failed.set()
            raise bench.fault
        bench.at_it.append(self._name)
        bench.were.append(self._name)
        bench.most = max(bench.most, len(bench.at_it))
        await stop.wait()
        bench.at_it.remove(self._name)


@pytest_asyncio.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(turns, "LEASE", int(LEASE_S * 1000))
    monkeypatch.setattr(turns, "RENEW_EACH", 0.1)
    monkeypatch.setattr(turns, "TRY_EACH", 0.02)
    monkeypatch.setattr(turns, "_LAST_WORDS", 30.0)
    store = open_store(tmp_path / "turns.db")
    yield Bench(store, tmp_path / "turns.db")
    await store.close()


async def test_one_works_at_a_time_and_another_follows_at_once_when_it_ends(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LEASE", HOUR)
    bench.clock.hold()
    async with contextlib.AsyncExitStack() as first:
        await first.enter_async_context(bench.process("one"))
        await bench.until("one")
        async with bench.process("two") as two:
            for _ in range(3):
                bench.clock.at += HOUR - SECOND
                await bench.until_renewed()
                await two.more_tries()
            assert bench.were == ["one"]  # renewed, it is nobody else's
            async with bench.process("three"):
                pass  # who never had it takes nothing away
            await two.more_tries()
            assert bench.at_it == ["one"]
            await first.aclose()
            await bench.until("two")
    assert bench.most == 1


async def test_who_cannot_renew_ends_before_another_begins(bench: Bench) -> None:
    async with bench.process("one") as line:
        await bench.until("one")
        async with bench.process("two"):
            line.cut = True
            await bench.until("two")
            bench.clock.hold()
            await bench.until_renewed()
            line.cut, before = False, len(bench.were)
            await line.more_tries()
            assert "one" not in bench.were[before:]
    assert bench.most == 1


async def test_who_gets_no_answer_ends_before_another_begins(bench: Bench) -> None:
    async with bench.process("one") as line:
        await bench.until("one")
        async with bench.process("two"):
            line.hangs = True
            await bench.until("two")
            line.hangs = False
    assert bench.most == 1


async def test_who_stood_still_past_its_lease_does_not_go_on(bench: Bench) -> None:
    async with bench.process("one") as line:
        await bench.until("one")
        before = len(bench.were)
        with looking(bench.path) as tables:
            time.sleep(LEASE_S + 0.1)  # nothing of this process goes on, and another takes it
            assert tables.execute("UPDATE leases SET holder = 'another', until = 4000000000000") == 1
        await bench.until()
        await line.more_tries()
        assert bench.were[before:] == []


async def test_what_the_work_raises_is_raised(bench: Bench) -> None:
    bench.fault = LookupError("a bug")
    with pytest.raises(LookupError):
        async with bench.process("one"), asyncio.timeout(30):
            await bench.failed.wait()
