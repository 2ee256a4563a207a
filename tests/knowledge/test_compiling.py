"""What is compiled stays for as long as somebody opens it, and whoever compiles beside others has it in the end."""

import os
import shutil
from pathlib import Path

import pytest

from bot.knowledge import compiling
from bot.knowledge.compiled import DIRECTORY
from bot.knowledge.compiling import open_knowledge
from bot.knowledge.source import Source, digest
from bot.settings import Settings


def test_what_is_opened_is_not_the_oldest_any_more(settings: Settings) -> None:
    """Its parts are read when they are needed: taken away under a server, a turn would fail."""
    open_knowledge(settings.data, settings.cache)
    folder = settings.cache / digest(settings.data)
    os.utime(folder, (0, 0))
    open_knowledge(settings.data, settings.cache)
    assert folder.stat().st_mtime > 0


@pytest.fixture
def quick(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lets compiling give what was compiled before; returns where that is."""
    open_knowledge(settings.data, settings.cache)
    done = settings.cache / digest(settings.data)

    def write(_source: Source, folder: Path, _trained: Path) -> None:
        shutil.copytree(done, folder, dirs_exist_ok=True)

    monkeypatch.setattr(compiling, "_write", write)
    return done


def test_of_two_that_compile_the_same_at_once_both_have_it(
    quick: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def just_before(fresh: Path, folder: Path) -> Path:
        shutil.copytree(quick, folder)  # another process is quicker
        return rename(fresh, folder)

    monkeypatch.setattr(Path, "rename", just_before)
    assert open_knowledge(settings.data, tmp_path).companies


def test_what_was_half_taken_away_is_compiled_anew(quick: Path, settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(quick, tmp_path / quick.name)
    (tmp_path / quick.name / DIRECTORY).unlink()
    assert open_knowledge(settings.data, tmp_path).companies


def test_what_another_process_takes_away_meanwhile_is_in_nobodys_way(
    quick: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glob = Path.glob

    def seen(path: Path, pattern: str) -> list[Path]:
        return [*glob(path, pattern), *([path / "gone" / DIRECTORY] if path.is_relative_to(tmp_path) else [])]

    monkeypatch.setattr(Path, "glob", seen)
    assert open_knowledge(settings.data, tmp_path).companies
    assert (tmp_path / quick.name / DIRECTORY).exists()
