"""Many chats at once, updates again, out of order, broken, the process killed: each once, in order, none lost."""

import os
import shlex
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.telegram.conftest import IPKO, served
from tests.tools import serving
from tests.tools.botapi import Mischief, RunningBotApi, RunningPerson, Shown
from tests.tools.processes import holding

THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
CHATS = 1_000 if THOROUGH else 120
KILLS = 2
LONGEST = 240.0 if THOROUGH else 120.0
HOLD = 10.0  # seconds
# What everyone says, and what only the answer to it has: in order, so that an answer out of place is seen.
VOICE = "a voice note"
SAYS = (
    ("/privatesia", "Këtë bisedë e ruaj të enkriptuar"),
    ("/anulo", "Nuk ka asgjë të nisur."),
    (VOICE, "Zërin dhe thirrjet nuk i dëgjoj"),
    ("çka janë cookies?", "skedarë"),
    ("/privatesia", "Këtë bisedë e ruaj të enkriptuar"),
)
# At first later ones overtake earlier ones of their own chat too. From a server that was away Telegram takes those of a
# chat one after another, so while the process is killed only chats overtake one another.
_OVERTAKING = Mischief(redeliver=0.3, reorder=0.2, hold=0.2, same_chat=True, unreadable=0.01, raw=True, seed=5)
_KILLED = replace(_OVERTAKING, same_chat=False)
_BEFORE = 2  # of what everyone says, before the process is killed
# At a time, then: behind a thousand others on forty connections an overtaken one comes later than it is waited for.
_WAVE = 100


@pytest.fixture(autouse=True)
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server hold back for longer what has overtaken something: a machine may stand still for a second."""
    command = tmp_path / "mburoja"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(holding(HOLD))} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setattr(serving, "MBUROJA", command)


@pytest.mark.alone
@pytest.mark.parametrize("mode", ["webhook", "polling"] if THOROUGH else ["webhook"])
def test_a_storm_loses_nothing(filled: Path, tmp_path: Path, mode: str) -> None:  # R29, R50, R52
    overtaking = _OVERTAKING if mode == "webhook" else replace(_OVERTAKING, reorder=0)  # a poll has them in order
    with RunningBotApi({IPKO: "ipko_bot"}, mischief=overtaking, back_off=0.1) as api:
        server = served(
            tmp_path, filled, api, mode, TELEGRAM_PER_SECOND="1000", TELEGRAM_PER_CHAT="30", LOG_LEVEL="warning"
        )
        with server:
            people = [api.person(IPKO, name=f"Filan {at}") for at in range(CHATS)]
            for person in people:
                person.start()
            api.settled(LONGEST)
            for start in range(0, len(people), _WAVE):
                wave = people[start : start + _WAVE]
                everyone_says(wave, SAYS[:_BEFORE])
                wait_for(wave, _BEFORE)
            api.misbehave(IPKO, _KILLED if mode == "webhook" else overtaking)
            for at, each in enumerate(SAYS[_BEFORE:]):
                everyone_says(people, [each])
                if at < KILLS:
                    time.sleep(0.5)
                    server.kill()
                    server.start()
            wait_for(people, len(SAYS))
            api.settled(LONGEST)
    expected = [words for _, words in SAYS]
    assert [found for person in people if (found := answers(person.said)) != expected] == []


def everyone_says(people: Sequence[RunningPerson], says: Sequence[tuple[str, str]]) -> None:
    for text, _ in says:
        for person in people:
            if text is VOICE:
                person.sends_voice()
            else:
                person.says(text)


def wait_for(people: Sequence[RunningPerson], count: int) -> None:
    until = time.monotonic() + LONGEST
    waiting = list(people)
    while waiting:
        waiting = [person for person in waiting if len(answers(person.said)) < count]
        assert time.monotonic() < until, f"{len(waiting)} wait, as: {[one.text[:18] for one in waiting[0].said]}"
        time.sleep(0.1)


def answers(said: Sequence[Shown]) -> list[str]:
    """Return which of the answers came, in order; what was shown twice on end (see docs/telegram.md) counts once."""
    found: list[str] = []
    for one in said:
        words = next((words for _, words in SAYS if words in one.text), None)
        if words and (not found or found[-1] != words):
            found.append(words)
    return found
