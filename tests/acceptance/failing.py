"""What the tests of failures share: a conversation up to its confirmation, and a look at what it left."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.crash import checker
from tests.tools.command import mburoja
from tests.tools.processes import Chat

NUMBER = "+38344000101"
CUSTOMER = f"ipko,A-1001,{NUMBER},Filan Fisteku"
WISH = "ndalni krejt reklamat te ipko"


def until_confirming(chat: Chat) -> None:
    """Go as far as the confirmation of a withdrawal."""
    assert chat.say(WISH)["state"] == "number"
    assert chat.say(chat.code(chat.say(NUMBER)))["state"] == "confirm"


def count(database: Path, table: str) -> int:
    """Return how many rows a table has."""
    with checker.opened(database) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608  a table of ours


def tamper(database: Path, statement: str) -> None:
    """Change a database behind the back of Mburoja."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def well_ended(chat: Chat, database: Path) -> None:
    """End the process, and let the checker look at what it leaves."""
    code, complaints = chat.end()
    assert code == 0, complaints
    assert "Traceback" not in complaints
    assert checker.faults(database) == []
    assert mburoja("audit", "verify", "--db", str(database)).returncode == 0
