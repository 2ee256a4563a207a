"""What the server's handlers are given, under typed keys; nothing here does anything."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.app import Office
from bot.channels.turn import Turns
from bot.web.settings import ServerSettings
from bot.web.watch.metrics import Metrics
from bot.web.wire.hub import Hub
from bot.web.wire.talks import Talks


@dataclass(frozen=True, kw_only=True)
class WebHouse:
    """The tools of the web: one for the whole process. ``translate`` gives a message of the catalogue in Albanian."""

    office: Office
    turns: Turns
    settings: ServerSettings
    hub: Hub
    metrics: Metrics
    translate: Callable[[str], str]


HOUSE = web.AppKey("house", WebHouse)
TALKS = web.AppKey("talks", Talks)
