"""What of an outage may be told to customers, so that it tells nobody who is one (R11, R50): pure, the time is given.

Only customers are sent messages. If one message that failed were enough, whoever asks for a code in a quiet hour would
see from the next conversation whether it went out. So what is told rests on looks, which nobody causes, and, for a
fault that looks do not show, on failures that ``PEOPLE`` different people met with no success between. That is told
for ``HOLDS``, whatever goes out meanwhile, and then must be met anew: no single person's code begins or ends it.
Times are milliseconds UTC.
"""

from dataclasses import dataclass, replace

from bot.clock import MINUTE

LOOKS = 2  # in a row: one may be bad luck
PEOPLE = 3  # (d)
WITHIN = 5 * MINUTE  # as long as a code lives
HOLDS = MINUTE  # (d)


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What is known of one gateway or directory. Every change gives a new one."""

    looks: int = 0  # that failed in a row
    looked_since: int | None = None
    met: tuple[tuple[int, int], ...] = ()  # whom it failed in a row, by what tells them apart, and when last
    met_since: int | None = None
    until: int = 0  # what was met is told

    def since(self, now: int) -> int | None:
        """Return since when there is an outage that may be told; None: there is none."""
        if self.looked_since is not None:
            return self.looked_since
        return self.met_since if now < self.until else None

    def looked_well(self) -> "Outage":
        """Note a look that was good."""
        return replace(self, looks=0, looked_since=None)

    def look_failed(self, now: int) -> "Outage":
        """Note a look that was not."""
        looks = self.looks + 1
        since = now if looks >= LOOKS and self.looked_since is None else self.looked_since
        return replace(self, looks=looks, looked_since=since)

    def succeeded(self) -> "Outage":
        """Note that somebody was served; what is told stays."""
        return replace(self, met=())

    def failed(self, now: int, whose: int) -> "Outage":
        """Note that somebody was not; ``whose`` tells people apart."""
        others = tuple((who, at) for who, at in self.met if who != whose and now - at < WITHIN)
        met = (*others, (whose, now))
        if len(met) < PEOPLE:
            return replace(self, met=met)
        since = self.met_since if self.met_since is not None and now < self.until else now
        return replace(self, met=(), met_since=since, until=now + HOLDS)
