"""What the tests of crashes share: one run of kills, and a small one whose database is damaged by hand."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.crash.driver import Run

CYCLES = int(os.environ.get("MBUROJA_CRASH_CYCLES") or (100 if os.environ.get("MBUROJA_THOROUGH") else 10))
SEED = int(os.environ.get("MBUROJA_CRASH_SEED") or 49)


@pytest.fixture(scope="session")
def crashed(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What is there after the kills, and what people were told meanwhile."""
    return _run(settings, tmp_path_factory.mktemp("crashed"), SEED, [None] * CYCLES)


@pytest.fixture(scope="session")
def small(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same with two kills only, and something of every kind between them."""
    return _run(settings, tmp_path_factory.mktemp("small"), SEED + 1, [1500, 1000])


def _run(settings: Settings, folder: Path, seed: int, cycles: Sequence[int | None]) -> Run:
    assert settings.data.is_dir()
    run = Run(folder, seed)
    run.prepare()
    for lines in cycles:
        run.cycle(lines)
    run.end()
    return run
