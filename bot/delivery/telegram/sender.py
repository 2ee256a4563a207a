"""Makes the calls that wait in the outbox, at Telegram's pace, and notes what came of them.

Who blocked the bot is no fault: it is noted, and what the company wrote goes another way (R58).
"""

import asyncio
from collections.abc import Callable, Mapping

from bot.clock import SECOND, Clock
from bot.delivery.pump import DeliveryError, Finish, Pump
from bot.delivery.telegram.botapi import BotApi, TelegramError
from bot.delivery.telegram.calls import Leave, Ordered, Send, ordered
from bot.delivery.telegram.pace import Pace
from bot.delivery.telegram.undone import given_up, no_bot
from bot.services import conversations
from bot.services.desk import Desk
from bot.services.jobs import Job, JobKind
from bot.services.office import notices
from bot.storage.store import Store, Tx

CHANNEL = "telegram"  # of the conversations
AT_ONCE = 64  # calls
PATIENCE = 45.0  # seconds for one call, its wait and its second try
LONGEST_WAIT = 2.0  # seconds for a turn; who would wait longer gives its place to others


def _uncounted(_what: str, _bot: str) -> None:
    """Where nobody counts."""


class Sender:
    """Makes the calls of all our bots. One for the whole process."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        apis: Mapping[str, BotApi],
        *,
        per_second: int,
        per_chat: float = 1.0,
        burst: int = 5,
        watch: Callable[[str, str], None] = _uncounted,
    ) -> None:
        """Take the tools, the APIs by bot, and each bot's pace.

        ``watch`` is told (what, bot) of each call: "sent", or why not ("telegram.flood").
        """
        self._desk, self._clock, self._apis, self._watch = desk, clock, apis, watch
        self._paces = {bot: Pace(per_second, per_chat, burst, LONGEST_WAIT) for bot in apis}

    async def handle(self, job: Job) -> Finish:
        """Make the call of a job. Raises DeliveryError."""
        told = ordered(job)
        bot = told.chat.bot
        api = self._apis.get(bot)
        if api is None:  # taken out of the settings, perhaps by mistake
            raise no_bot()
        try:
            await self._turn(told)
            await api.make(told.chat.id, told.call)
        except DeliveryError as error:
            self._watch(error.kind, bot)
            if not (isinstance(error, TelegramError) and error.blocked):
                raise
            return lambda tx: self._blocked(tx, told)
        self._watch("sent", bot)
        return lambda tx: self._made(tx, told)

    def room(self) -> int:
        """Return how many calls are worth beginning now: what must wait for long waits better in the outbox."""
        now = asyncio.get_running_loop().time()
        return max((pace.room(now) for pace in self._paces.values()), default=0)

    def on_dead(self, tx: Tx, now: int, job: Job, kind: str) -> None:
        """Tell people of a call that was given up; the notice that it should bring goes another way (R58)."""
        given_up(tx, self._desk, now, job, kind)

    async def _turn(self, told: Ordered) -> None:
        """Wait until the call may be made."""
        pace, loop = self._paces[told.chat.bot], asyncio.get_running_loop()
        chat = told.chat.id if isinstance(told.call, Send) else None
        given = False
        while not given:
            turn = pace.turn(loop.time(), chat)
            if turn.wait > LONGEST_WAIT:
                raise DeliveryError("telegram.pace", temporary=True, wait=int(turn.wait * SECOND) + 1)
            await asyncio.sleep(turn.wait)
            given = turn.given

    def _made(self, tx: Tx, told: Ordered) -> None:
        # Where an earlier part was given up, it goes another way already.
        on_its_way = told.notice is not None and told.completes and notices.route(tx, told.notice) is notices.Route.CHAT
        if told.notice is not None and on_its_way:
            notices.delivered(tx, self._desk, self._clock.now(), told.notice, notices.Route.CHAT)

    def _blocked(self, tx: Tx, told: Ordered) -> None:
        if isinstance(told.call, Leave):
            return
        now = self._clock.now()
        conversations.block(tx, now, CHANNEL, told.chat.address, self._desk)
        if told.notice is not None:
            notices.not_sent(tx, self._desk, now, told.notice, notices.Route.CHAT)


def telegram_pump(store: Store, desk: Desk, clock: Clock, sender: Sender, *, at_once: int = AT_ONCE) -> Pump:
    """Return the pump of Telegram's calls: its own, so that they never hold up a code's SMS."""
    handlers = {JobKind.TELEGRAM_CALL: sender.handle}
    return Pump(
        store, desk, clock, handlers, at_once=at_once, patience=PATIENCE, on_dead=sender.on_dead, room=sender.room
    )
