"""Adds the routes of records: the log of acts, its verification, and one case as a file."""

from aiohttp import web

from bot.console import door
from bot.console.records import exporting, listing, verifying
from bot.console.records.verifying import VERIFYING, Verifying
from bot.services.staff.roles import Permission


def add_routes(app: web.Application) -> None:
    """Add them."""
    app[VERIFYING] = Verifying()
    app.on_cleanup.append(_stop)
    door.add(app, "GET", listing.PATH, listing.page, needs=Permission.AUDIT)
    door.add(app, "POST", f"{listing.PATH}/export", listing.export, needs=Permission.AUDIT)
    door.add(app, "GET", f"{listing.PATH}/verify", verifying.page, needs=Permission.AUDIT)
    door.add(app, "POST", f"{listing.PATH}/verify", verifying.begin, needs=Permission.AUDIT)
    case = f"{door.HOME}/cases/{{reference}}/export"
    door.add(app, "GET", case, exporting.page, needs=Permission.AUDIT)
    door.add(app, "POST", case, exporting.export, needs=Permission.AUDIT)


async def _stop(app: web.Application) -> None:
    app[VERIFYING].stop()
