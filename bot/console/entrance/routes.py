"""Adds the routes of the entrance, and what it gives every page: words for what is refused."""

from aiohttp import web

from bot.console import door
from bot.console.door import EXPIRED, HOME, Expired, Visit
from bot.console.entrance import account, first, outside, refusals
from bot.console.entrance.keys import ENTRANCE, Entrance
from bot.console.pages import PLACES
from bot.services.staff.passwords import Passwords


def add_routes(app: web.Application) -> None:
    """Add them."""
    app[ENTRANCE] = Entrance(Passwords())
    app[EXPIRED] = Expired(answer=refusals.expired, elsewhere=refusals.from_elsewhere)
    app.middlewares.append(refusals.tell_refusals)
    door.add(app, "GET", HOME, home, needs=None)
    outside.add_routes(app)
    first.add_routes(app)
    account.add_routes(app)


async def home(_request: web.Request, visit: Visit) -> web.StreamResponse:
    """Lead to the first place that the visitor may open."""
    return door.see(next((path for _, path, needs in PLACES if visit.companies_for(needs)), account.ACCOUNT))
