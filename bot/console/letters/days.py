"""Reads a day as a date field sends it."""

import datetime as dt

from bot.errors import NotAllowedError


def read(typed: str) -> dt.date | None:
    """Return the day; None where nothing was typed. Raises NotAllowedError for what is no day."""
    try:
        return dt.date.fromisoformat(typed) if typed else None
    except ValueError:
        raise NotAllowedError("The day cannot be read; write it as 2026-03-05.") from None
