"""Nothing of a customer in clear, in no log and no file: no number, name, code or word of theirs (R15, R32, R46)."""

import base64
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.tools.command import mburoja
from tests.tools.processes import Chat, import_customers, receipt_in

pytestmark = [pytest.mark.usefixtures("settings", "no_process_left"), pytest.mark.thorough]

NUMBER = "+38344000157"
NAME = "Xhevrije Fisteku-Shembulli"
CUSTOMER = "K-770057"
ADDRESS = "xhevrije.fisteku@shembull.example"
WORDS = "Dua të di pse ma keni ndjekur lëvizjen deri te Guri i Kuq"

# The command with everything logged that can be, as a developer would have it.
_LOGS_ALL = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(levelname)s %(message)s")
from bot.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import_customers(tmp_path / "mburoja.db", f"ipko,{CUSTOMER},{NUMBER},{NAME}")
    return tmp_path


def forms(text: str) -> Iterator[str]:
    """Yield what a text may look like where somebody thought that it was hidden."""
    yield from (text, text.upper(), text[::-1])
    for raw in (text.encode(), text.encode("utf-16-le")):
        yield from (base64.b64encode(raw).decode().rstrip("="), raw.hex(), raw.decode("latin-1"))
    for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        yield from (digest(text.encode()).hexdigest(), base64.b64encode(digest(text.encode()).digest()).decode())
    yield from (json.dumps(text).strip('"'), text.encode("unicode_escape").decode())


def number_forms() -> Iterator[str]:
    digits = NUMBER[4:]  # 44000157
    spaced = f"{digits[:2]} {digits[2:5]} {digits[5:]}"
    for written in (NUMBER, NUMBER[1:], f"0{digits}", f"00383{digits}", digits, spaced, spaced.replace(" ", "-")):
        yield from forms(written)


def has_code(raw: bytes, code: str) -> bool:
    """Tell whether the code stands there, and not by chance in the middle of an id or a time."""
    return re.search(rb"(?<![0-9A-Za-z+/=])" + code.encode() + rb"(?![0-9A-Za-z+/=])", raw) is not None


def found_in(raw: bytes, codes: list[str]) -> list[str]:
    """Return what must not stand there and does."""
    hidden = [*number_forms(), *(f for text in (NAME, CUSTOMER, ADDRESS, WORDS, "Guri i Kuq") for f in forms(text))]
    found = [form for form in hidden if form.encode() in raw]
    found += [code for code in codes if has_code(raw, code)]
    found += [form for code in codes for form in forms(code) if len(form) > 8 and form.encode() in raw]
    return found


def columns_with(database: Path, codes: list[str]) -> list[str]:
    """Return the columns that hold a code whole, or begin or end with one: in a file nothing stands between columns."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            table
            for table in tables
            for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608  the database's own name
            for value in row
            if isinstance(value, str | int) and re.search(r"(?<!\w)(" + "|".join(codes) + r")(?!\w)", str(value))
        ]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def whole_conversation(chat: Chat) -> list[str]:
    """Prove oneself, give a wrong code too, withdraw, and ask for something in words of one's own; return the codes."""
    chat.say("ndalni krejt reklamat te ipko")
    code = chat.code(chat.say("044 000 157"))
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert chat.say(wrong)["state"] == "code"
    assert chat.say(code)["state"] == "confirm"
    assert receipt_in(chat.say("po"))
    told = chat.say("kam një ankesë te ipko")
    while told["state"] == "field":
        told = chat.say(WORDS)
    assert told["state"] == "confirm"
    assert receipt_in(chat.say("po"))
    chat.say(f"a e keni numrin {NUMBER} të {NAME}, {ADDRESS}?")
    return [code, wrong]


def test_nothing_of_a_customer_stands_in_clear_in_any_file_or_log(folder: Path) -> None:  # R15, R16, R32, R46
    database = folder / "mburoja.db"
    chat = Chat("--json", "--db", str(database), command=[sys.executable, "-c", _LOGS_ALL])
    codes = whole_conversation(chat)
    running = files_of(folder)
    assert running["mburoja.db-wal"], "what was written lately is looked at too"
    code, log = chat.end()
    assert code == 0
    assert "sms.send" in log
    assert "DEBUG" in log
    for name, raw in {**{f"{name}, running": raw for name, raw in running.items()}, **files_of(folder)}.items():
        assert found_in(raw, codes) == [], name
    assert found_in(log.encode(), codes) == []
    assert columns_with(database, codes) == []


def test_nor_when_things_fail(folder: Path) -> None:  # R32
    database = folder / "mburoja.db"
    chat = Chat("--many", "--db", str(database), command=[sys.executable, "-c", _LOGS_ALL])
    chat.order(conversation="a", id="1", say="ndalni krejt reklamat te ipko")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE challenges RENAME TO gone")  # a bug, as far as the process can tell
        told = chat.order(conversation="a", id="2", say=NUMBER)
        assert told["error"] == "Diçka shkoi keq te ne. Provoni prapë."
        connection.execute("ALTER TABLE gone RENAME TO challenges")
    assert chat.order(conversation="a", id="2", say=NUMBER)["state"] == "code"
    code, log = chat.end()
    assert code == 0
    assert "a turn failed: OperationalError at " in log
    assert "Traceback" not in log
    assert found_in(log.encode(), []) == []


def test_what_the_office_prints_of_its_queue_names_nobody(folder: Path) -> None:  # R32, R46
    database = folder / "mburoja.db"
    chat = Chat("--json", "--db", str(database))
    codes = whole_conversation(chat)
    assert chat.end() == (0, "")
    for arguments in (["list"], ["list", "--json"], ["export"], ["events"], ["events", "--json"]):
        done = mburoja("requests", *arguments, "--db", str(database))
        assert done.returncode == 0
        assert found_in(done.stdout + done.stderr, codes) == [], arguments


def test_the_search_finds_what_it_is_there_to_find(folder: Path) -> None:
    for shown in ("044000157", "+383 44 000 157".replace("+383 ", ""), NAME, ADDRESS, WORDS,
                  base64.b64encode(NUMBER.encode()).decode(), hashlib.sha256(NUMBER.encode()).hexdigest()):  # fmt: skip
        assert found_in(f"x{shown}y".encode(), [])
    assert found_in(b'{"code": "123456"}', ["123456"])
    assert not found_in(b'{"at": 1795123456123}', ["123456"])
    database = folder / "mburoja.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO leases VALUES ('a', '123456', 0)")
        connection.commit()
    assert columns_with(database, ["123456"]) == ["leases"]
