"""A company's directory over HTTP, strict about what it is asked and able to answer in every wrong way.

Each request is held against docs/directory.openapi.yaml, each right answer too; what does not fit is a fault.
"""

import asyncio
import contextlib
import functools
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from aiohttp import web

from bot.delivery.directory.settings import DirectorySettings
from bot.services.identity.contacts import fold_customer
from tests.tools.ports import held_port

DOCUMENT = Path(__file__).parents[2] / "docs/directory.openapi.yaml"
TOKEN = "celes-prove-0001"  # noqa: S105  a test's own

Customer = dict[str, Any]
Mood = Callable[[web.Request], Awaitable[web.StreamResponse]]


@functools.cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


class Contract:
    """The document, and whether something fits a schema of it."""

    def __init__(self) -> None:
        self.document = _document()

    def faults(self, schema: Mapping[str, Any], told: object) -> list[str]:
        """Return what does not fit; empty where all does."""
        whole = {**schema, "components": self.document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return [error.message for error in validator.iter_errors(told)]

    def request_faults(self, request: web.Request, path: str, body: bytes) -> list[str]:
        """Return what is wrong with a request; ``path`` is its address after the setting's."""
        operation = self.document["paths"].get(path, {}).get(request.method.lower())
        if operation is None:
            return [f"no operation: {request.method} {request.path_qs}"]
        identity = self.document["components"]["parameters"]["RequestId"]["schema"]
        faults = self.faults(identity, request.headers.get("X-Request-Id"))
        if request.query_string:
            faults.append("a query")
        if "requestBody" not in operation:
            return faults + (["a body"] if body else [])
        if request.content_type != "application/json":
            faults.append("no JSON")
        return faults + self.faults(operation["requestBody"]["content"]["application/json"]["schema"], json.loads(body))


class Crm:
    """What the company knows (``customers``, as the contract words them), what it was asked, how it answers.

    ``moods`` are answered with one after the other, then ``mood`` where there is one, else rightly.
    """

    def __init__(self, company: str) -> None:
        self.company, self.contract = company, Contract()
        self.customers: list[Customer] = []
        self.moods: list[Mood] = []
        self.mood: Mood | None = None
        self.asked: list[tuple[str, str]] = []  # path, and the number or customer number
        self.looks = 0
        self.ids: list[str] = []
        self.faults: list[str] = []
        self.port = held_port(self)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/crm"

    def settings(self, **more: Any) -> DirectorySettings:
        """Return the settings that lead here, with all the patience that there may be."""
        return DirectorySettings(**{"url": self.url, "token": TOKEN, "timeout": 10.0, **more})

    async def up(self) -> None:
        """Listen, at the same port as before."""
        app = web.Application()
        app.router.add_route("*", "/crm/{rest:.*}", self._answer)
        app.router.add_route("*", "/{rest:.*}", self._astray)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()

    async def down(self) -> None:
        """Listen no more, and hang up."""
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    def answer(self, customers: list[Customer]) -> dict[str, Any]:
        """Return an answer with these customers, proven to be as the contract has it."""
        told = {"company": self.company, "customers": customers}
        faults = self.contract.faults({"$ref": "#/components/schemas/Answer"}, told)
        assert faults == [], faults
        return told

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.path.removeprefix("/crm")
        faults = self.contract.request_faults(request, path, body)
        self.faults += faults
        self.ids.append(request.headers.get("X-Request-Id", ""))
        question = json.loads(body) if body else {}
        value = str(question.get("number") or question.get("customer_number") or "")
        if value:
            self.asked.append((path, value))
        else:
            self.looks += 1
        if faults:
            return _problem(400)
        if self.moods or self.mood:
            mood = self.moods.pop(0) if self.moods else self.mood
            assert mood
            return await mood(request)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _problem(401)
        if path == "/v1/health":
            return web.json_response({"status": "ok"})
        if question["company"] != self.company:
            return _problem(400)
        return web.json_response(self.answer([each for each in self.customers if _has(each, question)]))

    async def _astray(self, request: web.Request) -> web.StreamResponse:
        self.faults.append(f"outside of its own paths: {request.method} {request.path_qs}")
        return _problem(404)


def _has(customer: Customer, question: Mapping[str, str]) -> bool:
    if "number" in question:
        return any(each["number"] == question["number"] for each in customer["numbers"])
    return fold_customer(customer["customer_number"]) == question["customer_number"]


@contextlib.asynccontextmanager
async def crm(company: str = "alfa") -> AsyncIterator[Crm]:
    """Run a directory; fails at the end where something was asked that the contract does not have."""
    own = Crm(company)
    await own.up()
    try:
        yield own
        assert own.faults == []
    finally:
        await own.down()


def person(customer_number: str = "A-1001", *numbers: str, **more: Any) -> Customer:
    """Return a customer as the contract words one."""
    return {
        "customer_number": customer_number,
        "name": "Filan Fisteku",
        "relationship": "active",
        "line": "personal",
        "numbers": [{"number": number} for number in numbers or ("+38344000101",)],
        "consents": [],
        **more,
    }


# ---- moods --------------------------------------------------------------------------------------------------


def says(status: int, retry_after: str | None = None, **headers: str) -> Mood:
    """A refusal as the contract has it."""

    async def mood(_request: web.Request) -> web.StreamResponse:
        return _problem(status, {**headers, **({"Retry-After": retry_after} if retry_after is not None else {})})

    return mood


def tells(body: object, content_type: str = "application/json", **headers: str) -> Mood:
    """An answer 200 with any body at all: bytes as they are, the rest as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def mood(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=raw, content_type=content_type, headers=headers)

    return mood


def redirects(to: str) -> Mood:
    """An answer that sends to another place."""
    return says(307, Location=to)


def compresses(body: object) -> Mood:
    """An answer that nobody asked to be compressed."""
    return tells(gzip.compress(json.dumps(body).encode()), **{"Content-Encoding": "gzip"})


async def hangs(_request: web.Request) -> web.StreamResponse:
    """No answer for longer than anybody waits."""
    await asyncio.sleep(30)
    return _problem(503)


class Hang:
    """No answer until ``over`` is set."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __call__(self, _request: web.Request) -> web.StreamResponse:
        await self.over.wait()
        return _problem(503)


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """The connection ends without a word."""
    assert request.transport
    request.transport.close()
    return web.Response()


async def half_a_body(request: web.Request) -> web.StreamResponse:
    """More is promised than comes."""
    answer = web.StreamResponse(headers={"Content-Length": "5000", "Content-Type": "application/json"})
    await answer.prepare(request)
    await answer.write(b'{"company": "alfa", "customers": []')
    assert request.transport
    request.transport.close()
    return answer


async def trickles(request: web.Request) -> web.StreamResponse:
    """A byte now and then, so that something is always coming."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    with contextlib.suppress(ConnectionError):
        for _ in range(300):
            await answer.write(b" ")
            await asyncio.sleep(0.1)
    return answer


class Giant:
    """A body without end; ``sent`` are the bytes that went out before it was cut off."""

    def __init__(self) -> None:
        self.sent = 0

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while self.sent < 50_000_000:
                await answer.write(b" " * 65_536)
                self.sent += 65_536
        return answer


def _problem(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    told = {"type": "about:blank", "title": "Jo", "status": status}
    return web.Response(
        status=status, text=json.dumps(told), content_type="application/problem+json", headers=headers or {}
    )
