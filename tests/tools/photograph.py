"""Takes the documents' pictures in Debian's Chromium: the shop with the chat open, and the officer's queue.

``python -m tests.tools.photograph`` writes docs/widget.png and docs/console.png anew. Nothing compares them: fonts
differ between machines.
"""

import datetime as dt
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.browser import parts
from tests.tools.command import ROOT, mburoja
from tests.tools.demonstration import Demonstration

PICTURE = ROOT / "docs/widget.png"
QUEUE = ROOT / "docs/console.png"
LARGEST = 150 * 1024  # bytes
COMPANY, QUESTION = "paysera", "sa gjat i mani xhirimet e kamerave?"
_SIZE = ViewportSize(width=1080, height=760)
_WIDE = ViewportSize(width=1280, height=800)
# Made-up requests: kind, company, way, days since they came, and the customer's number where one was checked.
_CAME = (
    ("dsar_access", "ipko", "email", 36, ""),
    ("dsar_erasure", "paysera", "post", 33, ""),
    ("dsar_rectification", "ipko", "shop", 29, "A-1001"),
    ("complaint", "paysera", "email", 27, ""),
    ("object_statistics", "ipko", "shop", 12, "A-1002"),
    ("dsar_portability", "paysera", "email", 9, ""),
    ("contact_dpo", "ipko", "post", 1, ""),
)


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "demo.db"
        with (
            Demonstration("--db", str(database), "--port", "0", "--shops-port", "0") as demo,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=parts.chromium(), args=[*parts.CHROMIUM_ARGUMENTS]) as browser,
        ):
            page = browser.new_page(viewport=_SIZE, color_scheme="light", locale="sq", reduced_motion="reduce")
            page.goto(f"{demo.shops}/{COMPANY}")
            _ask(page)
            page.screenshot(path=PICTURE)
            for came in _CAME:
                _record(database, *came)
            page = browser.new_page(viewport=_WIDE, color_scheme="light", locale="sq", reduced_motion="reduce")
            _sign_in(page, demo.shops)
            page.screenshot(path=QUEUE)
    for picture in (PICTURE, QUEUE):
        assert picture.stat().st_size <= LARGEST, f"{picture.name}: {picture.stat().st_size} bytes"


def _ask(page: Page) -> None:
    """Ask the question, and unfold the first clause of the answer."""
    page.locator("mburoja-chat button").click()
    chat = page.frame_locator("mburoja-chat iframe")
    chat.locator("#text").fill(QUESTION)
    chat.locator("#text").press("Enter")
    quote = chat.locator("summary").first
    quote.click()
    chat.get_by_text(QUESTION).scroll_into_view_if_needed()


def _record(database: Path, kind: str, company: str, way: str, days: int, customer: str) -> None:
    """Enter a request that came so many days ago."""
    on = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days)
    whose = ("--customer", customer, "--checked", "shop") if customer else ("--reply-to", "filan@shembull.example")
    done = mburoja(
        "requests", "record", "--company", company, "--kind", kind, "--way", way, "--on", on.isoformat(),
        "--words", "Fjalë të trilluara.", *whose, "--by", "besa", "--db", str(database),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()


def _sign_in(page: Page, shops: str) -> None:
    """Sign in at the console as the stage's officer."""
    page.goto(shops)
    console = page.locator("a.button").get_attribute("href")
    login, password = (page.locator(".officer code").nth(at).inner_text() for at in (0, 1))
    code = page.request.get(f"{shops}/authenticator").json()["code"]
    assert console
    page.goto(console)
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.locator("main button").click()
    page.locator("#code").fill(code)
    page.locator("main button").first.click()
    page.locator("main table").wait_for()


if __name__ == "__main__":
    main()
