"""Log lines as JSON (or for a console), and a line for each request, without a word of a customer (R32).

Of what libraries log only the fixed text is kept, never what they put into it, and of an error its kind and place: a
path, an address, a number of a customer may stand in either.
"""

import asyncio
import logging
import sys
import time
from http import HTTPStatus
from typing import Any, TextIO

import structlog
from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.delivery.house import where
from bot.web.guard.faults import Handler, begun
from bot.web.keys import HOUSE
from bot.web.wire import codes

REQUEST_KEYS = ("method", "route", "status", "ms")  # of the line for a request
NOWHERE = "none"  # the route of a path that leads nowhere
_OWN = "bot"
_QUIET = ("aiohttp", "asyncio", "uvloop")
_LONGEST = 200  # characters of what a library says

_access = logging.getLogger("bot.web.access")
_log = logging.getLogger(__name__)


def set_up(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Let every logger of the process write to ``stream`` (standard error); ``log_format`` is json or console."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_is_worth_it)
    handler.setFormatter(formatter(log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").disabled = True
    logging.raiseExceptions = False  # else a line that cannot be written is shown, with what is in it


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Makes a line of what is left of a record."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(_without_words(record))


def formatter(log_format: str) -> logging.Formatter:
    """Return what makes a line of a record; ``log_format`` is json or console."""
    drawn: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, timestamp_key="at")
    )
    return _Formatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, drawn],
    )


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """Log what failed with nobody waiting for it by kind and place: asyncio would show the whole of it."""
    loop.set_exception_handler(_unwaited)


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Write a line for each request and count it: method, route template, status, time; nothing that tells who."""
    began, status = time.perf_counter(), codes.CLIENT_GONE
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as told:
        status = told.status
        raise
    finally:
        seconds = time.perf_counter() - began
        method, route = method_of(request), route_of(request)
        request.app[HOUSE].metrics.answered(method, route, status, None if _lasts(begun(request)) else seconds)
        extra = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        _access.info("request", extra=extra)
    return response


def method_of(request: web.Request) -> str:
    """Return a request's method; one that is made up is OTHER."""
    return request.method if request.method in hdrs.METH_ALL else "OTHER"


def route_of(request: web.Request) -> str:
    """Return the template that a path fits, never the path: that is what the client wrote."""
    resource = request.match_info.route.resource
    return NOWHERE if resource is None else resource.canonical


def _lasts(response: web.StreamResponse | None) -> bool:
    """Tell whether an answer went on as long as somebody listened: its time says nothing of how quick we are."""
    if response is None:
        return False
    return response.status == HTTPStatus.SWITCHING_PROTOCOLS or response.content_type == "text/event-stream"


def _is_worth_it(record: logging.LogRecord) -> bool:
    """Drop what aiohttp says of every stranger who speaks no HTTP."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def _without_words(record: logging.LogRecord) -> logging.LogRecord:
    own = record.name.split(".")[0] == _OWN
    kept = {
        "name": record.name,
        "levelno": record.levelno,
        "levelname": record.levelname,
        "msg": record.getMessage() if own else str(record.msg).partition("\n")[0][:_LONGEST],
        **({key: value for key, value in vars(record).items() if key in REQUEST_KEYS} if own else {}),
    }
    if record.exc_info and record.exc_info[1] is not None:
        kept["error"] = where(record.exc_info[1])
    return logging.makeLogRecord(kept)


def _unwaited(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    _log.error("nobody waited for what failed: %s", where(error) if error else "no error")
