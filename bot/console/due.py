"""How long something has still time, in words; knows no table and no page."""

from bot.clock import HOUR
from bot.console.pages import day, say, when
from bot.services.casework.deadlines import local_day, start_of
from bot.services.office.backoffice_record import Way

_BY_HAND = frozenset(way.value for way in Way)


def words(days: int, *, late: bool) -> str:
    """Return the days left as they are read beside a date: "e vonuar 2 ditë", "sot", "edhe 3 ditë"."""
    if days < 0:
        return say("late by {count} days").format(count=-days)
    if late:
        return say("late since today")
    return say("due today") if days == 0 else say("{count} days left").format(count=days)


def came(at: int | None, channel: str | None) -> str:
    """Return when something came. Of a letter only the day is known: the hour at which it is kept is nobody's."""
    if at is None or channel not in _BY_HAND or at != start_of(local_day(at)) + 12 * HOUR:
        return when(at)
    return day(local_day(at))
