"""Keeps figures for a minute, so that their pages, pictures and tables are read once; computes none."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.services.figures.counting import Figures
from bot.services.figures.period import Period

SECONDS = 60.0
_MOST = 64  # choices of company and time that are kept at once


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What figures are of. ``newest`` is the number of the newest event: any change of a case makes it another."""

    companies: tuple[str, ...]
    period: Period
    newest: int


@dataclass(kw_only=True)
class Kept:
    """Figures that are computed, or being computed, with the pictures that were drawn of them."""

    figures: asyncio.Task[Figures]
    until: float
    pictures: dict[str, bytes] = field(default_factory=dict)


class Shelf:
    """What is kept. One for the whole process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty."""
        self._clock = clock
        self._kept: dict[Choice, Kept] = {}

    async def get(self, choice: Choice, compute: Callable[[], Awaitable[Figures]]) -> Kept:
        """Return figures that are kept, or compute them; who asks meanwhile waits for the same."""
        now = self._clock()
        self._kept = {each: kept for each, kept in self._kept.items() if kept.until > now}
        kept = self._kept.get(choice)
        if kept is None or (kept.figures.done() and kept.figures.exception()):
            while len(self._kept) >= _MOST:
                del self._kept[next(iter(self._kept))]
            kept = Kept(figures=asyncio.ensure_future(_run(compute)), until=now + SECONDS)
            self._kept[choice] = kept
        await asyncio.shield(kept.figures)
        return kept


async def _run(compute: Callable[[], Awaitable[Figures]]) -> Figures:
    return await compute()


SHELF = web.AppKey("figures", Shelf)
