"""Which answers are not told just now, beside those that a company's file switches off; knows no table.

One holder for the whole process: who keeps it fresh is at the edge, who reads it is ``Composer``.
"""

from bot.policy.company import Company


class Switches:
    """Answers that were switched off while the program runs, as (company, topic)."""

    def __init__(self) -> None:
        """Begin with none."""
        self._off: frozenset[tuple[str, str]] = frozenset()

    def set(self, off: frozenset[tuple[str, str]]) -> None:
        """Take what holds from now on, instead of what held before."""
        self._off = off

    def tells(self, company: Company, topic: str) -> bool:
        """Tell whether an answer may be told: neither the file nor a review has switched it off."""
        return topic not in company.switched_off and (company.id, topic) not in self._off
