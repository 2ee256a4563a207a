"""What programs read: pages of requests and of events, one request; structs made answers, with links (RFC 8288)."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET

from bot.clock import moment
from bot.console.api import gate
from bot.console.api.gate import Call
from bot.console.api.schemas import (
    EventMessage,
    EventPage,
    EventsQuery,
    NoQuery,
    RequestPage,
    RequestRow,
    RequestsQuery,
    RequestWhole,
    Said,
    TimeLineEntry,
    WorkFacts,
)
from bot.services.casework.deadlines import local_day
from bot.services.programs import reading
from bot.services.programs.reading import START, Item, Position, Wanted
from bot.services.programs.tokens import Scope
from bot.services.records import events
from bot.services.records.events import EventKind, StoredEvent
from bot.services.records.references import read_reference
from bot.storage.store import Tx
from bot.web.guard import problems
from bot.web.guard.problems import ProblemError

_PLAIN = re.compile(r"[0-9a-f]{1,64}")
_PERSONAL = frozenset({EventKind.MARKETING_STOPPED, EventKind.NOTICE_TO_SEND})  # a contact, words stand in them


async def list_requests(request: web.Request, call: Call) -> web.Response:
    """Give a page of the queue."""
    asked = gate.query(request, RequestsQuery)
    after = START if asked.cursor is UNSET else _position(asked.cursor)
    wanted = Wanted(
        state=asked.state or None,
        action=asked.kind or None,
        late=None if asked.late is UNSET else asked.late,
        due_before=asked.due_before or None,
        taken_by=asked.taken_by or None,
        reported=None if asked.reported is UNSET else asked.reported,
    )
    company, office = call.token.company, call.office
    found = await office.store.read(
        lambda tx: reading.page(tx, office.desk, call.now, company, wanted, after, asked.limit + 1)
    )
    shown = found[: asked.limit]
    following = None
    if len(found) > asked.limit:
        following = _next(request, {"cursor": _cursor(shown[-1].position)})
    page = RequestPage(requests=[RequestRow(**_facts(call, item)) for item in shown], next=following)
    return json(msgspec.json.encode(page).decode(), following)


async def show_request(request: web.Request, call: Call) -> web.Response:
    """Give one request, with what the work on it needs to who may work on it."""
    gate.query(request, NoQuery)
    wanted, office = reference(request), call.office
    works = Scope.REQUESTS_WORK in call.token.scopes

    def read(tx: Tx) -> RequestWhole | None:
        item = reading.one(tx, office.desk, call.now, call.token, wanted)
        if item is None:
            return None
        needed = reading.needed(tx, office.desk, call.place, call.token, item.stored) if works else None
        facts = WorkFacts(
            customer=needed.customer,
            fields=needed.fields,
            words=[Said(at=moment(at), text=text) for at, text in needed.words],
        ) if needed else None  # fmt: skip
        line = [
            TimeLineEntry(seq=step.seq, at=moment(step.at), kind=step.kind, who=step.who)
            for step in reading.steps(tx, office.desk, wanted)
        ]
        return RequestWhole(**_facts(call, item), time_line=line, work=facts)

    # Who gets words leaves a trace (R39): that is a write.
    found = await (office.store.transact(read) if works else office.store.read(read))
    if found is None:
        raise ProblemError(problems.NOT_FOUND, "There is no such request.")
    return json(msgspec.json.encode(found).decode())


async def list_events(request: web.Request, call: Call) -> web.Response:
    """Give a page of events."""
    asked, office, token = gate.query(request, EventsQuery), call.office, call.token
    is_open = None if asked.open is UNSET else asked.open

    def read(tx: Tx) -> list[StoredEvent]:
        return events.page(
            tx, office.desk, token.company, asked.after,
            kind=asked.type or None, is_open=is_open, most=asked.limit + 1,
        )  # fmt: skip

    found = await office.store.read(read)
    shown = found[: asked.limit]
    if personal := sum(event.kind in _PERSONAL for event in shown):
        first, last = shown[0].seq, shown[-1].seq
        await office.store.transact(
            lambda tx: reading.log_events(tx, office.desk, call.place, token, first, last, personal)
        )
    following = _next(request, {"after": str(shown[-1].seq)}) if len(found) > asked.limit else None
    page = EventPage(events=[message(event) for event in shown], next=following)
    return json(msgspec.json.encode(page).decode(), following)


def message(event: StoredEvent) -> EventMessage:
    """Return an event as the API gives it."""
    told = events.message(event)
    acknowledged = None if event.acknowledged_at is None else moment(event.acknowledged_at)
    return EventMessage(**told, acknowledged_at=acknowledged, acknowledged_by=event.acknowledged_by)


def reference(request: web.Request) -> str:
    """Return the reference number in the path, as it is written. Raises ProblemError for what is none."""
    given = request.match_info["reference"]
    found = read_reference(given) if len(given) <= 20 else None
    if found is None:
        raise ProblemError(problems.NOT_FOUND, "There is no such request.")
    return found


def is_plain(identity: str) -> bool:
    """Tell whether something may be an id of ours."""
    return bool(_PLAIN.fullmatch(identity))


def json(text: str, following: str | None = None) -> web.Response:
    """Return an answer; ``following`` is the path of the next page."""
    headers = {hdrs.LINK: f'<{following}>; rel="next"'} if following else None
    return web.Response(text=text, content_type="application/json", headers=headers)


def _facts(call: Call, item: Item) -> dict[str, Any]:
    stored, claim = item.stored, item.claim
    company = call.office.desk.companies[stored.company]
    day = local_day(call.now)
    return {
        "reference": stored.reference,
        "company": stored.company,
        "kind": stored.action,
        "state": stored.state,
        "identity": stored.identity.value,
        "channel": stored.channel,
        "received_at": moment(stored.received_at),
        "due_on": stored.due_date,
        "due_rule": stored.due.rule,
        "confirmed": company.rights.deadline.confirmed is not None,
        "extended": stored.extended_to is not None,
        "paused_since": None if stored.paused_at is None else moment(stored.paused_at),
        "late": stored.is_open and stored.paused_at is None and stored.due_date < day,
        "taken_by": stored.taken_by,
        "second_proof": stored.second_proof,
        "closed_at": None if stored.closed_at is None else moment(stored.closed_at),
        "flags": list(stored.flags),
        "subject": stored.subject,
        "report": item.report,
        "claimed_by": claim.holder if claim else None,
        "claimed_until": moment(claim.until) if claim else None,
    }


def _next(request: web.Request, changed: Mapping[str, str]) -> str:
    return f"{request.path}?{urlencode({**request.query, **changed})}"


def _cursor(position: Position) -> str:
    raw = msgspec.json.encode([position.day, position.at, position.reference])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _position(cursor: str) -> Position:
    try:
        raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        day, at, last = msgspec.json.decode(raw, type=tuple[str, int, str])
        if not -1 <= at < 2**53 or not f"{day}{last}".isascii() or not f"{day}{last}".isprintable():
            raise ValueError(at)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise ProblemError(problems.BAD_REQUEST, "This is no cursor of ours; take it from `next`.") from None
    return Position(day=day, at=at, reference=last)
