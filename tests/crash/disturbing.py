"""What befalls a run besides kills: a process stands still for longer than its leases, the database crashes."""

import random
import time
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tests.crash.replica import Process
from tests.tools.postgres import Server

_SOON = 0.6  # seconds after a cycle's beginning, at most
_LONGEST_AWAY = 1.5  # seconds that the database is away
_AFTERWARDS = 5.0  # seconds that who stood still is looked at: what others said meanwhile may be read late


@dataclass(kw_only=True)
class Disturber:
    """In some cycles (from 0) a process stands still for so many seconds, in some the database crashes."""

    server: Server
    chance: random.Random
    pauses: Mapping[int, float] = field(default_factory=dict)
    outages: Collection[int] = ()
    seen: Counter[str] = field(default_factory=Counter)
    is_away: bool = False  # the database
    _cycle: int = -1
    _paused: Process | None = None
    _pause_at: float = 0.0
    _pauses: deque[float] = field(default_factory=deque)  # how long those take that are still to come
    _resume_at: float = 0.0
    _crash_at: float | None = None
    _start_at: float = 0.0
    _calm_at: float = 0.0

    def plan(self) -> None:
        """Another cycle begins."""
        self._cycle += 1
        if self._cycle in self.pauses:
            self._pause_at = time.monotonic() + self.chance.uniform(0, _SOON)
            self._pauses.append(self.pauses[self._cycle])
        if self._cycle in self.outages and not self.is_away:
            self._crash_at = time.monotonic() + self.chance.uniform(0, _SOON)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way, or was just now."""
        planned = bool(self._pauses) or self._crash_at is not None
        return planned or self.is_away or self._paused is not None or time.monotonic() < self._calm_at

    @property
    def stands_still(self) -> bool:
        """Whether a process does, or did just now: for seconds it holds locks that others wait for."""
        return self._paused is not None or time.monotonic() < self._calm_at

    def disturb(self, living: Sequence[Process]) -> None:
        """Do what is due."""
        now = time.monotonic()
        if self.is_away:
            for process in living:
                process.excused = True
            if now >= self._start_at:
                self.server.start()
                self.is_away = False
        if self._crash_at is not None and now >= self._crash_at:
            self._crash(living)
        if self._paused and now >= self._resume_at:
            self._resume(living)
        if self._pauses and not self._paused and now >= self._pause_at:
            self._pause(living)

    def _crash(self, living: Sequence[Process]) -> None:
        self._crash_at = None
        for process in living:
            process.excused = True
        self.server.stop("immediate")
        self.is_away = True
        self._start_at = time.monotonic() + self.chance.uniform(0, _LONGEST_AWAY)
        self.seen["the database crashed"] += 1

    def _pause(self, living: Sequence[Process]) -> None:
        working = [process for process in living if process.lines]
        if not working:
            return  # until one does
        for process in living:
            process.beside = True
        self._paused = self.chance.choice(working)
        self._paused.pause()
        self._resume_at = time.monotonic() + self._pauses.popleft()

    def _resume(self, living: Sequence[Process]) -> None:
        if self._paused and self._paused in living:
            self._paused.resume()
            self.seen["stood still"] += 1
            self._calm_at = time.monotonic() + _AFTERWARDS
        self._paused = None
