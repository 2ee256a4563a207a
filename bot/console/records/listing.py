"""The page of the log of acts: searched, read page by page, taken along as a file; looking at it is logged, too."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from aiohttp import hdrs, web

from bot.clock import MINUTE, moment
from bot.console import door, pages, tables, words
from bot.console.door import FORM, Visit
from bot.console.pages import say
from bot.console.records.details import person, told
from bot.services.desk import OFFICE, Place
from bot.services.records import audit, audit_search
from bot.services.records.audit import Act
from bot.services.records.audit_search import NEWEST, NOWHERE, PAGE, Found, Mark, Search, read_mark
from bot.services.records.references import read_reference
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

PATH = f"{door.HOME}/audit"
_LOOKED = 10 * MINUTE  # looking again within this time is not logged again
_PORTION = 1_000  # entries that are read for a file at a time
_JSON, _CSV = "jsonl", "csv"
_COLUMNS = ("seq", "time", "act", "company", "reference", "who", "channel", "subject", "details", "id", "hash")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for, as it was typed (``fields``) and as it is searched; ``faults``: what could not be read."""

    fields: Mapping[str, str]
    search: Search
    faults: tuple[str, ...]

    def query(self, after: Mark | None = None) -> str:
        """Return the search as an address has it."""
        given = {name: value for name, value in self.fields.items() if value}
        return urlencode({**given, **({"after": str(after)} if after else {})})

    @property
    def logged(self) -> str:
        """What of it is logged: nothing that somebody may have typed by mistake."""
        search = self.search
        named = {
            "reference": search.reference,
            "act": search.act if search.act in set(Act) else "",
            "who": "*" if search.who else "",
            "company": self.fields["company"],
            "from": str(search.since or ""),
            "to": str(search.until or ""),
        }
        return urlencode({name: value for name, value in named.items() if value})


@dataclass(frozen=True, kw_only=True)
class Line:
    """An entry as it is shown. ``told`` is what else it says."""

    at: int
    act: str
    company: str
    reference: str
    who: str
    channel: str
    told: Sequence[tuple[str, str]]
    seq: int | None
    hash: str


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show what is looked for, the newest first."""
    asked = _asked(visit, request.query)
    after = read_mark(request.query.get("after", "")) or NEWEST
    office = visit.house.office
    await _note_look(visit, asked)
    found = await office.store.read(lambda tx: audit_search.page(tx, asked.search, after, PAGE + 1))
    shown = found[:PAGE]
    return pages.render(
        request, visit, "records/audit.html", place="audit",
        asked=asked, lines=[_line(visit, each) for each in shown], acts=_acts(), companies=_companies(visit),
        older=asked.query(shown[-1].mark) if len(found) > PAGE else "", begins=after is NEWEST,
    )  # fmt: skip


async def export(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Return all that is looked for as a file, as it stands now; that it was taken along is logged."""
    form = request[FORM]
    kind = _CSV if form.text("format") == _CSV else _JSON
    asked = _asked(visit, {name: form.text(name) for name in _FIELDS})
    office = visit.house.office
    now = office.clock.now()
    await _note(visit, asked, Act.AUDIT_EXPORTED, now, kind)
    response = web.StreamResponse()
    response.content_type = "text/csv" if kind == _CSV else "application/jsonl"
    response.charset = "utf-8"
    day = moment(now).date().isoformat()
    response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="ditari-{day}.{kind}"'
    await response.prepare(request)
    if kind == _CSV:
        await response.write(tables.line(_COLUMNS).encode())
    after = NEWEST
    while found := await office.store.read(partial(_portion, asked.search, after)):
        await response.write("".join(_written(kind, found)).encode("utf-8", "replace"))
        after = found[-1].mark
    await response.write_eof()
    return response


def _portion(search: Search, after: Mark, tx: Tx) -> tuple[Found, ...]:
    return audit_search.page(tx, search, after, _PORTION)


def _written(kind: str, found: Sequence[Found]) -> Iterator[str]:
    for each in found:
        read = each.read
        time = moment(each.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if kind == _JSON:
            entry = {"seq": each.seq, "id": each.id, "previous": each.previous, "hash": each.hash, "body": each.body}
            yield json.dumps(entry, ensure_ascii=False) + "\n"
            continue
        details = read.get("details") or {}
        cells = (read.get("act"), read.get("company"), read.get("reference"), details.get("who"), read.get("channel"))
        yield tables.line(
            [
                str(each.seq or ""),
                time,
                *(str(cell or "") for cell in cells),
                str(read.get("subject") or ""),
                json.dumps(details, ensure_ascii=False, sort_keys=True),
                each.id,
                each.hash or "",
            ]
        )


_FIELDS = ("reference", "act", "who", "company", "from", "to")


def _asked(visit: Visit, given: Mapping[str, str]) -> Asked:
    """Return what is looked for, within what the visitor may see. Raises HTTPNotFound, HTTPForbidden."""
    fields = {name: given.get(name, "").strip()[:100] for name in _FIELDS}
    faults: list[str] = []
    company = fields["company"]
    if company and company != "-":
        visit.must(Permission.AUDIT, company)
    mine = visit.companies_for(Permission.AUDIT)
    places = {"": (*mine, NOWHERE), "-": (NOWHERE,)}.get(company, (company,))
    reference = read_reference(fields["reference"]) if fields["reference"] else ""
    if reference is None:
        faults.append(say("“{typed}” is no reference number.").format(typed=fields["reference"]))
    days = {name: _day(fields[name]) for name in ("from", "to")}
    unread = [fields[name] for name, day in days.items() if fields[name] and day is None]
    faults += [say("“{typed}” is no day.").format(typed=typed) for typed in unread]
    search = Search(
        places=places if not faults else (),
        reference=reference or "",
        act=fields["act"],
        who=fields["who"],
        since=days["from"],
        until=days["to"],
    )
    return Asked(fields=fields, search=search, faults=tuple(faults))


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if dt.date(1971, 1, 1) <= day <= dt.date(9000, 1, 1) else None


async def _note_look(visit: Visit, asked: Asked) -> None:
    """Log that somebody looks at the log, once in a while."""
    office = visit.house.office
    now = office.clock.now()
    last = await office.store.read(lambda tx: audit_search.last(tx, visit.who, Act.AUDIT_VIEWED))
    if last is None or now - last >= _LOOKED:
        await _note(visit, asked, Act.AUDIT_VIEWED, now)


async def _note(visit: Visit, asked: Asked, act: Act, now: int, kind: str = "") -> None:
    desk, place = visit.house.office.desk, Place(conversation="", channel=OFFICE, now=now)
    details = {"who": visit.who, "search": asked.logged, **({"format": kind} if kind else {})}
    await visit.house.office.store.transact(
        lambda tx: audit.write(tx, desk, place, act, company=_place_of(asked), details=details)
    )


def _place_of(asked: Asked) -> str | None:
    """Return the one company whose entries are looked at; None where there are several."""
    places = [place for place in asked.search.places if place != NOWHERE]
    return places[0] if len(places) == 1 else None


def _line(visit: Visit, found: Found) -> Line:
    read = found.read
    company = str(read.get("company") or "")
    details = dict(read.get("details") or {})
    who = str(details.pop("who", ""))
    return Line(
        at=found.at,
        act=words.act_name(str(read.get("act", ""))),
        company=visit.companies[company].name if company in visit.companies else company,
        reference=str(read.get("reference") or ""),
        who=person(who),
        channel=words.channel(str(read.get("channel") or "")),
        told=told(details, str(read.get("subject") or "")),
        seq=found.seq,
        hash=found.hash or "",
    )


def _acts() -> list[tuple[str, str]]:
    return sorted(((act.value, words.act_name(act.value)) for act in Act), key=lambda act: act[1])


def _companies(visit: Visit) -> list[tuple[str, str]]:
    return [(key, visit.companies[key].name) for key in visit.companies_for(Permission.AUDIT)]
