"""Handles one update: read, its turn taken, tried again, given up at last; knows nothing of those beside it.

Nothing personal is logged: names of bots, kinds and places of errors (R32).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.channels.telegram.arrivals import Arrival, Kind, UnreadableError
from bot.channels.telegram.queues import Kept
from bot.channels.telegram.reading import read
from bot.channels.telegram.turns import Bot, TelegramTurns
from bot.clock import MINUTE, Clock
from bot.delivery.house import where
from bot.dialogue.events import Thing
from bot.errors import InputError, StoreUnavailableError
from bot.services import updates
from bot.services.desk import Desk
from bot.services.updates import Ended, Update
from bot.storage.store import Store, Tx

MOST_TRIES = 3
AGAIN = 0.2  # seconds until a turn that failed is tried again, times its failures
AWAY = (StoreUnavailableError, InputError)  # the database, or the file that holds the time: both may come back

_OF_A_PERSON = frozenset({Kind.TEXT, Kind.START, Kind.PRESS, Kind.CONTACT, Kind.THING})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an update. ``again``: it still waits, and is to be tried after so many seconds (None: it is ended).

    ``arrival``: what it was, where it was ended now and here. ``repeated``: it had come before.
    """

    again: float | None = None
    arrival: Arrival | None = None
    repeated: bool = False


class _WaitsError(Exception):
    """An earlier update of the same chat waits: what was begun must be undone."""


class Handling:
    """Handles updates of all our bots."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        turns: TelegramTurns,
        bots: Mapping[str, Bot],
        watch: Callable[[str, str], None],
    ) -> None:
        """Take the tools; ``watch`` is told what did not go well, and the bot."""
        self._store, self._desk, self._clock, self._turns = store, desk, clock, turns
        self._bots, self._watch = bots, watch

    async def at_once(self, kept: Kept) -> Outcome | None:
        """Keep an update and handle it in one transaction; None where nothing was done and it must be kept first.

        Raises what tells that the store is away.
        """
        try:
            arrival = self._read(kept)
        except UnreadableError:
            return None
        now, bot = self._clock.now(), self._bots[kept.bot]
        row = Update(bot=kept.bot, id=kept.id, chat=kept.chat_name, payload=b"")

        def both(tx: Tx) -> Outcome:
            if not updates.keep(tx, self._desk, now, [row]):
                return Outcome(repeated=True)
            if not self._turns.take(tx, now, bot, kept.id, arrival):
                raise _WaitsError
            return Outcome(arrival=arrival)

        try:
            return await self._store.transact(both)
        except AWAY:
            raise
        except _WaitsError:
            return None
        except Exception as error:  # whatever it was, it is kept and tried again
            self._watch("failed", kept.bot)
            _log.warning("an update of the bot %s failed: %s", kept.bot, where(error))
            return None

    async def handle(self, kept: Kept) -> Outcome:
        """Handle an update. Raises what tells that the store is away: nothing came of it then."""
        try:
            arrival = self._read(kept)
        except UnreadableError as error:
            _log.warning("an update of the bot %s cannot be read: %s", kept.bot, error)
            return await self._give_up(kept, Ended.UNREADABLE)
        try:
            return await self._turn(kept, arrival)
        except AWAY:
            raise
        except Exception as error:  # whatever it was, it is tried again, and the others go on
            self._watch("failed", kept.bot)
            _log.warning("an update of the bot %s failed: %s", kept.bot, where(error))
        failures = await self._store.transact(lambda tx: updates.failed(tx, kept.bot, kept.id))
        if failures >= MOST_TRIES:
            return await self._give_up(kept, Ended.FAILED, arrival)
        return Outcome(again=AGAIN * failures or None)

    def _read(self, kept: Kept) -> Arrival:
        arrival = read(kept.raw)
        if kept.too_fast and arrival.kind in _OF_A_PERSON:  # told once a minute, as an album is (R52)
            minute = self._clock.now() // MINUTE
            told, query = f"too-fast:{minute}", arrival.query
            return Arrival(kind=Kind.THING, chat=arrival.chat, thing=Thing.TOO_FAST, album=told, query=query)
        return arrival

    async def _turn(self, kept: Kept, arrival: Arrival) -> Outcome:
        now, bot = self._clock.now(), self._bots[kept.bot]

        def take(tx: Tx) -> Outcome:
            if self._turns.take(tx, now, bot, kept.id, arrival):
                return Outcome(arrival=arrival)
            return self._waiting(tx, kept)

        return await self._store.transact(take)

    async def _give_up(self, kept: Kept, how: Ended, arrival: Arrival | None = None) -> Outcome:
        now, bot = self._clock.now(), self._bots[kept.bot]

        def tell(tx: Tx) -> Outcome:
            self._turns.give_up(tx, now, bot, kept.id, kept.chat, how)
            return self._waiting(tx, kept)

        def end(tx: Tx) -> Outcome:
            updates.finish(tx, kept.bot, kept.id, Ended.FAILED)
            return self._waiting(tx, kept)

        try:
            outcome = await self._store.transact(tell)
        except AWAY:
            raise
        except Exception as error:  # its person is told nothing, but what comes next must not wait for ever
            _log.error("an update of the bot %s ends without a word: %s", kept.bot, where(error))
            outcome = await self._store.transact(end)
        if outcome.again is not None:
            return outcome
        self._watch("unreadable" if how is Ended.UNREADABLE else "given_up", kept.bot)
        return Outcome(arrival=arrival)

    def _waiting(self, tx: Tx, kept: Kept) -> Outcome:
        """Tell whether an update that was not handled here still waits: an earlier one of its chat is before it."""
        return Outcome(again=AGAIN if updates.waits(tx, kept.bot, kept.id) else None)
