"""Where Telegram brings updates: the secret is compared, the update kept, then 200 is answered (R28, R29)."""

import asyncio
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.channels.telegram.arrivals import BusyError
from bot.crypto import same
from bot.errors import InputError, StoreUnavailableError
from bot.web.guard.faults import RETRY_SECONDS
from bot.web.guard.security import BODY_SECONDS, let_servers_in
from bot.web.telegram.keys import WEBHOOKS

PATH = "/telegram/{bot}"
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
LARGEST_UPDATE = 1024 * 1024  # bytes; a message of 4,096 characters with all its markup is a tenth of it
_MOST_DRAINED = 16 * LARGEST_UPDATE
_PIECE = 64 * 1024


def add_routes(app: web.Application) -> None:
    """Add POST /telegram/{bot}."""
    let_servers_in(app, app.router.add_post(PATH, _take))


async def _take(request: web.Request) -> web.Response:
    """Keep an update, then say so."""
    webhooks = request.app.get(WEBHOOKS)
    if webhooks is None or not webhooks.secrets:
        return web.Response(status=HTTPStatus.NOT_FOUND)
    bot = request.match_info["bot"]
    if not _is_from_telegram(request, webhooks.secrets.get(bot)):
        return web.Response(status=HTTPStatus.FORBIDDEN)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await _read(request)
    except TimeoutError:
        return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
    except (web.RequestPayloadError, HttpProcessingError):  # broken pieces
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    if raw is None:
        # Refused, it would be sent for ever, and everything of its chat would wait behind it.
        webhooks.intake.drop(bot, "too large")
        return web.Response()
    try:
        await webhooks.intake.keep(bot, [raw])
    except (StoreUnavailableError, InputError, BusyError):
        return web.Response(
            status=HTTPStatus.SERVICE_UNAVAILABLE, headers={hdrs.RETRY_AFTER: str(RETRY_SECONDS)}
        )  # Telegram sends it again (R29, R52)
    return web.Response()


def _is_from_telegram(request: web.Request, secret: str | None) -> bool:
    """Tell whether a request has the one secret, in the same time whatever it has (R28)."""
    given = request.headers.getall(SECRET, [])
    told = given[0] if len(given) == 1 and given[0].isascii() else ""
    return same(told, secret or "no bot of this name") and secret is not None


async def _read(request: web.Request) -> bytes | None:
    """Return a body; None for one that is too large, which is then read to its end, within bounds."""
    body, size = bytearray(), 0
    while size <= _MOST_DRAINED and (piece := await request.content.read(_PIECE)):
        size += len(piece)
        if size <= LARGEST_UPDATE:
            body += piece
    return bytes(body) if size <= LARGEST_UPDATE else None
