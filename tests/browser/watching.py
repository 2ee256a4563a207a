"""Listens to what a browser complains of: errors of scripts, of the console, and of the pages' security policy."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

_BLOCKED = re.compile(r"Content Security Policy|Refused to")


class Watch:
    """All complaints of one context; what a test expects it says, and whatever else comes fails it."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        context.on("console", self._heard)
        context.on("weberror", self._failed)
        context.on("page", self._opened)

    def expects(self, *patterns: str) -> None:
        """Let complaints pass that hold one of the patterns."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    @property
    def unexpected(self) -> list[str]:
        """The complaints that nobody expected."""
        return [said for said in self.complaints if not any(each.search(said) for each in self._expected)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} or _BLOCKED.search(message.text):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _failed(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _opened(self, page: Page) -> None:
        page.on("crash", lambda _: self.complaints.append("a page crashed"))
