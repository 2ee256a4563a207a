"""Joins Telegram's house to the server, where the settings name bots; where they name none, nothing of it is loaded."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web

from bot.web.keys import HOUSE
from bot.web.roles import serves, takes_updates, works
from bot.web.settings import ServerSettings
from bot.web.watch.health import STANDING

if TYPE_CHECKING:
    from bot.web.telegram.house import TelegramHouse


def name_bots(settings: ServerSettings) -> str:
    """Return which bots run, and how, for the operator."""
    how = "webhook" if settings.telegram_mode == "webhook" else "long polling"
    return f"Telegram: {', '.join(settings.bots)} ({how})"


@contextlib.asynccontextmanager
async def joined(app: web.Application) -> AsyncIterator["TelegramHouse | None"]:
    """Let the bots work while the context lasts; None where there are none, or none here (by the role).

    The app must not have begun.
    """
    house, standing = app[HOUSE], app[STANDING]
    comes_in = takes_updates(house.settings)
    if not house.settings.bots or not (comes_in or works(house.settings)):
        yield None
        return
    from bot.channels.telegram.setup import State  # noqa: PLC0415  what stands behind these takes its time
    from bot.web.telegram import keys, webhook  # noqa: PLC0415
    from bot.web.telegram.house import telegram  # noqa: PLC0415

    def stands(bot: str, state: State) -> None:
        standing.bots[bot] = state is State.READY
        house.metrics.telegram_ready(bot, ready=state is State.READY)

    for name in house.settings.bots if comes_in else ():
        stands(name, State.STARTING)
    async with telegram(house, stands) as bots:
        if serves(house.settings):
            app[keys.WEBHOOKS] = bots.webhooks
            webhook.add_routes(app)
        yield bots
