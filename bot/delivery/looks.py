"""Looks at something outside from time to time, with nobody's message; knows neither gateway nor directory.

So trouble is known although nobody asks for a code, and never from who asked for one (R11, R50).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from bot.delivery.house import where
from bot.delivery.pump import cancelled

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def looked_at(look: Callable[[], Awaitable[None]], each: float) -> AsyncIterator[None]:
    """Look at once, and every ``each`` seconds while the context lasts."""
    looking = asyncio.create_task(_go_on(look, each), name="looks")
    try:
        yield
    finally:
        await cancelled([looking])


async def _go_on(look: Callable[[], Awaitable[None]], each: float) -> None:
    while True:
        try:
            await look()
        except Exception as error:  # one fault must not end the looking
            _log.error("a look failed: %s", where(error))
        await asyncio.sleep(each)
