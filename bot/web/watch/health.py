"""Whether the process lives (`/healthz`), and whether it may be sent customers (`/readyz`); tells nothing else.

Both are open to everybody, so neither costs more than one look a second, however often it is asked.
"""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from bot.errors import StoreUnavailableError
from bot.services import jobs
from bot.storage.store import Store, Tx
from bot.web.keys import HOUSE

PATIENCE = 2.0  # seconds for the database
_GOOD_FOR = 1.0  # seconds that an answer holds


class Standing:
    """How the process stands. ``stopping`` is set when it is told to stop; ``bots``: whether each is set up."""

    def __init__(self, store: Store) -> None:
        """Take the database."""
        self.stopping = asyncio.Event()
        self.bots: dict[str, bool] = {}
        self._store = store
        self._looked: tuple[float, bool] | None = None
        self._looking = asyncio.Lock()

    async def store_works(self) -> bool:
        """Tell whether the database can be read, and takes a transaction."""
        async with self._looking:
            loop = asyncio.get_running_loop()
            if self._looked is None or loop.time() - self._looked[0] > _GOOD_FOR:
                works = await self._look()
                self._looked = (loop.time(), works)  # after the look: who waited meanwhile looks not once more
            return self._looked[1]

    async def _look(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._store.read(jobs.waiting)
                await self._store.transact(_nothing)
        except (StoreUnavailableError, TimeoutError):
            return False
        return True


STANDING = web.AppKey("standing", Standing)


@dataclass(frozen=True, kw_only=True)
class Ready:
    """What `/readyz` is about."""

    store: bool
    knowledge: bool
    stopping: bool

    @property
    def ready(self) -> bool:
        """Whether customers may be sent here."""
        return self.store and self.knowledge and not self.stopping


def add_routes(app: web.Application) -> None:
    """Add both."""
    app[STANDING] = Standing(app[HOUSE].office.store)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)


async def _alive(_request: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _ready(request: web.Request) -> web.Response:
    house, standing = request.app[HOUSE], request.app[STANDING]
    found = Ready(
        store=await standing.store_works(),
        knowledge=bool(house.office.knowledge.companies),
        stopping=standing.stopping.is_set(),
    )
    # Telegram holds nobody up who comes by the web: it is told, and nothing hangs on it (R50).
    bots = {"telegram": all(standing.bots.values())} if standing.bots else {}
    told = bots | {"ready": found.ready, "store": found.store, "knowledge": found.knowledge, "stopping": found.stopping}
    return web.json_response(told, status=200 if found.ready else 503)


def _nothing(_tx: Tx) -> None:
    """A transaction with nothing in it: that one can be had is what is asked."""
