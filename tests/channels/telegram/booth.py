"""An intake over a database of its own, with turns that only note what comes, and a Telegram that only listens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from bot.answering import translations
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.turns import Bot, TelegramTurns
from bot.errors import StoreUnavailableError
from bot.services import updates
from bot.services.desk import Desk
from bot.services.updates import Ended
from bot.storage.store import Store, Tx
from tests.tools.desks import NOW, made_up_desk
from tests.tools.engines import looking, open_store
from tests.tools.twice import Rehearsal

T = TypeVar("T")

LONGEST = 30.0  # seconds for anything
HELD = 4 * LONGEST  # seconds that an update waits for one before it: no test passes by such a wait
IPKO, PAYSERA = Bot(name="ipko", company="ipko"), Bot(name="paysera", company="paysera")


class Notebook(TelegramTurns):
    """Turns that note what they are given. ``faults``: how often a text fails yet; ``silent``: giving up fails too."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int, Arrival]] = []
        self.given_up: list[tuple[int, int | None, Ended]] = []
        self.faults: dict[str, int] = {}
        self.silent = False

    def take(self, tx: Tx, _now: int, bot: Bot, update_id: int, arrival: Arrival) -> bool:
        if not updates.finish(tx, bot.name, update_id):
            return False
        if isinstance(tx, Rehearsal):
            return True
        if self.faults.get(arrival.text):
            self.faults[arrival.text] -= 1
            raise ValueError(arrival.text)
        self.taken.append((bot.name, update_id, arrival))
        return True

    def give_up(self, tx: Tx, _now: int, bot: Bot, update_id: int, chat: int | None, how: Ended) -> None:
        if self.silent:
            raise ValueError("not even that")
        if updates.finish(tx, bot.name, update_id, how) and not isinstance(tx, Rehearsal):
            self.given_up.append((update_id, chat, how))

    @property
    def ids(self) -> list[int]:
        return [number for _, number, _ in self.taken]


class MoodyStore(Store):
    """A database that is away at times, or slow, or slow to tell that it wrote. ``written`` counts transactions."""

    def __init__(self, path: Path) -> None:
        self.path, self.real = path, open_store(path)
        self.away = False
        self.open = asyncio.Event()
        self.open.set()
        self.tells: asyncio.Event | None = None
        self.written = 0

    @property
    def waiting(self) -> int:
        return self.real.waiting

    async def transact(self, work: Callable[[Tx], T]) -> T:
        await self.open.wait()
        if self.away:
            raise StoreUnavailableError("the disk is full")
        self.written += 1
        tells = self.tells
        done = await self.real.transact(work)
        if tells:
            await tells.wait()
        return done

    async def read(self, work: Callable[[Tx], T]) -> T:
        if self.away:
            raise StoreUnavailableError("the disk is full")
        return await self.real.read(work)

    async def changed(self, timeout: float) -> bool:
        return await self.real.changed(timeout)

    async def close(self) -> None:
        await self.real.close()


class Listener:
    """Telegram's side of what is said beside the outbox."""

    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []

    async def answer_query(self, query: str, text: str = "") -> None:
        self.said.append(("query", query + text))

    async def answer_inline(self, query: str, label: str) -> None:
        self.said.append(("inline", f"{query}: {label}"))

    async def typing(self, chat: int) -> None:
        self.said.append(("typing", chat))


class StillClock:
    """A time that stands still."""

    def now(self) -> int:
        return NOW


class Booth:
    """All of it. ``watched`` counts what the intake tells."""

    def __init__(
        self,
        store: MoodyStore,
        most_waiting: int = 1_000,
        *,
        turns: TelegramTurns | None = None,
        desk: Desk | None = None,
        per_minute: int = 100,
    ) -> None:
        self.store, self.desk, self.turns, self.api = store, desk or made_up_desk(), Notebook(), Listener()
        self.watched: dict[str, int] = {}
        self.intake = Intake(
            store, self.desk, StillClock(), turns or self.turns,
            {bot.name: bot for bot in (IPKO, PAYSERA)}, {"ipko": self.api, "paysera": self.api},
            translate=translations().gettext, most_waiting=most_waiting, per_minute=per_minute, hold=HELD,
            watch=self._watch,
        )  # fmt: skip

    def _watch(self, what: str, _bot: str) -> None:
        self.watched[what] = self.watched.get(what, 0) + 1

    async def keep(self, *raws: bytes, bot: str = "ipko") -> None:
        await self.intake.keep(bot, raws)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let turns be taken meanwhile."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.intake.run(stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(LONGEST):
                await task

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(LONGEST):
            while not holds():
                await asyncio.sleep(0.005)

    async def done(self) -> None:
        """Wait until nothing waits."""
        await self.until(lambda: not self.intake.waiting)

    def rows(self) -> dict[int, tuple[str, str]]:
        """State and sealed payload of what the database has, by id."""
        with looking(self.store.path) as tables:
            return {row["update_id"]: (row["state"], row["payload_sealed"]) for row in tables.rows("updates")}

    def states(self) -> dict[int, str]:
        return {number: state for number, (state, _) in self.rows().items()}


def let_pass(seconds: float) -> None:
    """Let time pass for the loop that runs: what was to be done meanwhile is done next, however busy the machine is."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]  # each test has a loop of its own


@contextlib.asynccontextmanager
async def a_store(path: Path) -> AsyncIterator[MoodyStore]:
    store = MoodyStore(path)
    try:
        yield store
    finally:
        await store.close()
