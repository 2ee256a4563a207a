"""Telegram's part of the server, put together: bots, intake, pump, and how updates come; knows no message.

Of several processes one asks for a bot's updates and one sends, in turn (``delivery/turns.py``); updates that are
posted come in at any that serves.

Imported only where there are tokens: Telegram's library takes its time.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.channels.telegram.intake import Intake
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.setup import State, set_up
from bot.channels.telegram.turns import Bot, TelegramTurns
from bot.delivery.house import where
from bot.delivery.telegram.botapi import BotApi
from bot.delivery.telegram.sender import Sender, telegram_pump
from bot.delivery.turns import InTurn, Work
from bot.web.keys import WebHouse
from bot.web.roles import takes_updates
from bot.web.roles import works as does_work
from bot.web.settings import ALL, EVERY, ServerSettings
from bot.web.telegram.keys import Webhooks

PATH = "/telegram/"  # where updates are brought; the bot's name follows
_SECRET = "telegram-secret"  # noqa: S105  what a bot's secret is derived for

Task = asyncio.Task[None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TelegramHouse:
    """Bots at work. ``tasks`` run until they are told to stop; ``webhooks`` is for the app."""

    webhooks: Webhooks
    tasks: tuple[Task, ...]
    listens: Callable[[], None]  # from now on the server can be reached: Telegram may be told where
    stop: Callable[[], None]  # nothing new is taken; what is under way goes on


@contextlib.asynccontextmanager
async def telegram(house: WebHouse, stands: Callable[[str, State], None]) -> AsyncIterator[TelegramHouse]:
    """Let the bots of the settings work while the context lasts; what is under way at its end is finished.

    ``stands`` is told how far each bot (its name) is.
    """
    office, settings, metrics = house.office, house.settings, house.metrics
    store, desk, clock = office.store, office.desk, office.clock
    bots = {bot.name: bot for bot in _bots(settings)}
    async with contextlib.AsyncExitStack() as stack:
        apis = {name: await stack.enter_async_context(_open(api)) for name, api in _apis(settings).items()}
        stop, reachable = asyncio.Event(), asyncio.Event()
        webhook, comes_in = settings.telegram_mode == "webhook", takes_updates(settings)
        secrets = {name: desk.vault.index(_SECRET, name) for name in bots} if webhook and comes_in else {}
        holder = desk.randomness.token()

        async def settle(bot: Bot) -> None:
            if webhook:
                await reachable.wait()
            await set_up(
                apis[bot.name], bot, desk.companies, house.translate,
                webhook=f"{settings.public_url}{PATH}{bot.name}" if webhook else None, secret=secrets.get(bot.name),
                watch=lambda state: stands(bot.name, state),
            )  # fmt: skip

        def in_turn(name: str, make: Callable[[], Work]) -> InTurn:
            return InTurn(store, clock, name, holder, make)

        intake = Intake(
            store, desk, clock, TelegramTurns(house.turns, desk, house.translate, settings.public_url), bots, apis,
            translate=house.translate, most_waiting=settings.telegram_waiting,
            per_second=settings.telegram_per_second, per_minute=settings.messages_per_minute,
            watch=metrics.telegram_update,
        )  # fmt: skip
        works: dict[str, Work] = {}
        if comes_in:
            metrics.telegram_waits(lambda: intake.waiting)
            works["telegram-intake"] = intake
        if comes_in and not webhook:
            works |= {
                f"telegram-{name}": in_turn(f"telegram.polling.{name}", _asks(intake, apis[name])) for name in apis
            }
        if does_work(settings):
            # One process sends at a time: so the pace of a bot, and of each chat, holds for all of them together.
            sender = Sender(
                desk, clock, apis, per_second=settings.telegram_per_second, per_chat=settings.telegram_per_chat,
                watch=metrics.telegram_call,
            )  # fmt: skip
            pump = partial(telegram_pump, store, desk, clock, sender)
            works["telegram-pump"] = in_turn("telegram.sending", pump)
        working = _started(stop, works)
        settling = tuple(
            asyncio.create_task(settle(bot), name=f"telegram-{bot.name}-setup") for bot in bots.values() if comes_in
        )

        def end() -> None:
            stop.set()
            for task in settling:
                task.cancel()

        try:
            webhooks = Webhooks(intake=intake, secrets=secrets)
            yield TelegramHouse(webhooks=webhooks, tasks=working, listens=reachable.set, stop=end)
        finally:
            end()
            await asyncio.wait(working, timeout=settings.stop_seconds)
            await _ended((*working, *settling))


def _asks(intake: Intake, api: BotApi) -> Callable[[], Work]:
    return lambda: Polling(intake, api, api.name)


def _bots(settings: ServerSettings) -> Iterable[Bot]:
    for company in settings.telegram_tokens:
        yield Bot(name=ALL, company=None) if company == EVERY else Bot(name=company, company=company)


def _apis(settings: ServerSettings) -> Mapping[str, BotApi]:
    return {
        name: BotApi(name, token.get_secret_value(), api=settings.telegram_api)
        for name, token in zip(settings.bots, settings.telegram_tokens.values(), strict=True)
    }


@contextlib.asynccontextmanager
async def _open(api: BotApi) -> AsyncIterator[BotApi]:
    await api.start()
    try:
        yield api
    finally:
        await api.close()


def _started(stop: asyncio.Event, works: Mapping[str, Work]) -> tuple[Task, ...]:
    return tuple(asyncio.create_task(work.run(stop), name=name) for name, work in works.items())


async def _ended(tasks: Iterable[Task]) -> None:
    """End what has not ended; what had failed is told."""
    for task in tasks:
        if not task.done():
            task.cancel()
    for task in tasks:
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("%s had failed: %s", task.get_name(), where(error))
