"""Whether what failed outside is worth another try: pure, the time (ms) is given; knows no gateway and no directory.

closed ── ``failures`` in a row ──▶ open ── its rest is over ──▶ half-open: one probe ──▶ closed, or open for longer

Outcomes of calls that began before the last change of state count for nothing. A probe that never reports is given
up after ``patience``, so the circuit cannot stay shut for good. Looks ask how it is with nobody's message: so many in
a row open it too, and one that is good closes it where looks alone had failed lately. (The libraries for this read the
machine's clock themselves, or bring far more than these few lines.)
"""

import enum
from dataclasses import dataclass, replace

from bot.clock import SECOND


class State(enum.StrEnum):
    """How the circuit stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How many failures in a row open the circuit, and for how long (ms); each failed probe doubles that."""

    failures: int = 2  # one may be the call's bad luck
    looks: int = 2
    rest: int = 5 * SECOND
    longest_rest: int = 30 * SECOND  # a code lives 300 s: what comes back must be found well before
    patience: int = 20 * SECOND  # longer than any call takes
    soon: int = SECOND  # who comes while another probes looks again so soon


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A call that may be made; ``turn`` goes back with its outcome."""

    turn: int


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A call that may not be made for so long (ms)."""

    wait: int


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """The circuit as it stands; every change is a new one."""

    rules: Rules = Rules()
    state: State = State.CLOSED
    in_a_row: int = 0  # calls that failed
    looks: int = 0  # that failed in a row
    rest: int = 0
    until: int = 0  # open: when its rest is over; half-open: when the probe is given up
    turn: int = 0  # of the calls whose outcome counts
    since: int | None = None  # when it first opened
    by_look: bool = False  # the last failure was that of a look

    def asked(self, now: int) -> "tuple[Circuit, Admitted | Refused]":
        """Return the circuit once somebody asked to call, and whether they may."""
        if self.state is State.CLOSED:
            return self, Admitted(turn=self.turn)
        if now < self.until:
            wait = self.until - now
            return self, Refused(wait=wait if self.state is State.OPEN else min(wait, self.rules.soon))
        probing = replace(self, state=State.HALF_OPEN, until=now + self.rules.patience, turn=self.turn + 1)
        return probing, Admitted(turn=probing.turn)

    def succeeded(self, turn: int) -> "Circuit":
        """Return the circuit after a call that was answered: looks that fail on and on do not open it again."""
        return self._closed() if turn == self.turn else self

    def failed(self, turn: int, now: int) -> "Circuit":
        """Return the circuit after a call that was not answered."""
        if turn != self.turn:
            return self
        if self.state is State.CLOSED and self.in_a_row + 1 < self.rules.failures:
            return replace(self, in_a_row=self.in_a_row + 1)
        return self._opened(now, by_look=False)

    def dropped(self, turn: int, now: int) -> "Circuit":
        """Return the circuit after a call that was broken off before anything was known: another may probe."""
        if turn != self.turn or self.state is not State.HALF_OPEN:
            return self
        return replace(self, state=State.OPEN, until=now)

    def looked_well(self) -> "Circuit":
        """Return the circuit after a look that was good; it says nothing of what only calls have met."""
        well = self._closed() if self.by_look else self
        return replace(well, looks=0)

    def look_failed(self, now: int) -> "Circuit":
        """Return the circuit after a look that was not; one that is open is probed no later for it."""
        after = replace(self, looks=self.looks + 1)
        if self.state is not State.CLOSED:
            return replace(after, by_look=True)
        return after._opened(now, by_look=True) if after.looks == self.rules.looks else after

    def _closed(self) -> "Circuit":
        return replace(self, state=State.CLOSED, in_a_row=0, rest=0, until=0, since=None, by_look=False)

    def _opened(self, now: int, *, by_look: bool) -> "Circuit":
        rest = min(2 * self.rest or self.rules.rest, self.rules.longest_rest)
        return replace(
            self, state=State.OPEN, in_a_row=0, rest=rest, until=now + rest, turn=self.turn + 1,
            since=now if self.since is None else self.since, by_look=by_look,
        )  # fmt: skip
