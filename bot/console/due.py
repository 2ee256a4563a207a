"""How long something has still time, in words; knows no table and no page."""

from bot.console.pages import say


def words(days: int, *, late: bool) -> str:
    """Return the days left as they are read beside a date: "e vonuar 2 ditë", "sot", "edhe 3 ditë"."""
    if days < 0:
        return say("late by {count} days").format(count=-days)
    if late:
        return say("late since today")
    return say("due today") if days == 0 else say("{count} days left").format(count=days)
