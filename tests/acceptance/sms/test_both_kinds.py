"""An operator's short message centre first, a gateway over HTTP behind it: over the real server."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.clock import DAY, MINUTE
from bot.delivery.sms import sending
from bot.delivery.sms.opening import open_gateways
from bot.delivery.sms.settings import SmppSettings
from bot.services.outward import sms_sent
from bot.services.outward.sms_sent import Count, SentState
from bot.settings import Settings
from bot.web import outward
from tests.tools.chatting import CODE
from tests.tools.gatewayed import KNOWN, asker, codes, gatewayed_site
from tests.tools.sendsms import sendsms
from tests.tools.smsc import PASSWORD, USER, ShortMessageCentre
from tests.tools.smsc_messages import receipt

LONGEST = 60.0  # seconds for anything


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_code_goes_by_smpp_and_when_that_line_is_cut_over_http(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R50
    monkeypatch.setattr(outward, "open_gateways", partial(open_gateways, check_each=0.05))
    monkeypatch.setattr(sending, "LOOK_EACH", 0.05)
    centre = ShortMessageCentre()
    await centre.start()
    try:
        async with sendsms() as behind:
            first = SmppSettings.model_validate({
                "kind": "smpp", "name": "operatori", "host": "127.0.0.1", "port": centre.port, "user": USER,
                "password": PASSWORD, "senders": {"*": "Mburoja"}, "binds": 1,
            })  # fmt: skip
            async with gatewayed_site(settings, tmp_path, [first, behind.settings()]) as site:
                await centre.until(lambda there: len(there.binds) == 1)
                async with asker(site) as one:
                    await one.ask(KNOWN)
                    await until(lambda: len(centre.taken) == 1)
                    found = CODE.search(centre.texts()[0])
                    assert found is not None
                    assert "për kërkesë privatësie" in centre.texts()[0]
                    assert "Faleminderit" in await one.say(found[0])
                message = centre.taken[0]
                await centre.tell(receipt(message, "DELIVRD"))
                async with asyncio.timeout(LONGEST):
                    delivered = [Count(gateway="operatori", state=SentState.DELIVERED, messages=1)]
                    while (
                        await site.office.store.read(lambda tx: sms_sent.counts(tx, site.clock.at - DAY)) != delivered
                    ):
                        await asyncio.sleep(0.02)
                await centre.stop()
                site.clock.at += MINUTE
                async with asker(site) as two:
                    assert "po dërgohet një kod" in await two.ask(KNOWN)
                    await until(lambda: len(behind.taken) == 1)
                    assert "Faleminderit" in await two.say(codes(behind)[0])
    finally:
        await centre.stop()
    assert centre.faults == []
