"""What tests of the console share: a server with fictional customers and the console."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.settings import Settings
from tests.tools.console import console_site
from tests.tools.site import Site


@pytest_asyncio.fixture
async def site(settings: Settings, tmp_path: Path) -> AsyncIterator[Site]:
    """A server of its own for each test."""
    async with console_site(settings, tmp_path) as made:
        yield made
