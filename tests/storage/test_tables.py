"""Whole tables of a SQLite file: what fails is told by its own name, and keeps nothing."""

from pathlib import Path

import pytest

from bot.errors import StoreUnavailableError
from bot.storage.sqlite import connect, tables


def test_a_disk_that_fills_up_is_told_as_that_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    connection = connect(path)
    connection.execute("CREATE TABLE letters (words TEXT)")
    connection.execute("PRAGMA max_page_count = 3")
    monkeypatch.setattr(tables, "connect", lambda _: connection)
    with (
        pytest.raises(StoreUnavailableError, match="Nuk ka më vend në disk"),
        tables.opened(path, writes=True) as state,
    ):
        state.write("letters", ["words"], [["x" * 100_000]])
    monkeypatch.undo()
    with tables.opened(path) as state:
        assert [*state.rows("letters", ["words"])] == []
