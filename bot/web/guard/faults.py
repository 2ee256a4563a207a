"""What a client is told when something fails: an Albanian page, or JSON for our scripts; never what happened inside.

What the company's programs are told stands in ``problems.py``. Into the log go the kind of an error and its place, no
message: that may hold something personal (R32).
"""

import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import markupsafe
from aiohttp import hdrs, web

from bot.delivery.house import where
from bot.dialogue.compose import Translate
from bot.errors import StoreUnavailableError
from bot.web.guard import problems
from bot.web.guard.csp import NONCE, style_only
from bot.web.keys import HOUSE
from bot.web.wire import codes, frames

RETRY_SECONDS = 5
_CHAT = "/api/chat/"
_FOR_SCRIPTS = ("/api/", "/session/", "/ws/")
_PREPARED = web.RequestKey("prepared", web.StreamResponse)

# The words for our scripts; the frames' are those of the wire.
_CODES = {
    400: "bad_request", 401: "no_session", 403: "not_allowed", 404: "not_found", 405: "wrong_method", 408: "too_slow",
    413: "too_long", 415: "not_json", 429: "too_many", 503: "unavailable",
}  # fmt: skip
_FRAME_CODES = {401: "no_session", 403: "no_session", 413: "too_long", 429: "too_many"}

_PAGE = """\
<!doctype html>
<html lang="sq">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style nonce="{nonce}">
:root {{ color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif }}
main {{ max-width: 32rem; margin: 15vh auto; padding: 0 1.5rem }}
</style>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</html>
"""

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer in Albanian."""
    try:
        return await handler(request)
    except web.HTTPException as told:
        if told.status < HTTPStatus.BAD_REQUEST or _speaks_for_itself(told):
            raise
        return _answer(request, told.status, _kept(told))
    except ConnectionError as error:
        if not _is_gone(request):
            return _fault(request, error)
        return request.get(_PREPARED) or web.Response(status=codes.CLIENT_GONE)  # raised, it would be logged as ours
    except StoreUnavailableError as error:
        _log.warning("the database is unavailable: %s", where(error))
        return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, {hdrs.RETRY_AFTER: str(RETRY_SECONDS)})
    except Exception as error:  # whatever it was, the others go on
        return _fault(request, error)


async def remember_prepared(request: web.Request, response: web.StreamResponse) -> None:
    """Note that an answer has begun: nothing else can be answered any more."""
    request[_PREPARED] = response


def begun(request: web.Request) -> web.StreamResponse | None:
    """Return the answer that has begun, also where its client went in the middle of it."""
    return request.get(_PREPARED)


def words(status: int, _: Translate) -> tuple[str, str]:
    """Return what a person is told of a status: a title and a sentence."""
    match status:
        case 401 | 403:
            return _("This is not allowed"), _("Open the page again and try once more.")
        case 404 | 405:
            return _("There is no such page"), _("Check the address, or go back to the company’s page.")
        case 408:
            return _("That took too long"), _("Check your connection and try again.")
        case 413:
            return _("That is too long"), _("Write it shorter, or in several messages.")
        case 429:
            return _("Too many attempts"), _("Wait a minute, then try again.")
        case 503:
            return _("We are not reachable for a moment"), _("Nothing of yours was lost. Try again shortly.")
        case _ if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _("We could not read that"), _("Open the page again and try once more.")
        case _:
            return _("Something went wrong on our side"), _("Try again; if it happens again, write to the company.")


def _is_gone(request: web.Request) -> bool:
    """Tell whether the client went in the middle of its own request: nobody is there any more who could be told."""
    return request.transport is None or request.transport.is_closing()


def _fault(request: web.Request, error: Exception) -> web.StreamResponse:
    _log.error("a request failed: %s", where(error))
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _answer(request: web.Request, status: int, headers: dict[str, str]) -> web.StreamResponse:
    begun: web.StreamResponse | None = request.get(_PREPARED)
    if begun is not None:
        if request.transport is not None:
            request.transport.close()
        return begun
    if problems.is_for_programs(request.path):
        return problems.of_status(status, headers)
    title, text = words(status, request.app[HOUSE].translate)
    if request.path.startswith(_CHAT):
        code = _FRAME_CODES.get(status, "unavailable" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_frame")
        retry = RETRY_SECONDS if code == "unavailable" else None
        body = frames.listed([frames.error(code, f"{title}. {text}", retry_seconds=retry)])
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)
    if request.path.startswith(_FOR_SCRIPTS):
        code = _CODES.get(status, "fault" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request")
        told = json.dumps({"error": {"code": code, "text": f"{title}. {text}"}}, ensure_ascii=False)
        return web.Response(status=status, text=told, content_type="application/json", headers=headers)
    nonce = request[NONCE]
    page = _PAGE.format(title=markupsafe.escape(title), text=markupsafe.escape(text), nonce=nonce)
    headers["Content-Security-Policy"] = style_only(nonce)
    return web.Response(status=status, text=page, content_type="text/html", charset="utf-8", headers=headers)


def _speaks_for_itself(told: web.HTTPException) -> bool:
    """Tell whether a handler wrote the answer: aiohttp's own are plain text in English."""
    return told.content_type in {"application/json", "text/html"}


def _kept(told: web.HTTPException) -> dict[str, str]:
    """Return the headers of a refusal that say more than its words."""
    return {
        name: told.headers[name] for name in (hdrs.ALLOW, hdrs.RETRY_AFTER, hdrs.SET_COOKIE) if name in told.headers
    }
