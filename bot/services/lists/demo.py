"""The fictional customers of the demonstration: reads their lists; knows no table, and no real person.

The lists stand in ``bot/_demo/`` in the form that any company's have; ``{today-2}`` in them is the day before
yesterday.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.policy.company import Company
from bot.services.casework.deadlines import local_day
from bot.services.lists.import_rows import ConsentRow, CustomerRow, Fault, read_consents, read_customers

FOLDER = Path(__file__).parents[2] / "_demo"
_TODAY = re.compile(r"\{today-(\d+)\}")


def demo_customers(companies: Mapping[str, Company], now: int) -> Iterator[CustomerRow | Fault]:
    """Yield the fictional customers; those of a company that is not loaded are faults."""
    return read_customers(_lines("customers.csv", now), companies, now)


def demo_consents(companies: Mapping[str, Company], now: int) -> Iterator[ConsentRow | Fault]:
    """Yield their consents."""
    return read_consents(_lines("consents.csv", now), companies, now)


def _lines(name: str, now: int) -> list[str]:
    today = local_day(now)
    text = (FOLDER / name).read_text(encoding="utf-8")
    dated = _TODAY.sub(lambda found: (today - dt.timedelta(days=int(found[1]))).isoformat(), text)
    return dated.splitlines(keepends=True)
