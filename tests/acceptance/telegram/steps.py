"""What people do again and again in these tests: begin, prove who they are, file a request; and how to wait."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

from tests.acceptance.telegram.conftest import LONGEST, Bots
from tests.tools.botapi import RunningPerson
from tests.tools.chatting import REFERENCE

GREETING = "Jam Mburoja"


def begun(bots: Bots, company: str = "ipko", phone: str = "") -> RunningPerson:
    """Return somebody who was greeted."""
    filan = bots.person(company, phone)
    filan.start()
    bots.heard(filan, GREETING)
    return filan


def asked_to_confirm(bots: Bots, filan: RunningPerson, wish: str, phone: str) -> None:
    """Wish for something, and prove who one is, up to the confirmation or the first field."""
    bots.says(filan, wish, "numrin e telefonit")
    proven(bots, filan, phone)


def proven(bots: Bots, filan: RunningPerson, phone: str) -> None:
    """Type the number, and the code that comes to it."""
    bots.says(filan, phone, "gjashtë shifrat")
    bots.says(filan, bots.served.code_for(phone), "u vërtetuat")


def filed(bots: Bots, company: str = "ipko") -> tuple[RunningPerson, str, str]:
    """Return somebody who asked for a copy of the data, the number, and the case's reference."""
    phone = bots.served.someone()
    filan = begun(bots, company, phone)
    asked_to_confirm(bots, filan, "e du nje kopje te t dhanave t mia", phone)
    bots.presses(filan, "Të gjitha", "A e konfirmoni?")
    return filan, phone, reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua"))


def reference_in(text: str) -> str:
    """Return the one number of a case or receipt in a text."""
    found = set(REFERENCE.findall(text))
    assert len(found) == 1, text
    return str(found.pop())


def until(filan: RunningPerson, fulfilled: Callable[[], bool]) -> None:
    """Wait until something is so; look whenever something changed on the screens."""
    end = time.monotonic() + LONGEST
    while not fulfilled():
        assert time.monotonic() < end, [f"{one.sender}: {one.text[:80]}" for one in filan.screen]
        filan.stage.wait_for(filan.stage.rings(0.1))


def count(bots: Bots, table: str) -> int:
    """Return how many rows a table of the running server has."""
    with closing(sqlite3.connect(f"file:{bots.served.database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608  a table of ours
