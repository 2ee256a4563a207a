"""What tests of the real command share: a database with one fictional customer, and no process left over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.failing import CUSTOMER
from tests.tools.processes import Chat, import_customers


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one fictional customer."""
    path = tmp_path / "mburoja.db"
    import_customers(path, CUSTOMER)
    return path


@pytest.fixture
def no_process_left() -> Iterator[None]:
    """Kill what a test that failed left over."""
    yield
    for chat in [*Chat.left]:
        chat.kill()
