"""Whether clocks agree is asked of the database itself, on both engines; who is apart is told so."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.clock import SECOND
from bot.services import clocks
from bot.services.standing import standing
from bot.web.watch.agreeing import apart
from tests.tools import engines


@pytest.mark.usefixtures("both_engines")
@pytest.mark.parametrize("ahead", [-3600 * SECOND, 0, 40 * SECOND])
def test_a_clock_that_is_apart_is_seen_by_how_much(tmp_path: Path, ahead: int) -> None:
    async def play() -> tuple[int, int]:
        store = engines.open_store(tmp_path / "a.db")

        def now() -> int:
            return int(time.time() * SECOND) + ahead

        try:
            stood = await store.read(lambda tx: standing(tx, now()))
            return stood.ahead, await store.transact(lambda tx: clocks.ahead(tx, now()))
        finally:
            await store.close()

    for seen in asyncio.run(play()):
        # SQLite tells whole seconds; the rest is a machine that stood still between the two looks. A file is asked
        # after ours, which takes from what is seen; a server's transaction began before it, which adds to that.
        assert abs(seen - ahead) <= 30 * SECOND


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (0, None), (clocks.AGREE, None), (-clocks.AGREE, None), (12 * SECOND, "është 12 s para orës"),
        (-3 * SECOND, "është 3 s pas orës"),
    ],
)  # fmt: skip
def test_only_who_is_well_apart_is_told(ahead: int, told: str | None) -> None:
    sentences = apart(ahead)
    assert len(sentences) == (told is not None)
    assert all(told in sentence and "NTP" in sentence for sentence in sentences if told)
