"""Files that hold a secret: nobody else reads them, and nothing of one stays where it was not wanted."""

import os
from pathlib import Path

import pytest

from bot.settings import write_secret
from bot.upkeep.places import put


def test_a_secret_that_could_not_be_written_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError("this file system knows no links")

    monkeypatch.setattr(os, "link", refuses)
    with pytest.raises(PermissionError):
        write_secret(tmp_path / "m.db.key")
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_for_all_to_read_does_so_no_more(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("new")
    target.write_text("longer than that")
    target.chmod(0o644)
    put(source, target)
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o077 == 0
    assert {*tmp_path.iterdir()} == {source, target}


def test_what_could_not_be_copied_whole_is_not_there_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put(tmp_path / "nothing", tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
