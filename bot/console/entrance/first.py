"""The first sign-in: one's own password, the authenticator by its QR code, the recovery codes to keep (R27)."""

import segno
from aiohttp import web

from bot.console import door, pages
from bot.console.door import SIGN_IN
from bot.console.entrance import words
from bot.console.entrance.keys import Half, half_of, may_try, must_be_of, sent, tools
from bot.console.entrance.outside import led_on, many_tries, over
from bot.console.entrance.ways import own_path
from bot.console.forms import Form
from bot.console.pages import say
from bot.services.staff import account_changes, passwords, signing_in, staff_sessions, totp
from bot.services.staff.signing_in import Forward, Gone, Step, Wrong
from bot.services.staff.staff_sessions import Stage

_QR_SCALE = 5  # pixels of a module


def add_routes(app: web.Application) -> None:
    """Add them."""
    for step, show, take in (
        ("password", show_password, take_password),
        ("authenticator", show_authenticator, take_authenticator),
        ("codes", show_codes, take_codes),
    ):
        door.add_open(app, "GET", f"{SIGN_IN}/{step}", show)
        door.add_open(app, "POST", f"{SIGN_IN}/{step}", take)


async def show_password(request: web.Request) -> web.StreamResponse:
    """Ask for a password of one's own."""
    onward = own_path(request.query.get("next", ""))
    half = await half_of(request)
    return _password_page(request, half, onward) if half else over(onward)


async def take_password(request: web.Request) -> web.StreamResponse:
    """Replace the one-time password."""
    form, half = await sent(request), await half_of(request)
    onward = own_path(form.text("next"))
    if half is None:
        return over(onward)
    must_be_of(form, half)
    if not may_try(request):
        return _password_page(request, half, onward, fault=many_tries(), status=429)
    given, wanted, session = tools(request), form.text("password"), half.session
    if fault := refused_password(form, half.account.login):
        return _password_page(request, half, onward, fault=fault, status=422)
    kept = await given.store.read(lambda tx: signing_in.kept_password(tx, session.staff))
    if await given.entrance.right(kept, wanted):
        fault = say("This is the password that you were given. Choose one that only you know.")
        return _password_page(request, half, onward, fault=fault, status=422)
    made = await given.entrance.hashed(wanted)
    match await given.store.transact(lambda tx: signing_in.first_password(tx, given.desk, given.place, session, made)):
        case Forward() as forward:
            return led_on(forward, onward)
        case Gone():
            return over(onward)


async def show_authenticator(request: web.Request) -> web.StreamResponse:
    """Show the QR code, and ask for the first code."""
    onward = own_path(request.query.get("next", ""))
    half = await half_of(request)
    return await _authenticator_page(request, half, onward) if half else over(onward)


async def take_authenticator(request: web.Request) -> web.StreamResponse:
    """Set the authenticator up, and show the recovery codes, this once."""
    form, half = await sent(request), await half_of(request)
    onward = own_path(form.text("next"))
    if half is None:
        return over(onward)
    must_be_of(form, half)
    if not may_try(request):
        return await _authenticator_page(request, half, onward, fault=many_tries(), status=429)
    given, session, typed = tools(request), half.session, form.text("code")
    match await given.store.transact(
        lambda tx: signing_in.confirm_authenticator(tx, given.desk, given.place, session, typed)
    ):
        case Gone():
            return over(onward)
        case Wrong() as wrong:
            return await _authenticator_page(request, half, onward, fault=words.wrong_code(wrong), status=422)
        case enrolled:
            response = _codes_page(request, staff_sessions.csrf(given.desk, enrolled.token), onward, enrolled.codes)
            door.keep(response, enrolled.token)
            return response


async def show_codes(request: web.Request) -> web.StreamResponse:
    """Ask whether the recovery codes were kept: they are shown once only."""
    onward = own_path(request.query.get("next", ""))
    half = await half_of(request, Stage.CODES)
    return _codes_page(request, half.csrf, onward, ()) if half else over(onward)


async def take_codes(request: web.Request) -> web.StreamResponse:
    """Let in who has kept the recovery codes; make them anew for who has not."""
    form, half = await sent(request), await half_of(request, Stage.CODES)
    onward = own_path(form.text("next"))
    if half is None:
        return over(onward)
    must_be_of(form, half)
    given, session, account = tools(request), half.session, half.account
    if form.has("again"):
        codes = await given.store.transact(
            lambda tx: account_changes.own_recovery_codes(tx, given.desk, given.place, account)
        )
        return _codes_page(request, half.csrf, onward, codes)
    if not form.has("kept"):
        fault = say("First keep the codes, then tick the box.")
        return _codes_page(request, half.csrf, onward, (), fault=fault, status=422)
    match await given.store.transact(lambda tx: signing_in.codes_kept(tx, given.desk, given.place, session)):
        case Forward() as forward:
            return led_on(forward, onward)
        case Gone():
            return over(onward)


def refused_password(form: Form, login: str) -> str:
    """Return why a new password, typed twice, cannot be one; empty where it can."""
    wanted = form.text("password")
    if why := passwords.unfit(wanted, login):
        return words.unfit(why)
    if wanted != form.text("again"):
        return say("The two passwords differ. Type the same one twice.")
    return ""


def _password_page(
    request: web.Request, half: Half, onward: str, *, fault: str = "", status: int = 200
) -> web.Response:
    told = {"half": half, "onward": onward, "fault": fault, "shortest": passwords.SHORTEST}
    return pages.bare(request, "entrance/first_password.html", status=status, **told)


async def _authenticator_page(
    request: web.Request, half: Half, onward: str, *, fault: str = "", status: int = 200
) -> web.Response:
    given, staff = tools(request), half.session.staff
    secret, step = await given.store.read(
        lambda tx: (signing_in.offered_secret(tx, given.desk, staff), signing_in.step_of(tx, staff))
    )
    if secret is None or step is not Step.AUTHENTICATOR:
        return over(onward)
    qr = segno.make(totp.address(secret, half.account.login), error="m", micro=False)
    told = {
        "half": half, "onward": onward, "fault": fault, "secret": totp.spelled(secret),
        "qr": qr.svg_data_uri(scale=_QR_SCALE, dark="#000", light="#fff"),
    }  # fmt: skip
    return pages.bare(request, "entrance/authenticator.html", status=status, **told)


def _codes_page(
    request: web.Request, csrf: str, onward: str, codes: tuple[str, ...], *, fault: str = "", status: int = 200
) -> web.Response:
    told = {"csrf": csrf, "onward": onward, "codes": codes, "fault": fault}
    return pages.bare(request, "entrance/codes.html", status=status, **told)
