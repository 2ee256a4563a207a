"""Keeps updates when they come and lets them be handled: in order within a chat, all chats at the same time.

An update is handled from memory; the store has it too until its turn is committed, so that none is lost with a process
(R29). One that has nothing before it is kept and handled in one transaction: then it was answered before it is
acknowledged. Nothing personal is logged.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from bot.channels.telegram.arrivals import BusyError
from bot.channels.telegram.aside import Aside, Asides
from bot.channels.telegram.dispatching import AWAY_FIRST, Dispatcher
from bot.channels.telegram.handling import Handling, Outcome
from bot.channels.telegram.patience import Patience
from bot.channels.telegram.queues import Kept
from bot.channels.telegram.reading import peek
from bot.channels.telegram.reorder import Reorder
from bot.channels.telegram.seeking import Seeker
from bot.channels.telegram.turns import Bot, TelegramTurns
from bot.clock import Clock
from bot.delivery.house import where
from bot.delivery.telegram.pace import Pace
from bot.dialogue.compose import Translate
from bot.services import updates
from bot.services.desk import Desk
from bot.services.updates import Update
from bot.storage.store import Store

__all__ = ["BusyError", "Intake"]

# Seconds that an update waits for one with a lower number, which has come to no process: Telegram leaves no gaps, so
# it is on its way.
HOLD = 1.0
MOST_READ = 200  # updates at a time
LOOK_EACH = 3.0  # seconds between two looks for updates that another process kept
_ALL_TOGETHER = 1_000_000_000  # updates a second: only those of one chat are bounded here

_log = logging.getLogger(__name__)


def _uncounted(_what: str, _bot: str) -> None:
    """Where nobody counts."""


class Intake:
    """Takes the updates of all our bots. One for the whole process."""

    def __init__(  # noqa: PLR0913  these are what it works with
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        turns: TelegramTurns,
        bots: Mapping[str, Bot],
        apis: Mapping[str, Aside],
        *,
        translate: Translate,
        most_waiting: int,
        per_second: int = 25,
        per_minute: int = 100,
        hold: float = HOLD,
        watch: Callable[[str, str], None] = _uncounted,
    ) -> None:
        """Take the tools; bots and their APIs by name, how many words beside the outbox each has a second,
        and how many updates of one chat are read in a minute (R52).

        ``watch`` is told what became of an update, and the bot's name: "kept", "repeated" (it came before), "busy"
        (refused, R52), "too_fast" (of one chat, told and not read), "unreadable", "failed" (once), "given_up".
        """
        self._store, self._desk, self._clock, self._bots, self._watch = store, desk, clock, bots, watch
        self._handling = Handling(store, desk, clock, turns, bots, watch)
        self._asides = Asides(apis, translate, per_second)
        self._paces = {bot: Pace(_ALL_TOGETHER, per_minute / 60, per_minute, longest=0) for bot in bots}
        self._most_waiting, self._hold = most_waiting, hold
        self._kept: dict[tuple[str, int], Kept] = {}
        self._keeping = 0
        self._dispatcher = Dispatcher(self._handling, self._ended)
        self._queues = self._dispatcher.queues
        self._orders: dict[str, Reorder] = {}  # none before it is known what the store has
        self._releasing: set[str] = set()  # bots for whose held ones a timer runs
        self._strange: dict[str, set[int]] = {}  # what the last look found that this process did not keep
        self._patience = Patience(self._show_patience)
        self._seeker = Seeker(store, self._missing, self._came_elsewhere)

    @property
    def waiting(self) -> int:
        """How many updates were kept here and not handled yet."""
        return len(self._kept) + self._keeping

    # ---- what comes ------------------------------------------------------------------------------------------

    async def keep(self, bot: str, raws: Sequence[bytes]) -> None:
        """Keep updates, all of them in one transaction; then they may be acknowledged (R29).

        Raises StoreUnavailableError, InputError (the time cannot be told), or BusyError: nothing was kept then.
        """
        found: dict[int, Kept] = {}
        at = asyncio.get_running_loop().time()
        for raw in raws:
            seen = peek(raw)
            if seen.update_id is None:
                self.drop(bot, "no update")
            else:
                found.setdefault(seen.update_id, Kept(bot=bot, id=seen.update_id, chat=seen.chat, raw=raw, at=at))
        if not found:
            return
        if self.waiting and self.waiting + len(found) > self._most_waiting:
            self._watch("busy", bot)
            raise BusyError("too many updates wait")
        if len(found) == 1 and self._goes_at_once(next(iter(found.values()))):
            await self._take_at_once(next(iter(found.values())))
        else:
            self._admit(bot, await self._stored(bot, list(found.values())))

    async def _stored(self, bot: str, all_of_them: Sequence[Kept]) -> list[Kept]:
        """Store updates and return those that are new."""
        self._keeping += len(all_of_them)
        try:
            now = self._clock.now()
            rows = [_update(kept) for kept in all_of_them]
            new = set(await self._store.transact(lambda tx: updates.keep(tx, self._desk, now, rows)))
        finally:
            self._keeping -= len(all_of_them)
        for kept in all_of_them:
            self._watch("kept" if kept.id in new else "repeated", bot)
        return [kept for kept in all_of_them if kept.id in new]

    def _goes_at_once(self, kept: Kept) -> bool:
        """Tell whether nothing is before an update: then its turn comes now, and its place in the order is taken."""
        order, key = self._orders.get(kept.bot), (kept.bot, kept.id)
        there = self._dispatcher.is_well and key not in self._kept
        if order is None or not there or not order.is_next(kept.id) or not self._queues.claim(kept):
            return False
        self._kept[key] = kept
        self._count(kept)
        followers = order.take(kept.id, asyncio.get_running_loop().time())
        self._let_go(kept.bot, (number for number in followers if number != kept.id))
        self._dispatcher.start()
        return True

    async def _take_at_once(self, kept: Kept) -> None:
        try:
            outcome = await self._handling.at_once(kept)
            waits = outcome is None and bool(await self._stored(kept.bot, [kept]))
        except BaseException:  # it is not acknowledged, so it comes again
            self._over(kept)
            raise
        if outcome:
            self._watch("repeated" if outcome.repeated else "kept", kept.bot)
            self._ended(kept, outcome)
        elif waits:
            self._queues.put_back(kept)
            self._patience.add(kept)
        else:
            self._over(kept)
        self._dispatcher.start()

    def _count(self, kept: Kept) -> None:
        """Note where more comes of a chat than is read."""
        now = asyncio.get_running_loop().time()
        if kept.chat is not None and not self._paces[kept.bot].turn(now, kept.chat).given:
            kept.too_fast = True
            self._watch("too_fast", kept.bot)

    def _ended(self, kept: Kept, outcome: Outcome) -> None:
        self._over(kept)
        if outcome.arrival:
            self._asides.answer(kept.bot, outcome.arrival)

    def _over(self, kept: Kept) -> None:
        self._kept.pop((kept.bot, kept.id), None)
        self._queues.end(kept)

    def drop(self, bot: str, why: str) -> None:
        """Count and log something that came and that nothing can be taken of; ``why`` is nothing personal."""
        self._watch("unreadable", bot)
        _log.warning("dropped what came to the bot %s: %s", bot, why)

    def _admit(self, bot: str, new: Iterable[Kept]) -> None:
        order, now = self._orders.get(bot), asyncio.get_running_loop().time()
        for one in new:
            # A look at the store may have found it first: then its turn comes twice, and is taken once.
            kept = self._kept.setdefault((bot, one.id), one)
            self._count(kept)
            if order is None:
                self._queue(kept)  # it is taken when what the store has stands there too
            else:
                self._let_go(bot, order.take(kept.id, now))
        self._dispatcher.start()
        if order is not None:
            self._release_later(bot, order)

    def _release_later(self, bot: str, order: Reorder) -> None:
        if order.due is not None and bot not in self._releasing:
            self._releasing.add(bot)
            asyncio.get_running_loop().call_at(order.due, self._release, bot, order)
        if order.missing and self._dispatcher.running:
            self._seeker.start(bot)

    def _missing(self, bot: str) -> range:
        order = self._orders.get(bot)
        return order.missing if order else range(0)

    def _came_elsewhere(self, bot: str, numbers: Iterable[int]) -> None:
        now = asyncio.get_running_loop().time()
        for number in numbers:
            self._let_go(bot, self._orders[bot].take(number, now))
        self._dispatcher.start()

    def _release(self, bot: str, order: Reorder) -> None:
        self._releasing.discard(bot)
        self._let_go(bot, order.release(asyncio.get_running_loop().time()))
        self._dispatcher.start()
        self._release_later(bot, order)

    def _let_go(self, bot: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            if kept := self._kept.get((bot, number)):
                self._queue(kept)

    def _queue(self, kept: Kept) -> None:
        self._queues.add(kept)
        self._patience.add(kept)

    def _show_patience(self, kept: Kept) -> None:
        if kept.chat is not None and self._dispatcher.running and self._queues.tell_once(kept):
            self._asides.typing(kept.bot, kept.chat)

    # ---- what others kept ------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Let updates be handled until ``stop``, first those that an earlier process kept; finish what is under way.

        What waits then stays in the store. Raises what a bug of ours raises.
        """
        stopping = asyncio.create_task(stop.wait())
        looking = asyncio.create_task(self._look_around())
        try:
            await asyncio.wait({stopping, looking}, return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                looking.result()
        finally:
            self._dispatcher.stop()
            for helper in (stopping, looking):
                helper.cancel()
            await asyncio.gather(stopping, looking, self._dispatcher.finish(), return_exceptions=True)
            await self._seeker.close()
            await self._asides.close()

    async def _look_around(self) -> None:
        """Begin with what an earlier process kept, and from then on look for what another one did and left."""
        wait = AWAY_FIRST
        while True:
            try:
                for bot in self._bots:
                    await self._take_over(bot)
            except Exception as error:  # whatever it was, the next look may go well
                _log.warning("updates that wait cannot be looked for: %s", where(error))
                wait = min(wait * 2, LOOK_EACH)
            else:
                wait = LOOK_EACH
                self._dispatcher.open()
            await asyncio.sleep(wait)

    async def _take_over(self, bot: str) -> None:
        if bot not in self._orders:
            last, left = await self._store.read(lambda tx: (updates.newest(tx, bot), updates.ready(tx, bot)))
            await self._fetch(bot, left)
            known = [number for name, number in self._kept if name == bot]  # some came meanwhile
            self._orders[bot] = Reorder(self._hold, max(known if last is None else [last, *known], default=None))
            return
        stored = await self._store.read(lambda tx: updates.ready(tx, bot))
        strange = {number for number in stored if (bot, number) not in self._kept}
        left_lying = strange & self._strange.get(bot, set())  # found twice: whoever kept it does not handle it
        self._strange[bot] = strange
        await self._fetch(bot, left_lying)

    async def _fetch(self, bot: str, wanted: Iterable[int]) -> None:
        """Let updates that the store has wait here too."""
        numbers, now = sorted(wanted), asyncio.get_running_loop().time()
        for start in range(0, len(numbers), MOST_READ):
            part = numbers[start : start + MOST_READ]
            for one in await self._store.read(partial(updates.read, desk=self._desk, bot=bot, ids=part)):
                if (bot, one.id) not in self._kept:
                    chat = peek(one.payload).chat
                    kept = self._kept[bot, one.id] = Kept(bot=bot, id=one.id, chat=chat, raw=one.payload, at=now)
                    self._queue(kept)
        self._dispatcher.start()


def _update(kept: Kept) -> Update:
    return Update(bot=kept.bot, id=kept.id, chat=kept.chat_name, payload=kept.raw)
