"""Plays conversations through the real command, each on a database of its own; knows no rule of the dialogue.

To hear one: `python -m tests.tools.playing tests/data/conversations/<name>.yaml`.
"""

import datetime as dt
import json
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import zoneinfo
from pathlib import Path
from typing import Any

from tests.tools.command import MBUROJA, mburoja
from tests.tools.conversations import Conversation, Heard, Played, Step, fact_faults, faults_of, filled, heard_in, read

TYPING = dt.timedelta(seconds=10)  # that a person takes for a line
CLOSES = dt.timedelta(days=1)  # who is away for so long has closed the terminal
PATIENCE = 60.0  # seconds, for one line, and for an SMS that is on its way
WHOLE = "Regjistri është i paprekur."
_LENGTH = re.compile(r"(\d+) (second|minute|hour|day|week)s?")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_ZONE = zoneinfo.ZoneInfo("Europe/Belgrade")


def demo(folder: Path, starts: str) -> None:
    """Make the database of the fictional customers as it is at a time ("2026-11-23 10:00", in Kosovo)."""
    _set(folder / "clock", _moment(starts))
    done = mburoja("customers", "demo", "--db", str(folder / "m.db"), "--clock", str(folder / "clock"))
    assert done.returncode == 0, done.stderr.decode()


def play(conversation: Conversation, folder: Path) -> Played:
    """Play a conversation on the database in ``folder``, to its end or to the first step that goes otherwise."""
    played = Played()
    player = Player(conversation, folder)
    try:
        for step in conversation.steps:
            player.play(step, played)
            if played.faults:
                return played
    finally:
        player.close()
    played.wanted = filled(conversation.then, player.names)
    played.found = player.found(escalations=conversation.then.escalations is not None)
    played.faults = fact_faults(played.wanted, played.found)
    if WHOLE not in player.office("audit verify", clock=False):
        played.faults.append("audit verify: the log of acts does not verify")
    return played


class Player:
    """The people of one conversation with their phones, the clock, and the office."""

    def __init__(self, conversation: Conversation, folder: Path) -> None:
        """Begin at the conversation's time, on the database in the folder."""
        self.names: dict[str, str] = {}
        self._many = len(conversation.speakers) > 1
        self._db, self._clock = folder / "m.db", folder / "clock"
        self._now = _moment(conversation.starts)
        self._codes = ["", ""]
        self._offers: dict[str, tuple[tuple[str, str], ...]] = {}
        self._lines = 0
        self._chat: subprocess.Popen[str] | None = None

    def play(self, step: Step, played: Played) -> None:
        """Do one step, ten seconds after the one before, and note what came of it and what went otherwise."""
        step = filled(step, self.names)
        self._move(TYPING)
        heard = self._do(step)
        played.done.append((step, heard))
        played.faults = faults_of(step, heard)
        if step.receipt and heard.receipts:
            self.names[step.receipt.named] = heard.receipts[0][0]
        self._offers[step.who] = heard.offers or self._offers.get(step.who, ())
        self._codes += [code[0] for _, text in heard.sms if (code := _CODE.search(text))]

    def office(self, line: str, *, clock: bool = True) -> str:
        """Run a command of the office on this database and return what it printed."""
        with_clock = ["--clock", str(self._clock)] if clock else []
        done = mburoja(*shlex.split(line), "--db", str(self._db), *with_clock)
        return done.stdout.decode() + done.stderr.decode()

    def found(self, *, escalations: bool) -> dict[str, list[dict[str, Any]]]:
        """Return what the office finds."""
        asked = {"requests": "export --format json", "events": "events --json"}
        asked |= {"escalations": "escalations list --json"} if escalations else {}
        return {name: json.loads(self.office(f"requests {what}")) for name, what in asked.items()}

    def close(self) -> None:
        """Close the terminal, if it is open."""
        if self._chat:
            self._chat.communicate(timeout=PATIENCE)
        self._chat = None

    def _do(self, step: Step) -> Heard:
        if step.waits:
            return self._wait(step.waits)
        if step.office:
            printed = self.office(step.office)
            answers = [self._write(step, "")] if self._chat and not self._many else []
            return heard_in(answers, printed)
        if step.looks:
            return heard_in([self._write(step, "")])
        if step.picks:
            return heard_in(self._pick(step))
        return heard_in(self._say(step, self._code(step.code) if step.code else step.says or ""))

    def _say(self, step: Step, text: str) -> list[dict[str, Any]]:
        return self._with_sms(step, self._write(step, text))

    def _pick(self, step: Step) -> list[dict[str, Any]]:
        offered = self._offers.get(step.who, ())
        for number, (label, value) in enumerate(offered, 1):
            if label.startswith(str(step.picks)):
                return self._with_sms(step, self._write(step, str(number), choose=value))
        raise LookupError(f"no choice {step.picks!r} among {[label for label, _ in offered]}")

    def _with_sms(self, step: Step, answer: dict[str, Any]) -> list[dict[str, Any]]:
        """Wait for the SMS that must come: with many conversations, or a slow machine, it stands on any line after."""
        answers, until = [answer], time.monotonic() + PATIENCE
        while step.sms and not answers[-1].get("sms") and time.monotonic() < until:
            threading.Event().wait(0.05)
            answers.append(self._write(step, ""))
        return answers

    def _code(self, which: str) -> str:
        wrong = f"{(int(self._codes[-1] or 0) + 1) % 1_000_000:06d}"
        return {"last": self._codes[-1], "before": self._codes[-2], "wrong": wrong}[which]

    def _wait(self, text: str) -> Heard:
        found = _LENGTH.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no length of time (write: 3 weeks)")
        length = dt.timedelta(**{f"{found[2]}s": int(found[1])})
        if length >= CLOSES:
            self.close()
        self._move(length)
        return Heard()

    def _move(self, length: dt.timedelta) -> None:
        self._now += length
        _set(self._clock, self._now)

    def _write(self, step: Step, line: str, *, choose: str | None = None) -> dict[str, Any]:
        self._lines += 1
        if self._many:
            told = {"choose": choose} if choose else {"say": line}
            line = json.dumps({"conversation": step.who, "id": str(self._lines), **told}, ensure_ascii=False)
        chat = self._chat = self._chat or self._open()
        if chat.stdin is None or chat.stdout is None:
            raise RuntimeError("the command has no pipes")
        watch = threading.Timer(PATIENCE, chat.kill)
        watch.start()
        chat.stdin.write(line + "\n")
        chat.stdin.flush()
        told_back = chat.stdout.readline()
        watch.cancel()
        answer: dict[str, Any] = json.loads(told_back or '{"error": "the command ended"}')
        assert "error" not in answer, f"{line}: {answer['error']}"
        return answer

    def _open(self) -> "subprocess.Popen[str]":
        form = "--many" if self._many else "--json"
        arguments = [str(MBUROJA), "chat", form, "--db", str(self._db), "--clock", str(self._clock)]
        return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=_ZONE)


def _set(clock: Path, now: dt.datetime) -> None:
    """Set a clock at once: whoever looks at it meanwhile finds the old time or the new."""
    beside = clock.with_suffix(".new")
    beside.write_text(now.astimezone(dt.UTC).isoformat(), encoding="utf-8")
    beside.replace(clock)


def main() -> None:
    """Play the files that are named, aloud."""
    for name in sys.argv[1:]:
        conversation = read(Path(name))
        with tempfile.TemporaryDirectory() as folder:
            demo(Path(folder), conversation.starts)
            print(f"\n=== {conversation.title}\n{play(conversation, Path(folder)).aloud()}")


if __name__ == "__main__":
    main()
