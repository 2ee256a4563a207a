"""Many chats at once, updates again, out of order, broken, the process killed: each once, in order, none lost."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance.telegram.conftest import IPKO, served
from tests.tools.botapi import Mischief, RunningBotApi, RunningPerson, Shown

THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
CHATS = 1_000 if THOROUGH else 120
KILLS = 2
LONGEST = 240.0 if THOROUGH else 60.0
# What everyone says, and what only the answer to it has: in order, so that an answer out of place is seen.
VOICE = "a voice note"
SAYS = (
    ("/privatesia", "Këtë bisedë e ruaj të enkriptuar"),
    ("/anulo", "Nuk ka asgjë të nisur."),
    (VOICE, "Zërin dhe thirrjet nuk i dëgjoj"),
    ("çka janë cookies?", "skedarë"),
    ("/privatesia", "Këtë bisedë e ruaj të enkriptuar"),
)
_MISCHIEF = Mischief(redeliver=0.3, reorder=0.2, hold=0.2, same_chat=True, unreadable=0.01, raw=True, seed=5)


@pytest.mark.alone
@pytest.mark.parametrize("mode", ["webhook", "polling"] if THOROUGH else ["webhook"])
def test_a_storm_loses_nothing(filled: Path, tmp_path: Path, mode: str) -> None:  # R29, R50, R52
    with RunningBotApi({IPKO: "ipko_bot"}, mischief=_MISCHIEF, back_off=0.1) as api:
        server = served(
            tmp_path, filled, api, mode, TELEGRAM_PER_SECOND="1000", TELEGRAM_PER_CHAT="30", LOG_LEVEL="warning"
        )
        with server:
            people = [api.person(IPKO, name=f"Filan {at}") for at in range(CHATS)]
            for person in people:
                person.start()
            for at, (text, _) in enumerate(SAYS):
                for person in people:
                    if text is VOICE:
                        person.sends_voice()
                    else:
                        person.says(text)
                if at < KILLS:
                    time.sleep(0.5)
                    server.kill()
                    server.start()
            wait_for_all(people)
            api.settled(LONGEST)
    faults = [fault for person in people for fault in out_of_place(person.said)]
    assert faults == []


def wait_for_all(people: Sequence[RunningPerson]) -> None:
    until = time.monotonic() + LONGEST
    waiting = list(people)
    while waiting:
        waiting = [person for person in waiting if not is_done(person.said)]
        assert time.monotonic() < until, f"{len(waiting)} wait, as: {[one.text[:60] for one in waiting[0].said]}"
        time.sleep(0.1)


def is_done(said: Sequence[Shown]) -> bool:
    return len(answers(said)) >= len(SAYS)


def answers(said: Sequence[Shown]) -> list[str]:
    """Return which of the answers came, in order; what was shown twice on end (see docs/telegram.md) counts once."""
    found: list[str] = []
    for one in said:
        begins = next((begin for _, begin in SAYS if begin in one.text), None)
        if begins and (not found or found[-1] != begins):
            found.append(begins)
    return found


def out_of_place(said: Sequence[Shown]) -> list[list[str]]:
    expected = [begin for _, begin in SAYS]
    found = answers(said)
    return [] if found == expected else [found]
