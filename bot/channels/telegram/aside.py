"""What is said to Telegram beside the outbox: bounded, as well as it goes, never durable; knows no store.

It never takes the room of what the outbox sends: past a bot's pace it is left unsaid.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from bot.channels.telegram.arrivals import Arrival, Kind
from bot.delivery.house import where
from bot.delivery.telegram.pace import Pace
from bot.dialogue.compose import Translate

MOST = 100  # under way at a time; more are left out
LAST_WORDS = 1.0  # seconds for those under way when all ends

_log = logging.getLogger(__name__)


class Aside(Protocol):
    """Makes the calls (``BotApi``); none of them raises."""

    async def answer_query(self, query: str, text: str = "") -> None:
        """Let a pressed button stop waiting."""
        ...

    async def answer_inline(self, query: str, label: str) -> None:
        """Answer an inline query by a button that leads to the bot."""
        ...

    async def typing(self, chat: int) -> None:
        """Show that the bot is at it."""
        ...


class Asides:
    """Says what nobody waits for."""

    def __init__(self, apis: Mapping[str, Aside], translate: Translate, per_second: int) -> None:
        """Take each bot's calls by its name, and how many a second each makes at most."""
        self._apis, self._ = apis, translate
        self._paces = {bot: Pace(per_second, 1, 1, longest=0) for bot in apis}
        self._under_way: set[asyncio.Task[None]] = set()

    def answer(self, bot: str, arrival: Arrival) -> None:
        """Answer what Telegram itself waits to be answered, after it was handled."""
        api = self._apis[bot]
        if arrival.kind is Kind.INLINE:
            self._say(bot, lambda: api.answer_inline(arrival.query, self._("Write to me in private")))
        elif arrival.query:  # a pressed button, also one that was pressed too fast
            self._say(bot, lambda: api.answer_query(arrival.query))

    def typing(self, bot: str, chat: int) -> None:
        """Show somebody who waits that we are at it."""
        self._say(bot, lambda: self._apis[bot].typing(chat))

    async def close(self) -> None:
        """Give those under way a moment, then end them."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=LAST_WORDS)
            for aside in late:
                aside.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _say(self, bot: str, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._under_way) < MOST and self._paces[bot].turn(now).given:
            aside = asyncio.create_task(call())
            self._under_way.add(aside)
            aside.add_done_callback(self._said)

    def _said(self, aside: asyncio.Task[None]) -> None:
        self._under_way.discard(aside)
        error = None if aside.cancelled() else aside.exception()
        if error:
            _log.warning("a word beside failed: %s", where(error))
