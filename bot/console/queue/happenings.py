"""The page of an act that the back office must apply, or of an alarm: *u regjistrua* and, apart, *u zbatua* (R38)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.console import acting, door, pages, words
from bot.console.acting import Refused
from bot.console.door import HOME, Visit
from bot.console.pages import say
from bot.console.queue.filters import PATH
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import customers
from bot.services.office import acknowledging, case_view
from bot.services.records import events, receipts
from bot.services.records.events import APPLYING, EventKind, StoredEvent
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_HERE = APPLYING | {EventKind.ALARM_RAISED}  # a notice to be sent is read, sent and acknowledged on its case's page


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What stands around an event: the others of its act, what its receipt says, and whose it is."""

    others: Sequence[StoredEvent]
    purposes: Sequence[str]
    applied_at: int | None
    customer: str
    contact: str


async def show(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer with the page."""
    return await _render(request, visit, await _found(request, visit, Permission.QUEUE))


async def acknowledge(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Note that it was applied, or seen to."""
    event = await _found(request, visit, Permission.WORK)
    acted = await acting.act(
        request, visit, lambda tx, desk, place: acknowledging.acknowledge(tx, desk, place, event.id, visit.who)
    )
    if isinstance(acted, Refused):
        return await _render(request, visit, event, refused=acted.text, status=409)
    return door.see(f"{PATH}?done=acknowledged")


async def _found(request: web.Request, visit: Visit, permission: Permission) -> StoredEvent:
    """Return the event of an address. Raises HTTPNotFound, also where it is another company's; HTTPForbidden."""
    office, identity = visit.house.office, request.match_info["event"]
    event = await office.store.read(lambda tx: events.load(tx, office.desk, identity))
    if event is None or event.kind not in _HERE:
        raise web.HTTPNotFound
    if event.company:
        visit.must(permission, event.company)
    elif not visit.companies_for(permission):
        raise web.HTTPForbidden
    return event


async def _render(
    request: web.Request, visit: Visit, event: StoredEvent, *, refused: str = "", status: int = 200
) -> web.StreamResponse:
    office = visit.house.office
    now = office.clock.now()
    happening = await office.store.read(lambda tx: _happening(tx, office.desk, event))
    if happening.customer or happening.contact:  # whose it is was looked at (R39)
        place = Place(conversation="", channel=OFFICE, now=now)
        await office.store.transact(
            lambda tx: case_view.note_look(
                tx, office.desk, place, visit.who, event.company, event.reference or event.id
            )
        )
    works = visit.may(Permission.WORK, event.company) if event.company else bool(visit.companies_for(Permission.WORK))
    return pages.render(
        request, visit, "queue/happening.html",
        place="queue", status=status, refused=refused, happening=happening, event=event, words=words,
        company=visit.companies[event.company].name if event.company else "", works=works,
        applies=event.kind in APPLYING, until=event.at + office.desk.limits.unacknowledged,
        late=event.acknowledged_at is None and event.at + office.desk.limits.unacknowledged <= now,
        case=_case(event), alarm=_alarm(event.body),
    )  # fmt: skip


def _happening(tx: Tx, desk: Desk, event: StoredEvent) -> Happening:
    record = receipts.read(tx, desk, event.reference) if event.reference else None
    published = events.of_reference(tx, desk, event.reference) if event.reference else []
    return Happening(
        others=[other for other in published if other.id != event.id and other.kind in APPLYING],
        purposes=[purpose.name for purpose in record.purposes] if record else [],
        applied_at=record.applied_at if record else None,
        customer=customers.customer_number_of(tx, desk, event.subject) if event.subject else "",
        contact=str(event.body.get("contact", "")),
    )


def _case(event: StoredEvent) -> str:
    """Return where the case, or what is before a person, stands that it belongs to; empty where there is none."""
    if event.kind is EventKind.ALARM_RAISED and event.reference:
        return f"{HOME}/escalations/{event.reference}"
    case = event.body.get("case")
    return f"{HOME}/cases/{case}" if isinstance(case, str) and case else ""


def _alarm(body: Mapping[str, object]) -> str:
    alarms = {
        "job_dead": say("Something could not be sent or done, even after many tries."),
        "codes_redeemed": say("Too few of the codes that were sent were used."),
        "webhook_disabled": say("A webhook does not answer any more and was switched off."),
    }
    return alarms.get(str(body.get("alarm", "")), "")
