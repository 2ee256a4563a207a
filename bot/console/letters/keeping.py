"""Records that what an erasure had left is erased now, when its time is over."""

from aiohttp import web

from bot.console import acting, door, pages
from bot.console.acting import Refused
from bot.console.cases.page import found
from bot.console.door import FORM, Visit
from bot.services.casework import kept_parts
from bot.services.desk import Desk, Place
from bot.services.office import claims
from bot.services.staff.roles import Permission
from bot.storage.store import Tx


async def erased(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer the form beside a kept part: the case again, or why not."""
    stored = await found(request, visit, Permission.WORK)
    position = int(request.match_info["position"])
    form = request[FORM]

    def work(tx: Tx, desk: Desk, place: Place) -> None:
        # From the queue, where a part is shown alone, no edition of the case comes: the part itself is done once.
        if form.has("seen"):
            claims.at_work(tx, desk, place, visit.who, stored.reference, form.text("seen"))
        else:
            claims.claim(tx, desk, place.now, stored.reference, visit.who)
        kept_parts.done(tx, desk, place, visit.who, stored.reference, position)

    acted = await acting.act(request, visit, work)
    if isinstance(acted, Refused):
        return pages.render(
            request, visit, "letters/refused.html", place="queue", status=409, refused=acted.text, stored=stored
        )
    return door.see(f"{door.HOME}/cases/{stored.reference}?done=kept")
