"""Opening, renewing, leaving and forgetting a browser's session over HTTP; knows no rule of the dialogue."""

import msgspec
from aiohttp import web

from bot.dialogue.showing import masked
from bot.services.casework.cases import Stored
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from bot.web.guard.security import ADDRESS_LIMITS, client_address
from bot.web.keys import HOUSE, TALKS
from bot.web.wire import codes, frames
from bot.web.wire.entering import acting_session, company_of, drop, entered, keep, presented, session_of
from bot.web.wire.talks import farewell


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page asks for: nothing (its session, or a new one), a renewal, or a session without a cookie."""

    ticket: str | None = None
    memory: bool = False


_order = msgspec.json.Decoder(Order)


def add_routes(app: web.Application) -> None:
    """Add what a page needs to open a conversation, and to end it."""
    app.router.add_post("/session/{company}", open_session)
    app.router.add_get("/session/{company}/leaving", leaving)
    app.router.add_delete("/session/{company}", forget)


async def open_session(request: web.Request) -> web.Response:
    """Return the page's session, a new one, or a renewed one, with the token for its changes (R23)."""
    company = company_of(request)
    try:
        order = _order.decode(await request.read() or b"{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise web.HTTPBadRequest from None
    given = presented(request, company)
    session = await entered(request, company, given.token) if given else None
    if order.ticket is not None:
        if given is None or session is None:
            raise web.HTTPUnauthorized
        return await _renewed(request, session, order.ticket, by_cookie=given.by_cookie)
    if given and session:
        return _answer(request, "kept" if given.by_cookie else "memory", given.token)
    return await _begun(request, company, memory=order.memory)


async def leaving(request: web.Request) -> web.Response:
    """Return what a person should know before the chat is closed: how the replies to come will reach them (R58)."""
    house, talks = request.app[HOUSE], request.app[TALKS]
    company = company_of(request)
    session = await session_of(request, company)
    if session is None:
        raise web.HTTPUnauthorized
    cases = await house.office.store.read(lambda tx: talks.turns.open_cases(tx, session))
    _ = house.translate
    told = (
        _("You have open requests. Keep their numbers: with one of them and a code you find its request again.")
        if cases
        else _("Everything that was written here is erased. Evidence of what you ordered stays.")
    )
    return web.json_response(
        {
            "cases": [{"reference": case.reference, "text": _how_told(request, case)} for case in cases],
            "text": told,
        }
    )


async def forget(request: web.Request) -> web.Response:
    """End the conversation and erase it; its other tabs are told."""
    house, talks = request.app[HOUSE], request.app[TALKS]
    company = company_of(request)
    session = await acting_session(request, company)
    now = house.office.clock.now()
    taken = await house.office.store.transact(lambda tx: talks.turns.forget(tx, now, session))
    text = farewell(taken)
    talks.hub.end_session(session.id, codes.FORGOTTEN, frames.forgotten(text))
    response = web.json_response({"text": text})
    drop(response, company)
    return response


async def _begun(request: web.Request, company: str, *, memory: bool) -> web.Response:
    house = request.app[HOUSE]
    office = house.office
    now = office.clock.now()
    if not request.app[ADDRESS_LIMITS].allow(client_address(request), now):
        _ = house.translate
        told = _("No more conversations can be begun from here at the moment. Try again in a little while.")
        raise web.HTTPTooManyRequests(text=told)
    token = await office.store.transact(lambda tx: sessions.begin(tx, office.desk, now, company))
    if memory:
        return _answer(request, "memory", token, tell=True)
    response = _answer(request, "new", token)
    keep(response, company, token)
    return response


async def _renewed(request: web.Request, session: Session, ticket: str, *, by_cookie: bool) -> web.Response:
    office = request.app[HOUSE].office
    now = office.clock.now()
    token = await office.store.transact(lambda tx: sessions.renew(tx, office.desk, now, session, ticket))
    if token is None:
        raise web.HTTPConflict
    response = _answer(request, "renewed", token, tell=not by_cookie)
    if by_cookie:
        keep(response, session.company, token)
    return response


def _answer(request: web.Request, status: str, token: str, *, tell: bool = False) -> web.Response:
    told = {"status": status, "csrf": sessions.csrf(request.app[HOUSE].office.desk, token)}
    return web.json_response(told | ({"token": token} if tell else {}))


def _how_told(request: web.Request, case: Stored) -> str:
    """Return the way on which the reply to a request comes once nobody is here (R58)."""
    _ = request.app[HOUSE].translate
    if case.reply_to:
        return _("The reply goes to: {address}").format(address=masked(case.reply_to))
    if case.subject:
        return _("An SMS to your number on file will tell you when there is a reply; it opens here with a code.")
    return _("Ask for the reply here with its number.")
