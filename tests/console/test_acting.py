"""Acts of the console: once for each form, nothing of it where a rule forbids it, everything in one transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from bot.app import open_office
from bot.console import acting, door, forms
from bot.console.acting import Refused
from bot.console.door import FORM, Visit
from bot.console.forms import Form
from bot.console.part import CONSOLE
from bot.errors import NotAllowedError
from bot.services.desk import Desk, Place
from bot.services.office import submissions
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.services.staff import account_changes, accounts
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web.parts import Part
from bot.web.server import listening
from bot.web.settings import ServerSettings
from tests.tools.console import Caller, fresh, signed_in
from tests.tools.desks import place
from tests.tools.engines import looking
from tests.tools.site import Site, StandingClock

PATH = "/console/prove"  # a page of this test only


async def prove(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Log a word; "forbidden" is against a rule, which is found after something was written."""
    word = request[FORM].text("word")

    def work(tx: Tx, desk: Desk, place: Place) -> str:
        audit.write(tx, desk, place, Act.STAFF_CHANGED, company=None, details={"what": word})
        if word == "forbidden":
            raise NotAllowedError("Who stands in needs a role at the same company: choose somebody else.")
        return word

    acted = await acting.act(request, visit, work)
    if isinstance(acted, Refused):
        return web.Response(status=409, text=acted.text)
    return web.Response(text=f"done: {acted.result}")


@pytest_asyncio.fixture
async def zana(settings: Settings, tmp_path: Path) -> AsyncIterator[Caller]:
    """Signed in, where the page of this test is too."""
    part = Part(add_routes=lambda app: door.add(app, "POST", PATH, prove, needs=None))
    clock = StandingClock()
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(settings, tmp_path / "a.db", clock=clock))
        told = ServerSettings(port=0, sessions_per_minute=10_000)
        running = await stack.enter_async_context(listening(office, told, lambda *_: None, parts=(CONSOLE, part)))
        yield await stack.enter_async_context(signed_in(Site(running, clock, []), "zana", ipko=Role.DPO))


async def fields(who: Caller, **more: str) -> dict[str, str]:
    page = await who.get("/console/account")
    return {"csrf": dict(page.forms[-1].fields)["csrf"], "once": fresh(), **more}


def written(who: Caller) -> int:
    """How often something was logged."""
    with looking(who.site.office.database) as tables:
        return len(tables.rows("audit", "act = 'staff.changed'"))


@pytest.mark.asyncio
async def test_a_form_that_is_sent_sixteen_times_at_once_is_done_once(zana: Caller) -> None:  # R31
    form = await fields(zana, word="fjala")
    pages = await asyncio.gather(*(zana.post(PATH, form) for _ in range(16)))
    assert sorted(page.text for page in pages) == ["done: None"] * 15 + ["done: fjala"]
    assert written(zana) == 1


@pytest.mark.asyncio
async def test_what_a_rule_forbids_is_told_in_albanian_and_nothing_of_it_stays(zana: Caller) -> None:  # R48
    form = await fields(zana, word="forbidden")
    for _ in range(2):
        page = await zana.post(PATH, form)
        assert (page.status, page.text) == (
            409, "Kush zëvendëson duhet të ketë rol në të njëjtën kompani: zgjidhni dikë tjetër.",
        )  # fmt: skip
    assert written(zana) == 0


@pytest.mark.asyncio
async def test_a_form_that_was_refused_may_be_mended_and_sent_again(zana: Caller) -> None:
    form = await fields(zana, word="forbidden")
    await zana.post(PATH, form)
    assert (await zana.post(PATH, form | {"word": "tjetër"})).text == "done: tjetër"


@pytest.mark.asyncio
async def test_a_page_that_was_used_already_does_nothing_else(zana: Caller) -> None:  # R31
    form = await fields(zana, word="fjala")
    await zana.post(PATH, form)
    page = await zana.post(PATH, form | {"word": "tjetër"})
    assert (page.status, "hapeni prapë" in page.text.lower()) == (409, True), page.text
    assert written(zana) == 1


@pytest.mark.asyncio
async def test_a_form_without_its_mark_is_not_taken(zana: Caller) -> None:
    for mark in ("", "a" * 65):
        page = await zana.post(PATH, await fields(zana, word="fjala") | {"once": mark})
        assert page.status == 400
    assert written(zana) == 0


@pytest.mark.asyncio
async def test_marks_of_two_people_do_not_meet(zana: Caller) -> None:
    form = await fields(zana, word="fjala")
    await zana.post(PATH, form)
    async with signed_in(zana.site, "leka", ipko=Role.CLERK) as leka:
        page = await leka.post(PATH, await fields(leka, word="tjetër") | {"once": form["once"]})
    assert page.text == "done: tjetër"


@pytest.mark.asyncio
async def test_a_form_that_another_was_quicker_with_is_looked_at_again(  # R31
    zana: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where two transactions go on side by side: the second finds the first one's mark only as it writes its own."""
    form = await fields(zana, word="fjala")
    await zana.post(PATH, form)
    looked, blind = submissions.earlier, iter([True])
    monkeypatch.setattr(submissions, "earlier", lambda *given: None if next(blind, False) else looked(*given))
    page = await zana.post(PATH, form)
    assert (page.status, page.text) == (200, "done: None")
    assert written(zana) == 1


@pytest.mark.asyncio
async def test_who_is_disabled_while_their_form_comes_does_nothing_with_it(  # R27
    zana: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, office, read = await fields(zana, word="Një fjalë e gjatë"), zana.site.office, forms.read

    async def slowly(request: web.Request, file_bytes: int = 0) -> Form:
        found = await office.store.read(lambda tx: accounts.by_login(tx, office.desk, "zana"))
        assert found
        await office.store.transact(lambda tx: account_changes.disable(tx, office.desk, place(), "arta", found))
        return await read(request, file_bytes)

    monkeypatch.setattr(forms, "read", slowly)
    page = await zana.post(PATH, form)
    assert (page.status, "Një fjalë e gjatë" in page.words) == (401, True), "it is told, with what was typed"
    assert written(zana) == 0
