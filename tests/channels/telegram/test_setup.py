"""How a bot is set up: what Telegram is told at the start, once, whatever it says at first."""

import asyncio
import gettext
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.answering import translations
from bot.assistant import Assistant
from bot.channels.telegram import setup
from bot.channels.telegram.setup import State, commands, description, set_up, short_description
from bot.channels.telegram.turns import Bot
from bot.delivery.telegram.botapi import KINDS, BotApi
from bot.knowledge.compiling import open_knowledge
from bot.policy.company import Company
from bot.settings import Settings
from tests.tools.botapi import (
    FakeBotApi,
    Fault,
    answers_bad_gateway,
    answers_bad_request,
    answers_server_error,
    answers_too_many,
    cuts_after,
    cuts_before,
)

pytestmark = pytest.mark.asyncio

LONGEST = 30.0  # seconds for anything
TOKEN, SECRET = "1001:made-UP_1", "a-secret_of_a_header"
IPKO = Bot(name="ipko", company="ipko")
CHANGES = ("setMyCommands", "setMyDescription", "setMyShortDescription", "setChatMenuButton")
HOOK = "https://m.example/telegram/ipko"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(setup, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(setup, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(setup, "REFUSED_WAIT", 0.03)


@pytest.fixture
def companies(assistant: Assistant) -> dict[str, Company]:
    return {company.id: company for company in assistant.companies}


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi({TOKEN: "ipko_bot"}) as made:
        yield made


class Tries:
    """A bot as it is set up, again and again; ``states`` are what was told of it."""

    def __init__(self, fake: FakeBotApi, companies: dict[str, Company]) -> None:
        self.fake, self.companies = fake, companies
        self.states: list[State] = []

    async def once(
        self, bot: Bot = IPKO, *, token: str = TOKEN, webhook: str | None = None, secret: str | None = None
    ) -> None:
        """Set it up, however often that has to be tried."""
        api = BotApi(bot.name, token, api=self.fake.url)
        await api.start()
        try:
            await set_up(
                api, bot, self.companies, gettext.gettext, webhook=webhook, secret=secret, watch=self.states.append
            )
        finally:
            await api.close()

    @property
    def changes(self) -> list[str]:
        """The methods by which the profile was changed."""
        return [call.method for call in self.fake.calls.of(*CHANGES)]


@pytest.fixture
def tries(fake: FakeBotApi, companies: dict[str, Company]) -> Tries:
    return Tries(fake, companies)


# ---- what it says of itself ------------------------------------------------------------------------------------


async def test_a_new_bot_gets_its_commands_its_words_and_its_menu(fake: FakeBotApi, tries: Tries) -> None:
    await tries.once()
    profile = fake.account(TOKEN).profile
    menu = [command["command"] for command in profile.commands["default", ""]]
    assert menu == [
        "start", "pyet", "pelqimet", "kerkesat", "kundershto", "personi", "anulo", "ndihme", "privatesia", "harro",
    ]  # fmt: skip
    assert "IPKO" in profile.descriptions[""]
    assert "Paysera" not in profile.descriptions[""]
    assert "IPKO" in profile.short_descriptions[""]
    assert tries.states == [State.READY]


async def test_a_bot_for_all_names_every_company(fake: FakeBotApi, tries: Tries) -> None:
    await tries.once(Bot(name="all", company=None))
    for said in (fake.account(TOKEN).profile.descriptions[""], fake.account(TOKEN).profile.short_descriptions[""]):
        assert "IPKO" in said
        assert "Paysera" in said


async def test_what_telegram_has_already_is_not_set_again(fake: FakeBotApi, tries: Tries) -> None:
    await tries.once()
    assert tries.changes == ["setMyCommands", "setMyDescription", "setMyShortDescription"]  # the menu was there
    fake.account(TOKEN).profile.menu_buttons[0] = {"type": "default"}
    await tries.once()
    assert tries.changes[3:] == ["setChatMenuButton"]
    await tries.once()
    assert tries.changes[4:] == []
    fake.account(TOKEN).profile.short_descriptions[""] = "diçka tjetër"
    await tries.once()
    assert tries.changes[4:] == ["setMyShortDescription"]


async def test_every_command_of_the_menu_is_understood(settings: Settings) -> None:
    known = open_knowledge(settings.data, settings.cache, lambda: None).commands
    assert [c.command for c in commands(str) if c.command != "pyet" and known.find(f"/{c.command}") is None] == []


async def test_the_words_fit_however_many_companies_there_are() -> None:
    names = [f"Kompania e trilluar {number}" for number in range(40)]
    assert len(description(names, gettext.gettext)) <= 512
    assert len(short_description(names, gettext.gettext)) <= 120
    albanian = translations().gettext
    assert len(description(["IPKO", "Paysera"], albanian)) <= 512
    assert not short_description(["IPKO", "Paysera"], albanian).endswith("…")


# ---- how its updates come --------------------------------------------------------------------------------------


async def test_updates_are_fetched_where_no_webhook_is_wanted_and_those_that_wait_stay(
    fake: FakeBotApi, tries: Tries
) -> None:  # R29
    await tries.once(webhook=HOOK, secret=SECRET)
    fake.person(TOKEN).start()
    await tries.once()
    assert fake.account(TOKEN).updates.webhook.url == ""
    assert fake.account(TOKEN).updates.waiting == 1


async def test_updates_are_posted_where_a_webhook_is_wanted_with_its_secret(
    fake: FakeBotApi, tries: Tries
) -> None:  # R28
    fake.person(TOKEN).start()
    await tries.once(webhook=HOOK, secret=SECRET)
    (call,) = fake.calls.of("setWebhook")
    assert call.parameters["secret_token"] == SECRET
    assert call.parameters["allowed_updates"] == list(KINDS)
    assert fake.account(TOKEN).updates.webhook.url == HOOK
    assert fake.account(TOKEN).updates.waiting == 1


# ---- when Telegram does not answer -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [answers_bad_gateway(), answers_server_error(), answers_bad_request(), cuts_before(), cuts_after()],
    ids=lambda fault: fault.way.name,
)
@pytest.mark.parametrize("method", ["deleteWebhook", "getMyCommands", "setMyDescription"])
async def test_it_is_tried_until_it_is_done(fake: FakeBotApi, tries: Tries, fault: Fault, method: str) -> None:  # R50
    fake.order(fault, method=method, times=2)
    async with asyncio.timeout(LONGEST):
        await tries.once()
    assert tries.states == [State.READY]
    assert len(fake.account(TOKEN).profile.commands["default", ""]) == 10


async def test_it_waits_as_long_as_telegram_says(fake: FakeBotApi, tries: Tries) -> None:
    fake.order(answers_too_many(1), method="setMyCommands")
    await tries.once()
    first, second = fake.calls.of("setMyCommands")
    assert second.at - first.at >= 1


async def test_while_telegram_is_down_it_goes_on_trying(fake: FakeBotApi, tries: Tries) -> None:  # R50
    await fake.down()
    trying = asyncio.create_task(tries.once())
    done, _ = await asyncio.wait([trying], timeout=0.1)
    assert not done
    await fake.up()
    await asyncio.wait_for(trying, LONGEST)
    assert tries.states == [State.READY]


async def test_a_token_that_is_refused_is_told_by_the_bots_name_and_tried_again(
    tries: Tries, caplog: pytest.LogCaptureFixture
) -> None:  # R42
    with caplog.at_level(logging.DEBUG):
        trying = asyncio.create_task(tries.once(token="1009:made-UP_9"))  # noqa: S106  made up
        async with asyncio.timeout(LONGEST):
            while len([line for line in caplog.records if line.levelname == "ERROR"]) < 2:
                await asyncio.sleep(0.01)
        trying.cancel()
    assert tries.states[:2] == [State.REFUSED, State.REFUSED]
    assert "ipko" in caplog.text
    assert "made-UP" not in caplog.text


async def test_nothing_of_a_token_is_logged_whatever_fails(
    fake: FakeBotApi, tries: Tries, caplog: pytest.LogCaptureFixture
) -> None:  # R32
    fake.order(answers_bad_request(f"bad webhook: {HOOK} {TOKEN}"), method="setWebhook")
    fake.order(answers_bad_gateway(), method="getMyCommands")
    with caplog.at_level(logging.DEBUG):
        await tries.once(webhook=HOOK, secret=SECRET)
    assert "made-UP" not in caplog.text
    assert SECRET not in caplog.text
    assert HOOK not in caplog.text
