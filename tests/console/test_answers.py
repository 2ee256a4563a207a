"""The list of answers: read, approved as read, taken back, switched off at once, edited as a patch."""

import asyncio
import html
import itertools
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import open_office
from bot.delivery import switching
from bot.services.desk import OFFICE, Place
from bot.services.knowledge import reviews
from bot.services.staff.roles import Role
from bot.settings import Settings
from tests.console.knowing import OTHER, articles, small_site, submit
from tests.tools.console import Caller, Page, account, caller, fresh
from tests.tools.folders import SAMPLE
from tests.tools.site import Site, Socket, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

RETENTION, ASKED = "retention-contract", "sa gjatë ruhet kontrata?"
TOLD = "ruhen 3 vjet pas mbylljes"
NUMBERS = itertools.count()
DAY = "zana, 5 mars 2026"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all: each test takes an answer of its own."""
    async with small_site(settings, tmp_path_factory.mktemp("answers")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    async with caller(site, await account(site, "zana", **{SAMPLE: Role.DPO})) as who:
        yield who


async def listed(zana: Caller, query: str = "") -> Page:
    page = await zana.get(f"/console/answers?company={SAMPLE}{query}")
    assert page.status == 200
    return page


async def act(zana: Caller, action: str, topic: str, page: Page | None = None, **more: str) -> Page:
    return await submit(zana, page or await listed(zana), f"/{action}", holding=("topic", topic), **more)


def of(page: Page, topic: str) -> str:
    """Return what stands on the page of one answer."""
    return html.unescape(next(one for one in articles(page) if f"{topic} ·" in one))


async def asks(socket: Socket, text: str) -> str:
    return text_of(await socket.say(f"a-{next(NUMBERS)}", text))


async def test_every_answer_is_listed_with_its_words_its_clause_and_its_standing(zana: Caller) -> None:  # R44
    page = await listed(zana)
    assert len(articles(page)) == 8
    shown = of(page, RETENTION)
    for words in ("Sa ruhen të dhënat e kontratës", TOLD, "2. Të dhënat e kontratës ruhen 3 vjet", "e pamiratuar"):
        assert words in shown
    assert "teksti nuk e thotë" in of(page, "silent/children")
    assert "nga 8 të miratuara" in page.words


async def test_an_approval_is_of_the_words_that_were_shown_and_can_be_taken_back(zana: Caller) -> None:  # R39, R44
    refused = await act(zana, "approve", "data-contract", digest="0" * 32)
    assert refused.status == 409
    assert "tani lexohet ndryshe" in refused.words
    done = await zana.follow(await act(zana, "approve", "data-contract"))
    assert DAY in of(done, "data-contract")
    back = await zana.follow(await act(zana, "take-back", "data-contract", done))
    assert DAY not in of(back, "data-contract")


async def test_a_part_is_approved_whole_once_it_is_open(zana: Caller) -> None:
    assert not [form for form in (await listed(zana)).forms if form.action.endswith("approve-part")]
    page = await listed(zana, "&part=te-tjerat")
    stale = await zana.send(page, "/approve-part", digest="0" * 32)
    assert stale.status == 409
    done = await zana.follow(await zana.send(page, "/approve-part", once=fresh()))
    assert [DAY in one for one in articles(done)] == [True] * 4
    assert not [form for form in done.forms if form.action.endswith("approve-part")]
    waiting = await listed(zana, "&show=waiting")
    assert "te tjerat" not in " ".join(articles(waiting)).lower()


async def test_an_answer_that_is_switched_off_is_told_no_more_until_it_is_on_again(zana: Caller, site: Site) -> None:
    async with site.browser(SAMPLE) as browser, browser.socket() as socket:
        await socket.hello()
        assert TOLD in await asks(socket, ASKED)
        assert (await act(zana, "switch", RETENTION, reason="numri nuk del")).status == 303
        instead = await asks(socket, ASKED)
        assert TOLD not in instead
        assert "dpo@shembulli.example" in instead  # as for what a file switches off
        assert "e fikur" in of(await listed(zana, "&show=off"), RETENTION)
        assert (await act(zana, "switch", RETENTION, reason="u ndreq")).status == 303
        assert TOLD in await asks(socket, ASKED)


async def test_what_another_process_switches_off_is_told_no_more_within_two_seconds(zana: Caller, site: Site) -> None:
    place = Place(conversation="", channel=OFFICE, now=site.office.clock.now())
    async with (
        site.browser(SAMPLE) as browser,
        browser.socket() as socket,
        open_office(site.office.settings, site.office.database) as other,
    ):
        await socket.hello()
        await other.store.transact(
            lambda tx: reviews.switch_off(tx, other.desk, place, "leka", SAMPLE, RETENTION, "prova")
        )
        # It is looked for that often. How long a busy machine takes over a look is no promise of ours.
        assert switching.LOOK_EACH + switching.AT_MOST_EACH < 2
        async with asyncio.timeout(30):
            while TOLD in await asks(socket, ASKED):
                await asyncio.sleep(0.7)  # so that there are less than a hundred messages a minute (R24)
    await act(zana, "switch", RETENTION, reason="prova mbaroi")


async def test_switching_needs_a_reason_and_what_was_typed_is_kept(zana: Caller) -> None:
    assert (await act(zana, "switch", "access-right", reason=" ")).status == 409
    long = await act(zana, "switch", "access-right", reason="gabim " * 60)
    assert long.status == 409
    assert "gabim gabim" in of(long, "access-right")


async def test_the_same_form_twice_is_one_act(zana: Caller) -> None:
    page = await listed(zana)
    for _ in range(2):
        assert (await act(zana, "switch", "recipients-newsletter", page, reason="gabim")).status == 303
    await act(zana, "switch", "recipients-newsletter", reason="prova mbaroi")


async def test_an_edited_answer_is_a_patch_that_git_applies(zana: Caller, site: Site, tmp_path: Path) -> None:
    page = await zana.get(f"/console/answers/edit?company={SAMPLE}&topic=recipients-contract")
    assert (await zana.send(page, "/edit")).status == 409  # nothing was changed
    empty = await zana.send(page, "/edit", says=" ", label="Titulli i ri")
    assert empty.status == 409
    assert "Titulli i ri" in empty.text
    done = await zana.send(page, "/edit", says="Letrat i merr\nvetëm Posta e Filanit.", once=fresh())
    patch = await zana.get(f"{done.location}/file")
    assert 'filename="pergjigja.patch"' in patch.headers["Content-Disposition"]
    (tmp_path / "data").mkdir()
    source = site.office.settings.data / f"policy_texts/{SAMPLE}/answers/kontrata.yaml"
    copy = tmp_path / f"data/policy_texts/{SAMPLE}/answers/kontrata.yaml"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(source.read_bytes())
    subprocess.run(["git", "apply", "-"], cwd=tmp_path / "data", input=patch.text.encode(), check=True)
    assert 'says: "Letrat i merr vetëm Posta e Filanit."' in copy.read_text(encoding="utf-8")


async def test_what_was_decided_goes_into_the_files_as_a_patch_that_the_check_likes(zana: Caller) -> None:
    await act(zana, "approve", "retention-overview")
    await act(zana, "switch", "silent/children", reason="gabim")
    done = await zana.send(await listed(zana), "/export")
    patch = await zana.get(f"{done.location}/file")
    assert '+    approved: {by: "zana", on: 2026-03-05}' in patch.text
    assert "+switched_off: [silent/children]" in patch.text
    async with asyncio.timeout(30):
        while "data-over" not in (page := await zana.get(done.location)).text:
            await asyncio.sleep(0.1)
    assert "Në rregull" in page.words
    await act(zana, "switch", "silent/children", reason="prova mbaroi")


async def test_a_patch_is_its_makers_own(zana: Caller, site: Site) -> None:
    page = await zana.get(f"/console/answers/edit?company={SAMPLE}&topic=access-right")
    done = await zana.send(page, "/edit", says="Kopjen e jep dpo@shembulli.example.")
    async with caller(site, await account(site, "leka", **{SAMPLE: Role.DPO})) as leka:
        assert (await leka.get(done.location)).status == 404
        assert (await leka.get(f"{done.location}/file")).status == 404


async def test_who_does_not_look_after_answers_sees_none(site: Site) -> None:  # R27
    async with caller(site, await account(site, "besa", **{SAMPLE: Role.CLERK})) as besa:
        for path in ("answers", f"answers/edit?company={SAMPLE}&topic=access-right", "questions", "questions/phrases"):
            assert (await besa.get(f"/console/{path}")).status == 403


async def test_another_companys_answers_are_not_there(zana: Caller) -> None:  # R27
    assert (await zana.get(f"/console/answers?company={OTHER}")).status == 404
    assert (await zana.get(f"/console/answers/edit?company={OTHER}&topic=access-right")).status == 404
    for action in ("approve", "switch"):
        assert (await act(zana, action, "data-contract", company=OTHER, reason="x")).status == 404
    assert (await zana.send(await listed(zana), "/export", company=OTHER)).status == 404


async def test_a_long_list_goes_on_where_it_was_left(zana: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.knowledge.answers.PAGE", 5)
    first = await listed(zana)
    follows = html.unescape(first.text.split('rel="next" href="')[1].split('"')[0])
    second = await zana.get(follows)
    assert (len(articles(first)), len(articles(second))) == (5, 3)
    assert 'rel="next"' not in second.text


async def test_answers_are_found_by_their_words_however_they_are_typed(zana: Caller) -> None:
    found = articles(await listed(zana, "&q=KONTRATES"))
    assert found
    assert all("kontratës" in one.lower() for one in found)
    assert articles(await listed(zana, "&q=zzzzz")) == []
