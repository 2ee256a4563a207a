"""What the tests of SQLite's own behaviour share: a folder of statements that provoke it."""

import shutil
from pathlib import Path

import pytest

from bot.storage.scripts import MIGRATIONS, scripts
from bot.storage.statements import Statements, read_statements


@pytest.fixture(scope="session")
def statements() -> Statements:
    return read_statements(Path(__file__).parent / "sql")


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations, with one more of the next release."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    number = len(scripts()) + 1
    script = f"-- The next release.\n-- runs with: {number - 1:04}\n\nCREATE TABLE later (a TEXT);\n"
    (folder / f"{number:04}_later.sql").write_text(script, encoding="utf-8")
    return folder
