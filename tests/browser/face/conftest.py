"""The chat with a server whose side the test speaks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PATIENCE
from tests.browser.scripted import Script, pages_served


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    with pages_served() as served:
        yield served


@pytest.fixture
def chat(browser: Browser, address: str) -> Iterator[Script]:
    context = browser.new_context(locale="sq-XK", viewport={"width": 400, "height": 640})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield Script(page, address)
    context.close()
    assert faults == []
