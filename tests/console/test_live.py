"""Live pages: told within a second that something changed, whoever did it; closed with the session and the server."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientResponse

from bot.console.queue import live
from bot.console.queue.live import LIVE
from bot.services.office import backoffice, claims
from bot.services.staff import accounts, staff_sessions
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.web.keys import HOUSE
from tests.console.casing import at_desk, escalation, letter, office, read
from tests.tools.console import Caller, console_site
from tests.tools.engines import open_store
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON = 30.0  # seconds: what comes is there at once, and what does not come fails by it


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_EACH", 0.05)
    monkeypatch.setattr(live, "BREATH_EACH", 0.2)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(settings: Settings, folder: Path) -> AsyncIterator[Site]:
    async with console_site(settings, folder) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    async with at_desk(site, "zana", ipko=Role.DPO) as who:
        yield who


class Stream:
    """What a browser hears."""

    def __init__(self, answer: ClientResponse) -> None:
        self.answer = answer

    async def line(self) -> str:
        async with asyncio.timeout(SOON):
            return (await self.answer.content.readline()).decode()

    async def told(self) -> str:
        """Wait for the next thing that is told."""
        while True:
            line = await self.line()
            assert line, "it was closed"
            if line.startswith("data: "):
                return line.removeprefix("data: ").strip()

    async def is_closed(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SOON):
                while await self.line():
                    pass
            return True
        return False

    async def breath(self) -> str:
        """Wait for a sign of life, or what is told instead."""
        line = "\n"
        while line == "\n" or line.startswith("retry"):
            line = await self.line()
        return line


@contextlib.asynccontextmanager
async def listening(who: Caller, query: str = "") -> AsyncIterator[Stream]:
    async with who.http.get(f"{who.site.url}/console/live{query}", headers=who.headers(), allow_redirects=False) as got:
        assert got.status == 200
        assert got.content_type == "text/event-stream"
        yield Stream(got)


async def status(who: Caller, query: str = "") -> int:
    async with who.http.get(f"{who.site.url}/console/live{query}", headers=who.headers(), allow_redirects=False) as got:
        return got.status


# ---- what is told ---------------------------------------------------------------------------------------------------


async def test_an_open_queue_is_told_of_every_change_and_of_nothing_else(site: Site, zana: Caller) -> None:
    reference, desk = await letter(site), site.office.desk
    made_of = re.findall(r'data-live-stamp="(\w+)"', (await zana.get("/console/queue")).text)
    async with listening(zana) as stream:
        assert [await stream.told()] == made_of, "what the page shows already is no news"
        await site.change(lambda tx: claims.claim(tx, desk, site.clock.at, reference, "leka"))
        claimed = await stream.told()
        await site.change(lambda tx: claims.claim(tx, desk, site.clock.at + 1, reference, "leka"))
        assert await stream.breath() == ":\n", "a sign of life of a claim is no news"
        await site.change(lambda tx: backoffice.take(tx, desk, office(site), "leka", reference))
        assert len({*made_of, claimed, await stream.told()}) == 3


async def test_what_another_process_writes_is_told_too(site: Site, zana: Caller, folder: Path) -> None:
    reference = await letter(site)
    elsewhere = open_store(folder / "console.db")
    async with listening(zana) as stream:
        first = await stream.told()
        await elsewhere.transact(lambda tx: backoffice.take(tx, site.office.desk, office(site), "leka", reference))
        assert await stream.told() != first
    await elsewhere.close()


async def test_an_open_case_is_told_of_its_own_changes_only(site: Site, zana: Caller) -> None:
    reference, other, desk = await letter(site), await letter(site), site.office.desk
    async with listening(zana, f"?reference={reference}") as stream:
        edition = await read(site, lambda tx: claims.edition(tx, reference))
        assert await stream.told() == str(edition)
        await site.change(lambda tx: backoffice.note(tx, desk, office(site), "leka", other, "Diçka"))
        assert await stream.breath() == ":\n"
        await site.change(lambda tx: backoffice.note(tx, desk, office(site), "leka", reference, "Diçka"))
        assert await stream.told() == str(edition + 1)


async def test_the_pieces_that_are_fetched_are_those_of_the_page(site: Site, zana: Caller) -> None:
    reference = await letter(site)
    page = await zana.get("/console/queue?what=request")
    (address,) = re.findall(r'data-live-fragment="([^"]+)"', page.text)
    rows = await zana.get(address)
    assert re.findall(r'data-piece="(\w+)"', rows.text) == re.findall(r'data-piece="(\w+)"', page.text)
    assert reference in rows.text
    assert re.findall(r'data-key="([^"]+)"', rows.text) == re.findall(r'data-key="([^"]+)"', page.text)
    assert "<html" not in rows.text
    assert rows.headers["Cache-Control"] == "no-store"


# ---- who hears, and how long --------------------------------------------------------------------------------------


async def test_it_ends_with_the_session(site: Site) -> None:
    async with at_desk(site, "drita", ipko=Role.CLERK) as drita, listening(drita) as stream:
        await stream.told()
        account = await read(site, lambda tx: accounts.by_login(tx, site.office.desk, "drita"))
        await site.change(lambda tx: staff_sessions.end_all(tx, account.id))
        assert await stream.is_closed()  # R20
        assert await status(drita) == 303


async def test_it_ends_when_eight_hours_are_over(site: Site) -> None:
    async with at_desk(site, "besa", ipko=Role.CLERK) as besa, listening(besa) as stream:
        await stream.told()
        before, site.clock.at = site.clock.at, site.clock.at + site.office.desk.limits.staff_session
        assert await stream.is_closed()  # R20
        site.clock.at = before


async def test_nobody_hears_of_cases_that_are_not_theirs(site: Site) -> None:
    theirs, person = await letter(site, company="paysera"), await escalation(site)
    async with at_desk(site, "agim", ipko=Role.CLERK) as agim:
        assert [await status(agim, f"?reference={one}") for one in (theirs, person)] == [404, 404]
    async with at_desk(site, "lis", ipko=Role.READER) as lis:
        assert await status(lis) == 403


async def test_only_so_many_pages_listen_and_who_leaves_makes_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_OF_ONE", 2)  # R52
    async with at_desk(site, "mira", ipko=Role.CLERK) as mira:
        async with listening(mira) as one, listening(mira) as two:
            await one.told()
            await two.told()
            assert await status(mira) == 503
        await site.until(lambda: site.app[LIVE].count == 0)
        assert await status(mira) == 200


async def test_listening_is_no_slow_answer(site: Site, zana: Caller) -> None:
    metrics = site.app[HOUSE].metrics

    def timed(route: str) -> list[bytes]:
        return re.findall(
            rb"mburoja_http_request_seconds_count." + f'route="{route}"'.encode() + rb". (\S+)", metrics.text()
        )

    def counted() -> list[bytes]:
        return re.findall(rb'requests_total.method="GET",route="/console/live",status="200". (\S+)', metrics.text())

    before, heard = timed("/console/live"), counted()
    async with listening(zana) as stream:
        await stream.told()
    await site.until(lambda: counted() != heard)
    assert timed("/console/live") == before
    pages = timed("/console/queue")
    await zana.get("/console/queue")
    assert timed("/console/queue") != pages


async def test_where_nobody_listens_nobody_looks(site: Site, zana: Caller) -> None:
    async with listening(zana) as stream:
        await stream.told()
        assert live_tasks()
    await site.until(lambda: not live_tasks())


def live_tasks() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "console live"]


async def test_a_page_that_listens_does_not_hold_up_the_end(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BREATH_EACH", 10 * SOON)  # nothing but the end itself wakes the page,
    async with contextlib.AsyncExitStack() as stack:
        async with console_site(settings, tmp_path, stop_seconds=int(10 * SOON)) as site:  # and nobody ends it by force
            zana = await stack.enter_async_context(at_desk(site, "zana", ipko=Role.DPO))
            stream = await stack.enter_async_context(listening(zana))
            await stream.told()
            began = time.monotonic()
        assert time.monotonic() - began < SOON
        assert await stream.is_closed()
