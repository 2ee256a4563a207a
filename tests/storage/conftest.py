"""What the tests of SQLite's own behaviour share: a folder of statements that provoke it."""

from pathlib import Path

import pytest

from bot.storage.statements import Statements, read_statements


@pytest.fixture(scope="session")
def statements() -> Statements:
    return read_statements(Path(__file__).parent / "sql")
