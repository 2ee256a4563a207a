"""The demonstration's site: shops that embed the widget as a company would, and the phones of fictional customers."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, web

from bot.clock import Clock, SystemClock
from bot.errors import InputError
from bot.web.demo import loopback
from bot.web.demo.officer import Officer
from bot.web.demo.phones import KEPT, Phones
from bot.web.demo.stage import Customer, Shop, Stage, make_stage

pytestmark = pytest.mark.asyncio

SERVER = "http://127.0.0.1:8321"
LONGEST = 30.0  # seconds for anything
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105  RFC 6238, appendix B
ZANA = Officer(
    console="http://127.0.0.1:8321/console", login="zana", password="fjale-te-trilluara", secret=RFC_SECRET,  # noqa: S106
    now=lambda: 1_111_111_109_000,
)  # fmt: skip
FILAN = Customer(
    company="ipko", company_name="IPKO", number="A-1001", name="Filan Fisteku", mobile="+38344000101",
    note="me <b> në shënim",
)  # fmt: skip
MASKED = "+383 44 *** *01"
SHOPS = (
    Shop(company="ipko", name="IPKO"),
    Shop(company="paysera", name="Paysera"),
    Shop(company="e-treta", name="E treta"),
)


class Stopped(Clock):
    """A clock that stands."""

    def __init__(self, time: int) -> None:
        self.time = time

    def now(self) -> int:
        return self.time


class Visitor:
    """A browser, as far as it matters here."""

    def __init__(self, origin: str, session: ClientSession, phones: Phones, runner: web.AppRunner) -> None:
        self.origin, self.session, self.phones, self.runner = origin, session, phones, runner

    async def page(self, path: str) -> tuple[ClientResponse, str]:
        async with self.session.get(self.origin + path) as response:
            return response, await response.text()

    @contextlib.asynccontextmanager
    async def watching(self, last: str = "") -> AsyncIterator[ClientResponse]:
        headers = {"Last-Event-ID": last} if last else {}
        async with self.session.get(f"{self.origin}/phones", headers=headers) as response:
            yield response


@pytest_asyncio.fixture
async def visitor() -> AsyncIterator[Visitor]:
    sockets = loopback.listen(0, loopback.NAMED)
    origin = f"http://localhost:{loopback.port_of(sockets)}"
    phones = Phones({MASKED: [FILAN.name]}, SystemClock())
    stage = Stage(
        origin=origin, server=SERVER, shops=SHOPS, customers=(FILAN,), phones=phones, officer=ZANA,
        program=".venv/bin/mburoja", database=Path("/dosja ime/demo.db"),
    )  # fmt: skip
    runner = web.AppRunner(make_stage(stage), shutdown_timeout=1)
    await runner.setup()
    for each in sockets:
        await web.SockSite(runner, each).start()
    async with ClientSession() as session:
        yield Visitor(origin, session, phones, runner)
    await runner.cleanup()


async def message(response: ClientResponse) -> dict[str, Any]:
    """Return the next message of a watched phone, with its id."""
    told: dict[str, Any] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), LONGEST)).decode()
        assert line, "the stage hung up"
        if line.startswith("id: "):
            told["id"] = line[4:].strip()
        if line.startswith("data: "):
            return {**json.loads(line[6:]), **told}


# ---- shops --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.company)
async def test_a_shop_has_the_one_line_and_nothing_else_of_ours(visitor: Visitor, shop: Shop) -> None:
    _, html = await visitor.page(f"/{shop.company}")

    scripts = re.findall(r"<script.*", html)
    assert scripts == [f'<script type="module" src="{SERVER}/widget.js?company={shop.company}"></script>']
    assert "<iframe" not in html


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.company)
async def test_a_shop_says_that_it_is_fictional(visitor: Visitor, shop: Shop) -> None:
    _, html = await visitor.page(f"/{shop.company}")

    assert "Demonstrim." in html
    assert f"Kjo nuk është faqja e kompanisë {shop.name}" in html
    assert "<form" not in html  # and takes nothing from anybody


@pytest.mark.parametrize("path", ["/", "/ipko", "/paysera", "/e-treta", "/static/shop.css", "/nowhere"])
async def test_every_answer_carries_a_strict_policy(visitor: Visitor, path: str) -> None:  # R25
    response, html = await visitor.page(path)
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' {SERVER}"
    assert policy["frame-src"] == SERVER
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", html)  # it would have no effect, and hide the fault


async def test_what_the_pages_name_is_there(visitor: Visitor) -> None:
    for path in ("/", "/ipko", "/paysera", "/e-treta"):
        _, html = await visitor.page(path)
        for own in set(re.findall(r'(?:src|href)="(/[^"]*)"', html)):
            response, _ = await visitor.page(own)
            assert response.status == 200, own


# ---- the stage ----------------------------------------------------------------------------------------------


async def test_the_stage_shows_the_customers_with_the_numbers_to_type(visitor: Visitor) -> None:
    _, html = await visitor.page("/")

    for shown in ("Filan Fisteku", "A-1001", "+38344000101"):
        assert shown in html
    assert "me &lt;b&gt; në shënim" in html


async def test_the_stage_leads_to_the_shops_and_the_servers_pages(visitor: Visitor) -> None:
    _, html = await visitor.page("/")

    for shop in SHOPS:
        for address in (f"/{shop.company}", f"{SERVER}/widget/{shop.company}", f"{SERVER}/policy/{shop.company}"):
            assert f'href="{address}"' in html
    assert f'href="{SERVER}/case"' in html


async def test_the_commands_of_the_back_office_name_the_database_so_that_a_shell_takes_it(visitor: Visitor) -> None:
    _, html = await visitor.page("/")

    assert "mburoja requests list --db &#39;/dosja ime/demo.db&#39;" in html


# ---- phones -------------------------------------------------------------------------------------------------


async def test_a_message_shows_at_once_whose_phone_it_is(visitor: Visitor) -> None:
    async with visitor.watching() as phone:
        visitor.phones.show(MASKED, "IPKO: kodi 123456")
        told = await message(phone)

    assert (told["to"], told["owners"], told["text"]) == (MASKED, [FILAN.name], "IPKO: kodi 123456")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", told["time"])


async def test_each_message_is_shown_once_in_order(visitor: Visitor) -> None:
    async with visitor.watching() as phone:
        visitor.phones.show(MASKED, "e para")
        first = await message(phone)
        visitor.phones.show(MASKED, "e dyta")
        visitor.phones.show(MASKED, "e treta")
        told = [first, await message(phone), await message(phone)]

    assert [each["text"] for each in told] == ["e para", "e dyta", "e treta"]


async def test_a_line_break_in_a_message_does_not_break_it_off(visitor: Visitor) -> None:
    visitor.phones.show(MASKED, "një\n\ndata: dy")
    async with visitor.watching() as phone:
        assert (await message(phone))["text"] == "një\n\ndata: dy"


async def test_who_comes_later_sees_what_came_before_and_who_comes_back_only_what_was_missed(visitor: Visitor) -> None:
    visitor.phones.show(MASKED, "e para")
    async with visitor.watching() as phone:
        first = await message(phone)
    visitor.phones.show(MASKED, "e dyta")
    async with visitor.watching(last=first["id"]) as phone:
        second = await message(phone)

    assert (first["text"], second["text"]) == ("e para", "e dyta")


@pytest.mark.parametrize("last", ["abc", "-1", "9" * 40, "٣"])
async def test_a_broken_place_begins_from_the_start(visitor: Visitor, last: str) -> None:
    visitor.phones.show(MASKED, "e para")
    async with visitor.watching(last=last) as phone:
        assert (await message(phone))["text"] == "e para"


async def test_messages_of_one_millisecond_and_those_after_a_restart_are_told_apart() -> None:
    before = Phones({}, Stopped(1_000))
    for _ in range(3):
        before.show(MASKED, "x")
    after = Phones({}, Stopped(2_000))
    after.show(MASKED, "y")

    assert [sms.number for sms in before.after(0)] == [1_000, 1_001, 1_002]
    assert [sms.text for sms in after.after(1_002)] == ["y"]


async def test_only_the_last_messages_are_kept() -> None:
    phones = Phones({}, Stopped(1))
    for number in range(KEPT + 5):
        phones.show(MASKED, str(number))

    assert [sms.text for sms in phones.after(0)] == [str(number) for number in range(5, KEPT + 5)]


async def test_a_watcher_is_let_go_when_all_ends(visitor: Visitor) -> None:
    async with visitor.watching() as phone:
        await visitor.runner.shutdown()
        await asyncio.wait_for(phone.read(), LONGEST)


# ---- this machine only --------------------------------------------------------------------------------------


async def test_a_foreign_name_for_this_machine_gets_nothing(visitor: Visitor) -> None:
    for host in ("evil.example", "localhost:1", "localhost.evil.example", ""):
        async with visitor.session.get(visitor.origin + "/phones", headers={"Host": host}) as response:
            assert response.status == 421


async def test_by_its_address_one_is_led_to_its_name(visitor: Visitor) -> None:
    address = visitor.origin.replace("localhost", "127.0.0.1")
    async with visitor.session.get(f"{address}/ipko", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, f"{visitor.origin}/ipko")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104
async def test_nothing_is_bound_beyond_loopback(host: str) -> None:
    with pytest.raises(ValueError, match="beyond loopback"):
        loopback.listen(0, (host,))


async def test_a_taken_port_is_passed_over() -> None:
    with contextlib.ExitStack() as closing:
        (taken,) = (closing.enter_context(each) for each in loopback.listen(0))
        port = loopback.port_of([taken])
        (next_one,) = (closing.enter_context(each) for each in loopback.listen(port))

        assert port < loopback.port_of([next_one]) <= port + 20


async def test_a_port_that_is_taken_under_one_of_the_names_addresses_is_passed_over() -> None:
    with contextlib.ExitStack() as closing:
        six = closing.enter_context(socket.socket(socket.AF_INET6))
        try:
            six.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        six.listen()
        got = [closing.enter_context(each) for each in loopback.listen(six.getsockname()[1], loopback.NAMED)]

        assert loopback.port_of(got) != six.getsockname()[1]
        assert {each.getsockname()[1] for each in got} == {loopback.port_of(got)}


async def test_when_all_ports_are_taken_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as closing:
        (taken,) = (closing.enter_context(each) for each in loopback.listen(0))
        monkeypatch.setattr(loopback, "_TRIES", 1)
        with pytest.raises(InputError, match="Jepni një tjetër"):
            loopback.listen(loopback.port_of([taken]))


async def test_the_officer_s_code_is_shown_as_their_telephone_would(visitor: Visitor) -> None:
    _, front = await visitor.page("/")
    assert ZANA.console in front
    assert ZANA.password in front
    async with visitor.session.get(f"{visitor.origin}/authenticator") as answer:
        assert await answer.json() == {"code": "081804", "ms": 1_000}  # RFC 6238: 07081804
