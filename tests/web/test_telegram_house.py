"""Telegram beside the web: bots begin and end with the server, and hold nobody up who comes by the web."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import open_office
from bot.channels.telegram import setup
from bot.channels.telegram.intake import Intake
from bot.delivery.telegram import botapi, calls
from bot.delivery.telegram.calls import Chat, Send
from bot.settings import Settings
from bot.web.keys import HOUSE
from bot.web.server import at_address, listening, make_app, make_house
from bot.web.settings import ServerSettings
from bot.web.telegram.joining import joined, name_bots
from bot.web.watch.health import STANDING
from tests.tools.botapi import FakeBotApi, answers_late
from tests.tools.engines import looking
from tests.tools.site import Site, made_up_site
from tests.web.test_metrics import samples

pytestmark = pytest.mark.asyncio

IPKO, PAYSERA, UNKNOWN = "1001:made-UP_1", "1002:made-UP_2", "1009:made-UP_9"
BOTH = {"ipko": IPKO, "paysera": PAYSERA}
LONGEST = 30.0  # seconds for anything
SOON = 15.0  # seconds: sooner than a question to Telegram ends by itself, which is after 25, or a call after 60


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long before a bot is set up."""
    monkeypatch.setattr(setup, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(setup, "LONGEST_WAIT", 0.05)


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi({IPKO: "ipko_bot", PAYSERA: "paysera_bot"}) as made:
        yield made


def told(fake: FakeBotApi, **more: object) -> dict[str, object]:
    """The server's settings for both bots."""
    return {"telegram_tokens": BOTH, "telegram_api": fake.url, **more}


async def ready(site: Site) -> tuple[int, bool]:
    """Return what `/readyz` answers, and what it says of Telegram."""
    async with site.browser() as browser:
        status, found, _ = await browser.ask("GET", "/readyz")
        return status, found["telegram"]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_each_bot_answers_for_its_company(
    fake: FakeBotApi, settings: Settings, tmp_path: Path, mode: str
) -> None:
    async with made_up_site(settings, tmp_path, **told(fake, telegram_mode=mode)) as site:
        await site.until(lambda: all(site.app[STANDING].bots.values()))
        for token, company in ((IPKO, "IPKO"), (PAYSERA, "Paysera")):
            person = fake.person(token)
            person.start()
            assert any(company in shown.text for shown in await person.hears(company))
        assert await ready(site) == (200, True)
        await site.until(lambda: all_is_counted(samples(site.app[HOUSE].metrics.text())))
    assert len(fake.calls.of("setWebhook")) == (2 if mode == "webhook" else 0)


def all_is_counted(metrics: Mapping[str, float]) -> bool:
    """Tell whether a greeting by each bot is: it is on the screen before the bot knows that it was sent."""
    return (
        metrics["mburoja_telegram_ready bot=ipko"] == 1
        and metrics.get("mburoja_telegram_updates_total bot=ipko outcome=kept") == 1
        and metrics.get("mburoja_telegram_calls_total bot=paysera outcome=sent", 0) >= 1
        and metrics["mburoja_telegram_waiting"] == 0
    )


async def test_telegram_is_told_of_a_webhook_when_the_server_listens_there(
    fake: FakeBotApi, settings: Settings, tmp_path: Path
) -> None:  # R28
    async with made_up_site(settings, tmp_path, **told(fake, telegram_mode="webhook")) as site:
        await site.until(lambda: all(site.app[STANDING].bots.values()))
        hook = fake.account(IPKO).updates.webhook
        assert hook.url == f"{site.url}/telegram/ipko"
        assert hook.secret == site.office.desk.vault.index("telegram-secret", "ipko")
        assert hook.secret != fake.account(PAYSERA).updates.webhook.secret


async def test_telegram_is_not_told_before_the_server_listens(
    fake: FakeBotApi, settings: Settings, tmp_path: Path
) -> None:
    own = ServerSettings.model_validate(told(fake, telegram_mode="webhook"))
    async with open_office(settings, tmp_path / "t.db") as office:
        app = make_app(make_house(office, own))
        async with joined(app) as bots:
            assert bots
            await asyncio.sleep(0.1)
            assert len(fake.calls) == 0
            assert app[STANDING].bots == {"ipko": False, "paysera": False}
            bots.listens()
            async with asyncio.timeout(LONGEST):
                while not all(app[STANDING].bots.values()):
                    await asyncio.sleep(0.01)
    assert len(fake.calls.of("setWebhook")) == 2


async def test_while_telegram_is_down_the_web_goes_on_and_the_bots_come_later(
    fake: FakeBotApi, settings: Settings, tmp_path: Path
) -> None:  # R50
    await fake.down()
    async with made_up_site(settings, tmp_path, **told(fake)) as site:
        await site.until(lambda: site.app[STANDING].bots == {"ipko": False, "paysera": False})
        assert await ready(site) == (200, False)
        async with site.browser() as browser, browser.socket() as line:
            await line.hello()
            assert await line.say("a-1", "menyja")
        await fake.up()
        person = fake.person(IPKO)
        person.start()
        assert await person.hears("IPKO")


async def test_a_bot_whose_token_is_refused_keeps_no_other_from_working(
    fake: FakeBotApi, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = {"ipko": IPKO, "paysera": UNKNOWN}
    with caplog.at_level(logging.DEBUG):
        async with made_up_site(settings, tmp_path, **told(fake, telegram_tokens=tokens)) as site:
            person = fake.person(IPKO)
            person.start()
            assert await person.hears("IPKO")
            await site.until(lambda: site.app[STANDING].bots == {"ipko": True, "paysera": False})
    assert "refuses the token of the bot paysera" in caplog.text
    assert "made-UP" not in caplog.text


async def test_no_log_line_has_anything_of_a_token_or_a_person(
    fake: FakeBotApi, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R32, R42
    with caplog.at_level(logging.DEBUG):
        async with made_up_site(settings, tmp_path, **told(fake)):
            person = fake.person(IPKO, name="Filane")
            person.start()
            await person.hears("IPKO")
            person.says("ku e keni adresën time në Rrugën e Trilluar")
            await person.hears()
    for secret in ("made-UP", str(person.id), "Filane", "Trilluar"):
        assert secret not in caplog.text


async def test_it_stops_at_once_while_the_bots_wait_for_something_new(
    fake: FakeBotApi, settings: Settings, tmp_path: Path
) -> None:
    began = 0.0
    async with made_up_site(settings, tmp_path, **told(fake)) as site:
        await site.until(lambda: all(site.app[STANDING].bots.values()))
        began = time.monotonic()
    assert time.monotonic() - began < SOON
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("telegram")]


async def test_what_was_kept_when_it_stops_is_answered_when_it_is_there_again(
    fake: FakeBotApi, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R29
    async def idle(_intake: Intake, stop: asyncio.Event) -> None:
        await stop.wait()

    person = fake.person(IPKO)
    with monkeypatch.context() as patch:
        patch.setattr(Intake, "run", idle)
        async with made_up_site(settings, tmp_path, **told(fake)):
            person.start()
            await fake.settled()
    assert not fake.calls.of("sendMessage")
    async with made_up_site(settings, tmp_path, **told(fake)) as site:
        assert await person.hears("IPKO")
        await site.until(lambda: not samples(site.app[HOUSE].metrics.text())["mburoja_telegram_waiting"])
    said = [call.parameters["text"] for call in fake.calls.of("sendMessage")]
    assert len(said) == len(set(said))


async def test_what_is_under_way_when_it_stops_is_finished(
    fake: FakeBotApi, settings: Settings, tmp_path: Path
) -> None:
    person = fake.person(IPKO)
    fake.order(answers_late(0.5), method="sendMessage")
    async with made_up_site(settings, tmp_path, **told(fake)):
        person.start()
        await person.hears("IPKO")  # it is there, and nobody has answered yet that it is
    said = [call.parameters["text"] for call in fake.calls.of("sendMessage")]
    async with made_up_site(settings, tmp_path, **told(fake)):
        person.says("kush i sheh thirrjet e mia?")
        await person.hears("Siguria")
    later = [call.parameters["text"] for call in fake.calls.of("sendMessage")][len(said) :]
    assert later
    assert said[0] not in later


async def test_what_does_not_end_when_it_stops_is_not_waited_for_long(
    fake: FakeBotApi, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R52
    person = fake.person(IPKO)
    monkeypatch.setattr(botapi, "READ", 60.0)
    fake.order(answers_late(120), method="sendMessage")
    began = 0.0
    async with made_up_site(settings, tmp_path, **told(fake, stop_seconds=1)):
        person.start()
        await person.hears("IPKO")
        began = time.monotonic()
    assert time.monotonic() - began < SOON


async def test_the_server_does_not_go_on_when_what_works_for_telegram_has_ended(
    fake: FakeBotApi, settings: Settings, tmp_path: Path
) -> None:
    own = ServerSettings.model_validate({"port": 0, **told(fake)})
    for name in ("telegram-pump", "telegram-intake", "telegram-ipko"):
        async with open_office(settings, tmp_path / "t.db") as office, listening(office, own, lambda *_: None) as made:
            next(task for task in made.beside if task.get_name() == name).cancel()
            with pytest.raises(RuntimeError, match=name):
                await asyncio.wait_for(made.until(asyncio.Event()), LONGEST)


async def test_the_operator_is_told_which_bots_run_and_how(settings: Settings) -> None:
    own = ServerSettings.model_validate({"telegram_tokens": BOTH})
    assert name_bots(own) == "Telegram: ipko, paysera (long polling)"
    all_by_webhook = ServerSettings.model_validate({"telegram_tokens": {"*": IPKO}, "telegram_mode": "webhook"})
    assert name_bots(all_by_webhook) == "Telegram: all (webhook)"
    there = ServerSettings(public_url="https://m.example")
    assert at_address(settings, there).public_url == "https://m.example"  # letters into chats lead there
    assert at_address(settings, ServerSettings()) == settings


async def test_without_a_token_nothing_of_telegrams_library_is_loaded() -> None:
    look = "import sys, bot.commands.serve, bot.commands.demo; sys.exit('telegram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0


async def test_a_server_without_bots_sees_to_what_was_to_be_said_by_one(
    settings: Settings, tmp_path: Path
) -> None:  # R50
    async with made_up_site(settings, tmp_path) as site:
        office = site.app[HOUSE].office
        there, call = Chat(bot="ipko", id=600_000_001), Send(text="Përgjigja.")
        await office.store.transact(
            lambda tx: calls.order(tx, office.desk, office.clock.now(), there, call, key="k", notice="n")
        )

        def tried() -> bool:
            with looking(office.database) as tables:
                return [row["error"] for row in tables.rows("jobs")] == ["telegram.bot"]

        await site.until(tried)
