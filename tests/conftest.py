"""What the tests share: the compiled knowledge and an assistant over the real data."""

import datetime as dt
import os
from pathlib import Path

import pytest

from bot.app import build
from bot.assistant import Assistant
from bot.settings import Settings, read_settings

ROOT = Path(__file__).parents[1]
TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings that the commands under test will read too."""
    os.environ.setdefault("MBUROJA_CACHE", str(ROOT / ".venv/var/mburoja"))
    return read_settings()


@pytest.fixture(scope="session")
def assistant(settings: Settings) -> Assistant:
    """One assistant for all tests: it keeps nothing between messages."""
    return build(settings, lambda: TODAY)
