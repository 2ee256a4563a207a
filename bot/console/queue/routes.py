"""Adds the routes of the queue."""

from aiohttp import web

from bot.console import door
from bot.console.door import HOME
from bot.console.queue import finding, happenings, live, page
from bot.console.queue.filters import PATH
from bot.services.staff.roles import Permission


def add_routes(app: web.Application) -> None:
    """Add them."""
    live.prepare(app)
    door.add(app, "GET", PATH, page.show, needs=Permission.QUEUE)
    door.add(app, "GET", page.ROWS, page.rows, needs=Permission.QUEUE)
    door.add(app, "GET", live.PATH, live.stream, needs=Permission.QUEUE)
    door.add(app, "GET", f"{HOME}/find", finding.find, needs=Permission.QUEUE)
    event = f"{HOME}/events/{{event}}"
    door.add(app, "GET", event, happenings.show, needs=Permission.QUEUE)
    door.add(app, "POST", f"{event}/acknowledge", happenings.acknowledge, needs=Permission.WORK)
