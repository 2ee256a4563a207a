"""Where gateways over HTTP tell what became of a message: the address is looked at, the receipt kept.

It is open to everybody: only an address that was made here for one message means anything, and for that message only.
"""

import re
from http import HTTPStatus

from aiohttp import hdrs, web

from bot.delivery.sms.receipts import PATH, ReceiptAddresses, Receipts, read_kannel
from bot.delivery.sms.settings import HttpSettings
from bot.errors import StoreUnavailableError
from bot.web.guard.faults import RETRY_SECONDS
from bot.web.guard.security import let_servers_in
from bot.web.keys import HOUSE
from bot.web.settings import ServerSettings

_ID = re.compile(r"[0-9a-f]{32}")


def add_routes(app: web.Application) -> None:
    """Add GET /sms/receipt."""
    let_servers_in(app, app.router.add_get(PATH, _tell, allow_head=False))


async def _tell(request: web.Request) -> web.Response:
    """Keep a receipt, then say so."""
    house = request.app[HOUSE]
    office, query = house.office, request.query
    told = _told_by(house.settings)
    if not told:
        return web.Response(status=HTTPStatus.NOT_FOUND)
    gateway, message_id = query.get("gateway", ""), query.get("id", "")
    signature = query.get("signed", "")
    if gateway not in told or not _ID.fullmatch(message_id) or not signature.isascii():
        return web.Response(status=HTTPStatus.FORBIDDEN)
    if not ReceiptAddresses(office.desk.vault).fits(gateway, message_id, signature):
        return web.Response(status=HTTPStatus.FORBIDDEN)
    receipt = read_kannel(gateway, message_id, query.get("state", ""), query.get("answer", ""), office.clock)
    if receipt is not None:
        try:
            await Receipts(office.store, office.desk, office.clock, house.metrics).take(receipt)
        except StoreUnavailableError:  # Kannel asks again
            again = {hdrs.RETRY_AFTER: str(RETRY_SECONDS)}
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=again)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _told_by(settings: ServerSettings) -> frozenset[str]:
    """Return the names of the gateways that tell of messages here."""
    if settings.sms != "gateways":
        return frozenset()
    return frozenset(
        each.name for each in settings.sms_gateways if isinstance(each, HttpSettings) and each.receipts_url
    )  # fmt: skip
