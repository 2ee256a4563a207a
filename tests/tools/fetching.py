"""Fetches one address of a server under test, as a program without a browser does."""

import json
import urllib.request
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """An answer. ``size`` is its body's as it was sent, in bytes; ``text`` is empty where it came packed."""

    headers: Message
    size: int
    text: str


def fetch(url: str, body: object = None, *, origin: str = "", packed: bool = False) -> Fetched:
    """Return what an address answers. Raises urllib.error.HTTPError for any status but success."""
    headers = {"Origin": origin} if origin else {}
    if packed:
        headers["Accept-Encoding"] = "gzip"
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as answer:
        sent = answer.read()
        text = "" if answer.headers["Content-Encoding"] else sent.decode()
        return Fetched(headers=answer.headers, size=len(sent), text=text)
