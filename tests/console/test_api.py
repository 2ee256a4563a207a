"""The API's door: tokens, scopes, paces, problems; whatever is sent, a program reads what to do."""

import asyncio
import gzip
import re
import socket

import pytest

from bot.clock import DAY
from bot.console.api.gate import LARGEST_BODY, PACE, Pace
from bot.console.api.operations import OPERATIONS
from bot.errors import StoreUnavailableError
from bot.services.desk import OFFICE, Place
from bot.services.programs import tokens
from bot.services.programs.tokens import Scope
from bot.storage.store import Tx
from bot.web.guard.problems import PROBLEMS
from tests.tools.command import ROOT
from tests.tools.programs import Program, filed, program
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio

NOBODYS = "7K2Q-9FXA-8"  # no request has this number
ORDERS = [(op.method, op.path.replace("{reference}", NOBODYS).replace("{id}", "abc"), op) for op in OPERATIONS]


async def test_each_operation_opens_for_its_scopes_and_no_other(site: Site) -> None:
    for scope in Scope:
        async with program(site, scopes=[scope]) as one:
            for method, path, operation in ORDERS:
                told = await one.ask(method, path, b"{}" if method == "POST" else None)
                if scope in operation.scopes:
                    assert told.problem in ("", "not-found", "bad-request"), (scope, path)
                else:
                    assert (told.status, told.problem) == (403, "forbidden"), (scope, path)
                    assert 'error="insufficient_scope"' in told.headers["WWW-Authenticate"]


async def test_without_a_token_that_holds_nothing_opens(site: Site) -> None:
    async with program(site) as crm:
        tries = {"nothing": "", "no token of ours": "Bearer mbu_" + "0" * 64, "another way": f"Basic {crm.token}"}
        for what, given in tries.items():
            for method, path, _ in ORDERS:
                told = await crm.ask(method, path, Authorization=given)
                assert (told.status, told.problem) == (401, "unauthorized"), what
                assert told.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await crm.ask("GET", "/requests", Authorization="", Cookie=f"token={crm.token}")).status == 401
        assert (await crm.get("/requests")).status == 200


async def test_a_token_ends_at_its_time_and_when_it_is_revoked(site: Site) -> None:
    office, place = site.office, Place(conversation="", channel=OFFICE, now=site.clock.now())

    def add(tx: Tx) -> str:
        scopes = [Scope.REQUESTS_READ]
        return tokens.add(tx, office.desk, place, "prova", "short", "ipko", scopes, place.now + DAY)

    token = await office.store.transact(add)
    async with program(site) as crm:
        short = Program(site, crm.http, token)
        assert (await short.get("/requests")).status == 200
        site.clock.at += DAY
        assert (await short.get("/requests")).status == 401
        [mine] = [each for each in await office.store.read(tokens.every) if each.name == "crm"]
        assert await office.store.transact(lambda tx: tokens.revoke(tx, office.desk, place, "prova", mine.id))
        assert (await crm.get("/requests")).status == 401


async def test_who_asks_too_fast_waits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = site.app[PACE]
    pace.per_minute = 3
    monkeypatch.setattr(pace, "wait", lambda token, _now: Pace.wait(pace, token, 0.0))  # all within one moment
    async with program(site, "crm") as crm, program(site, "arkivi") as archive:
        told = [await crm.get("/requests") for _ in range(4)]
        assert [each.status for each in told] == [200, 200, 200, 429]
        assert told[3].problem == "too-many"
        assert told[3].headers["Retry-After"] == "20"
        assert (await archive.get("/requests")).status == 200


async def test_a_pace_comes_back_with_time() -> None:
    pace = Pace(60)
    assert [pace.wait("t", 0.0) for _ in range(60)] == [0] * 60
    assert pace.wait("t", 0.0) == 1
    assert pace.wait("t", 1.0) == 0
    assert pace.wait("t", 1.0) == 1


async def test_whatever_is_wrong_is_a_problem_and_never_a_fault_of_ours(site: Site) -> None:
    claim = f"/requests/{await filed(site.office)}/claim"
    report = claim.replace("claim", "report")
    async with program(site) as crm:
        json = "application/json"
        cases = [
            ("GET", "/nothing", None, json, "not-found"),
            ("POST", "/nothing", b"{}", json, "not-found"),
            ("GET", "", None, json, "not-found"),
            ("POST", "/requests", b"{}", json, "wrong-method"),
            ("DELETE", "/events", None, json, "wrong-method"),
            ("GET", claim, None, json, "wrong-method"),
            ("POST", claim, b"{", json, "bad-request"),
            ("POST", claim, b"[]", json, "bad-request"),
            ("POST", claim, b'{"more": 1}', json, "bad-request"),
            ("POST", claim, b'"\\ud800"', json, "bad-request"),
            ("POST", claim, b"\xff", json, "bad-request"),
            ("POST", claim, b"[" * 20_000, json, "bad-request"),
            ("POST", report, b'{"lease": "x", "state": "closed"}', json, "bad-request"),
            ("POST", report, b'{"lease": "\\ud800", "state": "done"}', json, "bad-request"),
            ("POST", report, b'{"lease": "x", "state": "done", "text": "%s"}' % (b"a" * 2001), json, "bad-request"),
            ("POST", report, b'{"lease": "\\u0000", "state": "done"}', json, "lease-lost"),
            ("POST", claim, b"{}", "text/plain", "not-json"),
            ("POST", claim, b" " * (LARGEST_BODY + 1), json, "too-large"),
            ("GET", "/requests?limit=0", None, json, "bad-request"),
            ("GET", "/requests?limit=201", None, json, "bad-request"),
            ("GET", "/requests?limit=1&limit=2", None, json, "bad-request"),
            ("GET", "/requests?nothing=1", None, json, "bad-request"),
            ("GET", "/requests?cursor=abc", None, json, "bad-request"),
            ("GET", "/requests?cursor=WyIyMDI2LTAxLTAxIiwxLCJhXHUwMDAwYiJd", None, json, "bad-request"),  # NUL
            ("GET", "/requests?cursor=%ED%A0%80", None, json, "bad-request"),
            ("GET", "/requests?state=open", None, json, "bad-request"),
            ("GET", "/requests?due_before=2026-02-30", None, json, "bad-request"),
            ("GET", "/events?after=-1", None, json, "bad-request"),
            ("GET", "/events?after=99999999999999999999", None, json, "bad-request"),
            ("GET", "/events?type=nothing", None, json, "bad-request"),
            ("GET", f"/requests/{NOBODYS}?x=1", None, json, "bad-request"),
            ("GET", "/requests/%00", None, json, "not-found"),
            ("GET", "/requests/%ED%A0%80", None, json, "not-found"),
            ("POST", "/events/%00/acknowledge", None, json, "not-found"),
        ]
        for method, path, data, content_type, problem in cases:
            told = await crm.ask(method, path, data, Content_Type=content_type)
            assert told.problem == problem, (method, path, data and data[:50], told.status, told.body)
        packed = await crm.ask("POST", claim, gzip.compress(b"{}"), Content_Encoding="gzip")
        assert packed.problem == "not-json"
        assert (await crm.post("/requests")).headers["Allow"].replace(" ", "") == "GET,HEAD"
        assert (await crm.ask("POST", claim, b"{}", Origin="https://elsewhere.example")).status == 200


async def test_a_body_that_comes_in_pieces_is_bounded_too(site: Site) -> None:
    reference = await filed(site.office)
    async with program(site) as crm:
        host, port = site.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), family=socket.AF_INET)
        head = (
            f"POST /api/v1/requests/{reference}/claim HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {crm.token}\r\n"
        )
        writer.write((head + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n").encode())
        for _ in range(9):
            writer.write(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
        async with asyncio.timeout(30):
            assert b" 413 " in await reader.readline()
        writer.close()


async def test_a_database_that_is_away_is_told_as_such(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with program(site) as crm:
        await crm.get("/requests")

        async def away(*_: object) -> None:
            raise StoreUnavailableError("away")

        monkeypatch.setattr(site.office.store, "read", away)
        told = await crm.get("/requests")
        assert (told.status, told.problem) == (503, "unavailable")
        assert told.headers["Retry-After"]

        async def broken(*_: object) -> None:
            raise KeyError("+38344000101")

        monkeypatch.setattr(site.office.store, "read", broken)
        told = await crm.get("/requests")
        assert (told.status, told.problem) == (500, "fault")
        assert "+38344" not in str(told.body)
        monkeypatch.undo()


async def test_the_document_is_for_everybody_and_names_every_operation(site: Site) -> None:
    async with program(site) as crm:
        told = await crm.ask("GET", "/openapi.json", Authorization="")
    assert told.status == 200
    assert told.body["openapi"] == "3.1.0"
    named = {(method.upper(), path) for path, there in told.body["paths"].items() for method in there}
    assert named == {(op.method, op.path) for op in OPERATIONS}


async def test_the_guide_names_every_problem_scope_and_path() -> None:
    guide = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (\d+) \| `([a-z-]+)`", guide, re.MULTILINE)) == {
        (str(p.status), p.name) for p in PROBLEMS
    }
    for named in (*Scope, *(f"{op.method} {op.path}" for op in OPERATIONS)):
        assert f"`{named}`" in guide, named
