"""The pages: the widget's loader and frame, the policy to read, the way back to a case; knows no conversation."""

import datetime as dt
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import hdrs, web
from babel.dates import format_date

from bot.policy.company import Company, Edition
from bot.web.guard.csp import NONCE, content_security_policy
from bot.web.guard.faults import words as fault_words
from bot.web.keys import HOUSE, WebHouse
from bot.web.pages import assets
from bot.web.pages.assets import ASK_EACH_TIME, ASSETS, Asset, asset, send
from bot.web.pages.policytext import sections
from bot.web.pages.rendering import page, prepare, render
from bot.web.pages.words import launcher_words, words

LOADER = "widget.js"  # the file below static/ that goes out behind a company's looks
_LOCALE = "sq_XK"
_MADE = web.AppKey("made", dict[tuple[str, ...], Asset])  # what is the same for everybody, made when first asked for
# A drawing is checked when it is read; should one slip through, opened by itself it can still do nothing.
_DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application) -> None:
    """Serve the pages and the static files; what is not found is told in Albanian."""
    assets.add_routes(app)
    prepare(app)
    app[_MADE] = {}
    app.middlewares.append(_not_found_told)
    app.router.add_get("/", _index)
    app.router.add_get("/widget.js", _loader)
    app.router.add_get("/widget/{company}", _frame)
    app.router.add_get("/logo/{company}.svg", _logo)
    app.router.add_get("/policy/{company}", _policy)
    app.router.add_get("/case", _case)


def sites_of(house: WebHouse, company: Company) -> tuple[str, ...]:
    """Return the origins that may embed a company's widget: those of the server's settings, else the company's own."""
    return house.settings.sites_of(company.id, company.appearance.sites)


def _company(request: web.Request, name: str) -> Company:
    """Return a company. Raises HTTPNotFound."""
    company = request.app[HOUSE].office.desk.companies.get(name)
    if company is None:
        raise web.HTTPNotFound
    return company


def _companies(request: web.Request) -> list[Company]:
    return sorted(request.app[HOUSE].office.desk.companies.values(), key=lambda company: company.name)


# ---- the widget ---------------------------------------------------------------------------------------------


async def _loader(request: web.Request) -> web.Response:
    # Any page may fetch it: nothing in it is secret, and which page may show the frame is told with the frame.
    headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    house = request.app[HOUSE]
    company = house.office.desk.companies.get(request.query.get("company", ""))
    if company is None:
        _ = house.translate
        told = _("Mburoja knows no such company: write its id behind “?company=”.")
        return web.Response(
            status=404,
            text=f"// {told}\n",
            content_type="text/javascript",
            charset="utf-8",
            headers={**headers, hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"},
        )
    made = request.app[_MADE]
    if ("loader", company.id) not in made:
        script = request.app[ASSETS].files[LOADER].body
        made["loader", company.id] = asset(_looks(house, company) + script, ".js")
    return send(request, made["loader", company.id], {**headers, hdrs.CACHE_CONTROL: ASK_EACH_TIME})


def _looks(house: WebHouse, company: Company) -> bytes:
    """Return the line of script that tells the loader a company's looks."""
    appearance, said = company.appearance, launcher_words(house.translate)
    said["launcher"] = appearance.launcher or said["launcher"]
    looks = {
        "id": company.id,
        "name": company.name,
        "brand": appearance.brand,
        "onBrand": appearance.on_brand,
        "brandDark": appearance.brand_dark,
        "onBrandDark": appearance.on_brand_dark,
        "words": {key: words.replace("{company}", company.name) for key, words in said.items()},
    }
    return b"const MBUROJA = " + msgspec.json.encode(looks) + b";\n"


async def _frame(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    company = _company(request, request.match_info["company"])
    sites = sites_of(house, company)
    told = {
        "company": {"id": company.id, "name": company.name},
        "words": words(house.translate),
        "parentOrigins": sites,
    }
    return render(request, "widget.html", sites=sites, company=company, looks=company.appearance, told=told)


async def _logo(request: web.Request) -> web.Response:
    company = _company(request, request.match_info["company"])
    made = request.app[_MADE]
    if ("logo", company.id) not in made:
        made["logo", company.id] = asset(company.appearance.drawing.encode(), ".svg")
    headers = {
        hdrs.CACHE_CONTROL: ASK_EACH_TIME,
        "Content-Security-Policy": _DRAWING_POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin",  # the launcher shows it on the company's page
    }
    return send(request, made["logo", company.id], headers)


# ---- the policy ---------------------------------------------------------------------------------------------


async def _policy(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    company = _company(request, request.match_info["company"])
    in_force = house.office.desk.edition(company.id, house.office.clock.now())
    edition = _edition(company, request.query.get("version"), in_force)
    # Which text is in force changes what the page says of each.
    key = ("policy", company.id, edition.text.version.id, in_force.text.version.id)
    made = request.app[_MADE]
    if key not in made:
        made[key] = asset(_policy_page(request, company, edition, in_force).encode(), ".html")
    allowed = content_security_policy(request[NONCE])
    return send(request, made[key], {"Content-Security-Policy": allowed, hdrs.CACHE_CONTROL: ASK_EACH_TIME})


def _edition(company: Company, version: str | None, in_force: Edition) -> Edition:
    """Return the edition that is asked for; none asked for is the one in force. Raises HTTPNotFound."""
    if version is None:
        return in_force
    for edition in company.editions:
        if edition.text.version.id == version:
            return edition
    raise web.HTTPNotFound


def _policy_page(request: web.Request, company: Company, edition: Edition, in_force: Edition) -> str:
    version = edition.text.version
    return page(
        request.app,
        "policy.html",
        company=company,
        version=version,
        dated=_day(version.dated) if version.dated else None,
        effective=_day(version.effective),
        standing=_standing(edition, in_force),
        sections=sections(edition.text),
        others=[
            (other.text.version.id, _day(other.text.version.effective))
            for other in company.editions
            if other is not edition
        ],
    )


def _standing(edition: Edition, in_force: Edition) -> str:
    if edition is in_force:
        return "in force"
    return "older" if edition.text.version.effective <= in_force.text.version.effective else "coming"


def _day(day: dt.date) -> str:
    return str(format_date(day, "d MMMM y", locale=_LOCALE))


# ---- the others ---------------------------------------------------------------------------------------------


async def _index(request: web.Request) -> web.Response:
    return render(request, "index.html", companies=_companies(request))


async def _case(request: web.Request) -> web.Response:
    return render(request, "case.html", companies=_companies(request))


@web.middleware
async def _not_found_told(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Tell people in Albanian what programs are told by the status alone."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD} or "text/html" not in request.headers.get(
            "Accept", ""
        ):
            raise
        title, text = fault_words(404, request.app[HOUSE].translate)
        answer = render(request, "error.html", title=title, text=text)
        answer.set_status(404)
        return answer
