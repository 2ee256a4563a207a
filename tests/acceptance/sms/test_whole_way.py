"""A code's whole way over the real server and gateways that are killed, come back, and tell what became of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import DAY, MINUTE, SECOND
from bot.delivery.sms import sending
from bot.delivery.sms.opening import open_gateways
from bot.services.outward import sms_sent
from bot.services.outward.sms_sent import Count, SentState
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web import outward
from tests.acceptance.failing import count
from tests.tools.gatewayed import KNOWN, UNKNOWN, asker, codes, gatewayed_site
from tests.tools.ports import free_port
from tests.tools.sendsms import SendSms, sendsms
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio
LONGEST = 60.0  # seconds for anything


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gateways are looked at more often than anybody waits here."""
    monkeypatch.setattr(outward, "open_gateways", partial(open_gateways, check_each=0.05))
    monkeypatch.setattr(sending, "LOOK_EACH", 0.05)


@pytest_asyncio.fixture
async def far() -> AsyncIterator[tuple[SendSms, SendSms]]:
    async with sendsms() as first, sendsms() as second:
        yield first, second


@pytest_asyncio.fixture
async def site(settings: Settings, tmp_path: Path, far: tuple[SendSms, SendSms]) -> AsyncIterator[Site]:
    port = free_port()
    told = [
        gateway.settings(name=name, receipts_url=f"http://127.0.0.1:{port}")
        for name, gateway in zip(("operatori", "rezerva"), far, strict=True)
    ]
    async with gatewayed_site(settings, tmp_path, told, port) as running:
        yield running


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST):
        while not holds():
            await asyncio.sleep(0.01)


async def counts(site: Site) -> list[Count]:
    def look(tx: Tx) -> list[Count]:
        return list(sms_sent.counts(tx, site.clock.at - DAY))

    return await site.office.store.read(look)


async def known(site: Site) -> list[Count]:
    """Return what is known of the messages, once anything is: a gateway knows of one a little before us."""
    async with asyncio.timeout(LONGEST):
        while not (found := await counts(site)):
            await asyncio.sleep(0.01)
    return found


async def in_trouble(site: Site, gateways: tuple[SendSms, SendSms]) -> None:
    """Kill both, and wait until every turn knows."""
    for gateway in gateways:
        await gateway.kill()
    await until(lambda: site.office.trouble.holds)


async def test_a_code_goes_through_the_first_gateway_and_when_that_is_killed_through_the_second(
    site: Site, far: tuple[SendSms, SendSms]
) -> None:  # R50
    first, second = far
    async with asker(site) as one:
        assert "po dërgohet një kod" in await one.ask(KNOWN)
        await until(lambda: len(first.taken) == 1)
    await first.kill()
    site.clock.at += MINUTE
    async with asker(site) as two:
        assert "po dërgohet një kod" in await two.ask(KNOWN)  # one works: nobody is told anything
        await until(lambda: len(second.taken) == 1)
        assert "Faleminderit" in await two.say(codes(second)[0])
    assert len(first.taken) == 1


async def test_when_both_are_dead_everybody_is_told_the_same_and_the_code_comes_by_itself_when_one_is_back(
    site: Site, far: tuple[SendSms, SendSms]
) -> None:  # R11, R50
    _, second = far
    await in_trouble(site, far)
    async with asker(site) as known, asker(site) as unknown:
        told = await known.ask(KNOWN)
        assert told.replace(KNOWN, "") == (await unknown.ask(UNKNOWN)).replace(UNKNOWN, "")
        assert "nuk mund të dërgohen" in told
        assert "Pa kod" in told
        await second.start()
        async with asyncio.timeout(LONGEST):
            while not second.taken:
                site.clock.at += SECOND
                await asyncio.sleep(0.1)  # a slow machine must not see the code's minutes fly by
        await until(lambda: not site.office.trouble.holds)
        assert second.taken[0].minutes in {3, 4}  # what is left of five
        assert "Faleminderit" in await known.say(codes(second)[0])


async def test_a_code_that_is_over_never_comes(
    site: Site, far: tuple[SendSms, SendSms], tmp_path: Path
) -> None:  # R2, R50
    await in_trouble(site, far)
    async with asker(site) as one:
        await one.ask(KNOWN)
        waiting = "jobs WHERE kind = 'sms.send' AND state = 'ready'"
        await until(lambda: count(tmp_path / "web.db", waiting) == 1)  # the look-up is done, the message waits
        site.clock.at += 5 * MINUTE
        for gateway in far:
            await gateway.start()
        await until(lambda: not site.office.trouble.holds)
        await one.ask(KNOWN)
        await until(lambda: bool(codes(*far)))
        await asyncio.sleep(0.2)
        assert len(codes(*far)) == 1  # the second one's
        assert "Faleminderit" in await one.say(codes(*far)[0])


async def test_what_became_of_a_message_is_kept(site: Site, far: tuple[SendSms, SendSms]) -> None:
    first, _ = far
    async with asker(site) as one:
        await one.ask(KNOWN)
        await until(lambda: len(first.taken) == 1)
    (taken,) = first.taken
    assert await first.tell(taken, 8) == 204  # on its way: nothing new
    assert await first.tell(taken, 2, "id:1 stat:EXPIRED err:034 text:") == 204
    assert await first.tell(taken, 1) == 204
    assert await first.tell(taken, 2) == 204  # late, and of an attempt before
    assert await known(site) == [Count(gateway="operatori", state=SentState.DELIVERED, messages=1)]


async def test_nobody_can_report_on_a_message_who_was_not_told_its_address(
    site: Site, far: tuple[SendSms, SendSms]
) -> None:
    first, _ = far
    async with asker(site) as one:
        await one.ask(KNOWN)
        await until(lambda: len(first.taken) == 1)
    receipt = first.taken[0].receipt
    assert receipt is not None
    for genuine, forged in (
        ("operatori", "rezerva"), ("id=", "id=0"), ("signed=", "signed=0"), ("signed=", "x="), ("signed=", "signed=ë"),
    ):  # fmt: skip
        async with site.browser() as stranger:
            path = receipt.replace(genuine, forged, 1).removeprefix(site.url).replace("%d", "2").replace("%A", "")
            status, _told, _headers = await stranger.ask("GET", path)
            assert status == 403, forged
    assert await known(site) == [Count(gateway="operatori", state=SentState.TAKEN, messages=1)]
