"""The methods by which a bot gets its updates: the poll and the webhook."""

import re
from urllib.parse import urlsplit

from tests.tools.botapi.account import Account
from tests.tools.botapi.parameters import Parameters
from tests.tools.botapi.refusals import WEBHOOK_SET, RefusedError, bad_request
from tests.tools.botapi.things import Json
from tests.tools.botapi.updates import Webhook

_PORTS = (443, 80, 88, 8443)
_LONGEST_POLL = 50  # seconds
_LONGEST_SECRET = 256
_CONNECTIONS, _MOST_CONNECTIONS = 40, 100


async def get_updates(account: Account, call: Parameters) -> list[Json]:
    """Return what is new, waiting for it if asked to."""
    updates = account.updates
    if not updates.webhook.url:
        updates.allow(_allowed(call))
    return await updates.poll(
        offset=call.integer("offset"),
        limit=call.integer("limit", 100, 1, 100),
        timeout=call.integer("timeout", 0, 0, _LONGEST_POLL),
    )


def set_webhook(account: Account, call: Parameters) -> bool:
    """Post updates to an address from now on; an empty one ends it."""
    url, secret = call.text("url"), call.text("secret_token")
    if not url:
        return delete_webhook(account, call)
    if len(secret) > _LONGEST_SECRET:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    _check(url, allow_http=account.rules.allow_http)
    updates = account.updates
    updates.end_poll(WEBHOOK_SET)
    updates.allow(_allowed(call))
    if call.flag("drop_pending_updates"):
        updates.clear()
    connections = call.integer("max_connections", _CONNECTIONS, 1, _MOST_CONNECTIONS)
    updates.hang(Webhook(url=url, secret=secret, connections=connections))
    return True


def _check(url: str, *, allow_http: bool) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise bad_request("bad webhook: Wrong port number specified in the URL") from None
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if allow_http and loopback and parts.scheme == "http":
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not parts.hostname:
        raise bad_request("bad webhook: URL host is empty")
    if port not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if loopback:
        raise bad_request(f"bad webhook: IP address {parts.hostname} is reserved")


def delete_webhook(account: Account, call: Parameters) -> bool:
    """Keep updates for the poll from now on."""
    if call.flag("drop_pending_updates"):
        account.updates.clear()
    account.updates.webhook = Webhook()
    return True


def get_webhook_info(account: Account, _call: Parameters) -> Json:
    """Return where updates go and how that fares."""
    webhook = account.updates.webhook
    told: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": account.updates.waiting,
    }
    if webhook.error:
        told |= {"last_error_date": webhook.error_date, "last_error_message": webhook.error}
    if webhook.url:
        told |= {"max_connections": webhook.connections, "ip_address": "127.0.0.1"}
    if account.updates.allowed:
        told["allowed_updates"] = list(account.updates.allowed)
    return told


def _allowed(call: Parameters) -> object:
    try:
        return call.object("allowed_updates", "")
    except RefusedError:  # what is no JSON changes nothing, as on the real server
        return None
