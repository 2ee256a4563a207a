"""A person with a browser: opens the shop, opens the chat, writes, presses, reads. Knows roles and names."""

import base64
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Locator, Page, WebSocket, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

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
_LONGEST = 30.0  # seconds that anything may take


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
        self._due: float | None = None  # the time by which all that was let pass is over
        self._line: _Line | None = None
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
        until = time.monotonic() + _LONGEST
        while True:
            found = [each for each in self.page.frames if each.url.startswith(start)]
            if found:
                return found[-1]
            urls = [each.url for each in self.page.frames]
            assert time.monotonic() < until, f"there is no chat on {self.page.url}: {urls}"
            self.page.wait_for_timeout(25)

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
    def code_field(self) -> Locator:
        """Where one writes a code, once one is waited for: that is told after the message that asks for it."""
        return self.frame.get_by_role("textbox", name=named("codeLabel"))

    @property
    def messages(self) -> Locator:
        """The messages of the transcript."""
        return self.frame.get_by_role("article")

    def is_greeted(self) -> None:
        """See the first message."""
        expect(self.messages.first).to_be_visible()

    def hears(self, text: str | re.Pattern[str], *, within: float | None = None) -> Locator:
        """See a message of Mburoja's or the company's with a text, and return the last such; ``within``: ms."""
        said = self.frame.locator("article.bot, article.dpo").filter(has_text=text).last
        expect(said).to_be_visible(timeout=within)
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
        self.frame.evaluate(LISTEN)

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
        self._line = _Line(self.context)

    def passes(self, seconds: int) -> None:
        """Let time pass in the browser and at the server, in steps after each of which the server has answered.

        What has passed by itself since this was called before is a part of it: on a slow machine that is much.
        """
        assert self._line
        line, now = self._line, time.monotonic()
        self._due = (now if self._due is None else self._due) + seconds
        while (left := self._due - now) > 0:
            step = min(5.0, left)
            self.served.passes(minutes=(step + now - self._looked) / 60)
            self._looked = now
            self.context.clock.run_for(round(step * 1000))
            self._due -= step
            self.eventually(lambda: line.is_answered)
            now = time.monotonic()

    # ---- what they do --------------------------------------------------------------------------------------------

    def says(self, text: str) -> None:
        """Write something and send it; a code is typed into its own field."""
        if _CODE.fullmatch(text):
            self.code_field.press_sequentially(text)
            self.code_field.press("Enter")
        else:
            self.eventually(lambda: self._writes(text))
            self.box.press("Enter")

    def _writes(self, text: str) -> bool:
        """Fill in the field that is there. What is waited for is told after the message that asks, and changes it."""
        try:
            self.box.fill(text, timeout=1_000)
        except PlaywrightTimeoutError:
            return False
        return True

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
        until = time.monotonic() + _LONGEST
        while not holds():
            assert time.monotonic() < until, "it never came to that"
            self.page.wait_for_timeout(50)

    # ---- what is looked at afterwards ----------------------------------------------------------------------------

    def shot(self, name: str, page: Page | None = None) -> None:
        """Keep a picture of the page.

        After one that Playwright took by itself, Chromium gave some presses on a frame to the page around it.
        """
        self._taken += 1
        self._shots.mkdir(parents=True, exist_ok=True)
        path = self._shots / f"{self._taken:02}-{name}.png"
        session = self.context.new_cdp_session(page or self.page)
        path.write_bytes(base64.b64decode(session.send("Page.captureScreenshot")["data"]))
        session.detach()

    def accessible(self, name: str) -> None:
        """Let axe-core look at the chat, or at the page where there is none, and keep a picture: no violation."""
        frames = [f for f in self.page.frames if f.url.startswith(self.served.address)] or [self.page.main_frame]
        found = [violations(frame) for frame in frames]
        self.shot(name)
        assert found == [[] for _ in frames], name


class _Line:
    """Whether the chat's connection has answered what was last said on it, however it is connected now."""

    def __init__(self, context: BrowserContext) -> None:
        """Listen to every page that is opened from now on."""
        self.is_answered = True
        context.on("page", lambda page: page.on("websocket", self._opened))

    def _opened(self, socket: WebSocket) -> None:
        self._set(answered=False)
        socket.on("framesent", lambda _: self._set(answered=False))
        socket.on("framereceived", lambda _: self._set(answered=True))
        socket.on("close", lambda _: self._set(answered=True))
        socket.on("socketerror", lambda _: self._set(answered=True))

    def _set(self, *, answered: bool) -> None:
        self.is_answered = answered


_LIVE = "[...document.querySelectorAll('[aria-live=polite], [role=status], [role=alert]')].map(e => e.textContent)"
# Notes every text that comes into a live region: what a screen reader would say.
LISTEN = """
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
