"""What holds for every request and every answer: headers, origin, bodies, addresses, what is told of faults."""

import asyncio
import gzip
import json
import re
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError, web
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import HOUR, MINUTE
from bot.crypto import SealBrokenError
from bot.errors import StoreUnavailableError
from bot.web.guard import security
from bot.web.guard.addresses import AddressLimits, Window, client_of, has_room
from bot.web.guard.security import LARGEST_BODY, NONCE, client_address, content_security_policy, require_own_origin
from bot.web.settings import ServerSettings
from tests.tools.site import Site
from tests.web.guarding import OWN, serving

JSON = {"Content-Type": "application/json", "Origin": OWN}
PAGES = ["/", "/widget.js?company=ipko", "/widget/ipko", "/policy/ipko", "/case", "/answer", "/logo/ipko.svg",
         "/healthz", "/readyz", "/session/ipko/leaving", "/none", "/ws/ipko", "/api/chat/ipko"]  # fmt: skip


async def well(request: web.Request) -> web.Response:
    return web.Response(text=(await request.read()).decode())


# ---- headers ---------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_every_answer_has_the_headers_that_protect_it(site: Site) -> None:  # R25
    async with site.browser() as browser:
        for path in PAGES:
            async with browser.http.get(site.url + path) as answer:
                told = answer.headers
                policy = told["Content-Security-Policy"]
                assert answer.status < 500, path
                assert re.match(r"default-src 'none'", policy), path
                assert "unsafe" not in policy or path.startswith("/logo/"), path  # a drawing's own styles, sandboxed
                assert "frame-ancestors" in policy or path.startswith("/logo/"), path
                assert told["X-Content-Type-Options"] == "nosniff", path
                assert told["Referrer-Policy"] == "no-referrer", path
                assert told["Cross-Origin-Opener-Policy"] == "same-origin", path
                assert told["Permissions-Policy"].startswith("camera=()"), path
                others = path.startswith(("/widget.js", "/logo/"))
                assert told["Cross-Origin-Resource-Policy"] == ("cross-origin" if others else "same-origin"), path
                assert "Cache-Control" in told, path
                assert "Server" not in told, path
                assert "Strict-Transport-Security" not in told, path


@pytest.mark.asyncio
async def test_what_is_personal_is_never_kept(site: Site) -> None:
    async with site.browser() as browser:
        for method, path in [("POST", "/session/ipko"), ("GET", "/session/ipko/leaving"), ("DELETE", "/session/ipko"),
                             ("POST", "/api/chat/ipko")]:  # fmt: skip
            _, _, headers = await browser.ask(method, path, {})
            assert headers["Cache-Control"] == "no-store", path


@pytest.mark.asyncio
async def test_only_the_companys_sites_may_frame_its_chat_and_nobody_anything_else(site: Site) -> None:  # R25
    sites = site.office.desk.companies["ipko"].appearance.sites
    async with site.browser() as browser:
        for path in PAGES:
            async with browser.http.get(site.url + path) as answer:
                ancestors = re.search(r"frame-ancestors ([^;]*)", answer.headers["Content-Security-Policy"])
                allowed = " ".join(sites) if path.startswith("/widget/") else "'none'"
                assert ancestors is None or ancestors[1] == (allowed or "'none'"), path


@pytest.mark.asyncio
async def test_behind_https_browsers_are_told_to_stay_there() -> None:
    async with serving({"GET /": well}, public_url="https://m.example") as client:
        assert (await client.get("/")).headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.asyncio
async def test_a_nonce_is_new_with_each_request_and_there_before_the_handler() -> None:  # R25
    async def page(request: web.Request) -> web.Response:
        policy = content_security_policy(request[NONCE], frame_ancestors=["https://a.example", "https://b.example"])
        return web.Response(text=request[NONCE], headers={"Content-Security-Policy": policy})

    async with serving({"GET /": page}) as client:
        answers = [await client.get("/") for _ in range(3)]
        nonces = [await answer.text() for answer in answers]
        assert len(set(nonces)) == 3
        assert all(len(nonce) >= 22 for nonce in nonces)  # 128 bits
        assert answers[0].headers.getall("Content-Security-Policy") == [
            f"default-src 'none'; script-src 'self' 'nonce-{nonces[0]}'; style-src 'self' 'nonce-{nonces[0]}'; "
            "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; object-src 'none'; "
            "form-action 'self'; frame-ancestors https://a.example https://b.example"
        ]
    assert content_security_policy("n").endswith("frame-ancestors 'none'")


# ---- where a request comes from --------------------------------------------------------------------------------

FOREIGN = [
    None, "null", "https://evil.example", OWN + "/", OWN.upper(), OWN + ":80", OWN + ".evil.example",
    OWN.replace("http:", "https:"), f"{OWN}, {OWN}", f"{OWN} https://evil.example", "",
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
async def test_what_changes_something_comes_from_our_own_pages_only(
    method: str, origin: str | None
) -> None:  # R23, R24
    reached = []

    async def change(_request: web.Request) -> web.Response:
        reached.append(method)
        return web.Response()

    async with serving({f"{method} /api/x": change}) as client:
        foreign = {} if origin is None else {"Origin": origin}
        assert (await client.request(method, "/api/x", headers=foreign)).status == 403
        assert reached == []
        assert (await client.request(method, "/api/x", headers={"Origin": OWN})).status == 200
        assert reached == [method]


@pytest.mark.asyncio
@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_websocket_is_opened_from_our_own_pages_only(origin: str | None) -> None:  # R24
    async def talk(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.close()
        return ws

    async with serving({"GET /ws/x": talk}) as client:
        with pytest.raises(WSServerHandshakeError) as told:
            await client.ws_connect("/ws/x", headers={} if origin is None else {"Origin": origin})
        assert told.value.status == 403
        async with client.ws_connect("/ws/x", headers={"Origin": OWN}) as ws:
            assert ws.closed is False


@pytest.mark.asyncio
async def test_two_origins_are_none() -> None:  # R23
    async with serving({"POST /api/x": well}) as client:
        answer = await client.post("/api/x", headers=[("Origin", OWN), ("Origin", OWN)])
        assert answer.status == 403


@pytest.mark.asyncio
async def test_a_handler_may_ask_for_our_own_origin_by_itself() -> None:
    async def asks(request: web.Request) -> web.Response:
        require_own_origin(request)
        return web.Response()

    async with serving({"GET /api/x": asks}) as client:
        assert (await client.get("/api/x")).status == 403
        assert (await client.get("/api/x", headers={"Origin": OWN})).status == 200


# ---- bodies ----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_body_of_16_kib_is_taken_and_one_byte_more_is_not() -> None:  # R24
    async def pieces(size: int) -> Any:
        for _ in range(size):
            yield b"a" * 1024
        yield b"a"

    async with serving({"POST /api/x": well}) as client:
        assert len(await (await client.post("/api/x", data=b"a" * LARGEST_BODY, headers=JSON)).text()) == LARGEST_BODY
        assert (await client.post("/api/x", data=b"a" * (LARGEST_BODY + 1), headers=JSON)).status == 413
        assert (await client.post("/api/x", data=pieces(16), headers=JSON)).status == 413  # that tells no length


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "told",
    [{"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {},
     {"Content-Type": "multipart/form-data; boundary=x"}],
)  # fmt: skip
async def test_a_body_is_json_and_nothing_else(told: dict[str, str]) -> None:  # R23: no form of another page sends that
    async with serving({"POST /api/x": well}) as client:
        answer = await client.post(
            "/api/x", data=b"{}", headers={"Origin": OWN, **told}, skip_auto_headers=["Content-Type"]
        )
        assert answer.status == 415
        assert (await client.post("/api/x", data=b"{}", headers=JSON)).status == 200


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "told",
    [gzip.compress(b"{}", mtime=0), b"{}", gzip.compress(b" " * 10_000_000, mtime=0)],
    ids=["packed", "not", "bomb"],  # the same in every worker
)
async def test_a_packed_body_is_not_unpacked(told: bytes) -> None:
    async with serving({"POST /api/x": well}) as client:
        answer = await client.post("/api/x", data=told, headers={**JSON, "Content-Encoding": "gzip"})
        assert answer.status == 415


@pytest.mark.asyncio
async def test_a_body_in_broken_pieces_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:  # R51
    monkeypatch.setattr(security, "BODY_SECONDS", 0.05)
    async with serving({"POST /api/x": well}) as client:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = f"POST /api/x HTTP/1.1\r\nHost: x\r\nOrigin: {OWN}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        await asyncio.sleep(0.05)
        writer.write(b"no length\r\n{}\r\n")
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert status.startswith(b"HTTP/1.1 40")


@pytest.mark.asyncio
async def test_a_body_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BODY_SECONDS", 0.05)

    async def endless() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    async with serving({"POST /api/x": well}) as client:
        assert (await client.post("/api/x", data=endless(), headers=JSON)).status == 408


# ---- addresses -------------------------------------------------------------------------------------------------

PROXIES = ServerSettings(proxies=("10.0.0.0/8", "2001:db8::/32")).trusted


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # no proxy of ours: hearsay
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),  # what the client wrote stands on the left
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),  # in lines of its own too
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7, 10.2.2.2"], "198.51.100.7"),  # two proxies of ours
        ("10.0.0.1", ["10.0.0.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),  # somebody inside
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7:5544"], "198.51.100.7"),
        ("2001:db8::1", ["[2001:4860::9]:443"], "2001:4860::9"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_the_client_is_the_first_stranger_from_the_right(peer: str, forwarded: list[str], client: str) -> None:  # R9
    assert client_of(peer, forwarded, PROXIES) == client


@given(st.lists(st.text(alphabet=st.characters(blacklist_characters="\r\n"), max_size=40), max_size=4))
def test_whatever_a_client_writes_it_does_not_become_another(lines: list[str]) -> None:  # R9
    assert client_of("192.0.2.1", lines, PROXIES) == "192.0.2.1"
    assert client_of("10.0.0.1", [*lines, "198.51.100.7"], PROXIES) == "198.51.100.7"


@pytest.mark.asyncio
async def test_a_forged_header_changes_nothing() -> None:  # R9
    async def told(request: web.Request) -> web.Response:
        return web.Response(text=client_address(request))

    forged = {"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X-Real-IP": "198.51.100.7"}
    async with serving({"GET /": told}) as client:
        assert await (await client.get("/", headers=forged)).text() == "127.0.0.1"
    async with serving({"GET /": told}, proxies=["127.0.0.1"]) as client:
        assert await (await client.get("/", headers=forged)).text() == "198.51.100.7"


# ---- new sessions of one address -------------------------------------------------------------------------------


def allowed(limits: AddressLimits, times: list[int], address: str = "192.0.2.1") -> list[bool]:
    return [limits.allow(address, now) for now in times]


def test_an_address_has_so_many_a_minute_and_an_hour() -> None:
    limits = AddressLimits(per_minute=2, per_hour=3)
    assert allowed(limits, [0, 1, 2]) == [True, True, False]
    assert allowed(limits, [MINUTE - 1, MINUTE]) == [False, True]  # the first is a minute ago
    assert allowed(limits, [2 * MINUTE, HOUR - 1, HOUR]) == [False, False, True]
    assert limits.allow("192.0.2.2", 0)  # another's business


@given(st.lists(st.integers(0, 40), max_size=80))
def test_no_window_ever_has_more_than_it_may(gaps: list[int]) -> None:
    windows = (Window(most=3, length=60), Window(most=5, length=600))
    now, taken = 0, list[int]()
    for gap in gaps:
        now += gap
        if has_room(taken, now, windows):
            taken.append(now)
    for window in windows:
        for end in taken:
            assert sum(end - window.length < at <= end for at in taken) <= window.most


def test_what_was_refused_does_not_count_against_whoever_waits() -> None:
    limits = AddressLimits(per_minute=1, per_hour=100)
    assert allowed(limits, [0, *range(1, MINUTE, 1000), MINUTE])[-1]


def test_a_household_is_one_address() -> None:
    limits = AddressLimits(per_minute=1, per_hour=1)
    assert limits.allow("2001:db8:1:2::1", 0)
    assert not limits.allow("2001:db8:1:2:ffff::9", 0)
    assert limits.allow("2001:db8:1:3::1", 0)
    assert limits.allow("::ffff:192.0.2.1", 0)
    assert not limits.allow("192.0.2.1", 0)


def test_many_addresses_take_no_more_room_than_there_is() -> None:
    limits = AddressLimits(per_minute=5, per_hour=5, most_kept=100)
    for number in range(1_000):
        assert limits.allow(f"10.0.{number // 250}.{number % 250}", number)
    assert limits.kept <= 100
    assert not allowed(limits, [1_000] * 6, "10.0.3.249")[-1]  # the last ones are remembered
    assert limits.allow("192.0.2.1", 2 * HOUR)
    assert limits.kept == 1  # the others' time is over


# ---- what is told of faults ------------------------------------------------------------------------------------


async def fails(request: web.Request) -> web.Response:
    raise {
        "store": StoreUnavailableError("disk of 044 111 222"),
        "bug": RuntimeError("code 123456 of 044 111 222"),
        "seal": SealBrokenError("044 111 222"),
        "bad": web.HTTPBadRequest(text="of 044 111 222"),
        "many": web.HTTPTooManyRequests(headers={"Retry-After": "60"}),
        "own": web.HTTPConflict(text='{"error":{"code":"own","text":"Vetë."}}', content_type="application/json"),
    }[request.match_info["what"]]


ROUTES = {"POST /api/chat/{what}": fails, "POST /api/answer/{what}": fails, "GET /pages/{what}": fails}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("what", "status", "frame_code", "code"),
    [
        ("store", 503, "unavailable", "unavailable"),
        ("bug", 500, "unavailable", "fault"),
        ("seal", 500, "unavailable", "fault"),
        ("bad", 400, "bad_frame", "bad_request"),
        ("many", 429, "too_many", "too_many"),
    ],
)
async def test_a_fault_is_told_in_albanian_as_a_page_as_json_or_as_a_frame(
    what: str, status: int, frame_code: str, code: str
) -> None:  # R32, R51
    async with serving(ROUTES) as client:
        frame = await client.post(f"/api/chat/{what}", headers={"Origin": OWN})
        told = await client.post(f"/api/answer/{what}", headers={"Origin": OWN})
        page = await client.get(f"/pages/{what}")
        assert frame.status == told.status == page.status == status
        (error,) = (await frame.json())["frames"]
        assert (error["type"], error["code"]) == ("error", frame_code)
        words = (await told.json())["error"]
        assert words["code"] == code
        assert words["text"] == error["text"]
        shown = await page.text()
        title, _, sentence = words["text"].partition(". ")
        assert f"<h1>{title}</h1>" in shown
        assert f"<p>{sentence}</p>" in shown
        assert '<html lang="sq">' in shown
        assert "111 222" not in shown + json.dumps(words)  # "044" may stand in the page's nonce


@pytest.mark.asyncio
async def test_what_a_handler_says_itself_stays_and_so_does_when_to_come_back() -> None:
    async with serving(ROUTES) as client:
        own = await client.post("/api/answer/own", headers={"Origin": OWN})
        assert (own.status, (await own.json())["error"]["text"]) == (409, "Vetë.")
        assert (await client.get("/pages/many")).headers["Retry-After"] == "60"
        assert (await client.get("/pages/store")).headers["Retry-After"] == "5"
        assert (await client.post("/pages/bad", headers={"Origin": OWN})).headers["Allow"] == "GET"
        assert (await client.get("/nowhere")).status == 404


@pytest.mark.asyncio
async def test_an_error_page_has_a_style_of_its_own_and_nothing_else() -> None:  # R25
    async with serving(ROUTES) as client:
        answer = await client.get("/pages/bug")
        nonce = re.search(r'<style nonce="([^"]+)">', await answer.text())
        assert nonce
        assert answer.headers["Content-Security-Policy"].endswith(f"; style-src 'nonce-{nonce[1]}'")
        assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.asyncio
async def test_an_answer_that_has_begun_is_broken_off_and_the_next_one_works() -> None:  # R51
    async def half(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"half")
        raise RuntimeError("044 111 222")

    async with serving({"GET /half": half, "GET /": well}) as client:
        with pytest.raises(Exception, match=r"payload|disconnected|Connection"):
            await (await client.get("/half")).read()
        assert (await client.get("/")).status == 200
