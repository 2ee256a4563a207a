"""Adds the routes of the API, each by its operation, and its OpenAPI document."""

import msgspec
from aiohttp import web

from bot.console.api import gate, openapi
from bot.console.api.gate import PACE, Pace
from bot.console.api.operations import OPERATIONS
from bot.web.guard.problems import API
from bot.web.guard.security import let_servers_in

DOCUMENT = f"{API}/openapi.json"


def add_routes(app: web.Application) -> None:
    """Add them."""
    app[PACE] = Pace()
    document = msgspec.json.encode(openapi.document())

    async def show(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    let_servers_in(app, app.router.add_get(DOCUMENT, show))
    for operation in OPERATIONS:
        handler = gate.guarded(operation.scopes, operation.handler)
        add = app.router.add_post if operation.body else app.router.add_get  # with GET goes HEAD
        let_servers_in(app, add(API + operation.path, handler))
