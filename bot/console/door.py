"""The door of the console: who comes in, by which cookie, with which permission; knows no page behind it.

Every route is added here, with the permission that it needs, so that a table of roles and routes can be made of what
there truly is. A handler gets a ``Visit``; at a company that is not the visitor's there is nothing to be found.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import hdrs, web

from bot.console import forms
from bot.console.forms import Form
from bot.crypto import same
from bot.policy.company import Company
from bot.services.staff import staff_sessions
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Permission
from bot.services.staff.staff_sessions import StaffSession
from bot.web.guard.security import let_read
from bot.web.keys import HOUSE, WebHouse

HOME = "/console"
SIGN_IN = f"{HOME}/sign-in"
COOKIE = "__Host-mburoja-console"
CSRF = "csrf"  # the hidden field
ONCE = "once"  # the hidden field that makes a form be taken once
_KEPT = "; Path=/; Secure; HttpOnly; SameSite=Strict"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody who is signed in, at one request. ``companies`` are those at which the account has a role."""

    account: Account
    session: StaffSession
    csrf: str
    house: WebHouse
    companies: Mapping[str, Company]

    @property
    def who(self) -> str:
        """The name under which acts are recorded."""
        return self.account.login

    def may(self, permission: Permission, company: str) -> bool:
        """Tell whether something may be done at a company."""
        return self.account.may(permission, company, self.house.office.desk)

    def companies_for(self, permission: Permission) -> tuple[str, ...]:
        """Return the companies at which something may be done."""
        return self.account.companies_for(permission, self.house.office.desk)

    def must(self, permission: Permission, company: str) -> None:
        """Go on only with a permission. Raises HTTPForbidden; HTTPNotFound where the company is not the visitor's."""
        if company not in self.companies:
            raise web.HTTPNotFound
        if not self.may(permission, company):
            raise NotOfRole(permission, company)


class NotOfRole(web.HTTPForbidden):
    """The visitor's role does not allow it: ``needs`` says what it takes, ``company`` where (None: anywhere)."""

    def __init__(self, needs: Permission, company: str | None = None) -> None:
        """Take what is missing."""
        super().__init__()
        self.needs, self.company = needs, company


class StalePage(web.HTTPForbidden):
    """The form is of a session before this one, or of no page of ours."""


Handler = Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One way in: ``needs`` is the permission it takes at some company (None: being signed in)."""

    method: str
    path: str
    needs: Permission | None


@dataclass(frozen=True, kw_only=True)
class Expired:
    """Answers who is not signed in. ``answer``: a form that was sent after its session was over, for what was typed
    must not be lost. ``elsewhere``: a link on another site, after which the browser keeps the cookie back.
    """

    answer: Callable[[web.Request, Form], Awaitable[web.StreamResponse]]
    elsewhere: Callable[[web.Request], web.StreamResponse]


ROUTES = web.AppKey("console_routes", list[Route])
OPEN_ROUTES = web.AppKey("console_open_routes", list[Route])
FORM = web.RequestKey("console_form", Form)
VISIT = web.RequestKey("console_visit", Visit)
EXPIRED = web.AppKey("console_expired", Expired)


def prepare(app: web.Application) -> None:
    """Give an app what ``add`` needs."""
    app[ROUTES], app[OPEN_ROUTES] = [], []


def add(
    app: web.Application,
    method: str,
    path: str,
    handler: Handler,
    *,
    needs: Permission | None,
    file_bytes: int = 0,
) -> None:
    """Add a route below ``/console``. A POST is a form with CSRF token; ``file_bytes``: of files that it may bring."""
    app[ROUTES].append(Route(method=method, path=path, needs=needs))

    async def enter(request: web.Request) -> web.StreamResponse:
        visit = await visit_of(request)
        form = request[FORM] = await _sent(request, visit, file_bytes) if method == hdrs.METH_POST else forms.NOTHING
        if visit is not None and method == hdrs.METH_POST:
            visit = await visit_of(request)  # a form may take a minute to come: what holds is what holds now
        if visit is None:
            return await _turned_away(request, form)
        request[VISIT] = visit
        if method == hdrs.METH_POST and not same(form.text(CSRF), visit.csrf):
            raise StalePage
        if needs is not None and not visit.companies_for(needs):
            raise NotOfRole(needs)
        return await handler(request, visit)

    route = app.router.add_route(method, path, enter)
    if method == hdrs.METH_POST:
        let_read(app, route)


def add_open(
    app: web.Application, method: str, path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> None:
    """Add a route below ``/console`` for who is not signed in yet; its handler looks at everything by itself."""
    app[OPEN_ROUTES].append(Route(method=method, path=path, needs=None))
    route = app.router.add_route(method, path, handler)
    if method == hdrs.METH_POST:
        let_read(app, route)


async def visit_of(request: web.Request) -> Visit | None:
    """Return who is signed in, or None; notes that the session is in use."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    house = request.app[HOUSE]
    office, now = house.office, house.office.clock.now()
    found = await office.store.read(lambda tx: staff_sessions.find(tx, office.desk, now, token))
    if found is None:
        return None
    session, account = found
    if staff_sessions.wants_use(session, now):
        await office.store.transact(lambda tx: staff_sessions.use(tx, now, session))
    return Visit(
        account=account,
        session=session,
        csrf=staff_sessions.csrf(office.desk, token),
        house=house,
        companies={key: office.desk.companies[key] for key in sorted(account.roles) if key in office.desk.companies},
    )


def keep(response: web.StreamResponse, token: str) -> None:
    """Let the browser keep a session's token, until it is closed."""
    response.headers.add(hdrs.SET_COOKIE, f"{COOKIE}={token}{_KEPT}")


def drop(response: web.StreamResponse) -> None:
    """Let the browser forget it."""
    response.headers.add(hdrs.SET_COOKIE, f"{COOKIE}={_KEPT}; Max-Age=0")


def once() -> str:
    """Return a new value for the field ``ONCE``."""
    return secrets.token_urlsafe(16)


def see(path: str) -> web.Response:
    """Send the browser to a page after something was done (or to sign in)."""
    return web.Response(status=303, headers={hdrs.LOCATION: path})


async def _sent(request: web.Request, visit: Visit | None, file_bytes: int) -> Form:
    """Read a form; files of who is not signed in are read past, so that nobody fills the memory."""
    return await (forms.read(request, file_bytes) if visit else forms.read_texts(request, file_bytes))


async def _turned_away(request: web.Request, form: Form) -> web.StreamResponse:
    if request.method == hdrs.METH_POST:
        return await request.app[EXPIRED].answer(request, form)
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and COOKIE not in request.cookies:
        return request.app[EXPIRED].elsewhere(request)
    return see(f"{SIGN_IN}?next={quote(request.path_qs, safe='')}")
