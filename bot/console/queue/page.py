"""The page of the queue: what burns at a glance, filters, lines; whole, or only what changes of it (live)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from bot.console import pages, words
from bot.console.door import Visit
from bot.console.pages import say
from bot.console.queue import filters, lines, live
from bot.console.queue.filters import ME, NOBODY, OPEN_STATES, PATH, YESTERDAY, Asked
from bot.console.queue.lines import Line
from bot.services.office import claims, worklist, worklist_counts
from bot.services.office.worklist import Page, Span
from bot.services.office.worklist_counts import Counts
from bot.services.office.worklist_items import Item, What
from bot.services.staff import accounts
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

ROWS = f"{PATH}/rows"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """One count at the top: a link that asks for what it counts. ``tone`` is loud only where there is something."""

    count: int
    name: str
    href: str
    tone: str
    chosen: bool


async def show(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer with the whole page."""
    asked, values = await _look(request, visit)
    logins = await visit.house.office.store.read(lambda tx: _logins(tx, visit))
    return pages.render(
        request, visit, "queue/queue.html",
        place="queue", told=_told(request.query.get("done", "")), choices=_choices(visit, asked, logins), **values,
    )  # fmt: skip


async def rows(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer with what changes of the page, for one that is open (``static/live.js``)."""
    _, values = await _look(request, visit)
    text = pages.fragment(request, "queue/rows.html", visit=visit, **values)
    made = web.Response(text=text, content_type="text/html", charset="utf-8")
    made.headers[hdrs.CACHE_CONTROL] = "no-store"
    made.enable_compression()
    return made


async def _look(request: web.Request, visit: Visit) -> tuple[Asked, Mapping[str, Any]]:
    asked, after = filters.read(request.query)
    office, companies = visit.house.office, visit.companies_for(Permission.QUEUE)
    now, wanted = office.clock.now(), asked.wanted(companies, visit.who)

    def read(tx: Tx) -> tuple[Page, Counts, Mapping[str, int], str]:
        found = worklist.page(tx, office.desk, now, wanted, after)
        free = [item.reference for item in found.items if _may_take(visit, item)]
        editions = {reference: claims.edition(tx, reference) for reference in free}
        return found, worklist_counts.counts(tx, office.desk, now, companies), editions, live.stamp(tx, office)

    found, counts, editions, stamp = await office.store.read(read)
    shown = [_line(visit, item, editions) for item in found.items]
    return asked, {
        "lines": shown,
        "heading": heading(counts),
        "tallies": _tallies(asked, counts),
        "asked": asked,
        "counts": counts,
        "next_page": asked.address(found.after) if found.after else "",
        "first_page": asked.address() if after else "",
        "rows_address": asked.address(after, ROWS),
        "live": live.PATH,
        "stamp": stamp,
        "several": len(companies) > 1,
    }


def heading(counts: Counts) -> str:
    """Return at a glance what burns."""
    said = []
    if counts.late:
        said.append(say("1 late") if counts.late == 1 else say("{count} late").format(count=counts.late))
    if counts.today:
        said.append(say("{count} today").format(count=counts.today))
    if said:
        return ", ".join(said)
    return say("Nothing is late and nothing is due today") if counts.all else say("Nothing waits")


def _line(visit: Visit, item: Item, editions: Mapping[str, int]) -> Line:
    company = visit.companies[item.company].name if item.company else ""
    seen = editions.get(item.reference, 0)
    return lines.line(item, company, takes=_may_take(visit, item), seen=seen, me=visit.who)


def _may_take(visit: Visit, item: Item) -> bool:
    is_free = item.what is What.REQUEST and item.is_new
    return is_free and item.company is not None and visit.may(Permission.WORK, item.company)


def _tallies(asked: Asked, counts: Counts) -> Sequence[Tally]:
    """Return the counts; each stands for itself, so that no filter before it hides what burns.

    What should never be is shown only where it is.
    """

    def tally(count: int, name: str, tone: str, wanted: Asked) -> Tally:
        return Tally(
            count=count, name=name, href=wanted.address(), tone=tone if count else "quiet", chosen=asked == wanted
        )

    always = [
        tally(counts.late, say("late"), "late", Asked(due=Span.LATE.value)),
        tally(counts.today, say("due today"), "soon", Asked(due=Span.TODAY.value)),
        tally(counts.week, say("within 7 days"), "near", Asked(due=Span.WEEK.value)),
        tally(counts.recent, say("came since yesterday"), "fine", Asked(since=YESTERDAY)),
        tally(counts.untaken, say("requests that nobody has"), "near", Asked(what=What.REQUEST.value, who=NOBODY)),
    ]
    unapplied = Asked(what=What.WITHDRAWAL.value, due=Span.LATE.value)
    waiting = Asked(due=Span.WAITING.value)
    never = [
        tally(counts.unapplied, say("withdrawals not applied in time"), "late", unapplied),
        tally(counts.waiting_long, say("wait for the customer too long"), "soon", waiting),
    ]
    return [
        *always,
        *(one for one in never if one.count or one.chosen),
        tally(counts.all, say("everything"), "quiet", Asked()),
    ]


Choice = tuple[str, str]  # a value, its words


def _choices(visit: Visit, asked: Asked, logins: Sequence[str]) -> Sequence[tuple[str, str, str, Sequence[Choice]]]:
    """Return the filters: field, label, what is chosen, and what there is to choose from."""
    companies = [(key, visit.companies[key].name) for key in visit.companies_for(Permission.QUEUE)]
    people = [(ME, say("mine")), (NOBODY, say("nobody's")), *((login, login) for login in logins if login != visit.who)]
    whats = [
        (What.REQUEST.value, say("Requests")),
        (What.WITHDRAWAL.value, say("Withdrawals and objections to apply")),
        (What.PERSON.value, say("For a person")),
        (What.NOTICE.value, say("Notices to send by hand")),
        (What.KEPT.value, say("Kept parts to erase")),
        (What.ALARM.value, say("Alarms")),
    ]
    dues = [
        (Span.LATE.value, say("late")),
        (Span.TODAY.value, say("due today")),
        (Span.WEEK.value, say("within 7 days")),
        (Span.WAITING.value, say("wait for the customer too long")),
    ]
    channels = [(key, words.channel(key)) for key in ("web", "telegram", "email", "shop", "post")]
    all_choices: list[tuple[str, str, str, Sequence[Choice]]] = [
        ("company", say("Company"), asked.company, companies),
        ("what", say("What it is"), asked.what, whats),
        ("kind", say("Kind of request"), asked.kind, list(words.kinds().items())),
        ("state", say("State"), asked.state, [(state.value, words.state(state.value)) for state in OPEN_STATES]),
        ("due", say("Due date"), asked.due, dues),
        ("since", say("Came"), asked.since, [(YESTERDAY, say("since yesterday"))]),
        ("who", say("Who has it"), asked.who, people),
        ("channel", say("Channel"), asked.channel, channels),
        ("flag", say("Flag"), asked.flag, list(words.flags().items())),
    ]
    return [choice for choice in all_choices if choice[0] != "company" or len(companies) > 1]


def _logins(tx: Tx, visit: Visit) -> tuple[str, ...]:
    """Return who may see to requests at the visitor's companies."""
    desk, companies = visit.house.office.desk, visit.companies_for(Permission.QUEUE)
    found = [one for one in accounts.every(tx, desk) if one.disabled_at is None]
    return tuple(one.login for one in found if set(companies) & set(one.companies_for(Permission.WORK, desk)))


def _told(done: str) -> str:
    """Return what was just done, in words."""
    return {"acknowledged": say("Recorded. Thank you.")}.get(done, "")
