"""A server that begins tells its operator where its clock and the database's are apart."""

from pathlib import Path

import pytest

from bot import clock
from bot.clock import HOUR, FileClock
from bot.settings import Settings
from bot.web import server
from bot.web.settings import ServerSettings

pytestmark = pytest.mark.asyncio


async def begun(settings: Settings, folder: Path, told: FileClock | None = None) -> list[str]:
    """Return the sentences about clocks of a server that begins and ends at once."""
    sentences: list[str] = []
    await server.serve(
        settings, ServerSettings(port=0),
        database=folder / "clocks.db", clock=told, show=lambda *_: None, tell=sentences.append,
    )  # fmt: skip
    assert any(sentence.startswith("Mburoja dëgjon") for sentence in sentences)
    return [sentence for sentence in sentences if "NTP" in sentence]


async def test_a_machine_whose_clock_is_apart_is_told_of_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "stop_on_signals", lambda _loop, stop: stop.set())
    assert not await begun(settings, tmp_path)
    machine = clock._machine
    monkeypatch.setattr(clock, "_machine", lambda: machine() + HOUR)
    (sentence,) = await begun(settings, tmp_path)
    assert "s para orës së bazës" in sentence
    file = tmp_path / "now"
    file.write_text("2020-01-01T10:00:00Z")
    assert not await begun(settings, tmp_path, FileClock(file))  # a script moves it: it agrees with none
