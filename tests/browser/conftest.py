"""What the tests in a browser share: Chromium, the server with fictional customers, a company's site, and visitors."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser import parts
from tests.browser.shop import Page as ShopPage
from tests.browser.shop import Shop, loader
from tests.browser.visitor import Visitor
from tests.browser.watching import Watch
from tests.tools.serving import Served, fill

COMPANIES = ("ipko", "paysera")
PATIENCE = 30_000  # ms that anything may take until it is called missing: a busy machine is no fault of ours
LONGEST_WAIT = 90_000  # ms: the same, where a chat that lost its line again and again waits half a minute in between

Visitors = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this folder; it must not outlive them, since its loop would be in others' way."""
    path = parts.chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=[*parts.CHROMIUM_ARGUMENTS])
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def filled(browser: Browser, settings: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the fictional customers; every server gets a copy."""
    del browser, settings  # without a browser none is needed; the settings say where what was compiled is kept
    database = tmp_path_factory.mktemp("filled") / "filled.db"
    fill(database)
    return database


@pytest.fixture(scope="package")
def shop() -> Iterator[Shop]:
    """The companies' site."""
    with Shop() as opened:
        yield opened


@pytest.fixture(scope="module")
def served(filled: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for the tests of one file."""
    sites = {company: [shop.address] for company in COMPANIES}
    with Served(tmp_path_factory.mktemp("served"), filled, sites=sites) as started:
        yield started
        started.worked_well()


@pytest.fixture
def visitors(browser: Browser, served: Served, shop: Shop, request: pytest.FixtureRequest) -> Iterator[Visitors]:
    """Makes visitors, each with a browser profile of their own; what a browser complains of fails the test."""
    contexts: list[tuple[BrowserContext, Watch]] = []
    for company in COMPANIES:
        shop.put(f"/{company}", ShopPage(scripts=loader(served.address, company)))

    def arrive(**options: Any) -> Visitor:
        context = browser.new_context(
            **{"locale": "sq-XK", "viewport": {"width": 1100, "height": 800}, "accept_downloads": True, **options}
        )
        context.set_default_timeout(PATIENCE)
        watch = Watch(context)
        contexts.append((context, watch))
        shots = parts.SHOTS / re.sub(r"\W+", "-", request.node.name)
        return Visitor(context, watch, served, shop, shots)

    yield arrive
    complaints = [said for _, watch in contexts for said in watch.unexpected]
    for context, _ in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    """One visitor with an ordinary browser on a desktop."""
    return visitors()
