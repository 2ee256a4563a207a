"""A database with fictional customers and acts, made once; each test gets a copy of it, or its own PostgreSQL one."""

import shutil
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.tools.command import in_process, mburoja

SECRET = "d1f0c0de" * 8
_LINES = """/fillo
Sa kohë i ruani të dhënat e mia?
Dua të ankohem te zyrtari
"""


@pytest.fixture(scope="session")
def original(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with its key and heads beside it."""
    assert settings.data.is_dir()
    path = tmp_path_factory.mktemp("original") / "m.db"
    assert in_process("customers", "demo", "--db", str(path))[0] == 0
    done = mburoja("chat", "--company", "ipko", "--json", "--db", str(path), given=_LINES.encode(), timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return path


@pytest.fixture
def source(original: Path, tmp_path: Path) -> Path:
    """The same, to do with as one likes."""
    for path in original.parent.glob("m.db*"):
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path / "m.db"
