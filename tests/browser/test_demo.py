"""The demonstration as a person sees it: both sites in one browser, light and dark, on a phone and on a desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from bot.settings import Settings
from tests.browser.visitor import violations
from tests.tools.demonstration import Demonstration

PAGES = ("/", "/ipko", "/paysera")


@pytest.fixture(scope="module")
def demo(browser: Browser, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    del browser, settings  # without a browser none is needed; the settings say where what was compiled is kept
    database = tmp_path_factory.mktemp("demo") / "demo.db"
    with Demonstration("--db", str(database), "--port", "0", "--shops-port", "0") as under_way:
        yield under_way


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="sq", permissions=["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_are_accessible_fit_and_complain_of_nothing(
    demo: Demonstration, context: BrowserContext, scheme: str, width: int
) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size(ViewportSize(width=width, height=800))
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in PAGES:
        page.goto(demo.shops + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert violations(page.main_frame) == [], path
    assert complaints == []


def test_a_code_from_the_stage_is_copied_into_the_shops_chat(demo: Demonstration, context: BrowserContext) -> None:
    stage, shop = context.new_page(), context.new_page()
    stage.goto(f"{demo.shops}/")
    shop.goto(f"{demo.shops}/ipko")
    shop.locator("mburoja-chat button").click()
    chat = shop.frame_locator("mburoja-chat iframe")
    expect(chat.get_by_role("article").first).to_be_visible()
    for place, text in (("#text", "mos me qoni ma reklama"), ("#number", "A-1001")):
        field = chat.locator(place)
        field.fill(text)
        field.press("Enter")
        expect(chat.get_by_text(text, exact=True)).to_be_visible()

    # It came while the stage stood open; nobody reloaded it.
    arrived = stage.locator("#messages > *")
    expect(arrived).to_have_count(1)
    expect(arrived).to_contain_text("Filan Fisteku")
    expect(arrived).to_contain_text("+383 44 *** *01")  # R46
    stage.bring_to_front()
    arrived.get_by_role("button").click()
    expect(arrived.get_by_role("button")).to_have_text("U kopjua")

    shop.bring_to_front()
    expect(chat.locator("#code")).to_be_visible()
    chat.locator("#code").focus()
    shop.keyboard.press("Control+V")  # what is pasted whole goes off by itself
    expect(chat.get_by_text("u vërtetuat")).to_be_visible()
