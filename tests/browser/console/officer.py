"""A person of the company before the console: signs in, reads the queue, opens cases, writes to customers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import BrowserContext, Locator, Page, expect

from bot.console.pages import say
from bot.services.staff import totp
from tests.browser import parts
from tests.browser.visitor import violations
from tests.browser.watching import Watch
from tests.tools.serving import Served

PASSWORD = "fjalë të trilluara për provë"  # noqa: S105  of made-up people
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105  RFC 6238, appendix B
_REFERENCE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]\b")


class Officer:
    """One account in a browser profile of its own."""

    def __init__(self, context: BrowserContext, watch: Watch, served: Served, login: str, shots: Path) -> None:
        self.context, self.watch, self.served, self.login = context, watch, served, login
        self.page: Page = context.new_page()
        self._shots, self._taken = shots, 0

    # ---- coming and going ------------------------------------------------------------------------------------------

    def goes(self, path: str) -> Page:
        """Open a page of the console."""
        self.page.goto(f"{self.served.address}{path}")
        return self.page

    def code(self) -> str:
        """The code that the telephone shows; a new one each time, for none is taken twice."""
        self.served.passes(minutes=1)
        return totp.code_at(SECRET, self.served.now)

    def gives_password(self, password: str = PASSWORD) -> None:
        """Fill in the first page of signing in."""
        self.page.get_by_label(say("Login name")).fill(self.login)
        self.page.get_by_label(say("Password")).fill(password)
        self._leads_on(self.page.get_by_role("button", name=say("Go on")))

    def gives_code(self, code: str) -> None:
        """Fill in the second one."""
        self.page.get_by_label(say("Six digits that the app on your phone shows now")).fill(code)
        self._leads_on(self.page.get_by_role("button", name=say("Sign in"), exact=True))

    def signs_in(self) -> "Officer":
        """Sign in by both factors."""
        self.goes("/console")
        self.gives_password()
        self.gives_code(self.code())
        expect(self.page.get_by_role("button", name=say("Sign out"))).to_be_visible()
        return self

    # ---- cases -----------------------------------------------------------------------------------------------------

    def row(self, reference: str) -> Locator:
        """The line of the queue that a reference stands in."""
        return self.page.get_by_role("row").filter(has_text=reference)

    def opens(self, reference: str) -> Page:
        """Open a case from the queue."""
        self.goes("/console/queue")
        self.row(reference).get_by_role("link", name=reference, exact=True).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(reference)
        return self.page

    def finds(self, reference: str) -> Page:
        """Open a case by its number, closed ones too."""
        self.page.get_by_role("searchbox").fill(reference.lower())
        with self.page.expect_navigation():  # where the case is open already, too
            self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(reference)
        return self.page

    def enters(
        self, kind: str, words: str, *, on: str, company: str = "IPKO", customer: str = "", reply_to: str = "",
        marketing: bool = False,
    ) -> str:  # fmt: skip
        """Enter a request that came in the shop; return its number."""
        page = self.goes("/console/enter")
        page.get_by_label(say("To which company it came")).select_option(label=company)
        page.get_by_label(say("What is asked for")).select_option(label=kind)
        if marketing:
            page.get_by_label(say("The objection is against advertising only: it stops at once")).check()
        page.get_by_label("dyqani").check()
        page.get_by_label(say("On which day it came")).fill(on)
        page.get_by_label(say("The person's own words")).fill(words)
        page.get_by_label(say("Where the answer goes")).fill(reply_to)
        if customer:
            page.get_by_label(say("Customer number, if it was named")).fill(customer)
            page.get_by_label(say("How you checked who it is")).select_option(label="vetë në dyqan")
        self._leads_on(page.get_by_role("button", name=say("Look before entering")))
        self._leads_on(page.get_by_role("button", name=say("Enter the request")))
        return self.number()

    def number(self) -> str:
        """The number of the case that is open."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(_REFERENCE)
        found = _REFERENCE.search(self.page.get_by_role("heading", level=1).inner_text())
        assert found
        return found[0]

    def begins(self, act: str) -> None:
        """Go from a case to the letter that an act takes ("reply", "ask", …)."""
        self._leads_on(self.page.locator(f'main a[href$="/write/{act}"]').first)

    def takes_words(self, template: str) -> None:
        """Take ready words."""
        self.page.get_by_label(say("Ready words")).select_option(label=template)
        self._leads_on(self.page.get_by_role("button", name=say("Use these words")))

    def presses(self, button: Locator) -> None:
        """Press what leads to another page, and see there that it was done."""
        self._leads_on(button)
        expect(self.page.get_by_role("status").first).to_be_visible()

    def shows(self) -> None:
        """Ask for what the customer will read."""
        self._leads_on(self.page.get_by_role("button", name=say("Show what the customer will read")))

    def previews(self) -> str:
        """See what the customer will read, and return it."""
        self.shows()
        expect(self.page.get_by_role("heading", name=say("Before it is sent"))).to_be_visible()
        return "\n".join(self.page.locator(".shown .bubble").all_inner_texts())

    def sends(self, *, files: Sequence[Path] = ()) -> None:
        """Send what was seen."""
        if files:
            self.page.get_by_label(say("The files of the answer")).set_input_files(list(files))
        self.presses(self.page.get_by_role("button", name=say("Send it")))

    def _leads_on(self, target: Locator) -> None:
        """Press and wait for the page it leads to: what stands on the one before must not be taken for it."""
        with self.page.expect_navigation():
            target.click()

    # ---- looking at it afterwards ----------------------------------------------------------------------------------

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page, where tests run longer."""
        if not parts.THOROUGH:
            return
        self._taken += 1
        self._shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._shots / f"{self._taken:02}-{name}.png", animations="disabled", full_page=True)

    def accessible(self, name: str) -> None:
        """Keep a picture, and let axe-core look at the page: no violation. In dark too, where tests run longer."""
        schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light") if parts.THOROUGH else ("light",)
        for scheme in schemes:
            self.page.emulate_media(color_scheme=scheme)
            self.shot(f"{name}-{scheme}")
            assert violations(self.page.main_frame) == [], (name, scheme)
