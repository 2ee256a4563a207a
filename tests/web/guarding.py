"""An app with handlers made up for tests, secured and logged like the server's, and clients that speak to it."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.answering import translations
from bot.web.guard.faults import Handler
from bot.web.guard.security import LARGEST_BODY, secure
from bot.web.keys import HOUSE, WebHouse
from bot.web.settings import ServerSettings
from bot.web.watch import logs
from bot.web.watch.metrics import Metrics

OWN = "http://mburoja.example"

Client = TestClient[web.Request, web.Application]


def made_up_app(routes: Mapping[str, Handler], **settings: Any) -> web.Application:
    """Return an app; a route is written ``POST /path``."""
    app = web.Application(middlewares=[logs.log_requests], client_max_size=LARGEST_BODY)
    told = ServerSettings.model_validate({"public_url": OWN, **settings})
    house = SimpleNamespace(settings=told, metrics=Metrics(), translate=translations().gettext)
    app[HOUSE] = cast(WebHouse, house)
    secure(app)
    for route, handler in routes.items():
        method, _, path = route.partition(" ")
        app.router.add_route(method, path, handler)
    return app


@contextlib.asynccontextmanager
async def serving(routes: Mapping[str, Handler], **settings: Any) -> AsyncIterator[Client]:
    """Serve made-up handlers."""
    server = TestServer(made_up_app(routes, **settings), access_log=None)
    await server.start_server(lingering_time=0.1)
    async with TestClient(server) as client:
        yield client
