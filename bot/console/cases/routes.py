"""Adds the routes of cases, of what is for a person, and of requests that came another way."""

from aiohttp import web

from bot.console import door
from bot.console.cases import acts, entering, escalating, page
from bot.console.door import HOME
from bot.services.staff.roles import Permission


def add_routes(app: web.Application) -> None:
    """Add them."""
    case = f"{HOME}/cases/{{reference}}"
    door.add(app, "GET", case, page.show, needs=Permission.QUEUE)
    for name, deed in acts.DEEDS.items():
        door.add(app, "POST", f"{case}/{name}", acts.handler(name, deed), needs=deed.needs)
    escalation = f"{HOME}/escalations/{{reference}}"
    door.add(app, "GET", escalation, escalating.show, needs=Permission.QUEUE)
    door.add(app, "POST", f"{escalation}/convert", escalating.convert, needs=Permission.WORK)
    door.add(app, "POST", f"{escalation}/close", escalating.close, needs=Permission.WORK)
    door.add(app, "POST", f"{escalation}/unlock", escalating.unlock, needs=Permission.ADVISE)
    door.add(app, "GET", f"{HOME}/enter", entering.show, needs=Permission.WORK)
    door.add(app, "POST", f"{HOME}/enter", entering.enter, needs=Permission.WORK)
