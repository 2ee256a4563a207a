"""A gateway over HTTP, as Kannel's `sendsms` takes messages (Kannel 1.4.5 user guide, 6.12); knows no job.

Nothing of a request is logged or told in an error: aiohttp's own errors name the address, which may hold the password
and the text.
"""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from bot.clock import MINUTE, Clock
from bot.delivery.sms.failover import NO_ANSWER
from bot.delivery.sms.pace import Pace
from bot.delivery.sms.port import Sms, SmsError, SmsGateway, Taken
from bot.delivery.sms.settings import ANYBODY, HttpSettings
from bot.delivery.sms.texts import parts

SECONDS = 7.0  # for an answer, of the eight that a gateway gets
CONNECT_SECONDS = 3.0
WAITING = 4.0  # seconds that a message waits for its turn; then another gateway, or a later time
# Delivered, not delivered, refused by the short message centre: what changes on the way is nothing to us.
DLR_MASK = 1 + 2 + 16
UCS2 = "2"
_MOST_ANSWER = 2_000  # bytes that are read of an answer
_TAKEN = ("0:", "3:", "Sent.")  # accepted, queued until the network is back, and what old versions say

Receipts = Callable[[str], str]  # where a message's receipt is told, by the id that we gave the message


class HttpGateway(SmsGateway):
    """Hands messages over to one address. Every message has a connection of its own."""

    def __init__(
        self, settings: HttpSettings, clock: Clock, receipts: Receipts | None = None, *, seconds: float = SECONDS
    ) -> None:
        """Take what it is told, and where receipts are told (None: nowhere)."""
        self._settings, self._clock, self._receipts, self._seconds = settings, clock, receipts, seconds
        self._pace = Pace(settings.per_second, WAITING)

    async def send(self, sms: Sms) -> Taken:
        """Hand over a message. Raises SmsError."""
        pieces = parts(sms.text, sms.key)
        identity = hashlib.sha256(sms.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        fields = self._fields(sms, identity, is_gsm=pieces[0].is_gsm)
        async with self._pace.turns(len(pieces)) as turn:
            for _ in pieces:
                await turn()
        async with self._asked(fields, sms.text) as answer:
            await self._judge(answer)
        return Taken(
            gateway=self._settings.name, message_id=identity if self._receipts else None, parts=len(pieces)
        )  # fmt: skip

    async def check(self) -> None:
        """Return if it would take messages: it is asked to bring one to nobody. Raises SmsError."""
        if not self._settings.checked:
            return
        async with self._asked({}, "") as answer:
            try:
                await self._judge(answer)
            except SmsError as error:
                if error.temporary:
                    raise

    def _fields(self, sms: Sms, identity: str, *, is_gsm: bool) -> Mapping[str, str]:
        senders = self._settings.senders
        sender = senders.get(sms.company or ANYBODY) or senders.get(ANYBODY)
        fields = {"From": sender, "To": sms.to, "Coding": None if is_gsm else UCS2}
        if sms.expires_at is not None:
            left = sms.expires_at - self._clock.now()
            if left <= 0:
                raise SmsError("sms.expired", temporary=False)
            fields["Validity"] = str(max(1, left // MINUTE))  # it counts whole minutes, and has no less
        if self._receipts:
            fields |= {"DLR-Mask": str(DLR_MASK), "DLR-Url": self._receipts(identity)}
        return {name: value for name, value in fields.items() if value}

    @contextlib.asynccontextmanager
    async def _asked(self, fields: Mapping[str, str], text: str) -> AsyncIterator[ClientResponse]:
        """Ask, and give the answer. Raises SmsError where none came."""
        told = {"Username": self._settings.user, "Password": self._settings.password.get_secret_value(), **fields}
        try:
            async with (
                ClientSession(
                    connector=TCPConnector(force_close=True, limit=1), cookie_jar=DummyCookieJar(), trust_env=False,
                    timeout=ClientTimeout(total=self._seconds, sock_connect=CONNECT_SECONDS),
                ) as session,
                session.request(**self._request(told, text), allow_redirects=False) as answer,
            ):  # fmt: skip
                yield answer
        except (ClientSSLError, ConnectionTimeoutError, ClientConnectorError) as error:  # nothing was said yet
            kind = "sms.tls" if isinstance(error, ClientSSLError) else "sms.away"
            raise SmsError(kind, temporary=True) from None
        except (TimeoutError, ClientConnectionError):
            raise SmsError(NO_ANSWER, temporary=True) from None
        except (ClientError, OSError, ValueError):
            raise SmsError("sms.protocol", temporary=True) from None

    def _request(self, told: Mapping[str, str], text: str) -> dict[str, Any]:
        if self._settings.method == "get":
            query = {name.lower(): value for name, value in told.items()} | ({"text": text} if text else {})
            query |= {"charset": "UTF-8"}
            return {"method": "GET", "url": URL(f"{self._settings.url}?{urlencode(query)}", encoded=True)}
        headers = {f"X-Kannel-{name}": value for name, value in told.items()}
        return {
            "method": "POST",
            "url": URL(self._settings.url, encoded=True),
            "headers": {"Content-Type": "text/plain; charset=UTF-8", **headers},
            "data": text.encode("utf-8", "replace"),
        }

    async def _judge(self, answer: ClientResponse) -> None:
        """Return if the message was taken. Raises SmsError."""
        said = (await answer.content.read(_MOST_ANSWER)).decode("utf-8", "replace").strip()
        match answer.status:
            case HTTPStatus.OK | HTTPStatus.ACCEPTED if said.startswith(_TAKEN):
                return
            case HTTPStatus.UNAUTHORIZED:
                raise SmsError("sms.credentials", temporary=True)
            case HTTPStatus.FORBIDDEN if said.startswith("Authorization"):
                raise SmsError("sms.credentials", temporary=True)
            case HTTPStatus.FORBIDDEN if said.startswith("Not routable"):
                raise SmsError("sms.route", temporary=False)
            case HTTPStatus.TOO_MANY_REQUESTS:
                self._pace.slow_down()
                raise SmsError("sms.throttled", temporary=True)
            case HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED | HTTPStatus.REQUEST_TIMEOUT:
                raise SmsError("sms.gateway_fault", temporary=True)
            case status if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise SmsError("sms.refused", temporary=False)
            case HTTPStatus.SERVICE_UNAVAILABLE:
                raise SmsError("sms.away", temporary=True)
            case _:  # another status, or words that no such gateway says: a page of somebody else's
                raise SmsError("sms.gateway_fault", temporary=True)
