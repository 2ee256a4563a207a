"""A chat whose server says what the test tells it to: the real page and scripts, and a wire by hand."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.tools.folders import read_whole
from tests.web.paging import pages_app

ROOT = Path(__file__).parents[2]
_LONGEST = 30.0  # seconds
Block = dict[str, Any]


def paragraph(text: str) -> Block:
    return {"type": "paragraph", "text": text}


def _items(labels: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"label": label, "value": f"value-{label}"} for label in labels]


def choices(prompt: str, *labels: str) -> Block:
    return {"type": "choices", "prompt": prompt, "items": _items(labels)}


def link(label: str, url: str) -> Block:
    return {"type": "link", "label": label, "url": url}


def quote(source: str, text: str) -> Block:
    return {"type": "quote", "source": source, "text": text, "company": "ipko", "clause": "1", "url": "/policy/ipko#1"}


GREETING = [paragraph("Jam Mburoja."), choices("Zgjidhni:", "Pëlqimet", "Reklamat", "Kërkesë")]


def code_state(**given: int) -> dict[str, Any]:
    """Return a state that waits for a code: lives 287 s, 5 tries, a new one after 42 s, unless told otherwise."""
    code = {"seconds": 287, "tries": 5, "resend_seconds": 42, **given, "resend": "value-Kod i ri"}
    return {"type": "state", "expects": "code", "held": False, "code": code}


TEXT: dict[str, Any] = {"type": "state", "expects": "text", "held": False}
NUMBER: dict[str, Any] = {**TEXT, "expects": "number"}


class Script:
    """The server's side of one page. ``heard`` is what the page said, without its greeting."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.messages: list[dict[str, Any]] = []
        self.state = TEXT
        self.heard: list[dict[str, Any]] = []
        self.refusal: str | None = None
        self.is_up = True
        self.takes_cookies = True
        self.leaving: dict[str, Any] | None = {"cases": [], "text": "Biseda fshihet."}
        self.erased = 0
        self.opened = 0  # lines so far
        self._asked = 0
        self._taken: dict[str, dict[str, Any]] = {}  # acknowledgements, by the message's id
        self._socket: WebSocketRoute | None = None
        page.route("**/session/**", self._session)
        page.route("**/api/chat/**", lambda route: route.abort())
        page.route_web_socket(re.compile(r"/ws/"), self._open)

    # ---- what the test does ----------------------------------------------------------------------------------

    def opens(self, fragment: str = "") -> "Script":
        """Open the chat and wait for its first message."""
        self.page.goto(f"{self.address}/widget/ipko{fragment}")
        self.page.get_by_role("article").first.wait_for()
        return self

    def says(self, *blocks: Block, sender: str = "bot", state: dict[str, Any] | None = None) -> None:
        """Send a message, and a state after it."""
        self._keep(sender, blocks)
        self._send(self.messages[-1])
        self.is_waiting(state or self.state)

    def says_without_state(self, *blocks: Block) -> None:
        """Send a message alone: on a slow line its state comes later."""
        self._keep("bot", blocks)
        self._send(self.messages[-1])

    def is_waiting(self, state: dict[str, Any]) -> None:
        """Send a state."""
        self.state = state
        self._send(state)

    def is_busy(self) -> None:
        """Send that a reply takes a while."""
        self._send({"type": "typing"})

    def breaks(self) -> None:
        """Break the line; nothing gets through until ``mends``."""
        self.is_up = False
        if self._socket:
            self._socket.close(code=1011)

    def mends(self) -> None:
        """Let things through again."""
        self.is_up = True

    # ---- what the person does and sees -----------------------------------------------------------------------

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox")

    @property
    def articles(self) -> Locator:
        return self.page.get_by_role("article")

    def writes(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def has_said(self, *said: str) -> None:
        """Find that the page has said these texts and values, in this order, and nothing else."""
        until = time.monotonic() + _LONGEST
        while len(self.heard) < len(said) and time.monotonic() < until:
            self.page.wait_for_timeout(20)
        assert [frame.get("text") or frame["value"] for frame in self.heard] == list(said)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def announced(self, awaited: str = "") -> str:
        """What screen readers were told of late, once they were told something that must come."""
        announcer = self.page.locator("#announcer")
        expect(announcer).to_contain_text(awaited)
        self.page.wait_for_timeout(600)
        return announcer.inner_text()

    def focused(self) -> str:
        """The id of what has the focus, or its text."""
        found: str = self.page.evaluate("document.activeElement.id || document.activeElement.innerText")
        return found

    # ---- the wire --------------------------------------------------------------------------------------------

    def _session(self, route: Route) -> None:
        request = route.request
        if not self.is_up:
            return route.abort()
        if request.url.endswith("/leaving"):
            return route.abort() if self.leaving is None else route.fulfill(json=self.leaving)
        if request.method == "DELETE":
            self.erased += 1
            return route.fulfill(json={"text": "Krejt u fshi."})
        if not self.takes_cookies and "memory" in (request.post_data or ""):
            return route.fulfill(json={"status": "memory", "token": "token", "csrf": "csrf"})
        self._asked += 1
        is_new = self._asked == 1 or not self.takes_cookies
        return route.fulfill(json={"status": "new" if is_new else "kept", "csrf": "csrf"})

    def _open(self, socket: WebSocketRoute) -> None:
        if not self.is_up:
            return socket.close(code=1011)
        self.opened += 1
        self._socket = socket
        return socket.on_message(self._hear)

    def _hear(self, raw: str | bytes) -> None:
        frame = json.loads(raw)
        if frame["type"] == "hello":
            if not self.messages:
                self._keep("bot", GREETING)
            self._send({"type": "welcome", "seq": len(self.messages), "conversation": "one"})
            for message in self.messages[frame["last_seq"] :]:
                self._send(message)
            return self._send(self.state)
        if frame["id"] in self._taken:
            return self._send(self._taken[frame["id"]])
        self.heard.append(frame)
        if self.refusal:
            return self._send({"type": "error", "code": "bad_frame", "text": self.refusal, "id": frame["id"]})
        said = frame.get("text") or frame["value"].removeprefix("value-")
        self._taken[frame["id"]] = {"type": "ack", "id": frame["id"], "seq": len(self.messages) + 1}
        self._send(self._taken[frame["id"]])
        self._keep("you", [paragraph("••••••" if re.fullmatch(r"\d{6}", said) else said)])
        self._send(self.messages[-1])
        return self._send(self.state)

    def _keep(self, sender: str, blocks: Any) -> None:
        number = len(self.messages) + 1
        self.messages.append(
            {"type": "message", "seq": number, "from": sender, "time": "10:05", "day": "22 nëntor 2026",
             "blocks": list(blocks)}
        )  # fmt: skip

    def _send(self, frame: dict[str, Any]) -> None:
        if self._socket and self.is_up:
            self._socket.send(json.dumps(frame))


@contextmanager
def pages_served() -> Iterator[str]:
    """Serve the real pages of IPKO, without a conversation behind them; gives the address."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(pages_app({"ipko": read_whole(ROOT / "policy_texts/ipko")}))

    async def start() -> str:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=30)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
