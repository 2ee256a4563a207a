"""Whatever gateways and directories do, nothing secret and nothing personal is written, at the finest level (R32)."""

import logging
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MINUTE
from bot.delivery.directory import calling
from bot.delivery.directory.http import HttpDirectory
from bot.delivery.directory.port import DirectoryError
from bot.delivery.sms.failover import Failover
from bot.delivery.sms.http import HttpGateway
from bot.delivery.sms.port import Sms, SmsError
from tests.delivery.working import House, sms
from tests.services.acting import FILAN
from tests.tools import sendsms as far_away
from tests.tools.directory import TOKEN, Mood, crm, half_a_body, hangs, hangs_up, person, redirects, says, tells
from tests.tools.sendsms import SendSms, sendsms

pytestmark = pytest.mark.asyncio
TEXT = "Alfa: kodi 012345 për kërkesë privatësie."
SECRETS = (FILAN, FILAN[1:], FILAN[4:], "012345", "kërkesë", "Filan", "A-1001", TOKEN, far_away.PASSWORD)
MOODS = ("away", "throttled", "broken", "a page", "refused", "no route", "close", "hang")


@pytest_asyncio.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(calling, "BACK_OFF", 0.01)
    made = House(tmp_path)
    yield made
    await made.store.close()


def is_kept_secret(written: str) -> bool:
    """Whether nothing of it stands in what was written; "%2B383…" is a number too."""
    return not [secret for secret in SECRETS if secret in written]


async def trouble(gateway: HttpGateway) -> str:
    """Send what is not taken; returns everything that Python can tell of why."""
    try:
        await gateway.send(Sms(to=FILAN, text=TEXT, key="k", company="alfa"))
    except SmsError as error:
        return "".join(traceback.format_exception(error)) + repr(error)
    raise AssertionError("it was taken")


@pytest.mark.parametrize("method", ["get", pytest.param("post", marks=pytest.mark.thorough)])
async def test_of_messages_over_http(house: House, method: str, caplog: pytest.LogCaptureFixture) -> None:  # R32
    caplog.set_level(logging.NOTSET)
    told = []
    async with sendsms() as far:
        settings = far.settings(method=method)
        gateway = HttpGateway(settings, house.clock, seconds=0.1)
        for mood in MOODS:
            far.mood = mood
            told.append(await trouble(gateway))
        house.worker.sending._gateway = Failover({"kannel": gateway}, house.clock)
        await sms(house, "k", TEXT)
        for _ in range(3):
            await house.worker.drain(30)
            house.clock.at += MINUTE
        await _gone(far, gateway, told)
    written = caplog.text + "".join(told) + repr(settings) + str(settings) + settings.model_dump_json()
    assert "the SMS gateway kannel is failing: sms.unanswered" in written
    assert is_kept_secret(written)


async def _gone(far: SendSms, gateway: HttpGateway, told: list[str]) -> None:
    await far.kill()
    told.append(await trouble(gateway))


MOODS_OF_DIRECTORIES: tuple[Mood, ...] = (
    says(503), says(401), says(429, retry_after="7"), redirects(f"/{FILAN[1:]}"), tells(b"{"), tells({"name": "Filan"}),
    tells({"company": "alfa", "customers": [person("A-1001", "+38344999888")]}), hangs, hangs_up, half_a_body,
)  # fmt: skip


async def test_of_look_ups(house: House, caplog: pytest.LogCaptureFixture) -> None:  # R32
    caplog.set_level(logging.NOTSET)
    told = []
    async with crm() as own:
        settings = own.settings(timeout=0.1, tries=2)
        for mood in (*MOODS_OF_DIRECTORIES, None):
            own.mood = mood
            if mood is None:
                await own.down()
            directory = HttpDirectory("alfa", settings, house.store, house.desk, house.clock)
            with pytest.raises(DirectoryError) as raised:
                await directory.find("alfa", "number", FILAN)
            told.append("".join(traceback.format_exception(raised.value)) + repr(raised.value))
            await directory.look()
            await directory.look()
            await directory.close()
    written = caplog.text + "".join(told) + repr(settings) + str(settings) + settings.model_dump_json()
    assert "the directory of alfa does not answer" in written
    assert is_kept_secret(written)
