"""Adds the routes of what is written to customers, each act with the permission that it takes."""

from aiohttp import web

from bot.console import door
from bot.console.letters import composing, keeping
from bot.services.office.case_steps import Writing
from bot.services.staff.roles import Permission
from bot.web.keys import HOUSE

_CASE = f"{door.HOME}/cases/{{reference}}"
_WITH_FILES = frozenset({Writing.ANSWER, Writing.PARTLY})


def add_routes(app: web.Application) -> None:
    """Add them."""
    file_bytes = app[HOUSE].office.desk.limits.answer_bytes
    for act in Writing:
        path, needs = f"{_CASE}/write/{act.value}", composing.NEEDS[act]
        door.add(app, "GET", path, composing.compose(act), needs=needs)
        door.add(app, "POST", f"{path}/preview", composing.preview(act), needs=needs)
        door.add(
            app, "POST", path, composing.send(act), needs=needs, file_bytes=file_bytes if act in _WITH_FILES else 0
        )
    door.add(app, "POST", rf"{_CASE}/kept/{{position:[0-9]{{1,4}}}}", keeping.erased, needs=Permission.WORK)
