"""The server as a whole: what it tells of its health, where it listens, how it stops, what runs beside it."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest

from bot.app import Office, open_office
from bot.errors import InputError, StoreUnavailableError
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web import leaving, server
from bot.web.keys import TALKS
from bot.web.ports import bind
from bot.web.server import Listening, listening
from bot.web.settings import ServerSettings
from bot.web.watch.health import STANDING
from bot.web.wire import codes, sockets
from tests.channels.telegram.booth import let_pass
from tests.tools.site import Site, made_up_site

pytestmark = pytest.mark.asyncio

LONGEST = 30.0  # seconds for anything


@contextlib.asynccontextmanager
async def running(settings: Settings, folder: Path, **told: object) -> AsyncIterator[tuple[Listening, Office]]:
    """A server with nobody in it."""
    own = ServerSettings.model_validate({"port": 0, **told})
    async with open_office(settings, folder / "server.db") as office, listening(office, own, lambda *_: None) as made:
        yield made, office


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status


# ---- health ----------------------------------------------------------------------------------------------------


async def test_it_lives_and_is_ready(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.ask("GET", "/healthz"))[:2] == (200, {"alive": True})
        ready = {"ready": True, "store": True, "knowledge": True, "stopping": False}
        assert (await browser.ask("GET", "/readyz"))[:2] == (200, ready)


async def test_without_its_database_it_lives_and_is_not_ready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_store: object, _work: object) -> None:
        raise StoreUnavailableError("away")

    for method in ("read", "transact"):
        with monkeypatch.context() as patch:
            patch.setattr(type(site.office.store), method, away)
            site.app[STANDING]._looked = None
            async with site.browser() as browser:
                assert (await browser.ask("GET", "/healthz"))[0] == 200
                status, told, _ = await browser.ask("GET", "/readyz")
                assert (status, told["store"], told["ready"]) == (503, False, False)


async def test_a_database_that_does_not_answer_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.watch.health.PATIENCE", 0.05)
    hold = asyncio.Event()
    loop = asyncio.get_running_loop()

    blocked = asyncio.Event()

    def block(_tx: Tx) -> None:
        loop.call_soon_threadsafe(blocked.set)
        asyncio.run_coroutine_threadsafe(hold.wait(), loop).result()

    every_connection = [asyncio.create_task(site.office.store.transact(block)) for _ in range(20)]
    try:
        await asyncio.wait_for(blocked.wait(), LONGEST)  # who writes, writes one after another
        async with site.browser() as browser:
            assert (await browser.ask("GET", "/readyz"))[0] == 503
    finally:
        hold.set()
        await asyncio.gather(*every_connection)


async def test_whoever_asks_while_the_database_does_not_answer_waits_for_one_look(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.watch.health._GOOD_FOR", 60.0)
    looks = []

    async def hanging() -> bool:
        looks.append(1)
        await asyncio.sleep(0)
        let_pass(61)  # longer than an answer holds
        return False

    standing = site.app[STANDING]
    monkeypatch.setattr(standing, "_look", hanging)
    assert await asyncio.gather(*(standing.store_works() for _ in range(5))) == [False] * 5
    assert len(looks) == 1


async def test_however_often_it_is_asked_the_database_is_looked_at_once_in_a_while(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.watch.health._GOOD_FOR", 2 * LONGEST)
    looks = []
    look = site.app[STANDING]._look

    async def counted() -> bool:
        looks.append(1)
        return await look()

    monkeypatch.setattr(site.app[STANDING], "_look", counted)
    async with site.browser() as browser:
        told = await asyncio.gather(*(browser.ask("GET", "/readyz") for _ in range(30)))
        assert {status for status, *_ in told} == {200}
        assert len(looks) == 1
        monkeypatch.setattr("bot.web.watch.health._GOOD_FOR", 0.0)
        assert (await browser.ask("GET", "/readyz"))[0] == 200
        assert len(looks) == 2


# ---- where it listens ------------------------------------------------------------------------------------------


async def test_its_address_is_the_one_it_got_and_only_that_may_change_anything(site: Site) -> None:  # R24
    async with site.browser() as browser:
        assert (await browser.open())[0] == 200
        other = site.url.replace("127.0.0.1", "localhost")
        assert (await browser.ask("POST", "/session/ipko", {}, Origin=other))[0] == 403


async def test_a_port_that_is_taken_is_told() -> None:
    with contextlib.closing(bind("127.0.0.1", 0, "port")) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"127\.0\.0\.1:{port} .* te metrics_port\."):
            bind("127.0.0.1", port, "metrics_port")
    with pytest.raises(InputError, match="nuk mund të dëgjohet"):
        bind("no.such.host.example.", 0, "host")


async def test_it_listens_where_ipv6_is_too(settings: Settings, tmp_path: Path) -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        async with running(settings, tmp_path, host="::1") as (made, _):
            assert made.url.startswith("http://[::1]:")
            assert await status_of(f"{made.url}/healthz") == 200


async def test_new_sessions_of_one_address_are_bounded(settings: Settings, tmp_path: Path) -> None:
    async with running(settings, tmp_path, sessions_per_minute=2, proxies=["127.0.0.1"]) as (made, _):
        told = []
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            for address in ["198.51.100.1"] * 3 + ["198.51.100.2"]:
                headers = {"Origin": made.url, "X-Forwarded-For": address}
                async with http.post(f"{made.url}/session/ipko", json={}, headers=headers) as answer:
                    told.append(answer.status)
        assert told == [200, 200, 429, 200]  # R9: by whom the proxy says


# ---- what runs beside it ---------------------------------------------------------------------------------------


async def test_whoever_says_nothing_is_let_go(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R24
    monkeypatch.setattr(server, "IDLE_LOOK_EACH", 0.05)
    async with (
        made_up_site(settings, tmp_path, idle_seconds=1) as site,
        site.browser() as browser,
        browser.socket() as line,
    ):
        began = time.monotonic()
        await line.hello()
        assert await line.closed() == codes.IDLE
        assert time.monotonic() - began > 0.9


async def test_it_does_not_go_on_alone_when_what_runs_beside_it_has_ended(settings: Settings, tmp_path: Path) -> None:
    async with running(settings, tmp_path) as (made, _):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(made.until(asyncio.Event()), 0.05)
        next(task for task in made.beside if task.get_name() == "worker").cancel()
        with pytest.raises(RuntimeError, match="worker"):
            await asyncio.wait_for(made.until(asyncio.Event()), LONGEST)


async def test_it_goes_on_until_it_is_told_to_stop(settings: Settings, tmp_path: Path) -> None:
    async with running(settings, tmp_path) as (made, _):
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, stop.set)
        await asyncio.wait_for(made.until(stop), LONGEST)


@pytest.fixture
def patient() -> int:
    """How long turns under way are waited for, where nothing else is to be (s): it would be noticed."""
    return int(4 * LONGEST)


# ---- how it stops ----------------------------------------------------------------------------------------------


async def test_when_it_stops_browsers_are_told_to_come_back(settings: Settings, tmp_path: Path, patient: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        stopping = contextlib.AsyncExitStack()
        site = await stopping.enter_async_context(made_up_site(settings, tmp_path, stop_seconds=patient))
        browser = await stack.enter_async_context(site.browser())
        lines = [await stack.enter_async_context(browser.socket()) for _ in range(3)]
        for line in lines:
            await line.hello()
        ends = [asyncio.create_task(line.closed()) for line in lines]
        async with asyncio.timeout(LONGEST):
            await stopping.aclose()
        assert [await end for end in ends] == [codes.RESTART] * 3
        with pytest.raises(aiohttp.ClientConnectionError):
            await browser.ask("GET", "/healthz")


async def test_who_has_not_greeted_when_it_stops_is_told_to_come_back_too(
    settings: Settings, tmp_path: Path, patient: int
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        stopping = contextlib.AsyncExitStack()
        site = await stopping.enter_async_context(made_up_site(settings, tmp_path, stop_seconds=patient))
        site.limit(hello=patient * 1_000)
        browser = await stack.enter_async_context(site.browser())
        line = await stack.enter_async_context(browser.socket())
        end = asyncio.create_task(line.closed())
        async with asyncio.timeout(LONGEST):
            await stopping.aclose()  # it is not waited for as long as a turn
        assert await end == codes.RESTART


async def test_who_comes_on_a_connection_that_was_kept_is_told_to_come_back(site: Site) -> None:
    async with site.browser() as browser:
        await browser.open()
        site.hub.end_all(codes.RESTART)
        async with browser.socket() as line:
            assert await line.closed() == codes.RESTART


async def test_what_is_under_way_when_it_stops_is_finished_and_acknowledged(
    settings: Settings, tmp_path: Path, patient: int, monkeypatch: pytest.MonkeyPatch
) -> None:  # R48
    monkeypatch.setattr(leaving, "_NEW_WORDS", float(patient))
    async with contextlib.AsyncExitStack() as stack:
        stopping = contextlib.AsyncExitStack()
        site = await stopping.enter_async_context(made_up_site(settings, tmp_path, stop_seconds=patient))
        hold, loop = asyncio.Event(), asyncio.get_running_loop()
        browser = await stack.enter_async_context(site.browser())
        line = await stack.enter_async_context(browser.socket())
        await line.hello()

        def block(_tx: Tx) -> None:
            asyncio.run_coroutine_threadsafe(hold.wait(), loop).result()

        blocked = [asyncio.create_task(site.office.store.transact(block)) for _ in range(20)]  # every connection
        await line.say_without_listening("a-1", "menyja")
        await site.until(lambda: site.app[TALKS].under_way == 1)
        ending = asyncio.create_task(stopping.aclose())
        assert listens(site)
        await site.until(lambda: not listens(site))
        with pytest.raises(aiohttp.ClientConnectionError):
            await status_of(f"{site.url}/readyz")  # nobody new is taken
        assert site.app[STANDING].stopping.is_set()
        assert not ending.done()
        hold.set()
        told = await line.until("ack")
        assert told[-1] == {"type": "ack", "id": "a-1", "seq": 2}
        assert await line.closed() == codes.RESTART
        await asyncio.gather(ending, *blocked)


async def test_a_connection_that_was_there_learns_that_it_stops(settings: Settings, tmp_path: Path) -> None:
    async with running(settings, tmp_path) as (made, _):
        made.app[STANDING].stopping.set()
        assert await status_of(f"{made.url}/readyz") == 503
        assert await status_of(f"{made.url}/healthz") == 200


def listens(site: Site) -> bool:
    """Tell whether the server's port takes connections, without making one."""
    mine = psutil.Process().net_connections("tcp")
    return any(site.url.endswith(f":{one.laddr.port}") for one in mine if one.status == psutil.CONN_LISTEN)


async def test_a_browser_that_does_not_answer_holds_up_no_stop(
    settings: Settings, tmp_path: Path, patient: int, monkeypatch: pytest.MonkeyPatch
) -> None:  # R52
    monkeypatch.setattr(sockets, "_CLOSING", float(patient))
    async with contextlib.AsyncExitStack() as stack:
        stopping = contextlib.AsyncExitStack()
        site = await stopping.enter_async_context(made_up_site(settings, tmp_path, stop_seconds=1))
        browser = await stack.enter_async_context(site.browser())
        line = await stack.enter_async_context(browser.socket())
        await line.hello()
        silent = line.ws  # it never reads its close frame
        async with asyncio.timeout(LONGEST):
            await stopping.aclose()
        assert not silent.closed
