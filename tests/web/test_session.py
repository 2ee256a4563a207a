"""Opening, renewing, leaving and forgetting a session, as the page does it over HTTP."""

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.tools.engines import looking
from tests.tools.site import Browser, Site, text_of

pytestmark = pytest.mark.asyncio

NUMBER = "044 000 101"


async def test_a_new_browser_gets_a_cookie_that_only_browsers_see(site: Site) -> None:  # R22
    async with site.browser() as browser:
        status, told, headers = await browser.ask("POST", "/session/ipko", {})
        assert (status, told["status"]) == (200, "new")
        (cookie,) = headers.getall("Set-Cookie")
        name, *attributes = cookie.split("; ")
        assert name.startswith("__Host-mburoja-ipko=")
        assert set(attributes) == {"Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"}
        assert len(bytes.fromhex(name.partition("=")[2])) * 8 >= 128  # R19
        assert browser.cookie() not in str(told)


async def test_who_comes_back_keeps_the_session(site: Site) -> None:
    async with site.browser() as browser:
        await browser.open()
        first = browser.cookie()
        assert (await browser.open())[1]["status"] == "kept"
        assert browser.cookie() == first


async def test_where_cookies_are_refused_the_page_keeps_the_token(site: Site) -> None:
    async with site.browser() as browser:
        status, told = await browser.open(memory=True)
        assert (status, told["status"]) == (200, "memory")
        assert browser.cookies == {}
        bearer = {"Authorization": f"Bearer {told['token']}"}
        status, told, _ = await browser.ask("POST", "/session/ipko", {}, **bearer)
        assert (status, told["status"], "token" in told) == (200, "memory", False)


async def test_a_session_is_one_companys(site: Site) -> None:  # R56
    async with site.browser() as browser:
        await browser.open()
        browser.cookies["__Host-mburoja-paysera"] = browser.cookie()
        assert (await browser.at("paysera").open())[1]["status"] == "new"


async def test_an_unknown_company_has_no_session(site: Site) -> None:
    async with site.browser("askush") as browser:
        assert (await browser.open())[0] == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_foreign_origin_changes_nothing(site: Site, origin: str) -> None:  # R23 R24
    async with site.browser() as browser:
        await browser.open()
        for method, path in (("POST", "/session/ipko"), ("DELETE", "/session/ipko"), ("POST", "/api/chat/ipko")):
            assert (await browser.ask(method, path, {"type": "hello"}, Origin=origin))[0] == 403
        assert (await browser.open())[1]["status"] == "kept"


async def test_changes_need_the_sessions_own_token(site: Site) -> None:  # R23
    async with site.browser() as one, site.browser() as other:
        await one.open()
        await other.open()
        for forged in ("", "0" * 64, other.csrf):
            one.csrf = forged
            assert (await one.ask("DELETE", "/session/ipko", {}))[0] == 403
            assert (await one.ask("POST", "/api/chat/ipko", {"type": "hello"}))[0] == 403


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"ticket":7}', b'{"admin":true}', b"\xff", b'{"memory":"po"}'])
async def test_what_cannot_be_read_is_refused(site: Site, body: bytes) -> None:
    async with site.browser() as browser:
        assert (await browser.ask("POST", "/session/ipko", body))[0] == 400


async def test_a_forged_ticket_renews_nothing(site: Site) -> None:  # R19
    async with site.browser() as browser:
        await browser.open()
        before = browser.cookie()
        assert (await browser.ask("POST", "/session/ipko", {"ticket": "0" * 64}))[0] == 409
        assert browser.cookie() == before
        browser.forget_cookies()
        assert (await browser.ask("POST", "/session/ipko", {"ticket": "0" * 64}))[0] == 401


async def test_a_token_kept_by_the_page_is_renewed_too(site: Site) -> None:  # R19
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        browser = Browser(site, http, "ipko", {})
        _, told = await browser.open(memory=True)
        bearer = {"Authorization": f"Bearer {told['token']}"}
        async with browser.socket(session=False) as socket:
            await socket.hello(session=told["token"])
            renew = (await socket.prove(NUMBER))[-1]
        status, renewed, headers = await browser.ask("POST", "/session/ipko", {"ticket": renew["ticket"]}, **bearer)
        assert (status, renewed["status"]) == (200, "renewed")
        assert "Set-Cookie" not in headers
        assert renewed["token"] != told["token"]
        async with browser.socket(session=False) as socket:
            assert (await socket.hello(session=renewed["token"]))[0]["type"] == "welcome"
        status, again, _ = await browser.ask("POST", "/session/ipko", {}, **bearer)
        assert again["status"] == "new"  # the old one is dead


async def test_before_leaving_open_requests_are_named_with_the_way_of_their_reply(site: Site) -> None:  # R58
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        nothing = (await browser.ask("GET", "/session/ipko/leaving"))[1]
        assert nothing["cases"] == []
        reference = await socket.file_a_request()
        (case,) = (told := (await browser.ask("GET", "/session/ipko/leaving"))[1])["cases"]
        assert case["reference"] == reference
        assert "filan@shembull.example" in case["text"]
        assert told["text"] != nothing["text"]


async def test_nobody_without_a_session_is_told_of_requests(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.ask("GET", "/session/ipko/leaving"))[0] == 401


async def test_forgetting_erases_conversation_and_session_and_keeps_the_request(site: Site) -> None:  # R45
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        reference = await socket.file_a_request()
        token = browser.cookie()
        status, told, headers = await browser.ask("DELETE", "/session/ipko", {})
        assert status == 200
        assert told["text"]
        assert "Max-Age=0" in headers["Set-Cookie"]
        assert (await socket.until("forgotten"))[-1]["text"] == told["text"]
        browser.use_cookie(token)
        assert (await browser.open())[1]["status"] == "new"
        left = await _tables(site)
        assert left["messages"] == left["inbox"] == left["proofs"] == 0
        assert left["requests"] == 1
        assert reference


async def test_after_forgetting_a_reply_goes_another_way(site: Site) -> None:  # R58
    async with site.browser() as browser:
        async with browser.socket() as socket:
            await socket.hello()
            await socket.file_a_request()
        await browser.ask("DELETE", "/session/ipko", {})
        assert (await _tables(site))["messages"] == 0
        async with browser.socket() as socket:
            frames = await socket.hello()
            assert "Kush i sheh" not in text_of(frames)


async def test_one_address_begins_so_many_sessions(site: Site) -> None:  # R9
    async with site.browser() as browser:
        statuses = set()
        for _ in range(12):
            browser.forget_cookies()
            statuses.add((await browser.ask("POST", "/session/ipko", {}, **{"X-Forwarded-For": "192.0.2.1"}))[0])
        assert statuses == {200}


async def _tables(site: Site) -> dict[str, int]:
    """Return how many rows are stored of what a conversation leaves."""
    with looking(site.office.database) as tables:
        return {table: tables.count(table) for table in ("messages", "inbox", "proofs", "requests")}
