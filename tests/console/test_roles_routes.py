"""Each role tried on each route of the console: the table is made of the routes that the running app truly has."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.console.door import HOME, OPEN_ROUTES, ROUTES, Route
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase
from bot.services.records.references import new_reference
from bot.services.staff.roles import Role, may
from bot.settings import Settings
from bot.storage.store import Tx
from tests.tools.console import Caller, account, caller, console_site
from tests.tools.desks import place
from tests.tools.engines import keys, looking
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

_PART = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
_MADE_UP = ("7K2Q9FXA8", "7", "abc", "2026-03-05", "ipko")
_SIGN_OUT = f"{HOME}/sign-out"
# A view of somebody's case is logged; the house works beside us.
_WRITTEN_BY_READING = {"audit", "counters", "jobs", "leases"}
WORDS = "Fjalët e klientit, që s’i sheh kush tjetër"


@dataclass(frozen=True, kw_only=True)
class Town:
    """A running console with a caller of each role at IPKO, one at Paysera, nobody, and a case of IPKO's."""

    site: Site
    roles: Mapping[Role, Caller]
    elsewhere: Caller
    nobody: Caller
    reference: str

    @property
    def routes(self) -> list[Route]:
        """Every route of who is signed in; signing out, which ends it all, is no more among them."""
        return [route for route in self.site.app[ROUTES] if route.path != _SIGN_OUT]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with console_site(settings, tmp_path_factory.mktemp("town")) as site:
        made = {role: await account(site, role.value, ipko=role) for role in Role}
        other = await account(site, "elsewhere", paysera=Role.DPO)
        async with (
            caller(site, made[Role.DPO]) as dpo,
            caller(site, made[Role.DECIDER]) as decider,
            caller(site, made[Role.CLERK]) as clerk,
            caller(site, made[Role.READER]) as reader,
            caller(site, other) as elsewhere,
            caller(site, None) as nobody,
        ):
            yield Town(
                site=site,
                roles={Role.DPO: dpo, Role.DECIDER: decider, Role.CLERK: clerk, Role.READER: reader},
                elsewhere=elsewhere,
                nobody=nobody,
                reference=await site.office.store.transact(lambda tx: a_case(tx, site)),
            )


def a_case(tx: Tx, site: Site) -> str:
    """A case of IPKO's, of somebody without a code."""
    desk, now = site.office.desk, site.office.clock.now()
    reference = new_reference(desk.randomness)
    new = NewCase(
        company="ipko", action=Action.DSAR_ACCESS, identity=Identity.PENDING, subject=None, conversation=None,
        channel="email", body=Body(fields={"what": WORDS}, words=()), reply_to="filan@shembull.example", flags=(),
        received_at=now,
    )  # fmt: skip
    case_file.create(tx, desk, place(now), reference, new)
    return reference


def filled_in(path: str, **known: str) -> str:
    """A route's path with made-up values where it has names."""

    def value(part: re.Match[str]) -> str:
        name, pattern = part[1], part[2] or "[^/]+"
        fits = (one for one in (known.get(name, ""), *_MADE_UP) if one and re.fullmatch(pattern, one))
        found = next(fits, None)
        assert found, f"no made-up value fits {part[0]}"
        return found

    return _PART.sub(value, path)


async def status(who: Caller, method: str, path: str, **fields: str) -> int:
    """Send a request as a page of ours would; the answer's body may never end and is not read."""
    data = fields if method == "POST" else None
    async with who.http.request(
        method, f"{who.site.url}{path}", data=data, headers=who.headers(), allow_redirects=False
    ) as answer:
        return answer.status


async def csrf(who: Caller) -> str:
    return dict((await who.get("/console/account")).forms[-1].fields)["csrf"]


async def test_every_route_below_the_console_is_in_the_table(town: Town) -> None:
    known = {(route.method, route.path) for route in (*town.site.app[ROUTES], *town.site.app[OPEN_ROUTES])}
    there = {
        (route.method, route.resource.canonical)
        for route in town.site.app.router.routes()
        if route.resource and route.resource.canonical.startswith(HOME)
    }
    assert there == {(method, shape(path)) for method, path in known}
    assert len(known) > 10


def shape(path: str) -> str:
    """A path with the names of its parts, without what they are made of."""
    return _PART.sub(lambda part: f"{{{part[1]}}}", path)


async def test_nobody_is_sent_to_sign_in_from_every_route(town: Town) -> None:
    faults = []
    for route in town.site.app[ROUTES]:
        path = filled_in(route.path)
        page = await town.nobody.ask(route.method, path, {"x": "y"} if route.method == "POST" else None)
        led = page.status == 303 and page.location.startswith("/console/sign-in?next=%2Fconsole")
        if not (page.status == 401 if route.method == "POST" else led):
            faults.append(f"{route.method} {route.path}: {page.status}")
    assert faults == []


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_is_let_in_where_it_may_and_nowhere_else(town: Town, role: Role) -> None:  # R27
    who, decides = town.roles[role], town.site.office.desk.companies["ipko"].decides
    token, faults = await csrf(who), []
    for route in town.routes:
        allowed = route.needs is None or may(role, route.needs, decides)
        sent = {"csrf": token, "once": secrets.token_hex(8)}
        got = await status(who, route.method, filled_in(route.path), **sent)
        if (got in (401, 403) or got >= 500) if allowed else got != 403:
            faults.append(f"{role} {route.method} {route.path}: {got}, {'allowed' if allowed else 'not allowed'}")
    assert faults == []


async def test_forms_without_fields_never_end_in_a_fault_of_ours(town: Town) -> None:  # R51
    who = town.roles[Role.DPO]
    token, faults = await csrf(who), []
    for route in town.routes:
        if route.method == "POST":
            for known in ({}, {"reference": town.reference}):
                sent = {"csrf": token, "once": secrets.token_hex(8)}
                got = await status(who, "POST", filled_in(route.path, **known), **sent)
                if got >= 500:
                    faults.append(f"POST {route.path}: {got}")
    assert faults == []


async def test_forms_without_the_mark_that_makes_them_be_taken_once_change_nothing(town: Town) -> None:  # R31
    who = town.roles[Role.CLERK]
    token, before = await csrf(who), everything(town.site)
    for route in town.routes:
        if route.method == "POST" and not route.path.startswith("/console/account/"):  # those repeat no act
            for known in ({}, {"reference": town.reference}):
                await status(who, "POST", filled_in(route.path, **known), csrf=token)
    after = everything(town.site)
    assert [table for table in before if before[table] != after[table]] == []


async def test_at_another_company_a_case_is_not_there_whatever_is_tried(town: Town) -> None:  # R27
    token, faults, tried = await csrf(town.elsewhere), [], 0
    for route in town.routes:
        if "{reference" in route.path:
            tried += 1
            fields = {"csrf": token, "once": secrets.token_hex(8)} if route.method == "POST" else None
            page = await town.elsewhere.ask(route.method, filled_in(route.path, reference=town.reference), fields)
            if page.status != 404 or WORDS in page.text or "filan@" in page.text:
                faults.append(f"{route.method} {route.path}: {page.status}")
    assert faults == []
    assert tried > 3


async def test_a_form_without_this_sessions_mark_is_refused_everywhere(town: Town) -> None:  # R23
    faults, theirs = [], await csrf(town.roles[Role.CLERK])
    for route in town.site.app[ROUTES]:
        if route.method == "POST":
            for sent in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": theirs}):
                got = await status(town.roles[Role.DPO], "POST", filled_in(route.path), once="o", **sent)
                if got != 403:
                    faults.append(f"POST {route.path}: {got}")
    assert faults == []


async def test_a_form_of_another_site_is_refused_everywhere(town: Town) -> None:  # R23, R24
    who = town.roles[Role.DPO]
    token, faults = await csrf(who), []
    for route in (*town.site.app[ROUTES], *town.site.app[OPEN_ROUTES]):
        if route.method == "POST":
            for origin in ("https://shembull.example", "null", ""):
                page = await who.ask("POST", filled_in(route.path), {"csrf": token, "once": "o"}, Origin=origin)
                if page.status != 403 or "Set-Cookie" in page.headers:
                    faults.append(f"POST {route.path} from {origin!r}: {page.status}")
    assert faults == []


async def test_opening_pages_changes_nothing(town: Town) -> None:  # R23
    who, before = town.roles[Role.DPO], everything(town.site)
    for route in (*town.routes, *town.site.app[OPEN_ROUTES]):
        if route.method == "GET":
            await status(who, "GET", filled_in(route.path, reference=town.reference))
    after = everything(town.site)
    assert [table for table in before if before[table] != after[table]] == []


def everything(site: Site) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables that opening a page must not touch."""
    with looking(site.office.database) as tables:
        return {
            table: sorted((tuple(row.values()) for row in tables.rows(table)), key=repr)
            for table in keys()
            if table not in _WRITTEN_BY_READING
        }
