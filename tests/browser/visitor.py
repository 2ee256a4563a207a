"""A person with a browser: opens the shop, opens the chat, writes, presses, reads. Knows roles and names."""

import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Locator, Page, expect

from bot.answering import translations
from bot.web.pages.words import launcher_words, words
from tests.browser import parts
from tests.browser.shop import Shop
from tests.browser.watching import Watch
from tests.tools.serving import Served

WISH = "ndalni krejt reklamat"
QUESTION = "sa gjatë i ruani të dhënat e mia?"
ANSWER = "aq kohë sa"  # what IPKO's answer to it holds
_CODE = re.compile(r"\d{6}")


@cache
def _table() -> dict[str, str]:
    translate = translations().gettext
    return {**launcher_words(translate), **words(translate)}


def named(key: str, **values: object) -> str:
    """Return a word of the widget as a person reads it."""
    return _table()[key].format(**values)


def like(key: str) -> re.Pattern[str]:
    """Return what a word of the widget looks like with anything in its places."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(_table()[key])))


class Visitor:
    """One person with a browser profile of their own. ``company``: whose chat they look at now."""

    def __init__(self, context: BrowserContext, watch: Watch, served: Served, shop: Shop, shots: Path) -> None:
        self.context, self.watch, self.served, self.shop = context, watch, served, shop
        self.company = "ipko"
        self._shots = shots
        self._taken = 0
        self._looked = 0.0  # when the server's time was last brought up to the browser's
        self._page: Page | None = None

    # ---- where they are ------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        assert self._page
        return self._page

    @property
    def frame(self) -> Frame:
        """The chat: a frame on the shop's page, or a page of its own."""
        start = f"{self.served.address}/widget/{self.company}"
        for _ in range(200):
            found = [each for each in self.page.frames if each.url.startswith(start)]
            if found:
                return found[-1]
            self.page.wait_for_timeout(25)
        raise AssertionError(f"there is no chat on {self.page.url}: {[each.url for each in self.page.frames]}")

    def goes(self, address: str) -> Page:
        """Open an address in a new tab."""
        self._page = self.context.new_page()
        self._page.goto(address)
        return self._page

    def looks_at(self, page: Page) -> None:
        """Turn to another tab."""
        self._page = page
        page.bring_to_front()

    def enters_shop(self, path: str = "/ipko") -> Page:
        """Open a page of the shop."""
        return self.goes(self.shop.address + path)

    def opens_chat(self, company: str = "ipko") -> None:
        """Press the launcher, and wait for the greeting."""
        self.company = company
        self.launcher(company).click()
        self.is_greeted()

    def chats(self, company: str = "ipko") -> "Visitor":
        """Open the shop's page and the chat on it."""
        self.enters_shop(f"/{company}")
        self.opens_chat(company)
        return self

    def chats_alone(self, company: str = "ipko") -> "Visitor":
        """Open the chat as a page of its own."""
        self.company = company
        self.goes(f"{self.served.address}/widget/{company}")
        self.is_greeted()
        return self

    def reloads(self, company: str = "ipko") -> None:
        """Load the shop's page again and open the chat."""
        self.page.reload()
        self.opens_chat(company)

    # ---- what they see -------------------------------------------------------------------------------------------

    def launcher(self, company: str = "ipko") -> Locator:
        """The button on the shop's page."""
        return self.page.locator(f"mburoja-chat[data-company={company}]").get_by_role("button")

    @property
    def box(self) -> Locator:
        """Where one writes."""
        return self.frame.get_by_role("textbox")

    @property
    def messages(self) -> Locator:
        """The messages of the transcript."""
        return self.frame.get_by_role("article")

    def is_greeted(self) -> None:
        """See the first message."""
        expect(self.messages.first).to_be_visible()

    def hears(self, text: str | re.Pattern[str]) -> Locator:
        """See a message of Mburoja's or the company's with a text, and return the last such."""
        said = self.frame.locator("article.bot, article.dpo").filter(has_text=text).last
        expect(said).to_be_visible()
        return said

    def said(self) -> list[str]:
        """The texts of all messages."""
        return self.messages.all_inner_texts()

    def sees(self, text: str | re.Pattern[str]) -> None:
        """See a text anywhere in the chat."""
        expect(self.frame.get_by_text(text).last).to_be_visible()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """The last button of a name in the chat."""
        return self.frame.get_by_role("button", name=name).last

    # ---- what they hear ------------------------------------------------------------------------------------------

    def listens(self) -> None:
        """Begin to note what is announced, from now on."""
        self.frame.evaluate(_LISTEN)

    def told(self) -> list[str]:
        """What was announced since."""
        heard: list[str] = self.frame.evaluate("window.heard ?? []")
        return heard

    def is_told(self, text: str | re.Pattern[str]) -> None:
        """Find something in a live region, or among what was announced since one began to listen."""
        wanted = re.compile(re.escape(text)) if isinstance(text, str) else text
        self.eventually(lambda: any(wanted.search(each) for each in [*self.told(), *self.frame.evaluate(_LIVE)]))

    # ---- their clock ---------------------------------------------------------------------------------------------

    def has_clock(self) -> None:
        """From the next page on, the browser's time can be let pass; beside that it passes as it does."""
        self.context.clock.install()
        self._looked = time.monotonic()

    def passes(self, seconds: int) -> None:
        """Let time pass in the browser and at the server, in steps that leave the network the time to answer."""
        for _ in range(0, seconds, 5):
            now = time.monotonic()
            self.served.passes(minutes=(5 + now - self._looked) / 60)
            self._looked = now
            self.context.clock.run_for(5_000)
            self.page.evaluate("() => fetch(location.href)")  # what was asked before has been answered by then

    # ---- what they do --------------------------------------------------------------------------------------------

    def says(self, text: str) -> None:
        """Write something and send it; a code is typed into its own field."""
        if _CODE.fullmatch(text):
            field = self.frame.get_by_role("textbox", name=named("codeLabel"))
            field.press_sequentially(text)
            field.press("Enter")
        else:
            self.box.fill(text)
            self.box.press("Enter")

    def presses(self, name: str | re.Pattern[str]) -> None:
        """Press a button in the chat."""
        self.button(name).click()

    def proves(self, phone: str) -> None:
        """Give the number on file and the code that comes to it."""
        self.says(phone)
        self.hears("gjashtë shifrat")
        self.says(self.served.code_for(phone))

    def withdraws(self, phone: str) -> str:
        """Go the whole way to a withdrawal's receipt; return its number."""
        self.says(WISH)
        self.hears("numrin e telefonit")
        self.proves(phone)
        self.hears("A e konfirmoni?")
        self.presses(re.compile("^Po"))
        return self.has_receipt()

    def files_request(self, phone: str) -> str:
        """Go the whole way to a request for a copy of one's data; return its number."""
        self.says("dua një kopje të të gjitha të dhënave të mia")
        self.hears("numrin e telefonit")
        self.proves(phone)
        self.hears("A e konfirmoni?")
        self.presses(re.compile("^Po"))
        return self.has_receipt()

    def has_receipt(self) -> str:
        """See a receipt, and return its number."""
        card = self.frame.get_by_role("article").filter(has=self.frame.locator("dl")).last
        expect(card).to_be_visible()
        found = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]\b", card.inner_text())
        assert found, card.inner_text()
        return found[0]

    def tokens(self) -> list[str]:
        """The chat's cookies, which no script sees."""
        return [cookie["value"] for cookie in self.context.cookies() if "mburoja" in cookie["name"]]

    def eventually(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that no element shows."""
        for _ in range(200):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it never came to that")

    # ---- what is looked at afterwards ----------------------------------------------------------------------------

    def shot(self, name: str, page: Page | None = None) -> None:
        """Keep a picture of the page."""
        self._taken += 1
        self._shots.mkdir(parents=True, exist_ok=True)
        path = self._shots / f"{self._taken:02}-{name}.png"
        (page or self.page).screenshot(path=path, animations="disabled")

    def accessible(self, name: str) -> None:
        """Keep a picture, and let axe-core look at the chat, or at the page where there is none: no violation."""
        self.shot(name)
        frames = [f for f in self.page.frames if f.url.startswith(self.served.address)] or [self.page.main_frame]
        for frame in frames:
            assert violations(frame) == [], name


_LIVE = "[...document.querySelectorAll('[aria-live=polite], [role=status], [role=alert]')].map(e => e.textContent)"
# Notes every text that comes into a live region: what a screen reader would say.
_LISTEN = """
() => {
  window.heard = [];
  const note = (nodes) => window.heard.push(...[...nodes].map((node) => node.textContent).filter(Boolean));
  for (const region of document.querySelectorAll("[aria-live=polite], [role=status], [role=alert]")) {
    new MutationObserver((changes) => changes.forEach((change) => note(change.addedNodes)))
      .observe(region, {childList: true, subtree: true, characterData: true});
  }
}
"""
_RUN = """
async () => {
  const passing = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(passing.map((one) => one.finished)); // what is still fading in has too little contrast
  const found = await axe.run(document, {resultTypes: ["violations"], iframes: false});
  return found.violations.map(({id, help, nodes}) => ({id, help, nodes: nodes.map(({html, failureSummary, target}) =>
    ({html, failureSummary, target}))}));
}
"""


def violations(frame: Frame) -> list[Any]:
    """Return what axe-core finds wrong in a frame, by its own rules for WCAG and good practice."""
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(parts.axe())
    found: list[Any] = frame.evaluate(_RUN)
    return found
