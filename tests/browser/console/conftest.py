"""What the officer's days share: one server with accounts, customers on the web and on a fake Telegram."""

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from bot.app import open_office
from bot.services.staff import demo_account
from bot.services.staff.passwords import Passwords
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.acceptance.telegram.conftest import TOKENS, Bots
from tests.browser import parts
from tests.browser.conftest import COMPANIES, PATIENCE
from tests.browser.console.officer import PASSWORD, SECRET, Officer
from tests.browser.shop import Shop
from tests.browser.watching import Watch
from tests.tools.botapi import RunningBotApi
from tests.tools.serving import Served

PEOPLE = {"zana": dict.fromkeys(COMPANIES, Role.DPO), "besa": {"ipko": Role.DPO}, "leka": {"ipko": Role.READER}}

Officers = Callable[..., Officer]


@pytest.fixture(scope="package")
def staffed(filled: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with customers and with accounts; every server gets a copy."""
    database = tmp_path_factory.mktemp("staffed") / "filled.db"
    for part in filled.parent.glob(filled.name + "*"):
        shutil.copy(part, database.parent / part.name.replace(filled.name, database.name))

    async def add() -> None:
        async with open_office(settings, database) as office:
            desk, now, hashed = office.desk, office.clock.now(), Passwords().hashed(PASSWORD)

            def ready(tx: Tx) -> None:
                for login, roles in PEOPLE.items():
                    shown = f"{login.capitalize()} Trilluari"
                    demo_account.ready(tx, desk, now, login, shown, roles, hashed, SECRET)

            await office.store.transact(ready)

    with ThreadPoolExecutor(1) as elsewhere:  # the browser's own loop is in this thread
        elsewhere.submit(asyncio.run, add()).result()
    return database


@pytest.fixture(scope="module")
def bots(staffed: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """The server whose time tests let pass, with two bots at a fake Telegram."""
    sites = {company: [shop.address] for company in COMPANIES}
    with RunningBotApi({token: f"{company}_bot" for company, token in TOKENS.items()}) as api:
        with Served(
            tmp_path_factory.mktemp("served"), staffed, sites=sites, clock=True, TELEGRAM_TOKENS=json.dumps(TOKENS),
            TELEGRAM_API=api.url, TELEGRAM_PER_CHAT="30",
        ) as server:  # fmt: skip
            yield Bots(server, api)
        server.worked_well()


@pytest.fixture(scope="module")
def served(bots: Bots) -> Served:
    """The server for the tests of one file."""
    return bots.served


@pytest.fixture
def officers(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Officers]:
    """Lets people sit down before the console; what their browser complains of fails the test."""
    contexts: list[tuple[BrowserContext, Watch]] = []

    def sit_down(login: str = "zana", **options: Any) -> Officer:
        context = browser.new_context(**{"locale": "sq-XK", "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE)
        watch = Watch(context)
        contexts.append((context, watch))
        shots = parts.SHOTS / re.sub(r"\W+", "-", request.node.name) / login
        return Officer(context, watch, served, login, shots)

    yield sit_down
    complaints = [said for _, watch in contexts for said in watch.unexpected]
    for context, _ in contexts:
        context.close()
    assert complaints == []
