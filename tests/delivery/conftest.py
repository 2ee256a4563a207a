"""What the tests of delivery share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.delivery.working import House


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Somewhere to work, with a database of its own."""
    opened = House(tmp_path)
    yield opened
    await opened.store.close()
