"""A company's program without a library: a token, requests to the API, and requests of customers to work on."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

from bot.app import Office
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase, Words
from bot.services.desk import OFFICE, Place
from bot.services.programs import tokens
from bot.services.programs.tokens import Scope
from bot.services.records.references import new_reference
from bot.storage.store import Tx
from tests.tools.site import Site

ALL = tuple(Scope)
WORDS = "Ndreqeni adresën time"  # what every customer here wrote


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came back; ``problem`` is the last word of its type, empty where it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def problem(self) -> str:
        if self.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
            return ""
        assert self.body["status"] == self.status
        assert self.body["detail"]
        return str(self.body["type"]).removeprefix("/api/v1/problems/")


class Program:
    """One program of a company."""

    def __init__(self, site: Site, http: ClientSession, token: str) -> None:
        self.site, self.http, self.token = site, http, token

    async def ask(self, method: str, path: str, data: bytes | None = None, **headers: str) -> Told:
        """Send a request as it is; ``path`` is below /api/v1, unless it names all of it."""
        whole = path if path.startswith("/api/") else f"/api/v1{path}"
        own = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | headers
        sent = {name.replace("_", "-"): value for name, value in own.items() if value}
        async with self.http.request(method, f"{self.site.url}{whole}", data=data, headers=sent) as answer:
            raw = await answer.read()
            body = json.loads(raw) if "json" in answer.headers.get("Content-Type", "") else raw
            return Told(status=answer.status, body=body, headers=dict(answer.headers))

    async def get(self, path: str) -> Told:
        return await self.ask("GET", path)

    async def post(self, path: str, order: object = None, key: str = "") -> Told:
        """Give an order."""
        return await self.ask("POST", path, json.dumps(order or {}).encode(), Idempotency_Key=key)

    async def claim(self, reference: str) -> str:
        """Claim a request; returns the lease."""
        told = await self.post(f"/requests/{reference}/claim")
        assert told.status == 200, told.body
        return str(told.body["lease"])


@contextlib.asynccontextmanager
async def program(
    site: Site, name: str = "crm", *, company: str = "ipko", scopes: Iterable[Scope] = ALL
) -> AsyncIterator[Program]:
    """A program with a token of its own, revoked at the end."""
    office, place = site.office, Place(conversation="", channel=OFFICE, now=site.clock.now())
    token = await office.store.transact(lambda tx: tokens.add(tx, office.desk, place, "prova", name, company, scopes))
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Program(site, http, token)
    found = await office.store.read(lambda tx: tokens.find(tx, office.desk, site.clock.now(), token))
    if found:
        await office.store.transact(lambda tx: tokens.revoke(tx, office.desk, place, "prova", found.id))


async def filed(office: Office, company: str = "ipko", *, days_ago: int = 0, action: Action | None = None) -> str:
    """File a request of somebody whose identity is pending; returns its number."""
    now = office.clock.now()

    def file(tx: Tx) -> str:
        reference = new_reference(office.desk.randomness)
        received = now - days_ago * 86_400_000
        new = NewCase(
            company=company, action=action or Action.DSAR_RECTIFICATION, identity=Identity.PENDING, subject=None,
            conversation=None, channel="web", body=Body(fields={"what": "adresa"}, words=(Words(at=now, text=WORDS),)),
            reply_to="filan@shembull.example", flags=(), received_at=received,
        )  # fmt: skip
        case_file.create(tx, office.desk, Place(conversation="", channel="web", now=now), reference, new)
        return reference

    return await office.store.transact(file)


async def state_of(office: Office, reference: str) -> CaseState:
    """Return where a request stands."""
    return (await office.store.read(lambda tx: case_file.loaded(tx, office.desk, reference))).state


async def time_line(office: Office, reference: str) -> list[tuple[str, str, str]]:
    """Return kind, who and text of each entry of a request's time line."""
    entries = await office.store.read(lambda tx: case_file.time_line(tx, office.desk, reference))
    return [(entry.kind, entry.who, str(entry.body.get("text", ""))) for entry in entries]
