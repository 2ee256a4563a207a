"""Drives the real `mburoja chat --many` under load, kills it with SIGKILL, and begins again on the same database.

What was not acknowledged is sent again under its own id. What the machine's memory keeps survives a SIGKILL, so
this shows what a crash of the process does, not what a power cut does (for that every commit is fsynced).
"""

import contextlib
import enum
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter, deque
from pathlib import Path
from queue import Empty, SimpleQueue

from tests.crash.people import Line, Person, Phones, customers, customers_csv
from tests.tools.command import MBUROJA, mburoja
from tests.tools.processes import killed_after

AT_ONCE = 20  # conversations
LONGEST = 30.0  # seconds without a line until it is called stuck
LOOK_EACH = 0.03  # seconds between two looks for a code
_MOST_LINES, _MOST_STATEMENTS = 400, 6000  # that a killed process comes to


class Ending(enum.StrEnum):
    """How a cycle ends."""

    STARTING = "killed while starting"
    STATEMENT = "killed at a statement"
    LINE = "killed after a line"


class Process:
    """One life of the command. Lines are read as they come, to the last whole one after a kill."""

    def __init__(self, database: Path, complaints: Path, *, statements: int | None = None) -> None:
        """Start it; it is killed as it begins a statement after so many, or (None) only from outside."""
        command = [str(MBUROJA)] if statements is None else killed_after(statements)
        with complaints.open("ab") as errors:
            self._process = subprocess.Popen(
                [*command, "chat", "--many", "--db", str(database)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=dict(os.environ),
            )  # fmt: skip
        self.lines: SimpleQueue[Line] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def send(self, line: Line) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it was killed: what was not acknowledged is sent again

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more."""
        return not self._reader.is_alive()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def finish(self) -> int:
        """Close its input and let it end by itself; returns the exit code."""
        assert self._process.stdin
        self._process.stdin.close()
        return self._end()

    def _end(self) -> int:
        code = self._process.wait(LONGEST)
        self._reader.join()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        return code

    def _read(self) -> None:
        assert self._process.stdout
        for raw in self._process.stdout:
            if raw.endswith(b"\n"):  # a line that the kill tore is no acknowledgement
                self.lines.put(json.loads(raw))


class Run:
    """A whole run: a database, people, and what they were told. The same seed gives the same people and kills."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.database = folder / "crash.db"
        self.complaints = folder / "stderr"
        self.folder, self.seed = folder, seed
        self.seen: Counter[str] = Counter()  # what happened to the run itself, so that an idle one is noticed
        self.faults: list[str] = []
        self.people: dict[str, Person] = {}
        self.again: dict[str, int] = {}  # when a message was first sent again, in milliseconds
        self._chance = random.Random(seed)  # noqa: S311  for tests only
        self._phones = Phones()
        known = customers()
        self._chance.shuffle(known)
        self._known = deque(known)
        self._here: list[Person] = []

    def prepare(self) -> None:
        """Make the database with every customer in it, by the real command."""
        listed = self.folder / "customers.csv"
        listed.write_text(customers_csv(), encoding="utf-8")
        done = mburoja("customers", "import", str(listed), "--db", str(self.database))
        assert done.returncode == 0, done.stderr.decode()
        while len(self._here) < AT_ONCE:
            self._arrive()

    def cycle(self, lines: int | None = None) -> None:
        """Let people talk until the process is killed: at a random moment, or after so many lines."""
        (ending,) = self._chance.choices([Ending.STARTING, Ending.STATEMENT, Ending.LINE], [1, 4, 4])
        statements = self._chance.randint(1, _MOST_STATEMENTS) if ending is Ending.STATEMENT and not lines else None
        process = Process(self.database, self.complaints, statements=statements)
        if ending is Ending.STARTING and not lines:
            self._begin(process)
            time.sleep(self._chance.uniform(0.0, 1.2))
        elif statements is not None:
            self._talk(process, None)
        else:
            self._talk(process, lines or self._chance.randint(1, _MOST_LINES))
            time.sleep(self._chance.choice((0.0, 0.0, 0.002, 0.01)))
        process.kill()
        self.seen[ending] += 1
        self._take_rest(process)
        self.seen["kills"] += 1
        self.seen["not acknowledged at a kill"] += sum(p.under_way is not None for p in self._here)
        self._change_places()

    def end(self) -> None:
        """Let what is under way be answered, let the process end by itself, and let a worker finish the jobs."""
        process = Process(self.database, self.complaints)
        self._begin(process)
        waiting = self._here
        until = time.monotonic() + LONGEST
        while any(person.under_way for person in waiting) and time.monotonic() < until:
            self._take_one(process, 0.5)
        if process.finish() != 0:
            self.faults.append("the process did not end well")
        self._take_rest(process)
        if self.database.with_name(self.database.name + "-wal").exists():
            self.faults.append("the process left something to recover")
        self.faults += [f"{person.name}: no answer to {person.under_way}" for person in waiting if person.under_way]
        self._drain()

    def _drain(self) -> None:
        clock = self.folder / "clock"
        # Past the leases of whoever was killed, and before the codes expire.
        clock.write_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 90)), encoding="utf-8")
        done = mburoja("worker", "--once", "--db", str(self.database), "--clock", str(clock))
        if done.returncode != 0 or done.stderr:
            self.faults.append(f"the worker: {done.stderr.decode()}")

    def _begin(self, process: Process) -> None:
        """Send everybody's message: the one that nobody acknowledged, or the next."""
        for person in self._here:
            person.restarted()
            if person.under_way:
                self.again.setdefault(person.under_way["id"], time.time_ns() // 1_000_000)
            process.send(person.under_way or person.next())

    def _talk(self, process: Process, most: int | None) -> None:
        """Keep every person's next message under way, until so many lines came, or (None) the process is dead."""
        self._begin(process)
        looking: deque[tuple[float, Person]] = deque()
        until = time.monotonic() + LONGEST
        heard = 0
        while (most is None or heard < most) and not process.is_over:
            if time.monotonic() > until:
                self.faults.append(f"after {heard} lines nothing came any more")
                return
            while looking and looking[0][0] <= time.monotonic():
                process.send(looking.popleft()[1].under_way or {})
            person = self._take_one(process, LOOK_EACH)
            if person is None:
                continue
            heard, until = heard + 1, time.monotonic() + LONGEST
            following = person.next()
            if following["id"] == "look":
                looking.append((time.monotonic() + LOOK_EACH, person))
            else:
                process.send(following)

    def _take_one(self, process: Process, wait: float) -> Person | None:
        try:
            line = process.lines.get(timeout=wait)
        except Empty:
            return None
        for sms in line.get("sms", []):
            self._phones.arrived(sms)
        person = self.people.get(line.get("conversation", ""))
        if person is None:
            self.faults.append(f"a line for nobody: {line}")
            return None
        person.hears(line)
        self.seen["lines"] += 1
        return person

    def _take_rest(self, process: Process) -> None:
        while not process.lines.empty():
            self._take_one(process, 0)

    def _change_places(self) -> None:
        """Some have had enough, and others come in their places."""
        for person in self._here:
            if person.under_way and person.under_way["id"] == "look":
                person.under_way = None  # a look asks for nothing that must not be lost
        self._here = [p for p in self._here if p.under_way or not (p.gives_up or self._chance.random() < 0.2)]
        while len(self._here) < AT_ONCE:
            self._arrive()

    def _arrive(self) -> None:
        customer = self._known.popleft()
        self._known.append(customer)
        name = f"p{len(self.people):04}"
        chance = random.Random(f"{self.seed} {name}")  # noqa: S311  for tests only
        person = Person(name=name, customer=customer, chance=chance, phones=self._phones)
        self.people[name] = person
        self._here.append(person)
