"""Makes pages from templates: everything escaped, nothing undefined, no inline script; knows no route.

Templates say ``_("English")`` for the catalogue's Albanian and ``static("pages.css")`` for a file's address.
"""

from collections.abc import Callable, Sequence

import jinja2
from aiohttp import hdrs, web

from bot.web.guard.csp import NONCE, content_security_policy
from bot.web.keys import HOUSE
from bot.web.pages.assets import ASSETS, STATIC, Assets, read_assets

_RENDERER = web.AppKey("renderer", jinja2.Environment)


def prepare(app: web.Application) -> None:
    """Give an app what ``render`` needs. Every module that renders calls this; the first call counts."""
    if _RENDERER in app:
        return
    if ASSETS not in app:
        app[ASSETS] = read_assets(STATIC)
    app[_RENDERER] = environment(app[HOUSE].translate, app[ASSETS])


def environment(translate: Callable[[str], str], assets: Assets) -> jinja2.Environment:
    """Return the templates of ``bot/web/templates``."""

    def say(message: str, **values: object) -> str:
        return translate(message).format(**values)  # what comes out is escaped where the template prints it

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(_=say, static=assets.url, modules=assets.modules)
    return made


def page(app: web.Application, template: str, **values: object) -> str:
    """Return a page's HTML. Raises jinja2.UndefinedError when the template names a value that is not given."""
    return app[_RENDERER].get_template(template).render(**values)


def render(request: web.Request, template: str, *, sites: Sequence[str] = (), **values: object) -> web.Response:
    """Return a page made for this one request; ``sites`` are the origins that may frame it (R25).

    The template gets ``nonce`` for its style and data elements; another status or header can be set on the answer.
    """
    text = page(request.app, template, nonce=request[NONCE], **values)
    made = web.Response(text=text, content_type="text/html", charset="utf-8")
    made.headers["Content-Security-Policy"] = content_security_policy(request[NONCE], frame_ancestors=sites)
    made.headers[hdrs.CACHE_CONTROL] = "no-cache"
    made.enable_compression()
    return made
