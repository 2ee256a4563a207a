"""`mburoja demo` under way, started by itself or by `make run`, as a person at a terminal has it."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

from tests.tools.command import MBUROJA, ROOT

_LONGEST = 120.0  # seconds: the knowledge may have to be compiled first
_URL = re.compile(r"http://[a-z0-9.]+:\d+[^\s]*")
_LAST_LINE = "Ctrl-C e ndal."


class Demonstration:
    """The process. Entering waits until it has told its addresses; leaving it kills what is left of it."""

    def __init__(
        self, *arguments: str, command: Sequence[str] = (str(MBUROJA), "demo"), env: Mapping[str, str] | None = None
    ) -> None:
        self._command = [*command, *arguments]
        self._env = {**os.environ, **(env or {})}
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self.told: list[str] = []  # every line that it wrote, also to standard error

    def __enter__(self) -> Self:
        # A session of its own: a terminal sends Ctrl-C to all of the foreground group, make and what it started.
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self._wait_for(_LAST_LINE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_LONGEST)
        self._reader.join()

    @property
    def shops(self) -> str:
        """The address of the stage, without a slash at the end."""
        return self._urls[0].rstrip("/")

    @property
    def server(self) -> str:
        """The server's address."""
        return self._urls[-1]

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C; returns the exit code of what was started."""
        os.killpg(self._process.pid, number)
        code = self._process.wait(_LONGEST)
        self._reader.join()
        return code

    @property
    def _urls(self) -> list[str]:
        return _URL.findall("\n".join(self.told))

    def _wait_for(self, last: str) -> None:
        while True:
            try:
                line = self._lines.get(timeout=_LONGEST)
            except Empty:
                raise AssertionError("it says nothing: " + "\n".join(self.told)) from None
            assert line is not None, "it ended: " + "\n".join(self.told)
            if line == last:
                return

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as out:
            for line in out:
                self.told.append(line.rstrip("\n"))
                self._lines.put(self.told[-1])
        self._lines.put(None)


def database_of(folder: Path) -> Path:
    """Return a place whose name a shell would break apart."""
    return folder / "prova ime.db"
