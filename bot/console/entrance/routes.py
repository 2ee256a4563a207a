"""Adds the routes of entrance."""

from aiohttp import web

from bot.console import door
from bot.console.door import HOME, Visit
from bot.console.pages import PLACES


def add_routes(app: web.Application) -> None:
    """Add them."""
    door.add(app, "GET", HOME, home, needs=None)


async def home(_request: web.Request, visit: Visit) -> web.StreamResponse:
    """Lead to the first place that the visitor may open."""
    return door.see(next((path for _, path, needs in PLACES if visit.companies_for(needs)), f"{HOME}/account"))
