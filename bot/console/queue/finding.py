"""Finds what a reference leads to: a case, an escalation, a receipt; what is another company's is not there."""

from collections.abc import Mapping

from aiohttp import web

from bot.console import door, pages
from bot.console.door import HOME, Visit
from bot.services.records.references import read_reference
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_LONGEST = 200  # characters that are looked through


async def find(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Lead to what has the reference that was typed, or say kindly that there is none."""
    typed = request.query.get("reference", "").strip()[:_LONGEST]
    reference = read_reference(typed) if typed else None
    companies = visit.companies_for(Permission.QUEUE)
    office = visit.house.office
    place = await office.store.read(lambda tx: _place(tx, reference, companies)) if reference else None
    if place:
        return door.see(place)
    # Not its status: nothing went wrong, and a browser's own page for 404 must not stand in its place.
    return pages.render(
        request, visit, "queue/not_found.html", place="queue", typed=typed, reference=reference or ""
    )  # fmt: skip


def _place(tx: Tx, reference: str, companies: tuple[str, ...]) -> str | None:
    """Return where a reference leads, for somebody of these companies."""
    found: Mapping[str, str] = {row["what"]: row["id"] for row in tx.all("worklist.find", reference=reference)
                                if not row["company"] or row["company"] in companies}  # fmt: skip
    for what, leads in (("request", "cases"), ("escalation", "escalations"), ("event", "events")):
        if what in found:
            return f"{HOME}/{leads}/{found[what]}"
    return None
