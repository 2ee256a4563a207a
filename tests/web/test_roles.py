"""What a process does by its role, and what an operator is told who may have slipped."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from bot.app import open_office
from bot.settings import PostgresUrl, Settings
from bot.web.roles import odd, takes_updates
from bot.web.server import listening
from bot.web.settings import ServerSettings

FILE, SERVER = Path("mburoja.db"), PostgresUrl("postgresql://shembull/mburoja")


@pytest.mark.parametrize(
    ("role", "mode", "takes"),
    [
        ("all", "polling", True), ("all", "webhook", True),
        ("web", "polling", False), ("web", "webhook", True),
        ("worker", "polling", True), ("worker", "webhook", False),
    ],
)  # fmt: skip
def test_updates_come_to_who_is_asked_for_them_or_asks(role: str, mode: str, *, takes: bool) -> None:
    settings = ServerSettings.model_validate({"role": role, "telegram_mode": mode})
    assert takes_updates(settings) is takes


def test_what_may_be_a_slip_is_told() -> None:
    told = {
        (role, place): list(odd(ServerSettings.model_validate({"role": role}), place))
        for role in ("all", "web", "worker")
        for place in (FILE, SERVER)
    }
    assert told["all", FILE] == told["all", SERVER] == told["worker", SERVER] == []
    assert ["skedar i SQLite-s" in told["worker", FILE][0], len(told["worker", FILE])] == [True, 1]
    assert ["--role worker" in told["web", SERVER][0], len(told["web", SERVER])] == [True, 1]
    assert len(told["web", FILE]) == 2


async def statuses(settings: Settings, folder: Path, role: str, look: Callable[[str, str], Awaitable[None]]) -> None:
    own = ServerSettings.model_validate({"role": role, "port": 0})
    async with open_office(settings, folder / "roles.db") as office, listening(office, own, lambda *_: None) as server:
        await look(server.url, " ".join(sorted(task.get_name() for task in server.beside)))


@pytest.mark.asyncio
async def test_who_works_serves_no_page(settings: Settings, tmp_path: Path) -> None:
    async def look(url: str, beside: str) -> None:
        assert beside == "worker"
        async with aiohttp.ClientSession() as http:
            for path, status in {
                "/healthz": 200, "/readyz": 200, "/metrics": 200,
                "/": 404, "/widget.js": 404, "/widget/ipko": 404, "/ws/ipko": 404, "/telegram/ipko": 404,
            }.items():  # fmt: skip
                async with http.get(url + path) as answer:
                    assert (path, answer.status) == (path, status)
                    assert answer.headers["X-Content-Type-Options"] == "nosniff"

    await statuses(settings, tmp_path, "worker", look)


@pytest.mark.asyncio
async def test_who_serves_does_nothing_that_waits(settings: Settings, tmp_path: Path) -> None:
    async def look(url: str, beside: str) -> None:
        assert beside == "hub idle own house"
        async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as answer:
            assert answer.status == 404

    await statuses(settings, tmp_path, "web", look)
