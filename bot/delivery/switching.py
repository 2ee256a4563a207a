"""Keeps what is switched off in this process as the database has it, whichever process switched it; knows no answer.

Turns read the holder, never the database: a switch is told here soon after it is committed, without a turn's waiting.
What else turns must know of the database in this way is looked at beside it.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from bot.delivery.house import where
from bot.dialogue.switches import Switches
from bot.errors import StoreUnavailableError
from bot.services.knowledge import reviews
from bot.storage.store import Store, Tx

LOOK_EACH = 1.0  # seconds, at the latest; sooner when something was committed here
AT_MOST_EACH = 0.5  # seconds between two looks

_log = logging.getLogger(__name__)


def nothing(_tx: Tx) -> None:
    """Look at nothing else."""


async def refresh(store: Store, switches: Switches, beside: Callable[[Tx], None] = nothing) -> None:
    """Take over what is switched off now; ``beside`` looks at what else is to be known."""

    def look(tx: Tx) -> frozenset[tuple[str, str]]:
        beside(tx)
        return reviews.switched_off(tx)

    switches.set(await store.read(look))


@contextlib.asynccontextmanager
async def followed(store: Store, switches: Switches, beside: Callable[[Tx], None] = nothing) -> AsyncIterator[None]:
    """Keep it fresh while the context lasts; it is known when the context begins."""
    await refresh(store, switches, beside)
    following = asyncio.create_task(follow(store, switches, beside), name="switching")
    try:
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def follow(store: Store, switches: Switches, beside: Callable[[Tx], None] = nothing) -> None:
    """Go on taking it over until cancelled; while the database is away, what was known last holds."""
    while True:
        await store.changed(LOOK_EACH)
        try:
            await refresh(store, switches, beside)
        except StoreUnavailableError:
            _log.debug("what is switched off stays as it was: the database is unavailable")
        except Exception as error:  # one fault must not end the following
            _log.error("what is switched off is not known: %s", where(error))
        await asyncio.sleep(AT_MOST_EACH)
