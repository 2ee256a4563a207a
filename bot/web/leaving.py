"""How the server ends what people have under way: turns are acknowledged, browsers told to come back (to another)."""

import asyncio

from bot.web.wire import codes
from bot.web.wire.talks import Talks

_STEP = 0.01  # seconds between two looks
_NEW_WORDS = 1.0  # seconds: when the server stops, turns under way are acknowledged first


async def say_goodbye(talks: Talks, seconds: float) -> None:
    """Let turns under way be acknowledged, tell browsers to come back, and let what they still said be finished."""
    await _until_done(talks, min(_NEW_WORDS, seconds))
    talks.hub.end_all(codes.RESTART)
    await _until_done(talks, seconds)


async def _until_done(talks: Talks, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while talks.under_way and loop.time() < end:
        await asyncio.sleep(_STEP)
