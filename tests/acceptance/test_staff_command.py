"""Accounts of the console by the real command: what it says once, and what it never says."""

import asyncio
import datetime as dt
import json
import re
import shlex
import sqlite3
from pathlib import Path

import pytest

from bot.app import open_office
from bot.services.staff import accounts, lockout
from bot.services.staff.accounts import Account
from bot.services.staff.passwords import Passwords
from bot.settings import Settings
from tests.tools.command import ROOT, in_process, mburoja

PASSWORD = re.compile(r"hyrjen e parë: ([A-Z2-9-]{23})\n")


pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "mburoja.db"


def run(db: Path, *arguments: str) -> tuple[int, str, str]:
    return in_process("staff", *arguments, "--db", str(db))


def add(db: Path, login: str, *roles: str) -> str:
    """Add an account; returns its password for the first sign-in."""
    given = [part for role in roles for part in ("--role", role)]
    code, out, err = run(db, "add", login, "--name", login.capitalize(), "--by", "arta", *given)
    assert (code, err) == (0, ""), err
    found = PASSWORD.search(out)
    assert found
    return found[1]


def kept(db: Path, login: str) -> str:
    """The hash of an account's password."""
    with sqlite3.connect(db) as connection:
        return str(connection.execute("SELECT password_hash FROM staff WHERE login = ?", [login]).fetchone()[0])


def audit(db: Path) -> list[dict[str, object]]:
    with sqlite3.connect(db) as connection:
        rows = connection.execute("SELECT body FROM audit WHERE act LIKE 'staff.%' ORDER BY at").fetchall()
    return [json.loads(body) for (body,) in rows]


def test_an_account_is_added_by_the_real_command_and_its_password_shown_once(db: Path) -> None:  # R27, R32
    done = mburoja(
        "staff", "add", "zana", "--name", "Zana Krasniqi", "--email", "zana@shembull.example", "--role", "ipko=dpo",
        "--role", "paysera=clerk", "--by", "arta", "--db", str(db),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    found = PASSWORD.search(done.stdout.decode())
    assert found
    assert Passwords().right(kept(db, "zana"), found[1])
    assert kept(db, "zana").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    raw = b"".join(path.read_bytes() for path in db.parent.glob("mburoja.db*"))
    assert not [told for told in (found[1], "Krasniqi", "zana@") if told.encode() in raw]
    (told,) = audit(db)
    assert (told["act"], told["company"]) == ("staff.added", None)
    assert told["details"] == {"roles": "ipko=dpo, paysera=clerk", "staff": "zana", "who": "arta"}


def test_accounts_are_listed_with_their_roles_and_how_they_stand(db: Path) -> None:
    assert run(db, "list") == (0, "Ende nuk ka llogari. Shtoni një me mburoja staff add.\n", "")
    add(db, "zana", "ipko=dpo", "paysera=reader")
    add(db, "leka", "ipko=clerk")
    run(db, "disable", "leka")
    code, out, _ = run(db, "list")
    assert code == 0
    assert re.search(r"^leka +Leka +ipko=clerk +e mbyllur$", out, re.MULTILINE)
    assert re.search(r"^zana +Zana +ipko=dpo paysera=reader +pret hyrjen e parë$", out, re.MULTILINE)


def test_roles_are_given_and_taken_away(db: Path) -> None:  # R27
    add(db, "zana", "ipko=dpo")
    assert run(db, "role", "zana", "paysera=clerk")[:2] == (0, "zana: paysera=clerk. Vlen menjëherë.\n")
    assert run(db, "role", "zana", "paysera=clerk")[:2] == (0, "Kështu ishte edhe më parë.\n")
    assert run(db, "role", "zana", "ipko=none")[:2] == (0, "zana: ipko=none. Vlen menjëherë.\n")
    assert re.search(r"^zana +Zana +paysera=clerk", run(db, "list")[1], re.MULTILINE)


def test_an_account_is_closed_opened_and_begun_anew(db: Path) -> None:  # R27
    first = add(db, "zana", "ipko=dpo")
    assert "mbaruan" in run(db, "disable", "zana")[1]
    assert "edhe më parë" in run(db, "disable", "zana")[1]
    assert run(db, "enable", "zana")[1] == "Llogaria u hap.\n"
    assert run(db, "enable", "zana")[1] == "Llogaria ishte e hapur.\n"
    found = PASSWORD.search(run(db, "reset", "zana", "--by", "arta")[1])
    assert found
    assert found[1] != first
    assert not Passwords().right(kept(db, "zana"), first)
    assert Passwords().right(kept(db, "zana"), found[1])
    assert [row["act"] for row in audit(db)].count("staff.changed") == 2


def test_a_lock_is_ended(settings: Settings, db: Path) -> None:  # R27
    add(db, "zana", "ipko=dpo")
    assert run(db, "unlock", "zana")[1] == "Për këtë llogari nuk ka pritje.\n"

    async def lock() -> None:
        async with open_office(settings, db) as office:
            account = await office.store.read(lambda tx: accounts.by_login(tx, office.desk, "zana"))
            assert isinstance(account, Account)
            for _ in range(lockout.FREE):
                await office.store.transact(lambda tx: lockout.count(tx, office.clock.now(), account.id))

    asyncio.run(lock())
    assert "pret pas provave të gabuara" in run(db, "list")[1]
    assert run(db, "unlock", "zana")[1] == "Pritja u hoq: mund të hyhet prapë.\n"


def test_a_deputy_is_noted_and_ended(db: Path) -> None:
    add(db, "zana", "ipko=dpo")
    add(db, "leka", "ipko=clerk")
    add(db, "besa", "paysera=dpo")
    assert run(db, "deputy", "zana", "leka", "--until", "2000-01-01")[0] == 2
    assert run(db, "deputy", "zana", "leka")[0] == 2
    assert run(db, "deputy", "zana")[0] == 2
    code, _, err = run(db, "deputy", "zana", "besa", "--until", day(5))
    assert (code, "në të njëjtën kompani" in err) == (2, True)
    assert run(db, "deputy", "zana", "leka", "--until", day(5))[0] == 0
    assert f"e zëvendëson leka deri më {day(5)}" in run(db, "list")[1]
    assert run(db, "deputy", "zana", "--none")[1] == "Askush nuk e zëvendëson më.\n"
    assert run(db, "deputy", "zana", "--none")[1] == "Askush nuk e zëvendësonte.\n"


_CANNOT_BE = (
    (("add", "Zana!", "--name", "Z", "--role", "ipko=dpo"), "2–40 shenja"),
    (("add", "zana", "--name", "Z", "--role", "gama=dpo"), "gama nuk njihet"),
    (("add", "zana", "--name", "Z", "--role", "ipko=shefi"), "rolet: dpo, decider, clerk, reader"),
    (("add", "leka", "--name", "L", "--role", "ipko=dpo"), "Llogaria «leka» është tashmë"),
    (("role", "askush", "ipko=dpo"), "Llogaria «askush» nuk është. Llogaritë janë: leka."),
    (("role", "leka", "gama=dpo"), "gama nuk njihet"),
    (("deputy", "leka", "leka", "--until", "nesër"), "nuk është datë"),
    (("disable", "askush"), "nuk është"),
)


def test_what_cannot_be_is_told_and_changes_nothing(db: Path) -> None:
    add(db, "leka", "ipko=clerk")
    for arguments, said in _CANNOT_BE:
        code, out, err = run(db, *arguments)
        assert (code, out, said in err) == (2, "", True), err
    assert [row["act"] for row in audit(db)] == ["staff.added"]


def test_the_commands_of_the_document_do_what_it_says(db: Path) -> None:
    document = (ROOT / "docs/console.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ mburoja staff (.+)$", document, re.MULTILINE)
    assert len(commands) > 5
    for command in commands:
        arguments = shlex.split(re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day(30), command))
        code, _, err = run(db, *arguments)
        assert (code, err) == (0, ""), command


def day(ahead: int) -> str:
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=ahead)).isoformat()
