"""`mburoja audit key` and `mburoja audit check`: a case's file, checked as the agency checks it."""

from pathlib import Path

import pytest

from bot.crypto import Vault
from bot.services.records.sealed_file import PURPOSE, public_key
from tests.services.acting import made_up_house
from tests.services.test_case_export import KEY, REFERENCE, a_case, exported
from tests.tools.command import in_process
from tests.tools.desks import SECRET


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = made_up_house()
    a_case(house)
    path = tmp_path_factory.mktemp("files") / f"rasti-{REFERENCE}.zip"
    path.write_bytes(exported(house))
    return path


def run(*words: str) -> tuple[int, str, str]:
    return in_process("audit", *words)


def test_a_whole_file_is_told_to_be_whole_and_what_that_proves(file: Path) -> None:  # R47
    code, said, complaints = run("check", str(file), "--key", KEY.upper())
    assert (code, complaints) == (0, "")
    assert f"Rasti {REFERENCE} (alfa)" in said
    assert "Vërtetohet: " in said
    assert "Nuk vërtetohet: " in said
    assert "Kujdes" not in said


def test_without_the_key_it_is_told_what_is_missing(file: Path) -> None:
    code, said, _ = run("check", str(file))
    assert code == 0
    assert "Kujdes: u përdor çelësi që gjendet në vetë skedarin" in said


def test_a_file_that_was_changed_ends_with_2(file: Path, tmp_path: Path) -> None:  # R47
    changed = tmp_path / "a.zip"
    changed.write_bytes(file.read_bytes().replace(b"rasti.html", b"rasti.htm_"))
    code, said, _ = run("check", str(changed), "--key", KEY)
    assert code == 2
    assert "rasti.html mungon." in said
    assert "Skedari NUK është ai që u nxor" in said


@pytest.mark.parametrize("words", [("nowhere.zip",), ("nowhere.zip", "--key", "abc")])
def test_what_cannot_be_checked_is_told(words: tuple[str, ...]) -> None:
    code, _, complaints = run("check", *words)
    assert code == 2
    assert "Traceback" not in complaints
    assert complaints


def test_the_key_is_that_of_the_database_s_secret(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    database.touch()
    (tmp_path / "a.db.key").write_bytes(SECRET)
    assert run("key", "--db", str(database)) == (0, f"{KEY}\n", "")
    assert public_key(Vault(SECRET).signing_key(PURPOSE)) == KEY
