"""Makes the console's pages: the frame with what the visitor may open, their words, their dates; knows no case.

Templates say ``_("English")`` for the console's own catalogue (``console.po``), ``when(ms)`` and ``day(date)`` for
times as they are written in Kosovo, ``static("console.css")`` for a file's address.
"""

import datetime as dt
import functools
import gettext
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import hdrs, web
from babel.dates import format_date, format_datetime

from bot.clock import moment
from bot.console import door
from bot.console.door import Visit
from bot.services.casework.deadlines import ZONE
from bot.services.staff.roles import Permission
from bot.web.guard.csp import NONCE, content_security_policy
from bot.web.pages.assets import ASSETS

_LOCALE = "sq_XK"
_CATALOGUES = Path(__file__).parents[1] / "locale"
_PAGES = web.AppKey("console_pages", jinja2.Environment)

# What stands in the frame: where it leads, what it takes. The words stand in ``frame.html``.
PLACES: tuple[tuple[str, str, Permission], ...] = (
    ("queue", f"{door.HOME}/queue", Permission.QUEUE),
    ("letters", f"{door.HOME}/enter", Permission.WORK),
    ("questions", f"{door.HOME}/questions", Permission.KNOWLEDGE),
    ("answers", f"{door.HOME}/answers", Permission.KNOWLEDGE),
    ("figures", f"{door.HOME}/figures", Permission.FIGURES),
    ("audit", f"{door.HOME}/audit", Permission.AUDIT),
)


@functools.cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("console", localedir=_CATALOGUES, languages=["sq"], fallback=True)


def say(message: str) -> str:
    """Return a message of the console in Albanian; the English of the code where the catalogue is not compiled."""
    return _catalogue().gettext(message) if message else ""


def when(at: int | None) -> str:
    """Return a time (ms UTC) as it is written in Kosovo: "5 mars 2026, 10:05"; a dash for none."""
    if at is None:
        return "–"
    return str(format_datetime(moment(at).astimezone(ZONE), "d MMMM y, HH:mm", locale=_LOCALE))


def day(date: dt.date | None) -> str:
    """Return a day as it is written in Kosovo: "5 mars 2026"; a dash for none."""
    return str(format_date(date, "d MMMM y", locale=_LOCALE)) if date else "–"


def prepare(app: web.Application) -> None:
    """Give an app what ``render`` needs."""

    def _(message: str, **values: object) -> str:
        return say(message).format(**values) if values else say(message)

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(_=_, static=app[ASSETS].url, modules=app[ASSETS].modules, when=when, day=day, once=door.once)
    app[_PAGES] = made


def render(
    request: web.Request, visit: Visit, template: str, *, place: str = "", status: int = 200, **values: Any
) -> web.Response:
    """Return a page for somebody who is signed in; ``place`` is the id of ``PLACES`` under which it stands.

    The template gets ``visit``, ``places`` (those that the visitor may open), ``done`` (what was just done) and
    ``nonce``.
    """
    places = [(key, path) for key, path, needs in PLACES if visit.companies_for(needs)]
    told = {"visit": visit, "place": place, "places": places, "done": request.query.get("done", ""), **values}
    return bare(request, template, status=status, **told)


def bare(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """Return a page for somebody who is not signed in yet."""
    text = request.app[_PAGES].get_template(template).render(nonce=request[NONCE], **values)
    made = web.Response(status=status, text=text, content_type="text/html", charset="utf-8")
    made.headers["Content-Security-Policy"] = content_security_policy(request[NONCE])
    made.headers[hdrs.CACHE_CONTROL] = "no-store"
    # Under "no-referrer" a browser says of a form that it comes from nowhere (Origin: null), and it would be refused.
    made.headers["Referrer-Policy"] = "same-origin"
    made.enable_compression()
    return made


def fragment(request: web.Request, template: str, **values: Any) -> str:
    """Return a piece of a page, for a page that is open to put in place of the one it has."""
    return request.app[_PAGES].get_template(template).render(nonce=request[NONCE], **values)
