"""What the tests share: the compiled knowledge and an assistant over the real data."""

import contextlib
import datetime as dt
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from bot import app
from bot.answering import build
from bot.assistant import Assistant
from bot.settings import Settings, read_settings

# What helpers assert is shown in full too when it does not hold.
pytest.register_assert_rewrite("tests.acceptance.failing", "tests.tools")

from tests.tools import engines, postgres  # noqa: E402  after the line before it
from tests.tools.engines import Engine  # noqa: E402

# On a virtual machine under load, exec after vfork from a process with many threads was once seen to fail with EFAULT.
# The library documents this switch for such cases.
subprocess._USE_VFORK = False  # type: ignore[misc]  # final to type checkers

ROOT = Path(__file__).parents[1]
TODAY = dt.date(2026, 11, 21)

# The same tests run longer where there is time for it: .ci/run sets MBUROJA_THOROUGH.
hypothesis.settings.register_profile("quick", deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("thorough" if os.environ.get("MBUROJA_THOROUGH") else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what only CI has the time for; the report says that it was left out."""
    if os.environ.get("MBUROJA_THOROUGH"):
        return
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.skip(reason="runs where MBUROJA_THOROUGH is set"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that what needs PostgreSQL was not tested."""
    skipped = sum(postgres.MISSING in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.write_line(f"NOT TESTED, {skipped} tests: {postgres.MISSING}", red=True, bold=True)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings that the commands under test will read too."""
    os.environ.setdefault("MBUROJA_CACHE", str(ROOT / ".venv/var/mburoja"))
    return read_settings()


@pytest.fixture(scope="session")
def assistant(settings: Settings) -> Assistant:
    """One assistant for all tests: it keeps nothing between messages."""
    return build(settings, lambda: TODAY)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One PostgreSQL server for all tests of a process that leave it as it is."""
    with postgres.shared() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: postgres.Server) -> Iterator[engines.Postgres]:
    """Where ``tests.tools.engines`` takes its databases from."""
    with engines.on(postgres_server) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def engine_under_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Offices are opened on the engine that the environment names (``tests.tools.engines``)."""
    if engines.is_postgres():
        request.getfixturevalue("postgres_databases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "open_store", engines.open_store)
        yield


@pytest.fixture(autouse=True)
def databases_of_one_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has named is another's afterwards."""
    if not engines.is_postgres():
        yield
        return
    made: engines.Postgres = request.getfixturevalue("postgres_databases")
    with made.for_one_test():
        yield


@pytest.fixture(params=list(Engine))
def both_engines(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Run a test on either engine: for what one's single writer would hide."""
    engine: Engine = request.param
    with engines.under_test(engine), contextlib.ExitStack() as stack:
        if engine is Engine.POSTGRES:
            made: engines.Postgres = request.getfixturevalue("postgres_databases")
            stack.enter_context(made.for_one_test())
        yield engine


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """An empty database."""
    url = postgres_server.database()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def migrated_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A database with every migration and no row: much faster to have than an empty one."""
    with postgres_server.migrated() as url:
        yield url
