"""What somebody at the console is told when there is nothing for them: not allowed, not there, signed out, stale.

What was typed into a form that cannot be taken any more is shown to be copied: nobody writes a letter twice.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from bot.console import door, pages
from bot.console.door import FORM, HOME, SIGN_IN, VISIT, NotOfRole, StalePage, Visit
from bot.console.entrance import words
from bot.console.entrance.ways import own_path, page_before, with_next
from bot.console.forms import NOTHING, Form
from bot.console.pages import say
from bot.services.desk import Desk
from bot.services.staff.roles import Permission, Role, may
from bot.web.guard.faults import Handler

_SECRET = re.compile(r"password|code|secret|token|recovery|current|again")
_OURS = {door.CSRF, door.ONCE, "seen", "next"}
_CHOSEN = re.compile(r"[a-z0-9_.]{1,40}")  # the value of a button or of a choice: nobody typed it
_KEPT_HEADERS = (hdrs.ALLOW, hdrs.RETRY_AFTER)


@web.middleware
async def tell_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what is refused below ``/console`` with a page of the console."""
    if request.path != HOME and not request.path.startswith(f"{HOME}/"):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as told:
        if told.status < HTTPStatus.BAD_REQUEST or told.content_type in {"application/json", "text/html"}:
            raise
        return await _told(request, told)


async def expired(request: web.Request, form: Form) -> web.StreamResponse:
    """Answer a form that was sent after its session was over."""
    title = say("You are signed out")
    text = say("Your session was over, so this was not done. Sign in again, then send it once more.")
    return await _page(request, None, 401, title, text, form)


def from_elsewhere(request: web.Request) -> web.StreamResponse:
    """Let a browser ask anew for the page that a link on another site led to: then it sends its cookie (R22)."""
    return pages.bare(request, "entrance/elsewhere.html", path=own_path(request.path_qs))


async def _told(request: web.Request, told: web.HTTPException) -> web.Response:
    visit = request.get(VISIT) or await door.visit_of(request)
    match told:
        case NotOfRole() if visit:
            title = say("Your role does not allow this")
            text, form = _missing(visit, told.needs, told.company), NOTHING
        case StalePage():
            title = say("This page is out of date")
            text = say("You signed in again since it was opened, so nothing was done. Open the page anew.")
            form = request.get(FORM, NOTHING)
        case _:
            (title, text), form = _words(told.status), request.get(FORM, NOTHING)
    response = await _page(request, visit, told.status, title, text, form)
    for name in _KEPT_HEADERS:
        if name in told.headers:
            response.headers[name] = told.headers[name]
    return response


def _missing(visit: Visit, needs: Permission, company: str | None) -> str:
    """Return which role is missing, and whom to ask."""
    desk = visit.house.office.desk
    companies = [company] if company else list(visit.companies)
    own = ", ".join(f"{visit.companies[c].name}: {words.role(visit.account.roles[c])}" for c in companies)
    whose = ", ".join(words.role(role) for role in _roles_with(desk, needs, companies))
    return say(
        "Your role ({own}) does not let you {act}. This is done by: {whose}. If you need it, ask whoever gives out the "
        "accounts of the console in your company."
    ).format(own=own or say("none"), act=words.permission(needs), whose=whose)


def _roles_with(desk: Desk, needs: Permission, companies: Sequence[str]) -> list[Role]:
    served = [desk.companies[c] for c in companies] or list(desk.companies.values())
    return [role for role in Role if any(may(role, needs, company.decides) for company in served)]


def _words(status: int) -> tuple[str, str]:
    match status:
        case 403:
            return say("This is not allowed here"), say("Open the page again and try once more.")
        case 404 | 405:
            return (
                say("There is nothing here"),
                say("Look at the reference or the address. What belongs to another company is not shown here either."),
            )
        case 408:
            return say("That took too long"), say("Look at your connection, then send it again.")
        case 413:
            return say("That is too large"), say("Write it shorter, or attach smaller files.")
        case 429:
            return say("Too many tries"), say("Wait a minute, then try again.")
        case 503:
            return say("Not reachable for a moment"), say("Nothing was lost. Try again in a moment.")
        case _ if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return say("We could not read that"), say("Open the page again and send it once more.")
        case _:
            return say("Something went wrong with us"), say("Try again. If it stays so, tell whoever runs Mburoja.")


async def _page(
    request: web.Request, visit: Visit | None, status: int, title: str, text: str, form: Form
) -> web.Response:
    back = await page_before(request) if request.method == hdrs.METH_POST else HOME
    values: dict[str, Any] = {
        "base": "frame.html" if visit else "entrance/outside.html", "heading": title, "text": text,
        "typed": _typed(form), "files": bool(form.files), "back": back, "sign_in": with_next(SIGN_IN, back),
        "out": visit is None,
    }  # fmt: skip
    if visit:
        return pages.render(request, visit, "entrance/refused.html", status=status, **values)
    return pages.bare(request, "entrance/refused.html", status=status, **values)


def _typed(form: Form) -> list[str]:
    """Return what somebody typed, without what is secret or was ours."""
    return [
        text
        for name in form.fields
        if name not in _OURS and not _SECRET.search(name)
        for text in form.texts(name)
        if text and not _CHOSEN.fullmatch(text)
    ]
