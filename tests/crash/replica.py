"""One life of `mburoja chat --many` on a database: how it is to end, what it says, what it complains of."""

import contextlib
import enum
import json
import math
import random
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias

from tests.crash.people import Line
from tests.crash.places import Place
from tests.tools.command import MBUROJA
from tests.tools.processes import Moment, killed_after

LONGEST = 60.0  # seconds without a line until it is called stuck
_MOST_LINES, _MOST_STATEMENTS, _MOST_COMMITS = 400, 6000, 500  # that a killed process comes to
_COMMIT = "COMMIT"


class Ending(enum.StrEnum):
    """How a process ends."""

    STARTING = "killed while starting"
    STATEMENT = "killed at a statement"
    COMMIT = "killed at a commit"
    LINE = "killed after a line"
    TOGETHER = "killed with another"
    ITSELF = "ended by itself"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """How a process is to end, unless it is killed with another: the first that comes."""

    ending: Ending = Ending.ITSELF
    seconds: float = math.inf
    lines: float = math.inf
    command: tuple[str, ...] = (str(MBUROJA),)


def drawn(chance: random.Random, place: Place) -> Fate:
    """Draw a fate by lot."""
    moment = Moment.BEFORE if place.file else chance.choice(list(Moment))
    (ending,) = chance.choices([Ending.STARTING, Ending.STATEMENT, Ending.COMMIT, Ending.LINE], [2, 5, 3, 8])
    match ending:
        case Ending.STARTING:
            return Fate(ending=ending, seconds=chance.uniform(0.0, 1.2))
        case Ending.STATEMENT:
            return Fate(ending=ending, command=tuple(killed_after(chance.randint(1, _MOST_STATEMENTS), moment=moment)))
        case Ending.COMMIT:
            return Fate(ending=ending, command=tuple(killed_after(chance.randint(1, _MOST_COMMITS), _COMMIT, moment)))
        case _:
            return after_lines(chance.randint(1, _MOST_LINES))


def after_lines(lines: int) -> Fate:
    """Return the fate of one that is killed after so many lines."""
    return Fate(ending=Ending.LINE, lines=lines)


class Process:
    """One life of the command. Lines are read as they come, to the last whole one after a kill, then None.

    ``excused``: something befell it for which it may say so, to whoever asks and on stderr. ``beside``: another stood
    still, with locks that it waited for; it may say so on stderr.
    """

    def __init__(
        self, place: Place, complaints: Path, fate: Fate, heard: "SimpleQueue[tuple[Process, Line | None]]"
    ) -> None:
        self.fate, self.excused, self.beside = fate, False, False
        self.paused_at: float | None = None
        self.is_over = False
        self.lines = 0
        self._complaints = complaints
        with complaints.open("wb") as errors:
            self._process = subprocess.Popen(
                [*fate.command, "chat", "--many", "--db", place.database],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=place.env,
            )  # fmt: skip
        self._dies_at = time.monotonic() + fate.seconds
        self._heard = heard
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def is_due(self) -> bool:
        """Whether its end has come; who stands still goes on first."""
        return self.paused_at is None and self._has_lived_enough

    @property
    def _has_lived_enough(self) -> bool:
        return self.lines >= self.fate.lines or time.monotonic() >= self._dies_at

    def send(self, line: Line) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it was killed: what was not acknowledged is sent again

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)

    def pause(self) -> None:
        """Let it stand still, as a machine does that is out of memory or moved to another host."""
        self.excused, self.paused_at = True, time.monotonic()
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.paused_at = None
        self._process.send_signal(signal.SIGCONT)

    def close_input(self) -> None:
        """Let it end by itself."""
        assert self._process.stdin
        self._process.stdin.close()

    def end(self) -> int:
        """Wait until it is over; returns the exit code."""
        code = self._process.wait(LONGEST)
        self.is_over = True
        self._reader.join()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        return code

    def complaints(self) -> list[str]:
        """What it wrote to stderr, when it is over."""
        return self._complaints.read_text(encoding="utf-8").splitlines()

    def _read(self) -> None:
        assert self._process.stdout
        for raw in self._process.stdout:
            if raw.endswith(b"\n"):  # a line that the kill tore is no acknowledgement
                self._heard.put((self, json.loads(raw)))
        self._heard.put((self, None))


Heard: TypeAlias = SimpleQueue[tuple[Process, Line | None]]
