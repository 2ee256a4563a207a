"""A gateway that takes messages as Kannel's `sendsms` does (1.4.5, as it was seen to answer), and is strict."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import ClientSession, web

from bot.delivery.sms.settings import HttpSettings
from tests.tools.ports import held_port

USER, PASSWORD = "mburoja", "nuk-e-di-kush"
SENDERS = {"*": "Mburoja"}
_KNOWN = {"username", "password", "from", "to", "coding", "charset", "validity", "dlr-mask", "dlr-url", "text"}
_ANSWERS = {
    "well": (202, "0: Accepted for delivery"),
    "queued": (202, "3: Queued for later delivery"),
    "away": (503, "Temporal failure, try again later."),
    "throttled": (429, "Too many requests"),
    "refused": (400, "Sender missing and no global set, rejected"),
    "no route": (403, "Not routable. Do not try again."),
    "moved": (302, "Found"),
    "broken": (500, "Internal error"),
    "not there": (404, "Not found"),
    "a page": (200, "<html>Mirë se vini në portal</html>"),
}


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A message as it arrived. ``minutes`` is its validity, ``receipt`` where its receipt is told."""

    sender: str
    to: str
    text: str
    ucs2: bool
    minutes: int | None
    receipt: str | None


class SendSms:
    """The gateway. ``mood`` is how it answers: a key of the answers, "hang" or "close"; ``delay`` is in seconds."""

    def __init__(self) -> None:
        self.mood = "well"
        self.delay = 0.0
        self.taken: list[Taken] = []
        self.asked = 0
        self.checked = 0
        self.targets: list[str] = []  # what stands in the first line of requests, and so in the logs of others
        self.port = held_port(self)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    def settings(self, **more: object) -> HttpSettings:
        told = {"kind": "http", "url": self.url, "user": USER, "password": PASSWORD, "senders": SENDERS} | more
        return HttpSettings.model_validate(told)

    async def start(self) -> None:
        """Listen, at the same port as before if it listened already."""
        app = web.Application()
        app.router.add_route("*", "/cgi-bin/sendsms", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()

    async def kill(self) -> None:
        """Be gone."""
        if self._runner:
            for site in list(self._runner.sites):
                await site.stop()
            await asyncio.sleep(0.01)  # who was accepted just now must not be left hanging
            await self._runner.cleanup()
            self._runner = None

    async def tell(self, message: Taken, kind: int, answer: str = "") -> int:
        """Tell what became of a message, as Kannel does; returns the status of the answer."""
        assert message.receipt is not None
        url = message.receipt.replace("%d", str(kind)).replace("%A", quote(answer, safe=""))
        async with ClientSession() as http, http.get(url) as told:
            return told.status

    async def _answer(self, request: web.Request) -> web.Response:
        self.targets.append(request.path_qs)
        fields = await _fields(request)
        if fields.get("username") != USER or fields.get("password") != PASSWORD:
            return web.Response(status=403, text="Authorization failed for sendsms")
        self.asked += 1
        if self.mood == "hang":
            await asyncio.sleep(30)
        if self.mood == "close":
            assert request.transport is not None
            request.transport.close()
        await asyncio.sleep(self.delay)
        if "to" not in fields and self.mood in {"well", "queued"}:
            self.checked += 1
            return web.Response(status=400, text="Missing receiver number, rejected")
        status, text = _ANSWERS.get(self.mood, _ANSWERS["well"])
        if status == 202:
            self.taken.append(_message(fields))
        headers = {"Location": "http://127.0.0.1:9/"} if status == 302 else None
        return web.Response(status=status, text=text, headers=headers)


@contextlib.asynccontextmanager
async def sendsms() -> AsyncIterator[SendSms]:
    """A gateway that listens while the context lasts."""
    gateway = SendSms()
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.kill()


async def _fields(request: web.Request) -> dict[str, str]:
    """Return what was told, by Kannel's names; what Kannel does not know is a fault of ours."""
    if request.method == "GET":
        fields = dict(request.query)
    else:
        assert request.method == "POST"
        assert request.query_string == "", "a POST has nothing in its address"
        assert request.headers["Content-Type"] == "text/plain; charset=UTF-8"
        own = {name[len("X-Kannel-") :].lower(): value for name, value in request.headers.items() if "Kannel" in name}
        text = (await request.read()).decode("utf-8")
        fields = own | ({"text": text} if text else {}) | {"charset": "UTF-8"}
    assert fields.keys() <= _KNOWN, fields.keys()
    return fields


def _message(fields: dict[str, str]) -> Taken:
    text, coding = fields["text"], fields.get("coding", "0")
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", fields["to"])
    assert coding in {"0", "2"}
    assert coding == "2" or not set("ëç…") & set(text), "would be lost in the default alphabet"
    assert fields["charset"] == "UTF-8"
    minutes = fields.get("validity")
    assert minutes is None or int(minutes) >= 1
    assert ("dlr-url" in fields) is (fields.get("dlr-mask") == "19")
    return Taken(
        sender=fields["from"], to=fields["to"], text=text, ucs2=coding == "2",
        minutes=int(minutes) if minutes else None, receipt=fields.get("dlr-url"),
    )  # fmt: skip
