"""Where the server listens: sockets that are bound, the address that they have, the metrics' own port."""

import contextlib
import socket
from collections.abc import AsyncIterator

from aiohttp import web

from bot.errors import InputError
from bot.web.keys import WebHouse
from bot.web.watch.scraping import metrics_app


def bind(host: str, port: int, setting: str) -> socket.socket:
    """Return a socket bound to an address; ``setting`` is named to the operator. Raises InputError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        bound = socket.socket(family, kind)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise InputError(
            f"Në {host}:{port} nuk mund të dëgjohet ({error.strerror}). Jepni një tjetër te {setting}."
        ) from None
    return bound


def url_of(bound: socket.socket) -> str:
    """Return the address of a bound socket, as a browser takes it."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.asynccontextmanager
async def metrics(house: WebHouse) -> AsyncIterator[str | None]:
    """Serve the metrics where the settings say; without a port nowhere."""
    port = house.settings.metrics_port
    if port is None:
        yield None
        return
    store = house.office.store
    with contextlib.closing(bind(house.settings.metrics_host, port, "metrics_host, metrics_port")) as bound:
        runner = web.AppRunner(
            metrics_app(house.metrics, store, house.office.clock, lambda: store.waiting),
            access_log=None,
            handle_signals=False,
        )
        await runner.setup()
        try:
            await web.SockSite(runner, bound).start()
            yield f"{url_of(bound)}/metrics"
        finally:
            await runner.cleanup()
