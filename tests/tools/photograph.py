"""Takes the README's picture: the demonstration's shop with the chat open, in Debian's Chromium.

``python -m tests.tools.photograph`` writes docs/widget.png anew. Nothing compares it: fonts differ between machines.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.browser import parts
from tests.tools.command import ROOT
from tests.tools.demonstration import Demonstration

PICTURE = ROOT / "docs/widget.png"
LARGEST = 150 * 1024  # bytes
COMPANY, QUESTION = "paysera", "sa gjat i mani xhirimet e kamerave?"
_SIZE = ViewportSize(width=1080, height=760)


def main() -> None:
    """Write the picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Demonstration("--db", str(Path(folder) / "demo.db"), "--port", "0", "--shops-port", "0") as demo,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=parts.chromium(), args=[*parts.CHROMIUM_ARGUMENTS]) as browser,
    ):
        page = browser.new_page(viewport=_SIZE, color_scheme="light", locale="sq", reduced_motion="reduce")
        page.goto(f"{demo.shops}/{COMPANY}")
        _ask(page)
        page.screenshot(path=PICTURE)
    assert PICTURE.stat().st_size <= LARGEST, f"{PICTURE.stat().st_size} bytes"


def _ask(page: Page) -> None:
    """Ask the question, and unfold the first clause of the answer."""
    page.locator("mburoja-chat button").click()
    chat = page.frame_locator("mburoja-chat iframe")
    chat.locator("#text").fill(QUESTION)
    chat.locator("#text").press("Enter")
    quote = chat.locator("summary").first
    quote.click()
    chat.get_by_text(QUESTION).scroll_into_view_if_needed()


if __name__ == "__main__":
    main()
