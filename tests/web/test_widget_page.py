"""What a company's page gets of the widget: loader, mark and frame, the frame for those only who may show it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from bot.policy.appearance import Appearance
from bot.web.pages.scripts import without_comments
from tests.tools.desks import made_up_company
from tests.web.paging import HTML, POLICIES, Client, Page, page, pages_app, real_companies, told

pytestmark = pytest.mark.asyncio

REAL = real_companies()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(pages_app(REAL))) as made:
        yield made


class TestTheFrame:
    async def test_it_may_be_shown_on_the_companys_sites_and_nowhere_else(self, client: Client) -> None:  # R25
        answer = await client.get("/widget/ipko", headers=HTML)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://www.ipko.com https://ipko.com")
        assert "X-Frame-Options" not in answer.headers
        assert told(Page(await answer.text()))["parentOrigins"] == ["https://www.ipko.com", "https://ipko.com"]

    async def test_the_servers_settings_win_for_their_company_only(self) -> None:  # R25
        async with TestClient(TestServer(pages_app(REAL, sites={"ipko": ("http://localhost:9000",)}))) as client:
            for company, sites in (("ipko", "http://localhost:9000"), ("paysera", "https://www.paysera.ee")):
                answer = await client.get(f"/widget/{company}", headers=HTML)
                assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {sites}")
                assert told(Page(await answer.text()))["parentOrigins"] == [sites]

    async def test_where_no_site_is_named_no_page_may_show_it(self) -> None:  # R25
        async with TestClient(TestServer(pages_app({"alfa": made_up_company("alfa", "Alfa")}))) as client:
            answer = await client.get("/widget/alfa", headers=HTML)
            assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")

    async def test_its_script_is_told_the_company_and_every_word(self, client: Client) -> None:
        data = told(await page(client, "/widget/paysera"))
        assert data["company"] == {"id": "paysera", "name": "Paysera"}
        assert isinstance(data["words"], dict)
        assert data["words"]["send"] == "Dërgo"
        assert set(data) == {"company", "words", "parentOrigins"}

    async def test_it_wears_the_companys_colours(self, client: Client) -> None:
        style = (await page(client, "/widget/ipko")).one("style").text
        looks = REAL["ipko"].appearance
        assert f"--brand: {looks.brand};" in style
        assert f"--on-brand-dark: {looks.on_brand_dark};" in style

    async def test_its_inline_parts_carry_the_nonce_of_the_answer(self, client: Client) -> None:  # R25
        answer = await client.get("/widget/ipko", headers=HTML)
        read = Page(await answer.text())
        (nonce,) = {read.one("style").attributes["nonce"], read.with_id("page").attributes["nonce"]}
        assert f"style-src 'self' 'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]

    async def test_without_scripts_it_says_whom_to_write_to(self, client: Client) -> None:
        assert "dpo@paysera.com" in (await page(client, "/widget/paysera")).one("noscript").text

    async def test_all_its_modules_are_asked_for_at_once(self, client: Client) -> None:
        read = await page(client, "/widget/ipko")
        links = [link.attributes["href"] for link in read.all("link") if link.attributes["rel"] == "modulepreload"]
        assert any(link.endswith("/chat/connection.js") for link in links)


class TestTheLoader:
    async def test_it_is_the_script_with_the_companys_looks_in_front(self, client: Client) -> None:
        answer = await client.get("/widget.js?company=ipko")
        assert answer.status == 200
        assert answer.content_type == "text/javascript"
        first, _, rest = (await answer.text()).partition("\n")
        looks = json.loads(first.removeprefix("const MBUROJA = ").removesuffix(";"))
        assert (looks["id"], looks["name"], looks["brand"]) == ("ipko", "IPKO", REAL["ipko"].appearance.brand)
        assert looks["words"]["launcher"] == "Privatësia juaj te IPKO"
        assert looks["words"]["open"] == "Hape bisedën për privatësinë te IPKO"
        written = (Path(__file__).parents[2] / "bot/web/static/widget.js").read_bytes()
        assert rest.encode() == without_comments(written)

    async def test_any_page_may_load_it_and_asks_whether_it_changed(self, client: Client) -> None:
        answer = await client.get("/widget.js?company=ipko")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "no-cache"
        again = await client.get("/widget.js?company=ipko", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304
        assert again.headers["Access-Control-Allow-Origin"] == "*"

    async def test_it_is_small(self, client: Client) -> None:
        for company in REAL:
            answer = await client.get(f"/widget.js?company={company}", headers={"Accept-Encoding": "gzip"})
            assert int(answer.headers["Content-Length"]) <= 3 * 1024

    @pytest.mark.parametrize("query", ["?company=askush", "", "?company=", "?company=..%2Fipko"])
    async def test_an_unknown_company_is_told_in_a_comment(self, client: Client, query: str) -> None:
        answer = await client.get(f"/widget.js{query}", headers=HTML)
        said = await answer.text()
        assert answer.status == 404
        assert answer.content_type == "text/javascript"
        assert said.startswith("// Mburoja nuk e njeh këtë kompani")
        assert said.count("\n") == 1
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    async def test_a_company_without_looks_of_its_own_gets_neutral_ones(self) -> None:
        async with TestClient(TestServer(pages_app({"alfa": made_up_company("alfa", "Alfa")}))) as client:
            first = (await (await client.get("/widget.js?company=alfa")).text()).partition("\n")[0]
            assert '"launcher":"Pyetni për privatësinë tuaj"' in first
            assert Appearance().brand in first


class TestTheMark:
    async def test_it_is_a_drawing_that_can_do_nothing(self, client: Client) -> None:
        answer = await client.get("/logo/ipko.svg")
        assert answer.content_type == "image/svg+xml"
        assert await answer.text() == (POLICIES / "ipko/logo.svg").read_text(encoding="utf-8")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]

    async def test_there_is_none_of_a_company_that_is_not_known(self, client: Client) -> None:
        assert (await client.get("/logo/askush.svg")).status == 404
