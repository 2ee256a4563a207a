"""Posts events to webhooks as Standard Webhooks want it (R30); what an event is stands in ``services/records/events``.

The id of a message is the event's, the same each time it is tried. A receiver that answers 2xx has it; one that answers
410 wants no more; everything else is tried again by the schedule of ``jobs``. Nothing of a message or an address is
logged.
"""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError

from bot.clock import SECOND, Clock
from bot.delivery.outside import Outside, RefusedAddressError
from bot.delivery.pump import DeliveryError, Finish, Handler, nothing
from bot.services.desk import Desk
from bot.services.jobs import Job, JobKind
from bot.services.outward import webhooks
from bot.services.outward.webhooks import Webhook
from bot.services.records import events
from bot.services.records.events import StoredEvent
from bot.storage.store import Store, Tx

PATIENCE = 15.0  # seconds for a receiver
_SECRET_PREFIX = "whsec_"  # noqa: S105  how Standard Webhooks writes secrets
_AGENT = "Mburoja-Webhooks/1"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a posting: the receiver's status, or (0) why there is none, as a ``DeliveryError.kind``."""

    status: int
    fault: str = ""

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return 200 <= self.status < 300


class Poster:
    """Posts messages, and does the jobs that want it."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, outside: Outside, patience: float = PATIENCE) -> None:
        """Take the tools, and what reaches the outside."""
        self._store, self._desk, self._clock, self._outside = store, desk, clock, outside
        self._patience = patience

    def handlers(self) -> Mapping[JobKind, Handler]:
        """Return what posts an event."""
        return {JobKind.WEBHOOK_SEND: self._send}

    async def post(self, hook: Webhook, identity: str, body: bytes) -> Answer:
        """Post a message, and return what came of it."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
            **signed(hook.secrets, identity, self._clock.now() // SECOND, body),
        }
        own_only = urlsplit(hook.url).scheme != "https"  # unencrypted inside one's own networks only
        try:
            async with (
                self._outside.session(seconds=self._patience, own_only=own_only) as session,
                session.post(hook.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return Answer(status=answer.status)
        except TimeoutError:
            return Answer(status=0, fault="webhook.slow")
        except ClientConnectorError as error:
            return Answer(status=0, fault="webhook.address" if _is_refused(error) else "webhook.unreachable")
        except (ClientError, OSError, ValueError):
            return Answer(status=0, fault="webhook.unreachable")

    async def _send(self, job: Job) -> Finish:
        identity, now = str(job.payload["webhook"]), self._clock.now()

        def load(tx: Tx) -> tuple[Webhook | None, StoredEvent | None]:
            hook = webhooks.load(tx, self._desk, now, identity)
            return hook, events.load(tx, self._desk, str(job.payload["event"]))

        hook, event = await self._store.read(load)
        if hook is None or hook.disabled_at is not None or event is None:
            return nothing  # nobody wants it any more, or its time is over (R45)
        answer = await self.post(hook, event.id, body_of(event))
        if answer.taken:
            return nothing
        if answer.status == HTTPStatus.GONE:
            return lambda tx: webhooks.gone(tx, self._desk, self._clock.now(), identity)
        raise DeliveryError(answer.fault or f"webhook.{answer.status}", temporary=True)


def body_of(event: StoredEvent) -> bytes:
    """Return the bytes of an event's message."""
    return json.dumps(events.message(event), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signed(secrets: Sequence[str], identity: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message: its id, the time, a signature by each secret (HMAC-SHA256, version 1)."""
    content = f"{identity}.{seconds}.".encode() + body
    signatures = (
        hmac.digest(base64.b64decode(secret.removeprefix(_SECRET_PREFIX)), content, "sha256") for secret in secrets
    )
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def _is_refused(error: ClientConnectorError) -> bool:
    """Tell whether it was the address that we refused, or the network."""
    return isinstance(error.os_error, RefusedAddressError)
