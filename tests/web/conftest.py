"""What tests of the web share: a server with fictional customers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.settings import Settings
from tests.tools.site import Site, made_up_site


@pytest_asyncio.fixture
async def site(settings: Settings, tmp_path: Path) -> AsyncIterator[Site]:
    """A server of its own for each test."""
    async with made_up_site(settings, tmp_path) as made:
        yield made
