"""`/metrics`, an app of its own for a port of its own: what was counted, and what stands in the store just now."""

import asyncio
from collections.abc import Callable

from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot.clock import Clock
from bot.errors import StoreUnavailableError
from bot.services.standing import Standing, standing
from bot.storage.store import Store
from bot.web.watch.metrics import Metrics

PATIENCE = 2.0  # seconds for the database
GOOD_FOR = 5.0  # seconds that what the database told holds


class Scraper:
    """Answers Prometheus. ``waiting`` tells how many turns wait."""

    def __init__(self, metrics: Metrics, store: Store, clock: Clock, waiting: Callable[[], int]) -> None:
        """Take what it reads."""
        self._metrics, self._store, self._clock, self._waiting = metrics, store, clock, waiting
        self._stood: Standing | None = None
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()

    async def answer(self, _request: web.Request) -> web.Response:
        """Return everything as text."""
        self._metrics.stands(waiting=self._waiting(), stood=await self._standing())
        return web.Response(body=self._metrics.text(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_PLAIN_0_0_4})

    async def _standing(self) -> Standing | None:
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._looked_at is None or now - self._looked_at > GOOD_FOR:
                self._stood, self._looked_at = await self._look(), now
            return self._stood

    async def _look(self) -> Standing | None:
        """Return how things stand; None where the database does not tell."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._store.read(lambda tx: standing(tx, self._clock.now()))
        except (StoreUnavailableError, TimeoutError):
            return None


def metrics_app(metrics: Metrics, store: Store, clock: Clock, waiting: Callable[[], int]) -> web.Application:
    """Return the app."""
    app = web.Application()
    app.router.add_get("/metrics", Scraper(metrics, store, clock, waiting).answer)
    return app
