"""The policy as people read it: whole, word for word, each clause where an answer points to it, the right edition."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from bot.policy.clauses import Anchor, EntryKind, PolicyText, Version, collapse, cut
from bot.policy.company import Edition
from tests.tools.desks import made_up_company
from tests.web.paging import POLICIES, Client, StillClock, page, pages_app, real_companies

pytestmark = pytest.mark.asyncio

REAL = real_companies()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(pages_app(REAL))) as made:
        yield made


@pytest.mark.parametrize("company", ["ipko", "paysera"])
class TestThePolicy:
    async def test_every_character_of_the_text_is_there_in_order_and_nothing_else(
        self, client: Client, company: str
    ) -> None:
        source = (POLICIES / company / "policy.txt").read_text(encoding="utf-8")
        article = (await page(client, f"/policy/{company}")).one("article")
        assert collapse(article.text) == collapse(source)

    async def test_each_clause_that_an_answer_cites_can_be_pointed_at(self, client: Client, company: str) -> None:
        read = await page(client, f"/policy/{company}")
        edition = REAL[company].editions[-1]
        cited = {clause for answer in edition.answers.values() for clause in answer.cites}
        assert cited
        for clause in cited:
            assert collapse(read.with_id(clause).text) == edition.text.passage(clause).quote, clause

    async def test_each_clause_that_a_right_rests_on_can_be_pointed_at(self, client: Client, company: str) -> None:
        ids = set((await page(client, f"/policy/{company}")).ids)
        rights = REAL[company].rights
        rested = [purpose.clauses for purpose in rights.purposes] + [limit.clauses for limit in rights.limits.values()]
        assert {clause for clauses in rested for clause in clauses} <= ids

    async def test_contents_name_every_heading_and_lead_to_it(self, client: Client, company: str) -> None:
        read = await page(client, f"/policy/{company}")
        entries = REAL[company].editions[-1].text.entries
        links = {a.attributes["href"] for a in read.all("a") if a.attributes["href"].startswith("#")}
        assert links == {"#_main"} | {f"#{entry.id}" for entry in entries if entry.kind is EntryKind.SECTION}

    async def test_it_says_whose_text_it_is_and_which_version(self, client: Client, company: str) -> None:
        read = await page(client, f"/policy/{company}")
        assert f"Ky është teksti i kompanisë {REAL[company].name}, fjalë për fjalë." in read.text
        assert REAL[company].editions[-1].text.version.id in read.text

    async def test_it_is_not_sent_twice(self, client: Client, company: str) -> None:
        tag = (await client.get(f"/policy/{company}")).headers["ETag"]
        assert (await client.get(f"/policy/{company}", headers={"If-None-Match": tag})).status == 304


async def test_the_text_says_when_it_is_from_and_since_when_it_holds(client: Client) -> None:
    assert "Data në tekst 28 shtator 2021" in (await page(client, "/policy/paysera")).text
    assert "Data në tekst Teksti nuk ka datë" in (await page(client, "/policy/ipko")).text
    assert "Përdoret këtu prej 1 nëntor 2026" in (await page(client, "/policy/ipko")).text


async def test_parts_stand_inside_their_clause(client: Client) -> None:
    whole = (await page(client, "/policy/paysera")).with_id("11.1").text
    for part in ("11.1.1.", "11.1.5"):
        assert part in whole
    assert "11.2" not in whole


async def test_a_clause_is_called_as_in_the_chat_unless_the_text_does_so_itself(client: Client) -> None:
    ipko, paysera = await page(client, "/policy/ipko"), await page(client, "/policy/paysera")
    assert ipko.with_id("hyrje/kush-jemi").attributes["data-label"] == "Hyrja, paragrafi 1"
    assert "data-label" not in paysera.with_id("9.4").attributes


def _edition(identity: str, day: dt.date, *lines: str) -> Edition:
    text = "\n".join(lines)
    anchors = [Anchor(kind=EntryKind.CLAUSE, id=line[:2].strip("."), label=line[:2], starts=line) for line in lines]
    version = Version(id=identity, dated=None, effective=day, sha256="0" * 64)
    cuts = PolicyText(company="alfa", text=text, version=version, entries=cut(text, anchors))
    return replace(made_up_company("alfa", "Alfa").editions[0], text=cuts)


class TestEditions:
    OLD = _edition("alfa-1", dt.date(2020, 1, 1), "1. Ruhet një vit.")
    NOW_ = _edition("alfa-2", dt.date(2026, 1, 1), "1. Ruhet dy vjet.", "2. E re.")
    NEXT = _edition("alfa-3", dt.date(2026, 12, 1), "1. Ruhet tre vjet.")
    ALFA = replace(made_up_company("alfa", "Alfa"), editions=(OLD, NOW_, NEXT))

    @pytest_asyncio.fixture
    async def clock(self) -> StillClock:
        return StillClock()

    @pytest_asyncio.fixture
    async def client(self, clock: StillClock) -> AsyncIterator[Client]:
        async with TestClient(TestServer(pages_app({"alfa": self.ALFA}, clock=clock))) as made:
            yield made

    async def test_the_one_in_force_is_shown(self, client: Client) -> None:
        read = await page(client, "/policy/alfa")
        assert collapse(read.one("article").text) == "1. Ruhet dy vjet. 2. E re."
        assert "vjetër" not in read.text

    async def test_an_older_one_is_shown_when_asked_for_and_says_so(self, client: Client) -> None:
        read = await page(client, "/policy/alfa?version=alfa-1")
        assert collapse(read.one("article").text) == "1. Ruhet një vit."
        assert "Ky është një tekst i vjetër. Lexoni tekstin në fuqi" in read.text

    async def test_one_to_come_says_so(self, client: Client) -> None:
        assert "Ky tekst ende nuk ka hyrë në fuqi." in (await page(client, "/policy/alfa?version=alfa-3")).text

    async def test_each_leads_to_the_others(self, client: Client) -> None:
        links = {a.attributes["href"] for a in (await page(client, "/policy/alfa")).all("a")}
        assert {"/policy/alfa?version=alfa-1", "/policy/alfa?version=alfa-3"} <= links
        assert "/policy/alfa?version=alfa-2" not in links

    async def test_a_version_that_never_was_is_not_found(self, client: Client) -> None:
        assert (await client.get("/policy/alfa?version=alfa-9")).status == 404

    async def test_on_its_day_the_next_one_takes_over_without_a_restart(
        self, client: Client, clock: StillClock
    ) -> None:
        before = (await client.get("/policy/alfa")).headers["ETag"]
        clock.at += 9 * 24 * 60 * 60 * 1000  # 1 December
        assert (await client.get("/policy/alfa", headers={"If-None-Match": before})).status == 200
        assert "tre vjet" in (await page(client, "/policy/alfa")).one("article").text
        assert "Ky është një tekst i vjetër." in (await page(client, "/policy/alfa?version=alfa-2")).text
