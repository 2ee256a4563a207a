"""Drives the real `mburoja chat --many`, one or more at a time, kills them with SIGKILL under load, and begins again.

What was not acknowledged is sent again under its own id, to the same or to another. What the machine's memory keeps
survives a SIGKILL, so this shows what a crash of the process does, not what a power cut does (for that every commit is
fsynced).
"""

import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from pathlib import Path
from queue import Empty, SimpleQueue

from bot.storage.postgres.failures import BUSY
from bot.storage.store import UNKNOWN
from tests.crash import happened, replica
from tests.crash.crowd import Crowd, Load
from tests.crash.disturbing import Disturber
from tests.crash.people import Line, Person, customers_csv, is_look
from tests.crash.places import Place
from tests.crash.replica import LONGEST, Ending, Fate, Heard, Process
from tests.tools.command import mburoja

LOOK_EACH = 0.03  # seconds between two looks for a code
AGAIN_AFTER = 0.1  # seconds until what was refused is sent again
IMPATIENT = 1.0  # seconds without an answer from one that stands still, until another is asked
# What a process may say of a database that is away: that it is, and to try again.
_AWAY = ("Baza e të dhënave ", UNKNOWN)


class Run:
    """A whole run: a database, people, and what they were told. The same seed gives the same people and kills."""

    def __init__(self, place: Place, folder: Path, seed: int, load: Load, disturber: Disturber | None = None) -> None:
        self.place, self.folder, self.seed, self.disturber = place, folder, seed, disturber
        self.cycles = self.planned = 0
        self.seen: Counter[str] = Counter()  # what happened to the run itself, so that an idle one is noticed
        self.faults: list[str] = []
        self.complaints: list[str] = []  # of processes that nothing had befallen
        self.excuses: list[str] = []  # of the others
        self.again: dict[str, int] = {}  # when a message was first sent again after a kill, in milliseconds
        self._load = load
        self._chance = random.Random(seed)  # noqa: S311  for tests only
        self._crowd = Crowd(load, seed)
        self._heard: Heard = SimpleQueue()
        self._living: list[Process] = []
        self._at: dict[str, Process | None] = {}  # where a person's messages go
        self._later: list[tuple[float, str, str]] = []  # when, whose, and which message is sent (again)
        self._last_line = time.monotonic()

    @property
    def people(self) -> dict[str, Person]:
        """Everybody who talked, by name."""
        return self._crowd.people

    @property
    def is_away(self) -> bool:
        """Whether the database is."""
        return self.disturber is not None and self.disturber.is_away

    def prepare(self) -> None:
        """Make the database with every customer in it, by the real command."""
        listed = self.folder / "customers.csv"
        listed.write_text(customers_csv(), encoding="utf-8")
        done = mburoja("customers", "import", str(listed), "--db", self.place.database, env=self.place.more)
        assert done.returncode == 0, done.stderr.decode()
        while not self._crowd.is_whole:
            self._arrive()

    def cycle(self, lines: int | None = None) -> None:
        """Let people talk until a process is killed: at a random moment, or after so many lines."""
        self.cycles += 1
        self._last_line = time.monotonic()
        if self.disturber:
            self.disturber.plan()
        before = self.seen["kills"]
        while self.seen["kills"] == before and not self._is_stuck():
            while len(self._living) < self._load.replicas:
                self._begin(replica.after_lines(lines) if lines else replica.drawn(self._chance, self.place))
            self._step()
        if self._chance.random() < self._load.together:
            for process in self._chance.sample(self._living, self._chance.randint(0, len(self._living))):
                if process.paused_at is None:
                    self._kill(process, Ending.TOGETHER)

    def end(self) -> None:
        """Kill who is left, all at once; let one answer what is under way and end; let a worker finish the jobs."""
        while self.disturber and self.disturber.is_busy and not self._is_stuck():
            self._step()
        while self._living:
            self._kill(self._living[0], Ending.TOGETHER)
        last = self._begin(Fate())
        self._last_line = time.monotonic()
        waiting = list(self._crowd.here)
        while any(person.under_way for person in waiting) and not self._is_stuck() and not last.is_over:
            self._step(ending=True)
        last.close_input()
        while self._living and not self._is_stuck():
            self._step(ending=True)
        if self.place.file and self.place.file.with_name(self.place.file.name + "-wal").exists():
            self.faults.append("the process left something to recover")
        self.faults += [f"{person.name}: no answer to {person.under_way}" for person in waiting if person.under_way]
        self._drain()

    def close(self) -> None:
        """End whatever a failed run has left."""
        for process in self._living:
            process.kill()
            process.end()

    def _drain(self) -> None:
        clock = self.folder / "clock"
        # Past the leases of whoever was killed, and before the codes expire.
        clock.write_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 90)), encoding="utf-8")
        done = mburoja("worker", "--once", "--db", self.place.database, "--clock", str(clock), env=self.place.more)
        if done.returncode != 0 or done.stderr:
            self.faults.append(f"the worker: {done.stderr.decode()}")

    # ---- processes --------------------------------------------------------------------------------------------

    def _begin(self, fate: Fate) -> Process:
        """Start one more, and let those go there who have nobody, and its share of the others."""
        number = sum(self.seen[ending] for ending in Ending) + len(self._living)
        process = Process(self.place, self.folder / f"stderr-{number}", fate, self._heard)
        self._living.append(process)
        if self.disturber:
            process.excused, process.beside = self.disturber.is_away, self.disturber.stands_still
        for person in self._crowd.here:
            if self._at.get(person.name) is None:
                self._at[person.name] = process
                person.restarted()
                self._send(person, process)
            elif self._chance.random() < 1 / len(self._living):
                self._at[person.name] = process
        return process

    def _kill(self, process: Process, ending: Ending) -> None:
        """Kill a process, unless it is dead; what it had said is heard before it is buried."""
        if process not in self._living:
            return
        self.seen[ending] += 1
        self.seen["kills"] += 1
        self._living.remove(process)
        process.kill()
        process.end()
        while not self._heard.empty():
            self._take(*self._heard.get())
        self._bury(process)

    def _over(self, process: Process) -> None:
        """Take note that a process is over that was not killed from outside."""
        self._living.remove(process)
        code = process.end()
        itself = code != -signal.SIGKILL
        if itself and not process.excused and (code or process.fate.ending is not Ending.ITSELF):
            self.faults.append(f"a process ended by itself with {code}")
        self.seen[Ending.ITSELF if itself else process.fate.ending] += 1
        self.seen["kills"] += not itself
        self._bury(process)

    def _bury(self, process: Process) -> None:
        (self.excuses if process.excused or process.beside else self.complaints).extend(process.complaints())
        for person in self._crowd.here:
            if self._at.get(person.name) is not process:
                continue
            person.forgets_look()
            if person.under_way:
                self.seen["not acknowledged at a kill"] += 1
                self.again.setdefault(person.under_way["id"], time.time_ns() // 1_000_000)
            self._at[person.name] = self._another(process)
            if found := self._at[person.name]:
                person.restarted()
                self._send(person, found)

    def _another(self, process: Process | None) -> Process | None:
        others = [other for other in self._living if other is not process and other.paused_at is None]
        return self._chance.choice(others) if others else None

    # ---- people -----------------------------------------------------------------------------------------------

    def _send(self, person: Person, process: Process) -> None:
        """Send a person's message: the one that nobody acknowledged, or the next."""
        if person.under_way is None:
            person.next()
        process.send(person.sends())

    def _step(self, *, ending: bool = False) -> None:
        """Hear one line, and do what is due."""
        self._send_later()
        if self.disturber:
            self.disturber.disturb(self._living)
        with contextlib.suppress(Empty):
            self._take(*self._heard.get(timeout=LOOK_EACH), ending=ending)
        for other in [other for other in self._living if other.is_due]:
            time.sleep(self._chance.choice((0.0, 0.0, 0.002, 0.01)))
            self._kill(other, other.fate.ending)
        self._lose_patience()

    def _take(self, process: Process, line: Line | None, *, ending: bool = False) -> None:
        if line is not None:
            self._last_line = time.monotonic()
            process.lines += 1
            self._hear(process, line, ending=ending)
        elif process in self._living:
            self._over(process)

    def _hear(self, process: Process, line: Line, *, ending: bool = False) -> None:
        for sms in line.get("sms", []):
            self._crowd.phones.arrived(sms)
        person = self.people.get(line.get("conversation", ""))
        if person is None:
            self.faults.append(f"a line for nobody: {line}")
            return
        self.seen["lines"] += 1
        if self._may_refuse(process, str(line.get("error", ""))):
            self.seen["refused"] += 1
            person.refused(line)
            if person.awaits(line):
                heappush(self._later, (time.monotonic() + AGAIN_AFTER, person.name, line["id"]))
        elif person.hears(line) and not ending and person in self._crowd.here:
            self._go_on(person)

    def _may_refuse(self, process: Process, error: str) -> bool:
        """Whether a message need not have been taken: the database was away, or another holds what it needs."""
        if self.disturber and self.disturber.stands_still and error == BUSY:
            self.seen["busy because another stood still"] += 1
            return True
        return process.excused and error.startswith(_AWAY)

    def _go_on(self, person: Person) -> None:
        """Let the next message be under way, a look a little later; or somebody else come in a person's place."""
        if self._crowd.lets_go(person):
            self._arrive()
            return
        following = person.next()
        if is_look(following):
            heappush(self._later, (time.monotonic() + LOOK_EACH, person.name, following["id"]))
            return
        process = self._at[person.name]
        if process is None or process.is_over or self._chance.random() < self._load.moves:
            process = self._at[person.name] = self._another(process) or process
        if process is None or process.is_over:
            return  # until one begins
        self._send(person, process)
        if self._chance.random() < self._load.twice and (other := self._another(process)):
            self.seen["sent to two at once"] += 1
            self._send(person, other)

    def _send_later(self) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            _, name, identity = heappop(self._later)
            person = self.people[name]
            process = self._at.get(name)
            if person.under_way and person.under_way["id"] == identity and process and not process.is_over:
                self._send(person, process)

    def _lose_patience(self) -> None:
        for process in self._living:
            if process.paused_at is None or time.monotonic() < process.paused_at + IMPATIENT:
                continue
            for person in self._crowd.here:
                if self._at[person.name] is process and (other := self._another(process)):
                    person.forgets_look()
                    self._at[person.name] = other
                    self._send(person, other)

    def _is_stuck(self) -> bool:
        if time.monotonic() < self._last_line + LONGEST:
            return False
        self.faults.append("nothing came any more")
        return True

    def _arrive(self) -> None:
        person = self._crowd.arrive()
        self._at[person.name] = self._another(None)
        if found := self._at[person.name]:
            self._send(person, found)


def run_through(run: Run, cycles: Sequence[int | None]) -> Run:
    """Let a run happen from its beginning to its end: as many cycles, and up to twice those until enough happened."""
    try:
        run.prepare()
        run.planned = len(cycles)
        for lines in cycles:
            run.cycle(lines)
        while run.cycles < 2 * run.planned and not run.faults and (run.is_away or happened.lacking(run)):
            run.cycle()
        run.end()
    finally:
        run.close()
    return run
