"""The console as a part of the server: every module of it that has routes."""

from pathlib import Path

from aiohttp import web

from bot.console import door, pages
from bot.console.api import routes as api
from bot.console.cases import routes as cases
from bot.console.entrance import routes as entrance
from bot.console.figures import routes as figures
from bot.console.knowledge import routes as knowledge
from bot.console.letters import routes as letters
from bot.console.queue import routes as queue
from bot.console.records import routes as records
from bot.web.parts import Part

_ROUTES = (entrance, queue, cases, letters, knowledge, figures, records, api)


def _add_routes(app: web.Application) -> None:
    door.prepare(app)
    pages.prepare(app)
    for module in _ROUTES:
        module.add_routes(app)


CONSOLE = Part(add_routes=_add_routes, static=Path(__file__).parent / "static")
