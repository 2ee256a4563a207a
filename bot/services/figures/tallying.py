"""Counts by the day what no table keeps: what came of questions, how far codes came (the codes themselves go, R45).

A question is counted in the memory of its process and written once a minute: no turn waits for it. Nothing personal is
counted, and nothing that was said.
"""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Sequence

from bot.clock import DAY, MINUTE
from bot.nlu.intents import Kind
from bot.services.casework.deadlines import local_day, start_of
from bot.services.desk import Desk
from bot.services.figures.counting import Code, Outcome, counter_name
from bot.storage.store import Tx

QUESTIONS = "questions"
CODES = "codes"
NO_COMPANY = "-"  # the person had named none, and the channel speaks for none

_LATER = MINUTE  # a code is over when its life is, and this much more
_MOST = 20_000  # questions that are remembered until they are written
_OUTCOMES = {
    Kind.ANSWER: Outcome.ANSWERED,
    Kind.SILENT: Outcome.SILENT,
    Kind.HANDOFF: Outcome.HANDED_OVER,
    Kind.OUTOFSCOPE: Outcome.NOT_UNDERSTOOD,
}

_Question = tuple[str, str]  # where it was asked, and the number of the message there


class Tally:
    """The questions of one process that are not written yet. May be used from several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._heard: dict[_Question, str] = {}
        self._writing: dict[_Question, str] = {}
        self._written: frozenset[_Question] = frozenset()  # the last time: a transaction may be run again after it

    def heard(self, now: int, question: tuple[str, str], company: str | None, kind: Kind) -> None:
        """Count a question; one that is heard again, because its transaction is run again, counts once."""
        outcome = _OUTCOMES.get(kind)
        if outcome is not None:
            name = counter_name(f"{QUESTIONS}.{outcome.value}", company or NO_COMPANY, local_day(now))
            with self._lock:
                if len(self._heard) < _MOST and question not in self._written:
                    self._heard[question] = name

    def write(self, tx: Tx, _now: int) -> int:
        """Write what was counted, in the caller's transaction; returns how many questions."""
        with self._lock:
            self._writing = dict(self._heard)
        counted = Counter(self._writing.values())
        for name, more in sorted(counted.items()):
            tx.run("figures.count", name=name, more=more)
        return counted.total()

    def written(self) -> None:
        """Forget what was written, once that is committed."""
        with self._lock:
            for question in self._writing:
                self._heard.pop(question, None)
            if self._writing:
                self._written = frozenset(self._writing)
            self._writing = {}


def count_codes(tx: Tx, desk: Desk, now: int) -> int:
    """Count the codes that are over since the last time, by the day on which they were asked for.

    Returns 0: there is nothing left to do at once. What was asked for longer than a day ago is gone (R45).
    """
    until = now - desk.limits.code_life - _LATER
    for company in desk.companies:
        name = f"figures.{CODES}:{company}"
        row = tx.first("figures.marked", name=name)
        since = max(int(row["value"]) if row else 0, until - DAY)
        if since < until:
            _count_codes(tx, company, since, until)
            tx.run("figures.mark", name=name, value=until)
    return 0


def _count_codes(tx: Tx, company: str, since: int, until: int) -> None:
    for start, end in _by_days(since, until):
        row = tx.first("figures.codes_over", company=company, since=start, until=end)
        for code in Code:
            if row and row[code.value]:
                day = counter_name(f"{CODES}.{code.value}", company, local_day(start))
                tx.run("figures.count", name=day, more=row[code.value])


def _by_days(since: int, until: int) -> Sequence[tuple[int, int]]:
    """Cut a time at the midnights of Kosovo."""
    cuts = [since]
    while (following := start_of(local_day(cuts[-1]) + dt.timedelta(days=1))) < until:
        cuts.append(following)
    return list(zip(cuts, [*cuts[1:], until], strict=True))
