"""Signing in: the password's page and the second factor's; knows no first sign-in and no account page."""

from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp import hdrs, web

from bot.clock import SECOND
from bot.console import door, pages
from bot.console.door import HOME, SIGN_IN
from bot.console.entrance import words
from bot.console.entrance.keys import Half, Tools, half_of, may_try, must_be_of, sent, tools
from bot.console.entrance.ways import own_path, with_next
from bot.console.pages import say
from bot.services.desk import Desk, Place
from bot.services.staff import signing_in, staff_sessions
from bot.services.staff.lockout import Locked
from bot.services.staff.signing_in import Forward, Gone, Step, Stranger, Wrong
from bot.services.staff.staff_sessions import StaffSession
from bot.storage.store import Tx

_LONGEST_LOGIN = 100  # characters that are looked at
_WAYS = {
    Step.PASSWORD: f"{SIGN_IN}/password",
    Step.AUTHENTICATOR: f"{SIGN_IN}/authenticator",
    Step.CODES: f"{SIGN_IN}/codes",
    Step.SECOND: f"{SIGN_IN}/second",
}
_Try: TypeAlias = Callable[[Tx, Desk, Place, StaffSession, str], Forward | Wrong | Locked | Gone]


def add_routes(app: web.Application) -> None:
    """Add them."""
    door.add_open(app, "GET", SIGN_IN, show_sign_in)
    door.add_open(app, "POST", SIGN_IN, sign_in)
    door.add_open(app, "GET", _WAYS[Step.SECOND], show_second)
    door.add_open(app, "POST", _WAYS[Step.SECOND], second)
    door.add_open(app, "POST", f"{_WAYS[Step.SECOND]}/recovery", recovery)


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    """Ask for login and password; who is signed in already is led on."""
    onward = own_path(request.query.get("next", ""))
    if await door.visit_of(request) is not None:
        return door.see(onward)
    return _sign_in_page(request, onward)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check login and password."""
    form = await sent(request)
    login, onward = form.text("login")[:_LONGEST_LOGIN], own_path(form.text("next"))
    if not may_try(request):
        return _sign_in_page(request, onward, login, fault=many_tries(), status=429)
    given = tools(request)
    match await _checked(request, given, login, form.text("password")):
        case Forward() as forward:
            await _end_before(request, given)
            return led_on(forward, onward)
        case Locked() as locked:
            told = words.locked(locked, given.place.now)
            return _retry(_sign_in_page(request, onward, login, fault=told, status=429), locked, given)
        case Wrong() as wrong:
            return _sign_in_page(request, onward, login, fault=words.wrong_password(wrong), status=401)


async def show_second(request: web.Request) -> web.StreamResponse:
    """Ask for the second factor."""
    onward = own_path(request.query.get("next", ""))
    half = await half_of(request)
    return _second_page(request, half, onward) if half else over(onward)


async def second(request: web.Request) -> web.StreamResponse:
    """Check a code of the authenticator."""
    return await _second(request, "code", signing_in.second_factor, words.wrong_code)


async def recovery(request: web.Request) -> web.StreamResponse:
    """Check a recovery code."""
    told = say("This recovery code is not right, or it was used before. Try another one.")
    return await _second(request, "recovery", signing_in.recovery_code, lambda _: told)


def led_on(forward: Forward, onward: str) -> web.Response:
    """Give the browser its new token, and lead it to the next step."""
    way = onward if forward.step is Step.IN else with_next(_WAYS[forward.step], onward)
    response = door.see(way)
    door.keep(response, forward.token)
    return response


def over(onward: str) -> web.Response:
    """Lead somebody whose half session is over to the beginning."""
    return door.see(f"{SIGN_IN}?done=over" + (f"&{with_next('', onward)[1:]}" if onward != HOME else ""))


def many_tries() -> str:
    """Return what an address is told that sent too many forms."""
    return say("Too many tries from this network. Wait a minute, then try again.")


async def _second(
    request: web.Request, field: str, tried: _Try, words_of: Callable[[Wrong], str]
) -> web.StreamResponse:
    form, half = await sent(request), await half_of(request)
    onward = own_path(form.text("next"))
    if half is None:
        return over(onward)
    must_be_of(form, half)
    if not may_try(request):
        return _second_page(request, half, onward, fault=many_tries(), status=429)
    given = tools(request)
    typed, session = form.text(field), half.session
    match await given.store.transact(lambda tx: tried(tx, given.desk, given.place, session, typed)):
        case Forward() as forward:
            return led_on(forward, f"{HOME}/account?done=recovered" if field == "recovery" else onward)
        case Locked() as locked:
            told = words.locked(locked, given.place.now)
            return _retry(_second_page(request, half, onward, fault=told, status=429), locked, given)
        case Gone():
            return over(onward)
        case Wrong() as wrong:
            return _second_page(request, half, onward, fault=words_of(wrong), status=401)


async def _checked(request: web.Request, given: Tools, login: str, password: str) -> Forward | Wrong | Locked:
    """Check a password between two transactions; nothing that is found on the way shows in the time of a refusal."""
    entrance, store, desk, place = given.entrance, given.store, given.desk, given.place
    async with entrance.in_steady_time():
        tried = await store.transact(lambda tx: signing_in.attempt(tx, desk, place.now, login))
        if isinstance(tried, Locked):
            return tried
        if isinstance(tried, Stranger):
            counted = entrance.strangers.count(signing_in.stranger_key(desk, tried), place.now)
            if isinstance(counted, Locked):
                return counted
            await entrance.right(entrance.passwords.nobodys, password)
            await store.transact(lambda tx: signing_in.stranger_refused(tx, desk, place))
            return Locked(until=counted.locked_until) if counted.locked_until else Wrong()
        if not await entrance.right(tried.kept, password):
            return await store.transact(lambda tx: signing_in.password_wrong(tx, desk, place, tried))
        anew = entrance.passwords.wants_anew(tried.kept)
        renewed = await entrance.hashed(password) if anew else None
        device = words.device(request.headers.get(hdrs.USER_AGENT, ""))
        return await store.transact(lambda tx: signing_in.password_right(tx, desk, place, tried, renewed, device))


async def _end_before(request: web.Request, given: Tools) -> None:
    """End the session that this browser had until now: its token is replaced (R19)."""
    before = await door.visit_of(request)
    if before is not None:
        session = before.session
        await given.store.transact(lambda tx: staff_sessions.end(tx, session.staff, session.id))


def _sign_in_page(
    request: web.Request, onward: str, login: str = "", *, fault: str = "", status: int = 200
) -> web.Response:
    told: dict[str, Any] = {"login": login, "fault": fault, "done": request.query.get("done", ""), "onward": onward}
    return pages.bare(request, "entrance/sign_in.html", status=status, **told)


def _second_page(request: web.Request, half: Half, onward: str, *, fault: str = "", status: int = 200) -> web.Response:
    return pages.bare(request, "entrance/second.html", status=status, half=half, onward=onward, fault=fault)


def _retry(response: web.Response, locked: Locked, given: Tools) -> web.Response:
    response.headers[hdrs.RETRY_AFTER] = str(max(1, -(-(locked.until - given.place.now) // SECOND)))
    return response
