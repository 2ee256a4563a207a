"""The gate of the API: whose token it is, what it may, how often; reads what was sent. Knows no operation's meaning.

No cookie means anything here, so no other site's page can do anything with a visitor's: the origin is not looked at.
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.app import Office
from bot.services.desk import Place
from bot.services.programs import tokens
from bot.services.programs.tokens import Scope, Token
from bot.web.guard import problems
from bot.web.guard.problems import ProblemError
from bot.web.keys import HOUSE

LARGEST_BODY = 64 * 1024  # bytes
BODY_SECONDS = 10.0
PER_MINUTE = 600  # requests of a token
CHANNEL = "api"  # of what programs do

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)

S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A program's request that may be answered. ``key`` is its Idempotency-Key, if it has one."""

    office: Office
    token: Token
    now: int
    key: str | None

    @property
    def place(self) -> Place:
        """Where and when it acts."""
        return Place(conversation="", channel=CHANNEL, now=self.now)


class Pace:
    """How many requests each token may make: so many at once, and as many a minute. Bounded by the tokens there are."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        """Take how many."""
        self.per_minute = per_minute
        self._left: dict[str, tuple[float, float]] = {}  # by token: how many, at which time of the loop's clock

    def wait(self, token: str, now: float) -> int:
        """Count a request; returns 0, or in how many seconds the next one is allowed."""
        a_second = self.per_minute / 60
        left, at = self._left.get(token, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - at) * a_second)
        allowed = left >= 1
        self._left[token] = (left - 1 if allowed else left, now)
        return 0 if allowed else max(1, math.ceil((1 - left) / a_second))


PACE = web.AppKey("api_pace", Pace)


def guarded(
    scopes: frozenset[Scope], handler: Callable[[web.Request, Call], Awaitable[web.Response]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that lets in who has one of the scopes, and tells problems as such."""

    async def enter(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request, await _call(request, scopes))
        except ProblemError as error:
            return problems.answer(error.problem, error.detail, error.headers)

    return enter


def query(request: web.Request, wanted: type[S]) -> S:
    """Return what is asked for behind the question mark. Raises ProblemError."""
    given = dict(request.query)
    if len(given) < len(request.query):
        raise ProblemError(problems.BAD_REQUEST, "Name each parameter once.")
    try:
        return msgspec.convert(given, type=wanted, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise ProblemError(problems.BAD_REQUEST, _said(error)) from None


async def body(request: web.Request, wanted: type[S]) -> S:
    """Return the order that was sent; an empty body is an empty order. Raises ProblemError, HTTPException."""
    raw = await _read(request)
    try:
        return msgspec.json.decode(raw or b"{}", type=wanted)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ProblemError(problems.BAD_REQUEST, _said(error)) from None


async def _call(request: web.Request, scopes: frozenset[Scope]) -> Call:
    office = request.app[HOUSE].office
    now = office.clock.now()
    token = await _token(request, office, now)
    if seconds := request.app[PACE].wait(token.id, asyncio.get_running_loop().time()):
        raise ProblemError(
            problems.TOO_MANY,
            f"This token may make {request.app[PACE].per_minute} requests a minute; go on in {seconds} s.",
            {hdrs.RETRY_AFTER: str(seconds)},
        )
    if not token.scopes & scopes:
        named = " or ".join(sorted(scopes))
        raise ProblemError(
            problems.FORBIDDEN, f"This needs a token with the scope {named}.",
            {hdrs.WWW_AUTHENTICATE: f'Bearer realm="mburoja", error="insufficient_scope", scope="{named}"'},
        )  # fmt: skip
    if tokens.wants_use(token, now):
        await office.store.transact(lambda tx: tokens.use(tx, now, token))
    return Call(office=office, token=token, now=now, key=_key(request))


async def _token(request: web.Request, office: Office, now: int) -> Token:
    given = request.headers.getall(hdrs.AUTHORIZATION, [])
    if not given:
        raise ProblemError(problems.UNAUTHORIZED)
    bearer = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    token = await office.store.read(lambda tx: tokens.find(tx, office.desk, now, bearer[1])) if bearer else None
    if token is None:
        raise ProblemError(
            problems.UNAUTHORIZED, headers={hdrs.WWW_AUTHENTICATE: 'Bearer realm="mburoja", error="invalid_token"'}
        )
    return token


def _key(request: web.Request) -> str | None:
    given = request.headers.getall("Idempotency-Key", [])
    if not given or request.method != hdrs.METH_POST:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise ProblemError(
            problems.BAD_REQUEST, "Send one Idempotency-Key, of 1 to 128 visible ASCII characters: a UUID, say."
        )
    return given[0]


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY)
    if not request.can_read_body:
        return b""
    if request.content_type != "application/json" or hdrs.CONTENT_ENCODING in request.headers:
        raise web.HTTPUnsupportedMediaType
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.content.iter_any():
                read += piece
                if len(read) > LARGEST_BODY:
                    raise web.HTTPRequestEntityTooLarge(LARGEST_BODY)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, HttpProcessingError):  # broken pieces
        raise web.HTTPBadRequest from None
    return bytes(read)


def _said(error: Exception) -> str:
    """Return what does not fit, without what was sent: messages of the library name places and types only."""
    text = str(error) if isinstance(error, msgspec.MsgspecError) else "it cannot be decoded"
    return f"{text.rstrip('.')[:300]}. Compare it with the OpenAPI document."
