"""The page of figures: of the visitor's companies, for a time; each with its picture, its table and its file."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import hdrs, web

from bot.console import door, pages, tables
from bot.console.door import Visit
from bot.console.figures import catalogue, drawing, numbers, process
from bot.console.figures.kept import SHELF, Choice, Kept, Shelf
from bot.console.figures.process import WORKSHOP
from bot.services.casework.deadlines import local_day
from bot.services.figures import reading
from bot.services.figures.period import Period, Span, between, spanning
from bot.services.staff.roles import Permission

PATH = f"{door.HOME}/figures"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # of a picture: its own style, and nothing else
_ALL = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the visitor chose. ``company`` is empty for all of theirs; ``wrong``: the days could not be taken."""

    company: str
    companies: tuple[str, ...]
    span: Span
    period: Period
    wrong: bool = False

    @property
    def query(self) -> str:
        """The choice as an address has it."""
        named = {"company": self.company, "span": self.span.value}
        if self.span is Span.DAYS:
            named |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return urlencode({name: value for name, value in named.items() if value})


def add_routes(app: web.Application) -> None:
    """Add them."""
    process.prepare(app)
    app[SHELF] = Shelf()
    door.add(app, "GET", PATH, page, needs=Permission.FIGURES)
    door.add(app, "GET", PATH + "/{name:[a-z-]+}.svg", picture, needs=Permission.FIGURES)
    door.add(app, "GET", PATH + "/{name:[a-z-]+}.csv", table, needs=Permission.FIGURES)


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show every figure."""
    asked = _asked(request, visit)
    kept = await _figures(request, visit, asked)
    return pages.render(
        request, visit, "figures/figures.html", place="figures",
        asked=asked, spans=list(Span), every=catalogue.every(kept.figures.result()), written=numbers.written,
        width=drawing.WIDTH, height=drawing.height, companies=_names(visit),
    )  # fmt: skip


async def picture(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Return one figure as SVG."""
    asked = _asked(request, visit)
    kept = await _figures(request, visit, asked)
    shown = catalogue.one(kept.figures.result(), request.match_info["name"])
    if shown is None:
        raise web.HTTPNotFound
    if shown.name not in kept.pictures:
        kept.pictures[shown.name] = await request.app[WORKSHOP].run(drawing.draw, shown.chart)
    return web.Response(
        body=kept.pictures[shown.name],
        headers={hdrs.CONTENT_TYPE: "image/svg+xml; charset=utf-8", "Content-Security-Policy": _POLICY},
    )


async def table(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Return one figure as CSV, its numbers as machines read them."""
    asked = _asked(request, visit)
    kept = await _figures(request, visit, asked)
    shown = catalogue.one(kept.figures.result(), request.match_info["name"])
    if shown is None:
        raise web.HTTPNotFound
    rows = [shown.columns, *shown.rows, *((shown.sum,) if shown.sum else ())]
    name = f"shifrat-{shown.name}-{asked.period.first}-{asked.period.last}.csv"
    return tables.attachment(name, tables.text(rows), "text/csv; charset=utf-8")


def _asked(request: web.Request, visit: Visit) -> Asked:
    """Return what was chosen. Raises HTTPNotFound for a company that is not the visitor's."""
    company = request.query.get("company", _ALL)
    if company:
        visit.must(Permission.FIGURES, company)
    companies = (company,) if company else visit.companies_for(Permission.FIGURES)
    today = local_day(visit.house.office.clock.now())
    given = request.query.get("span", "")
    span = Span(given) if given in set(Span) else Span.YEAR
    period, wrong = spanning(span, today), False
    if span is Span.DAYS:
        chosen = _days(request.query.get("from", ""), request.query.get("to", ""))
        wrong = chosen is None and bool(request.query.get("from") or request.query.get("to"))
        period = chosen or period
    return Asked(company=company, companies=companies, span=span, period=period, wrong=wrong)


def _days(first: str, last: str) -> Period | None:
    try:
        return between(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    except (ValueError, OverflowError):
        return None


async def _figures(request: web.Request, visit: Visit, asked: Asked) -> Kept:
    office = visit.house.office
    newest = await office.store.read(reading.newest)
    choice = Choice(companies=asked.companies, period=asked.period, newest=newest)
    now = office.clock.now()
    return await request.app[SHELF].get(
        choice,
        lambda: office.store.read(lambda tx: reading.read(tx, office.desk, now, asked.companies, asked.period)),
    )


def _names(visit: Visit) -> list[tuple[str, str]]:
    return [(key, visit.companies[key].name) for key in visit.companies_for(Permission.FIGURES)]
