"""The SQLite file of an office under test, for looking into it from outside."""

from pathlib import Path

from bot.app import Office


def file_of(office: Office) -> Path:
    """Its file."""
    assert isinstance(office.database, Path)
    return office.database
