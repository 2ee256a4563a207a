"""Somebody at the console without a browser: signed in, reading pages, sending their forms; and the API's callers.

``Caller`` does what a browser does with a page: it sends a form with its hidden fields. What scripts do is tried in
``tests/browser``.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, FormData

from bot.app import open_office
from bot.console.door import COOKIE
from bot.console.part import CONSOLE
from bot.services.staff import accounts, staff_sessions
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Role
from bot.services.staff.staff_sessions import Stage
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web.server import listening
from bot.web.settings import ServerSettings
from tests.tools.site import Site, StandingClock, settle

NO_PASSWORD = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$bm9uZQ"  # noqa: S105  a hash that no password has


@contextlib.asynccontextmanager
async def console_site(settings: Settings, folder: Path, **server: Any) -> AsyncIterator[Site]:
    """Serve the demonstration's fictional customers, with the console."""
    clock, sms = StandingClock(), list[str]()
    async with open_office(settings, folder / "console.db", clock=clock) as office:
        await office.store.transact(lambda tx: settle(tx, office))
        told = ServerSettings(port=0, sessions_per_minute=10_000, **server)
        async with listening(office, told, lambda _, text: sms.append(text), parts=(CONSOLE,)) as running:
            yield Site(running, clock, sms)


async def account(site: Site, login: str, **roles: Role) -> Account:
    """Make an account with roles by company: ``account(site, "zana", ipko=Role.DPO)``."""
    office = site.office
    shown = login.capitalize()

    def make(tx: Tx) -> Account:
        mail = f"{login}@shembull.example"
        return accounts.add(tx, office.desk, office.clock.now(), login, shown, mail, roles, NO_PASSWORD)

    return await office.store.transact(make)


@contextlib.asynccontextmanager
async def signed_in(site: Site, login: str, **roles: Role) -> AsyncIterator["Caller"]:
    """Somebody signed in, with an account of their own that is made now."""
    made = await account(site, login, **roles)
    async with caller(site, made) as who:
        yield who


@contextlib.asynccontextmanager
async def caller(site: Site, who: Account | None) -> AsyncIterator["Caller"]:
    """A browser in which an account is signed in (None: nobody is)."""
    office = site.office
    token = ""
    if who is not None:
        token = await office.store.transact(
            lambda tx: staff_sessions.begin(tx, office.desk, office.clock.now(), who.id, Stage.IN, "Prova")
        )
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Caller(site, http, {COOKIE: token} if token else {})


@dataclass(frozen=True, kw_only=True)
class SentForm:
    """A form of a page: where it goes, its fields as they stand, and which of them take files."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    buttons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """What came back. ``location`` is where it leads on to."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def forms(self) -> list[SentForm]:
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms

    @property
    def words(self) -> str:
        """All that is read on the page, white space collapsed."""
        reader = _Words()
        reader.feed(self.text)
        return " ".join(" ".join(reader.words).split())

    def form(self, action: str) -> SentForm:
        """Return the form whose action ends so."""
        found = [form for form in self.forms if form.action.partition("?")[0].endswith(action)]
        assert found, f"{action} is none of {[form.action for form in self.forms]} (status {self.status})"
        return found[0]


class Caller:
    """A browser at the console. ``cookies`` are kept by hand, as ``tests.tools.site.Browser`` does."""

    def __init__(self, site: Site, http: ClientSession, cookies: dict[str, str]) -> None:
        self.site, self.http, self.cookies = site, http, cookies

    def headers(self, **more: str) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        own = {"Origin": self.site.url, "Cookie": cookies, "Accept": "text/html"}
        return {name: value for name, value in (own | more).items() if value}

    async def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Page:
        """Send a request as it is; nothing is followed."""
        async with self.http.request(
            method, f"{self.site.url}{path}", data=data, headers=self.headers(**headers), allow_redirects=False
        ) as answer:
            for line in answer.headers.getall("Set-Cookie", []):
                name, _, rest = line.partition("=")
                self.cookies[name] = rest.partition(";")[0]
                if "Max-Age=0" in line:
                    del self.cookies[name]
            text = (await answer.read()).decode("utf-8", "replace")
            return Page(status=answer.status, text=text, headers=dict(answer.headers))

    async def get(self, path: str) -> Page:
        """Open a page."""
        return await self.ask("GET", path)

    async def post(self, path: str, fields: Mapping[str, str | Sequence[str]]) -> Page:
        """Send fields as they are."""
        pairs = [
            (name, one) for name, value in fields.items() for one in ([value] if isinstance(value, str) else value)
        ]
        return await self.ask("POST", path, FormData(pairs))

    async def send(
        self, page: Page, action: str, *, files: Sequence[tuple[str, str, bytes]] = (), **fields: str | Sequence[str]
    ) -> Page:
        """Fill in a form of a page and send it; ``files`` are field, name and content. Nothing is followed."""
        return await self.send_fields(page, action, fields, files)

    async def send_fields(
        self,
        page: Page,
        action: str,
        fields: Mapping[str, str | Sequence[str]],
        files: Sequence[tuple[str, str, bytes]] = (),
    ) -> Page:
        """The same with fields by name."""
        form = page.form(action)
        named = {name.removesuffix("_"): value for name, value in fields.items()}  # class_ for class
        pairs = [(name, value) for name, value in form.fields if name not in named]
        for name, value in named.items():
            pairs += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        data = FormData(pairs) if not files else FormData(default_to_multipart=True)
        if files:
            for name, value in pairs:
                data.add_field(name, value)
            for name, filename, content in files:
                data.add_field(name, content, filename=filename, content_type="application/octet-stream")
        return await self.ask("POST", form.action, data)

    async def follow(self, page: Page) -> Page:
        """Open where a page leads on to."""
        assert page.status == 303, (page.status, page.words[:500])
        return await self.get(page.location)


def fresh() -> str:
    """Return a value for the field ``once`` of a form that no page made."""
    return secrets.token_urlsafe(16)


@dataclass
class _Open:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Collects forms with what would be sent of them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[SentForm] = []
        self._form: _Open | None = None
        self._area: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = _Open(action=given.get("action", ""), method=given.get("method", "get").lower())
        if self._form is None:
            return
        match tag:
            case "input" if given.get("type") in ("checkbox", "radio"):
                if "checked" in given:
                    self._form.fields.append((given["name"], given.get("value", "on")))
            case "input" if given.get("type") not in ("file", "submit", "button") and "name" in given:
                self._form.fields.append((given["name"], given.get("value", "")))
            case "button" if "name" in given:
                self._form.buttons.append((given["name"], given.get("value", "")))
            case "textarea":
                self._area = (given["name"], [])
            case "select":
                self._select = (given["name"], [])
            case "option" if self._select:
                self._select[1].append((given.get("value", ""), "selected" in given))
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._form is None:
            return
        if tag == "textarea" and self._area:
            self._form.fields.append((self._area[0], "".join(self._area[1]).removeprefix("\n")))
            self._area = None
        if tag == "select" and self._select:
            name, options = self._select
            chosen = next((value for value, selected in options if selected), options[0][0] if options else "")
            self._form.fields.append((name, chosen))
            self._select = None
        if tag == "form":
            made = self._form
            self.forms.append(
                SentForm(action=made.action, method=made.method, fields=tuple(made.fields), buttons=tuple(made.buttons))
            )
            self._form = None


class _Words(HTMLParser):
    """Collects what a person reads."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "template")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "template")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
