"""What the webhook's handler is given, under a typed key; imports nothing of Telegram's library."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from bot.channels.telegram.intake import Intake


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """The intake, and each bot's secret by its name; none: there is no webhook."""

    intake: "Intake"
    secrets: Mapping[str, str]


WEBHOOKS = web.AppKey("webhooks", Webhooks)
