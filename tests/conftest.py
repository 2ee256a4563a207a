"""What the tests share: the compiled knowledge and an assistant over the real data."""

import datetime as dt
import os
import subprocess
from pathlib import Path

import hypothesis
import pytest

from bot.answering import build
from bot.assistant import Assistant
from bot.settings import Settings, read_settings

# What helpers assert is shown in full too when it does not hold.
pytest.register_assert_rewrite("tests.acceptance.failing", "tests.tools")

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


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings that the commands under test will read too."""
    os.environ.setdefault("MBUROJA_CACHE", str(ROOT / ".venv/var/mburoja"))
    return read_settings()


@pytest.fixture(scope="session")
def assistant(settings: Settings) -> Assistant:
    """One assistant for all tests: it keeps nothing between messages."""
    return build(settings, lambda: TODAY)
