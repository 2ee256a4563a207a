"""`/metrics`, an app of its own for a port of its own: what was counted, and what stands in the store just now."""

import asyncio
from collections.abc import Callable

from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot.errors import StoreUnavailableError
from bot.services import jobs
from bot.storage.store import Store, Tx
from bot.web.watch.metrics import Metrics

PATIENCE = 2.0  # seconds for the database
GOOD_FOR = 5.0  # seconds that the counts of jobs hold

Counts = tuple[int | None, int | None]  # ready, given up; None: the database did not tell


class Scraper:
    """Answers Prometheus. ``waiting`` tells how many turns wait."""

    def __init__(self, metrics: Metrics, store: Store, waiting: Callable[[], int]) -> None:
        """Take what it reads."""
        self._metrics, self._store, self._waiting = metrics, store, waiting
        self._counts: Counts = (None, None)
        self._counted_at: float | None = None
        self._counting = asyncio.Lock()

    async def answer(self, _request: web.Request) -> web.Response:
        """Return everything as text."""
        ready, dead = await self._jobs()
        self._metrics.stands(waiting=self._waiting(), ready=ready, dead=dead)
        return web.Response(body=self._metrics.text(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_PLAIN_0_0_4})

    async def _jobs(self) -> Counts:
        async with self._counting:
            now = asyncio.get_running_loop().time()
            if self._counted_at is None or now - self._counted_at > GOOD_FOR:
                self._counts, self._counted_at = await self._count(), now
            return self._counts

    async def _count(self) -> Counts:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._store.read(_counts)
        except (StoreUnavailableError, TimeoutError):
            return None, None


def metrics_app(metrics: Metrics, store: Store, waiting: Callable[[], int]) -> web.Application:
    """Return the app."""
    app = web.Application()
    app.router.add_get("/metrics", Scraper(metrics, store, waiting).answer)
    return app


def _counts(tx: Tx) -> Counts:
    return jobs.waiting(tx), jobs.given_up(tx)
