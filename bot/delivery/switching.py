"""Keeps what is switched off in this process as the database has it, whichever process switched it; knows no answer.

Turns read the holder, never the database: a switch is told here soon after it is committed, without a turn's waiting.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from bot.delivery.house import where
from bot.dialogue.switches import Switches
from bot.errors import StoreUnavailableError
from bot.services.knowledge import reviews
from bot.storage.store import Store

LOOK_EACH = 1.0  # seconds, at the latest; sooner when something was committed here
AT_MOST_EACH = 0.5  # seconds between two looks

_log = logging.getLogger(__name__)


async def refresh(store: Store, switches: Switches) -> None:
    """Take over what is switched off now."""
    switches.set(await store.read(reviews.switched_off))


@contextlib.asynccontextmanager
async def followed(store: Store, switches: Switches) -> AsyncIterator[None]:
    """Keep it fresh while the context lasts; it is known when the context begins."""
    await refresh(store, switches)
    following = asyncio.create_task(follow(store, switches), name="switching")
    try:
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def follow(store: Store, switches: Switches) -> None:
    """Go on taking it over until cancelled; while the database is away, what was known last holds."""
    while True:
        await store.changed(LOOK_EACH)
        try:
            await refresh(store, switches)
        except StoreUnavailableError:
            _log.debug("what is switched off stays as it was: the database is unavailable")
        except Exception as error:  # one fault must not end the following
            _log.error("what is switched off is not known: %s", where(error))
        await asyncio.sleep(AT_MOST_EACH)
