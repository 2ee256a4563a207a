"""The real server in this process, over a database of its own, and browsers that speak to it without a page."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, DummyCookieJar, WSMsgType, WSServerHandshakeError
from multidict import CIMultiDictProxy

from bot.app import Office, open_office
from bot.services.lists import importing
from bot.services.lists.demo import demo_consents, demo_customers
from bot.services.lists.import_rows import Fault
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web.keys import TALKS
from bot.web.server import Listening, listening
from bot.web.settings import ServerSettings
from bot.web.wire.limits import WebLimits
from tests.tools.chatting import CODE, REFERENCE, lines
from tests.tools.desks import NOW

Frame = dict[str, Any]

LONGEST = 30.0  # seconds for anything, on a machine that is busy with something else


class StandingClock:
    """A time that stands still unless it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class Site:
    """A server that listens, with all that runs beside it; ``sms`` are the texts sent so far."""

    def __init__(self, server: Listening, clock: StandingClock, sms: list[str]) -> None:
        self.url, self.clock, self.sms = server.url, clock, sms
        self.app, self.office, self.hub = server.app, server.house.office, server.house.hub

    @property
    def limits(self) -> WebLimits:
        return self.app[TALKS].limits

    def limit(self, **limits: int) -> None:
        """Take less, or more, from now on."""
        self.app[TALKS].limits = replace(self.limits, **limits)

    @contextlib.asynccontextmanager
    async def browser(self, company: str = "ipko") -> AsyncIterator["Browser"]:
        """A browser with cookies of its own, on a company's page."""
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            yield Browser(self, http, company, {})

    async def change(self, work: Callable[[Tx], object]) -> None:
        """Do something in the database."""
        await self.office.store.transact(work)

    @property
    def code(self) -> str:
        """The code that was sent last."""
        return next(found[0] for text in reversed(self.sms) if (found := CODE.search(text)))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(LONGEST):
            while not holds():
                await asyncio.sleep(0.01)


class Browser:
    """A browser's side of a session: what it was given, it sends. Cookies are kept by hand: the jar of the library
    refuses what browsers do on loopback (``Secure`` without TLS)."""

    def __init__(self, site: Site, http: ClientSession, company: str, cookies: dict[str, str]) -> None:
        self.site, self.http, self.company, self.cookies = site, http, company, cookies
        self.csrf = ""

    def at(self, company: str) -> "Browser":
        """The same browser at another company."""
        return Browser(self.site, self.http, company, self.cookies)

    @property
    def name(self) -> str:
        return f"__Host-mburoja-{self.company}"

    def cookie(self) -> str:
        return self.cookies[self.name]

    def use_cookie(self, token: str) -> None:
        self.cookies[self.name] = token

    def forget_cookies(self) -> None:
        self.cookies.clear()

    def headers(self, **more: str) -> dict[str, str]:
        """What every request of our own page has."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        own = {"Origin": self.site.url, "X-CSRF-Token": self.csrf, "Cookie": cookies}
        return {name: value for name, value in (own | more).items() if value}

    async def ask(
        self, method: str, path: str, order: object = None, **headers: str
    ) -> tuple[int, Any, CIMultiDictProxy[str]]:
        """Send a request; returns its status, its JSON (None: none), its headers."""
        body = order if isinstance(order, bytes) else json.dumps(order).encode()
        typed = self.headers(**{"Content-Type": "application/json", **headers})
        async with self.http.request(
            method, f"{self.site.url}{path}", data=None if method == "GET" else body, headers=typed
        ) as answer:
            for line in answer.headers.getall("Set-Cookie", []):
                name, _, rest = line.partition("=")
                self.cookies[name] = rest.partition(";")[0]
                if "Max-Age=0" in line:
                    del self.cookies[name]
            raw = await answer.read()
            told = json.loads(raw) if "json" in answer.headers.get("Content-Type", "") else None
            return answer.status, told, answer.headers

    async def open(self, **order: object) -> tuple[int, Any]:
        """Open the session, as the page does."""
        status, told, _ = await self.ask("POST", f"/session/{self.company}", order)
        self.csrf = (told or {}).get("csrf", "")
        return status, told

    @contextlib.asynccontextmanager
    async def socket(self, *, session: bool = True) -> AsyncIterator["Socket"]:
        """A connection, with a session opened first."""
        if session and self.name not in self.cookies:
            await self.open()
        async with self.http.ws_connect(f"{self.site.url}/ws/{self.company}", headers=self.headers()) as ws:
            yield Socket(self.site, ws)

    async def refused_socket(self, origin: str) -> int:
        """Ask for a connection that is refused; returns the status."""
        try:
            async with self.http.ws_connect(f"{self.site.url}/ws/{self.company}", headers=self.headers(Origin=origin)):
                return 101
        except WSServerHandshakeError as error:
            return error.status


class Socket:
    """One connection, frame by frame."""

    def __init__(self, site: Site, ws: ClientWebSocketResponse) -> None:
        self.site, self.ws = site, ws
        self._numbers = itertools.count()

    async def receive(self) -> Frame:
        """Return the next frame."""
        async with asyncio.timeout(LONGEST):
            message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT, message
        frame: Frame = json.loads(message.data)
        return frame

    async def until(self, last: str) -> list[Frame]:
        """Return the frames up to one of a type, but for typing marks: they come where the machine is slow."""
        frames: list[Frame] = []
        while not frames or frames[-1]["type"] != last:
            frame = await self.receive()
            frames += [frame] if frame["type"] != "typing" else []
        return frames

    async def hello(self, **more: object) -> list[Frame]:
        await self.ws.send_str(json.dumps({"type": "hello", "last_seq": 0, **more}))
        return await self.until("state")

    async def say_without_listening(self, identity: str, text: str) -> None:
        await self.ws.send_str(json.dumps({"type": "say", "id": identity, "text": text}))

    async def say(self, identity: str, text: str, last: str = "state") -> list[Frame]:
        await self.say_without_listening(identity, text)
        return await self.until(last)

    async def choose(self, identity: str, value: str) -> list[Frame]:
        await self.ws.send_str(json.dumps({"type": "choose", "id": identity, "value": value}))
        return await self.until("state")

    async def prove(self, number: str) -> list[Frame]:
        """Prove who one is by a code, at the consents; returns the frames up to the new ticket."""
        await self.say("p-1", "/pelqimet")
        before = len(self.site.sms)
        await self.say("p-2", number)
        await self.site.until(lambda: len(self.site.sms) > before)
        return await self.say("p-3", self.site.code, last="renew")

    async def file_a_request(self) -> str:
        """File a question to the officer, without a code; returns its number."""
        for text in ("dua t'i shkruaj zyrtarit për mbrojtjen e të dhënave", "filan@shembull.example"):
            frames = await self.say(f"r-{next(self._numbers)}", text)
        for _ in range(6):
            found = REFERENCE.search(json.dumps(frames))
            if found:
                return found[0]
            values = {i["label"]: i["value"] for f in frames for b in f.get("blocks", []) for i in b.get("items", [])}
            yes = next((value for label, value in values.items() if label.startswith("Po")), None)
            number = f"r-{next(self._numbers)}"
            frames = await (self.choose(number, yes) if yes else self.say(number, "Kush i sheh thirrjet e mia?"))
        raise AssertionError(frames)

    async def closed(self) -> int | None:
        """Wait for the end; returns its code."""
        async with asyncio.timeout(LONGEST):
            while True:
                message = await self.ws.receive()
                # The library's own `close_code` is lost where the server has hung up before it answers.
                if message.type is WSMsgType.CLOSE:
                    return int(message.data)
                if message.type in (WSMsgType.CLOSED, WSMsgType.ERROR):
                    return None

    async def closed_after_hello(self) -> int | None:
        await self.ws.send_str('{"type":"hello","last_seq":0}')
        return await self.closed()


def text_of(frames: list[Frame]) -> str:
    """Return every word of messages."""
    return "\n".join(line for frame in frames for line in lines(frame.get("blocks", [])))


@contextlib.asynccontextmanager
async def made_up_site(settings: Settings, folder: Path, **server: Any) -> AsyncIterator[Site]:
    """Serve the fictional customers of the demonstration."""
    clock, sms = StandingClock(), list[str]()
    async with open_office(settings, folder / "web.db", clock=clock) as office:
        await office.store.transact(lambda tx: settle(tx, office))
        told = ServerSettings(port=0, sessions_per_minute=10_000, **server)
        async with listening(office, told, lambda _, text: sms.append(text)) as running:
            yield Site(running, clock, sms)


def settle(tx: Tx, office: Office) -> None:
    """Put the demonstration's customers into a database."""
    desk, now = office.desk, office.clock.now()
    customers = list(demo_customers(desk.companies, now))
    importing.import_customers(tx, desk, now, [row for row in customers if not isinstance(row, Fault)])
    consents = list(demo_consents(desk.companies, now))
    importing.import_consents(tx, desk, now, [row for row in consents if not isinstance(row, Fault)])
