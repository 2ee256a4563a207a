"""Numbers as they are written in Kosovo; knows no figure."""

import datetime as dt
import itertools
import math
from collections.abc import Callable

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

_LOCALE = "sq_XK"
_MARKS = 6  # of an axis, beside nought
_STEPS = (1, 2, 5)


class Days(float):
    """So many days."""


class Share(float):
    """A share, 0 to 1."""


Value = str | int | Days | Share  # what stands in a table


def written(value: Value) -> str:
    """Return a value as it is written; a text as it is."""
    match value:
        case str():
            return value
        case Days():
            return days(value)
        case Share():
            return share(value)
        case _:
            return count(value)


def count(number: int) -> str:
    """Return a whole number: "12 345"."""
    return str(format_decimal(number, locale=_LOCALE))


def days(number: float) -> str:
    """Return days to a tenth: "3,5"."""
    return str(format_decimal(number, format="#,##0.#", locale=_LOCALE))


def share(number: float) -> str:
    """Return a share of 0 to 1: "93,5%"."""
    return str(format_percent(number, format="#,##0.#%", locale=_LOCALE))


def ticks(most: float, written: Callable[[int], str] = count) -> tuple[tuple[float, str], ...]:
    """Return the marks of an axis that reaches ``most``: whole numbers, at most seven, from nought."""
    step = next(
        factor * 10**power for power in itertools.count() for factor in _STEPS if factor * 10**power * _MARKS >= most
    )
    return tuple((float(at), written(at)) for at in range(0, max(step, math.ceil(most / step) * step) + 1, step))


def month(day: dt.date) -> str:
    """Return the month of a day: "mars 2026"."""
    return str(format_date(day, "LLLL y", locale=_LOCALE))


def short_month(day: dt.date) -> str:
    """Return the month of a day where there is little room: "mar 26"."""
    return str(format_date(day, "LLL yy", locale=_LOCALE))
