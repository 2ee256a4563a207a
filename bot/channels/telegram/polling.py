"""Asks Telegram for updates and keeps them, where no webhook does; knows nothing of what they say."""

import asyncio
import contextlib
import logging
import random
from typing import Protocol

from bot.channels.telegram.arrivals import BusyError
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.reading import peek
from bot.delivery.house import where
from bot.delivery.pump import DeliveryError
from bot.errors import InputError, StoreUnavailableError

SECONDS = 25  # that Telegram may let us wait for an update
MOST = 100  # updates at a time, Telegram's own bound
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds

_log = logging.getLogger(__name__)


class Source(Protocol):
    """Where updates are asked for (``BotApi``)."""

    async def get_updates(self, offset: int | None, seconds: int, most: int) -> list[bytes]:
        """Return updates from ``offset`` on, waiting up to ``seconds`` for one. Raises DeliveryError."""
        ...


class Polling:
    """Asks for one bot's updates. What is asked for next confirms what came before, so that is stored first (R29)."""

    def __init__(self, intake: Intake, api: Source, name: str) -> None:
        """Take the tools and the bot's name."""
        self._intake, self._api, self._name = intake, api, name
        self._offset: int | None = None  # what was not confirmed
        self._trouble = ""
        self._failures = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until ``stop``; a question under way is broken off then, what came is kept."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                wait = await self._ask(stopping)
                if wait:
                    await asyncio.wait({stopping}, timeout=wait)
        finally:
            stopping.cancel()

    async def _ask(self, stopping: "asyncio.Task[object]") -> float:
        """Ask once and keep what comes; returns how many seconds to wait before the next time."""
        asking = asyncio.create_task(self._api.get_updates(self._offset, SECONDS, MOST))
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not asking.done():
                asking.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await asking
        if asking.cancelled():
            return 0
        try:
            raws = asking.result()
            await self._intake.keep(self._name, raws)
        except DeliveryError as error:
            return self._wait(error.kind, max(error.wait or 0, error.at_least))
        except (StoreUnavailableError, InputError, BusyError) as error:
            return self._wait(type(error).__name__)
        except Exception as error:  # whatever it was: nobody else asks
            return self._wait(where(error))
        return self._go_on(raws)

    def _go_on(self, raws: list[bytes]) -> float:
        numbers = [seen for raw in raws if (seen := peek(raw).update_id) is not None]
        if raws and not numbers:
            return self._wait("telegram.unreadable")  # they cannot be confirmed either
        if self._trouble:
            _log.info("updates of the bot %s are asked for again", self._name)
        self._trouble, self._failures = "", 0
        # None came: all was confirmed. Telegram chooses its numbers anew after a week of silence, perhaps lower ones.
        self._offset = max(numbers) + 1 if numbers else None
        return 0

    def _wait(self, trouble: str, at_least: int = 0) -> float:
        """Return for how long to wait, ``at_least`` ms; half of it is random, so that not all come back at once."""
        if trouble != self._trouble:
            _log.warning("updates of the bot %s cannot be asked for or kept: %s", self._name, trouble)
        self._trouble = trouble
        longest = min(FIRST_WAIT * float(2**self._failures), LONGEST_WAIT)
        self._failures = min(self._failures + 1, 16)
        return max(longest * random.uniform(0.5, 1), at_least / 1000)  # noqa: S311  nothing depends on it
