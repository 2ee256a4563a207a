"""The real `mburoja serve` with two bots, before a fake Bot API over real HTTP; both ways in which updates come."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.botapi import RunningBotApi, RunningPerson
from tests.tools.serving import Served, fill

IPKO, PAYSERA = "1111111111:AAfakefakefakefakefakefakefakefakefake", "2222222222:AAfakefakefakefakefakefakefakefakefake"
TOKENS = {"ipko": IPKO, "paysera": PAYSERA}
LONGEST = 60.0  # seconds that an answer may take on a busy machine


class Bots:
    """The server, the fake, and people before its bots."""

    def __init__(self, served: Served, api: RunningBotApi) -> None:
        self.served, self.api = served, api
        self.people: list[RunningPerson] = []

    def person(self, company: str = "ipko", phone: str = "") -> RunningPerson:
        """Return somebody new in a private chat with a company's bot."""
        self.people.append(self.api.person(TOKENS[company], phone=phone))
        return self.people[-1]

    def says(self, person: RunningPerson, text: str, hears: str = "") -> str:
        """Write a text; return what the bot says to it."""
        person.says(text)
        return self.heard(person, hears)

    def presses(self, person: RunningPerson, label: str, hears: str = "") -> str:
        """Press a button; return what the bot says to it."""
        person.presses(label)
        return self.heard(person, hears)

    def heard(self, person: RunningPerson, words: str = "") -> str:
        """Wait for new messages of the bot (with these words) and return their texts."""
        return "\n".join(one.text for one in person.hears(words or None, timeout=LONGEST))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with fictional customers, to be copied."""
    database = tmp_path_factory.mktemp("telegram") / "filled.db"
    fill(database)
    return database


def served(folder: Path, filled: Path, api: RunningBotApi, mode: str, **more: Any) -> Served:
    """Return the server, not yet started, with both bots."""
    return Served(
        folder, filled, sites={}, TELEGRAM_TOKENS=json.dumps(TOKENS), TELEGRAM_MODE=mode, TELEGRAM_API=api.url, **more
    )


@pytest.fixture(scope="module", params=["polling", "webhook"])
def bots(request: pytest.FixtureRequest, filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """Both bots, served in one way or the other; afterwards nothing was complained of and no token was said."""
    folder = tmp_path_factory.mktemp(request.param)
    with RunningBotApi({IPKO: "ipko_bot", PAYSERA: "paysera_bot"}) as api:
        with served(folder, filled, api, request.param, LOG_LEVEL="debug", TELEGRAM_PER_CHAT="30") as server:
            yield Bots(server, api)
        server.worked_well()
        assert [token for token in TOKENS.values() if token.partition(":")[2] in server.said] == []  # R32
        assert api.calls.refused == []
        assert api.calls.uploads == []  # R43


@pytest.fixture(scope="session")
def town(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """Both bots, served once for all tests that don't break anything; no call was refused in the end."""
    with RunningBotApi({IPKO: "ipko_bot", PAYSERA: "paysera_bot"}) as api:
        with served(tmp_path_factory.mktemp("town"), filled, api, "polling", TELEGRAM_PER_CHAT="30") as server:
            yield Bots(server, api)
        server.worked_well()
        assert api.calls.refused == []
        assert api.calls.uploads == []  # R43
        assert api.calls.of("getFile") == []
