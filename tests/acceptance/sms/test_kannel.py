"""A code's way through a real Kannel, which is killed and comes back, and tells that the message arrived."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.clock import DAY, SECOND
from bot.delivery.sms import sending
from bot.delivery.sms.opening import open_gateways
from bot.delivery.sms.settings import HttpSettings
from bot.services.outward import sms_sent
from bot.services.outward.sms_sent import SentState
from bot.settings import Settings
from bot.web import outward
from tests.tools.chatting import CODE
from tests.tools.gatewayed import KNOWN, UNKNOWN, asker, gatewayed_site
from tests.tools.kannel import LONGEST, PASSWORD, USER, Kannel, kannel
from tests.tools.ports import free_port
from tests.tools.site import Site

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Kannel]:
    folder = tmp_path / "kannel"
    folder.mkdir()
    with kannel(folder) as running:
        yield running


async def until(holds: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    async with asyncio.timeout(LONGEST):
        while not holds():
            meanwhile()
            await asyncio.sleep(0.05)


def a_second_on(site: Site) -> None:
    site.clock.at += SECOND


async def is_delivered(site: Site) -> bool:
    found = await site.office.store.read(lambda tx: sms_sent.counts(tx, site.clock.at - DAY))
    return [each.state for each in found] == [SentState.DELIVERED]


async def test_the_text_arrives_with_its_letters_and_kannel_may_be_gone_for_a_while(
    settings: Settings, tmp_path: Path, far: Kannel, monkeypatch: pytest.MonkeyPatch
) -> None:  # R2, R50
    monkeypatch.setattr(outward, "open_gateways", partial(open_gateways, check_each=0.2))
    monkeypatch.setattr(sending, "LOOK_EACH", 0.05)
    port = free_port()
    told = {
        "kind": "http", "name": "kannel", "url": far.url, "user": USER, "password": PASSWORD,
        "senders": {"ipko": "IPKO", "*": "Mburoja"}, "receipts_url": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    async with gatewayed_site(settings, tmp_path, [HttpSettings.model_validate(told)], port) as site:
        async with asker(site) as one:
            assert "po dërgohet një kod" in await one.ask(KNOWN)
            await until(lambda: len(far.texts()) == 1)
            ((sender, to, text),) = far.texts()
            found = CODE.search(text)
            assert found is not None
            assert (sender, to) == ("IPKO", "+38344000101")
            assert text == f"IPKO: kodi {found[0]} për kërkesë privatësie. Mos ia jepni askujt!"
            assert "Faleminderit" in await one.say(found[0])
        async with asyncio.timeout(LONGEST):
            while not await is_delivered(site):
                await asyncio.sleep(0.05)

        await asyncio.to_thread(far.kill)
        await until(lambda: site.office.trouble.holds)
        site.clock.at += 60 * SECOND
        async with asker(site) as known, asker(site) as unknown:
            said = await known.ask(KNOWN)
            assert "nuk mund të dërgohen" in said
            assert said.replace(KNOWN, "") == (await unknown.ask(UNKNOWN)).replace(UNKNOWN, "")  # R11
            await asyncio.to_thread(far.start)
            await until(lambda: len(far.texts()) == 2, partial(a_second_on, site))
            again = CODE.search(far.texts()[1][2])
            assert again is not None
            assert "Faleminderit" in await known.say(again[0])
            await until(lambda: not site.office.trouble.holds)
