"""What the tests of crashes share: runs of kills on either engine, and a small one to be damaged by hand."""

import os
import random
from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.crash.crowd import Load
from tests.crash.disturbing import Disturber
from tests.crash.driver import Run, run_through
from tests.crash.places import Place, on_server
from tests.tools import postgres

_THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
_CYCLES = os.environ.get("MBUROJA_CRASH_CYCLES")
SEED = int(os.environ.get("MBUROJA_CRASH_SEED") or 49)
ONE, THREE = "one process on SQLite", "three replicas on PostgreSQL"
CYCLES = {
    ONE: int(_CYCLES or (100 if _THOROUGH else 6)),
    THREE: int(_CYCLES or (50 if _THOROUGH else 3)),
}
_ONE = Load(people=20)
_THREE = Load(people=60, replicas=3, moves=0.05, twice=0.05, together=0.25, alike=0.2)
_KEPT = {"synchronous_commit": "on"}  # the machine keeps what was written, so that this suffices for what is fair
_MUCH = 250  # lines of a process, so that much is going on when the first is killed
# Seconds that a process stands still: longer than it may in a transaction (5), or than its jobs are leased to it (15).
_PAUSES = {0: 5.5} if not _THOROUGH else {4: 6.0, 15: 16.5, 28: 6.0, 38: 8.0}
_OUTAGES = {CYCLES[THREE] // 2} if not _THOROUGH else {8, 20, 31, 33, 44}


@pytest.fixture(scope="session")
def crashed_process(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One process, killed again and again."""
    assert settings.data.is_dir()
    folder = tmp_path_factory.mktemp("crashed")
    run = Run(Place(database=str(folder / "crash.db")), folder, SEED, _ONE)
    return run_through(run, [None] * CYCLES[ONE])


@pytest.fixture(scope="session")
def crashed_replicas(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Three replicas, killed again and again, on a server of their own, since it is crashed."""
    assert settings.data.is_dir()
    folder = tmp_path_factory.mktemp("replicas")
    with postgres.server(_KEPT) as server:
        chance = random.Random(SEED)  # noqa: S311  for tests only
        disturber = Disturber(server=server, chance=chance, pauses=_PAUSES, outages=_OUTAGES)
        run = Run(on_server(server.database(), folder), folder, SEED, _THREE, disturber)
        yield run_through(run, [_MUCH, *[None] * (CYCLES[THREE] - 1)])


@pytest.fixture(params=[ONE, THREE])
def crashed(request: pytest.FixtureRequest) -> Run:
    """What is there after the kills, and what people were told meanwhile."""
    run: Run = request.getfixturevalue("crashed_process" if request.param == ONE else "crashed_replicas")
    return run


@pytest.fixture(scope="session")
def small(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One process with two kills only, and something of every kind between them."""
    assert settings.data.is_dir()
    folder = tmp_path_factory.mktemp("small")
    run = Run(Place(database=str(folder / "crash.db")), folder, SEED + 1, _ONE)
    return run_through(run, [1500, 1000])
