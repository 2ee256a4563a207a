"""What operators see of a company's own directory: what came of look-ups, and whether it answers; nobody's name."""

from collections import Counter

import pytest

from bot.delivery.directory.http import RULES, HttpDirectory
from bot.delivery.directory.port import DirectoryError
from bot.delivery.directory.watch import DirectoryWatch
from tests.delivery.directory.conftest import ONE, TWO, Asking
from tests.tools.directory import person, says, tells

pytestmark = pytest.mark.asyncio


class Counted(DirectoryWatch):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.up: dict[str, bool] = {}

    def directory(self, company: str, outcome: str) -> None:
        self.outcomes[company, outcome] += 1

    def directory_up(self, company: str, *, up: bool) -> None:
        self.up[company] = up


async def test_each_look_up_is_counted_by_what_came_of_it(asking: Asking) -> None:  # R32
    counted = Counted()
    settings = asking.crm.settings(tries=1)
    directory = HttpDirectory("alfa", settings, asking.store, asking.desk, asking.clock, counted)
    try:
        assert counted.up == {"alfa": True}
        asking.crm.customers = [person("A-1001", ONE)]
        for number in (ONE, TWO):
            await directory.find("alfa", "number", number)
        asking.crm.mood = tells({"customers": "none"})
        with pytest.raises(DirectoryError):
            await directory.find("alfa", "number", TWO)
        assert counted.up == {"alfa": True}
        asking.crm.mood = says(503)
        for _ in range(RULES.failures + 1):
            with pytest.raises(DirectoryError):
                await directory.find("alfa", "number", TWO)
        assert counted.up == {"alfa": False}
        assert counted.outcomes == {
            ("alfa", "found"): 1,
            ("alfa", "nobody"): 1,
            ("alfa", "unusable"): 1,
            ("alfa", "failed"): RULES.failures,
            ("alfa", "passed_over"): 1,
        }
        asking.crm.mood = None
        asking.clock.at += RULES.longest_rest
        await directory.find("alfa", "number", TWO)
        assert counted.up == {"alfa": True}
    finally:
        await directory.close()
