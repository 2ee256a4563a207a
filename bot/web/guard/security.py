"""What holds for every request and every answer: headers, own origin, small JSON bodies; knows no route's meaning.

Parts of it stand in ``addresses.py``, ``csp.py`` and ``faults.py``; what handlers need is given on from here.
"""

import asyncio
import secrets

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.web.guard.addresses import AddressLimits, client_of
from bot.web.guard.csp import NONCE, NOTHING, content_security_policy
from bot.web.guard.faults import Handler, answer_faults, remember_prepared
from bot.web.guard.problems import is_for_programs
from bot.web.keys import HOUSE

__all__ = [
    "ADDRESS_LIMITS", "LARGEST_BODY", "NONCE", "AddressLimits", "client_address", "content_security_policy",
    "let_read", "let_servers_in", "require_own_origin", "secure",
]  # fmt: skip

LARGEST_BODY = 16 * 1024  # bytes (R24)
BODY_SECONDS = 10.0  # for such a body, on the slowest of lines
_NONCE_BYTES = 16  # CSP asks for 128 bits

ADDRESS_LIMITS = web.AppKey("address_limits", AddressLimits)
_FOR_SERVERS = web.AppKey("for_servers", set[web.AbstractRoute])
_READING = web.AppKey("reading", set[web.AbstractRoute])

_CHANGING = {hdrs.METH_POST, hdrs.METH_PUT, hdrs.METH_PATCH, hdrs.METH_DELETE}
_YEAR = 365 * 24 * 60 * 60
# What may be loaded into pages of others: the loader, and the logo on its button. All else is for our own pages.
# A frame is no such load: who may frame a page says its content security policy.
_FOR_OTHERS = ("/widget.js", "/logo/")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    hdrs.CACHE_CONTROL: "no-store",  # unless a handler says that something may be kept
    "Content-Security-Policy": NOTHING,
}


def secure(app: web.Application) -> None:
    """Give an app all of it; it needs the house, and ``client_max_size=LARGEST_BODY``."""
    settings = app[HOUSE].settings
    app[ADDRESS_LIMITS] = AddressLimits(per_minute=settings.sessions_per_minute, per_hour=settings.sessions_per_hour)
    app[_FOR_SERVERS], app[_READING] = set(), set()
    app.middlewares.extend([answer_faults, _guard])
    app.on_response_prepare.append(_dress)
    app.on_response_prepare.append(remember_prepared)


def let_servers_in(app: web.Application, route: web.AbstractRoute) -> None:
    """Let one route be asked by another server: its handler tells by itself who asks, and bounds and reads the body.

    No cookie may mean anything to it: what keeps other sites' pages out does not hold for it.
    """
    app[_FOR_SERVERS].add(route)


def let_read(app: web.Application, route: web.AbstractRoute) -> None:
    """Let the handler of one route bound and read the body by itself: a form, a file. Its origin is still looked at."""
    app[_READING].add(route)


def require_own_origin(request: web.Request) -> None:
    """Refuse what no page of ours sent (R23, R24). Raises HTTPForbidden."""
    if request.headers.getall(hdrs.ORIGIN, []) != [request.app[HOUSE].settings.public_url]:
        raise web.HTTPForbidden


def client_address(request: web.Request) -> str:
    """Return the address that a request comes from; a forged X-Forwarded-For changes nothing (R9)."""
    forwarded = request.headers.getall(hdrs.X_FORWARDED_FOR, [])
    return client_of(request.remote or "", forwarded, request.app[HOUSE].settings.trusted)


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through that may be answered, with its body read."""
    request[NONCE] = secrets.token_urlsafe(_NONCE_BYTES)
    if request.match_info.route in request.app[_FOR_SERVERS] or _leads_programs_nowhere(request):
        return await handler(request)
    if request.method in _CHANGING or request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
        require_own_origin(request)
    if request.can_read_body and request.match_info.route not in request.app[_READING]:
        await _read_body(request)
    return await handler(request)


def _leads_programs_nowhere(request: web.Request) -> bool:
    """Tell whether a program asks for what there is not: that is what it is told, not that it is no page of ours."""
    return request.match_info.http_exception is not None and is_for_programs(request.path)


async def _read_body(request: web.Request) -> None:
    """Take a small JSON document, nothing else, and not for ever; the handler finds it read."""
    # A packed body may be small and become huge; no browser packs what it sends.
    if request.content_type != "application/json" or hdrs.CONTENT_ENCODING in request.headers:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, HttpProcessingError):  # broken pieces
        raise web.HTTPBadRequest from None


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer the headers that it has not got from its handler."""
    headers = response.headers
    headers.popall(hdrs.SERVER, None)  # which program answers is nobody's business
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    shared = request.path.startswith(_FOR_OTHERS)
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if shared else "same-origin")
    if request.app[HOUSE].settings.secure:
        headers.setdefault(hdrs.STRICT_TRANSPORT_SECURITY, f"max-age={_YEAR}")
