"""A company's own site, on http://localhost: not Mburoja's site, and the widget stands on its pages."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self

_PAGE = """<!doctype html>
<html lang="sq">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dyqani i trilluar</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
<main>
<h1>Dyqani i trilluar</h1>
<p>Kjo faqe është e trilluar, për prova.</p>
<label>Kërkoni këtu <input name="q"></label>
</main>
{scripts}
</body>
</html>
"""


def loader(address: str, company: str) -> str:
    """Return the one line that a company puts on its page."""
    return f'<script type="module" src="{address}/widget.js?company={company}"></script>'


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the shop: what stands in its head, the scripts at its end, and headers of its own."""

    scripts: str = ""
    head: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def html(self) -> str:
        """The whole page."""
        return _PAGE.format(head=self.head, scripts=self.scripts)


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, Page]]

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        body = page.html.encode() if page else b""
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (page.headers if page else {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: what is asked for is no news to a test."""


class Shop:
    """A site of its own on localhost; ``with`` opens and closes it."""

    def __init__(self, name: str = "localhost") -> None:
        self.pages: dict[str, Page] = {}
        handler = type("Handler", (_Handler,), {"pages": self.pages})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.address = f"http://{name}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def put(self, path: str, page: Page) -> str:
        """Put a page on the site and return its address."""
        self.pages[path] = page
        return self.address + path
