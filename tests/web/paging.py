"""An app with nothing but the pages: the real companies or made-up ones, a clock that stands still, no store."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.answering import translations
from bot.app import Office
from bot.channels.turn import Turns
from bot.policy.clauses import collapse
from bot.policy.company import Company
from bot.services.desk import Desk
from bot.web.guard.security import secure
from bot.web.keys import HOUSE, WebHouse
from bot.web.pages.routes import add_routes
from bot.web.settings import ServerSettings
from bot.web.watch.metrics import Metrics
from bot.web.wire.hub import Hub
from tests.tools.desks import made_up_desk
from tests.tools.folders import read_whole

Client = TestClient[web.Request, web.Application]

POLICIES = Path(__file__).parents[2] / "policy_texts"
HTML = {"Accept": "text/html"}
NOW = int(dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC).timestamp() * 1000)


def real_companies() -> dict[str, Company]:
    """Return the two companies as their folders are."""
    return {name: read_whole(POLICIES / name) for name in ("ipko", "paysera")}


@dataclass
class StillClock:
    """A clock that is set by hand (ms UTC)."""

    at: int = NOW

    def now(self) -> int:
        return self.at


@dataclass(frozen=True, kw_only=True)
class _PagesOffice:
    """As much of an office as pages see."""

    desk: Desk
    clock: StillClock


def pages_app(
    companies: Mapping[str, Company],
    *,
    sites: Mapping[str, tuple[str, ...]] | None = None,
    clock: StillClock | None = None,
) -> web.Application:
    """Return an app that serves the pages of these companies, dressed as the server dresses them."""
    made_up = made_up_desk()
    desk = Desk(vault=made_up.vault, randomness=made_up.randomness, limits=made_up.limits, companies=companies)
    app = web.Application()
    app[HOUSE] = WebHouse(
        office=cast(Office, _PagesOffice(desk=desk, clock=clock or StillClock())),
        turns=cast(Turns, None),
        settings=ServerSettings(sites=sites or {}),
        hub=cast(Hub, None),
        metrics=cast(Metrics, None),
        translate=translations().gettext,
    )
    secure(app)
    add_routes(app)
    return app


@dataclass
class Element:
    """A tag of a page, with all the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")


class Page(HTMLParser):
    """A page as a browser reads it: its elements in order, each with its text."""

    _VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag=tag, attributes={key: value or "" for key, value in attrs})
        assert len(made.attributes) == len(attrs), f"an attribute stands twice in <{tag}>"
        self.elements.append(made)
        if tag not in self._VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        last = self._open.pop()
        assert last.tag == tag, f"<{last.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        """Return the elements of a kind."""
        return [element for element in self.elements if element.tag == tag]

    def one(self, tag: str) -> Element:
        """Return the only element of a kind."""
        (found,) = self.all(tag)
        return found

    def with_id(self, identity: str) -> Element:
        """Return the only element with an id."""
        (found,) = (element for element in self.elements if element.id == identity)
        return found

    @property
    def ids(self) -> list[str]:
        """All ids, in order."""
        return [element.id for element in self.elements if element.id]

    @property
    def text(self) -> str:
        """All that a person reads."""
        return collapse(self.one("body").text)


async def page(client: Client, path: str) -> Page:
    """Return a page that is there."""
    answer = await client.get(path, headers=HTML)
    assert answer.status == 200, path
    assert answer.content_type == "text/html"
    return Page(await answer.text())


def told(frame: Page) -> dict[str, object]:
    """What the frame's page tells its script."""
    found = json.loads(frame.with_id("page").text)
    assert isinstance(found, dict)
    return found
