"""The demonstration's site: the stage, the shops that embed the widget, the phones; knows nothing of the chat itself.

It stands on ``localhost`` while the widget's server stands on ``127.0.0.1``: two sites to a browser, as with a real
company. It answers to its own name only, so that no foreign page can read the codes through a name of its own.
"""

import asyncio
import datetime as dt
import json
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.services.casework.deadlines import ZONE
from bot.web.demo.loopback import NAME
from bot.web.demo.officer import Officer
from bot.web.demo.phones import Phones, Sms

_HERE = Path(__file__).parent
_BEAT = 15.0  # seconds between signs of life, so that a closed tab is noticed
_MOST_WATCHERS = 50
_AGAIN = 1_000  # ms until a watcher comes back that lost the stage
_ALIASES = ("127.0.0.1", "[::1]")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A company's shop: its id and its name."""

    company: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A fictional customer; ``mobile`` is whole, for it is to be typed, or empty."""

    company: str
    company_name: str
    number: str
    name: str
    mobile: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the site shows. ``origin`` is its own address, ``server`` the widget's.

    ``program`` and ``database`` are for the commands that it tells.
    """

    origin: str
    server: str
    shops: tuple[Shop, ...]
    customers: tuple[Customer, ...]
    phones: Phones
    officer: Officer
    program: str
    database: Path

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """What the back office types, each with what it does."""
        mburoja, db = shlex.quote(self.program), f"--db {shlex.quote(str(self.database))}"
        return (
            (f"{mburoja} requests list {db}", "Radha e kërkesave"),
            (f"{mburoja} requests show NUMRI {db}", "Një kërkesë me të gjitha hapat"),
            (f"{mburoja} requests take NUMRI {db}", "E merrni përsipër"),
            (
                f"{mburoja} requests reply NUMRI 'Po e shohim, ju lajmërojmë nesër.' {db}",
                "I shkruani klientit: mesazhi del në bisedë",
            ),
            (f"{mburoja} requests proof NUMRI --kind shop {db}", "Për kopje: identiteti u kontrollua edhe në dyqan"),
            (f"{mburoja} requests answer NUMRI --file README.md {db}", "Përgjigjja me skedar: klienti e merr me kod"),
            (f"{mburoja} audit verify {db}", "Dëshmoni që ditari i veprimeve është i plotë"),
        )


_STAGE = web.AppKey("stage", Stage)
_PAGES = web.AppKey("pages", Environment)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_stage(stage: Stage) -> web.Application:
    """Return the site; its watchers are let go when it shuts down."""
    app = web.Application(middlewares=[_own_name])
    app[_STAGE] = stage
    app[_PAGES] = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    seats = asyncio.Semaphore(_MOST_WATCHERS)

    async def phones(request: web.Request) -> web.StreamResponse:
        if seats.locked():
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
        async with seats:
            return await _phones(request)

    async def close(app: web.Application) -> None:
        app[_STAGE].phones.close()

    app.router.add_get("/", _front)
    app.router.add_get("/phones", phones)
    app.router.add_get("/authenticator", _authenticator)
    app.router.add_static("/static", _HERE / "static")
    for shop in stage.shops:
        app.router.add_get(f"/{shop.company}", _shop_page(shop))
    app.on_response_prepare.append(_guard)
    app.on_shutdown.append(close)
    return app


# ---- pages --------------------------------------------------------------------------------------------------


async def _front(request: web.Request) -> web.StreamResponse:
    stage = request.app[_STAGE]
    return _page(request, ("stage.html",), {"stage": stage})


def _shop_page(shop: Shop) -> _Handler:
    async def page(request: web.Request) -> web.StreamResponse:
        # A company that joined later has no page of its own: it gets the plain one.
        return _page(request, (f"shop_{shop.company}.html", "shop.html"), {"stage": request.app[_STAGE], "shop": shop})

    return page


def _page(request: web.Request, names: tuple[str, ...], given: Mapping[str, object]) -> web.Response:
    template = request.app[_PAGES].select_template(names)
    return web.Response(text=template.render(given), content_type="text/html", charset="utf-8")


# ---- phones -------------------------------------------------------------------------------------------------


async def _phones(request: web.Request) -> web.StreamResponse:
    """Send every message as it arrives (server-sent events), those missed first."""
    phones = request.app[_STAGE].phones
    seen = _number(request.headers.get("Last-Event-ID", ""))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    try:
        await response.write(f"retry: {_AGAIN}\n\n".encode())
        while not phones.closed:
            new = phones.after(seen)
            for sms in new:
                await response.write(_event(sms))
                seen = sms.number
            if not new:
                await response.write(b":\n\n")
            await phones.wait(seen, _BEAT)
    except ConnectionError:  # the tab was closed
        pass
    return response


async def _authenticator(request: web.Request) -> web.Response:
    """Tell the officer's code of now, as their telephone would, and for how long it stands."""
    code, left = request.app[_STAGE].officer.code()
    return web.json_response({"code": code, "ms": left})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _event(sms: Sms) -> bytes:
    time = dt.datetime.fromtimestamp(sms.number / 1000, ZONE)
    data = {"to": sms.to, "owners": sms.owners, "text": sms.text, "time": f"{time:%H:%M:%S}"}
    return f"id: {sms.number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


# ---- what holds for every answer ----------------------------------------------------------------------------


@web.middleware
async def _own_name(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer to ``localhost`` only. From its other loopback names lead there: only it may embed the widget."""
    own = request.app[_STAGE].origin
    name, _, port = request.host.rpartition(":")
    if f"http://{request.host}" == own:
        return await handler(request)
    if name in _ALIASES and own == f"http://{NAME}:{port}":
        raise web.HTTPFound(own + request.rel_url.raw_path)
    raise web.HTTPMisdirectedRequest(text="Kjo provë përgjigjet vetëm te localhost.")


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers of a strict site: the widget has to live with them."""
    response.headers.update(_headers(request.app[_STAGE]))


def _headers(stage: Stage) -> dict[str, str]:
    policy = (
        "default-src 'none'",
        f"script-src 'self' {stage.server}",
        f"frame-src {stage.server}",
        "img-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
