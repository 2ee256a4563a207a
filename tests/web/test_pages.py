"""What holds for every page: Albanian, escaped, nothing inline, no cookie; then the first page, the case, the lost."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from bot.policy.appearance import Appearance
from bot.policy.clauses import Anchor, EntryKind, PolicyText, Version, collapse, cut
from tests.tools.desks import made_up_company
from tests.web.paging import HTML, Client, Page, page, pages_app, real_companies, told

pytestmark = pytest.mark.asyncio

REAL = real_companies()
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(pages_app(REAL))) as made:
        yield made


EVERY = ["/", "/case", "/policy/ipko", "/policy/paysera", "/widget/ipko", "/widget/paysera"]


@pytest.mark.parametrize("path", EVERY)
async def test_a_page_is_albanian_and_has_one_title_and_one_main_part(client: Client, path: str) -> None:
    read = await page(client, path)
    assert read.one("html").attributes["lang"] == "sq"
    assert read.one("title").text.strip()
    assert len([part for part in read.all("main") if "hidden" not in part.attributes]) == 1
    assert len(set(read.ids)) == len(read.ids)
    assert all("alt" in image.attributes for image in read.all("img"))


@pytest.mark.parametrize("path", EVERY)
async def test_nothing_on_a_page_runs_that_its_policy_does_not_allow(client: Client, path: str) -> None:  # R25
    read = await page(client, path)
    for element in read.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        assert not element.attributes.get("href", "").lower().startswith("javascript:")
    for script in read.all("script"):
        assert script.attributes.get("src", "").startswith("/static/") or "json" in script.attributes["type"]


@pytest.mark.parametrize("path", EVERY)
async def test_every_page_has_a_nonce_of_its_own_and_sets_no_cookie(client: Client, path: str) -> None:  # R22, R25
    policies = []
    for _ in range(2):
        answer = await client.get(path, headers=HTML)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policies.append(answer.headers["Content-Security-Policy"])
    nonces = [re.findall(r"'nonce-([\w-]{22})'", policy) for policy in policies]
    assert nonces[0] != nonces[1]
    assert all("unsafe" not in policy and "default-src 'none'" in policy for policy in policies)


@pytest.mark.parametrize("path", EVERY)
async def test_every_file_and_page_that_a_page_names_is_there(client: Client, path: str) -> None:
    read = await page(client, path)
    named = {e.attributes[key] for e in read.elements for key in ("href", "src") if key in e.attributes}
    own = {address for address in named if address.startswith("/")}
    assert own
    for address in own:
        assert (await client.get(address)).status == 200, address
    assert {address[1:] for address in named if address.startswith("#")} <= set(read.ids)


@pytest.mark.parametrize("path", [path for path in EVERY if not path.startswith("/widget")])
async def test_a_page_to_read_begins_with_a_way_past_its_head(client: Client, path: str) -> None:
    read = await page(client, path)
    skip = read.all("a")[0]
    assert skip.attributes["href"] == f"#{read.one('main').id}"
    assert len(read.all("h1")) == 1


async def test_the_first_page_leads_to_every_chat_every_policy_and_a_case(client: Client) -> None:
    links = {a.attributes["href"] for a in (await page(client, "/")).all("a")}
    assert {"/widget/ipko", "/widget/paysera", "/policy/ipko", "/policy/paysera", "/case"} <= links


class TestTheCase:
    async def test_the_company_is_chosen_by_name_and_the_reference_is_explained(self, client: Client) -> None:
        read = await page(client, "/case")
        picks = [field for field in read.all("input") if field.attributes["type"] == "radio"]
        assert [pick.attributes["value"] for pick in picks] == ["ipko", "paysera"]
        assert "7K2Q-9FXA-8" in read.with_id("case-hint").text
        assert "case-hint" in read.with_id("case-reference").attributes["aria-describedby"]

    async def test_every_field_has_a_label(self, client: Client) -> None:
        read = await page(client, "/case")
        assert [label.attributes.get("for") for label in read.all("label")] == [None, None, "case-reference"]
        assert read.one("legend").text == "Kompania"

    async def test_the_reference_is_never_sent_in_an_address(self, client: Client) -> None:  # R22
        form = (await page(client, "/case")).one("form")
        assert "action" not in form.attributes
        assert "hidden" in form.attributes  # until its script is there, which sends nothing

    async def test_without_scripts_it_says_what_to_do_in_the_chat(self, client: Client) -> None:
        assert "shkruajeni numrin aty" in (await page(client, "/case")).one("noscript").text


@pytest.mark.parametrize("path", ["/askund", "/widget/askush", "/policy/askush", "/policy/ipko?version=x", "/policy/"])
async def test_what_is_not_there_is_told_in_albanian(client: Client, path: str) -> None:
    answer = await client.get(path, headers=HTML)
    read = Page(await answer.text())
    assert answer.status == 404
    assert read.one("html").attributes["lang"] == "sq"
    assert {a.attributes["href"] for a in read.all("a")} == {"#_main", "/"}


async def test_what_a_company_says_of_itself_is_never_taken_for_html() -> None:  # R26
    alfa = made_up_company("alfa", HOSTILE)
    text = f"1. {HOSTILE} fund"
    anchors = [Anchor(kind=EntryKind.SECTION, id="s", label=HOSTILE, starts=None),
               Anchor(kind=EntryKind.CLAUSE, id=f"1{HOSTILE}", label=HOSTILE, starts="1.")]  # fmt: skip
    version = Version(id=HOSTILE, dated=None, effective=dt.date(2020, 1, 1), sha256="0" * 64)
    policy = PolicyText(company="alfa", text=text, version=version, entries=cut(text, anchors))
    hostile = replace(
        alfa,
        contact=HOSTILE,
        editions=(replace(alfa.editions[0], text=policy),),
        appearance=Appearance(launcher=HOSTILE, brand=HOSTILE, sites=("https://shembulli.example",)),
    )
    async with TestClient(TestServer(pages_app({"alfa": hostile}))) as client:
        for path in ("/", "/case", "/policy/alfa", "/widget/alfa"):
            raw = await (await client.get(path, headers=HTML)).text()
            assert "<img src=x" not in raw
            read = Page(raw)
            assert not [element for element in read.elements if "onerror" in element.attributes]
        assert collapse((await page(client, "/policy/alfa")).one("article").text) == text
        assert told(await page(client, "/widget/alfa"))["company"] == {"id": "alfa", "name": HOSTILE}
        assert "\n" not in (await (await client.get("/widget.js?company=alfa")).text()).partition(";\n")[0]
