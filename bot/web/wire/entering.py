"""Which session a request belongs to: its cookie, or the token where cookies are refused (R19, R22, R23).

The cookie is one a company. It is written by hand: Python's own module does not know ``Partitioned`` yet.
"""

from dataclasses import dataclass

from aiohttp import web

from bot.crypto import same
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from bot.web.keys import HOUSE, TALKS
from bot.web.wire import codes

CSRF = "X-CSRF-Token"
_COOKIE = "__Host-mburoja-{company}"
_KEPT = "; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
_BEARER = "Bearer "


@dataclass(frozen=True, kw_only=True)
class Presented:
    """The token that came with a request. ``by_cookie``: the browser keeps it, else the page's memory does."""

    token: str
    by_cookie: bool


def company_of(request: web.Request) -> str:
    """Return the company of an address. Raises HTTPNotFound for one that is not known."""
    company = request.match_info["company"]
    if company not in request.app[HOUSE].office.desk.companies:
        raise web.HTTPNotFound
    return company


def presented(request: web.Request, company: str) -> Presented | None:
    """Return the token that came with a request, if any did."""
    given = request.headers.get("Authorization", "")
    if given.startswith(_BEARER):
        return Presented(token=given.removeprefix(_BEARER).strip(), by_cookie=False)
    cookie = request.cookies.get(_COOKIE.format(company=company))
    return Presented(token=cookie, by_cookie=True) if cookie else None


async def session_of(request: web.Request, company: str) -> Session | None:
    """Return the session that a request's token opens, or None."""
    given = presented(request, company)
    return await entered(request, company, given.token) if given else None


async def entered(request: web.Request, company: str, token: str) -> Session | None:
    """Return the session that a token opens, and note that it is used; None where it opens none.

    A fresh token's first use ends the ones before it, and what they hold open (R19).
    """
    office = request.app[HOUSE].office
    found = await office.store.read(lambda tx: sessions.find(tx, office.desk, company, token))
    if found is None:
        return None
    now = office.clock.now()
    if sessions.wants_use(found, now):
        await office.store.transact(lambda tx: sessions.use(tx, now, found))
        if found.fresh:
            request.app[TALKS].hub.end_tokens(found, codes.RENEWED)
    return found


async def acting_session(request: web.Request, company: str) -> Session:
    """Return the session of a request that changes something. Raises 401 without one, 403 without its CSRF token."""
    given = presented(request, company)
    found = await entered(request, company, given.token) if given else None
    if given is None or found is None:
        raise web.HTTPUnauthorized
    expected = sessions.csrf(request.app[HOUSE].office.desk, given.token)
    if not same(request.headers.get(CSRF, ""), expected):
        raise web.HTTPForbidden
    return found


def keep(response: web.StreamResponse, company: str, token: str) -> None:
    """Let the browser keep a session's token, until it is closed."""
    response.headers.add("Set-Cookie", f"{_COOKIE.format(company=company)}={token}{_KEPT}")


def drop(response: web.StreamResponse, company: str) -> None:
    """Let the browser forget it."""
    response.headers.add("Set-Cookie", f"{_COOKIE.format(company=company)}={_KEPT}; Max-Age=0")
