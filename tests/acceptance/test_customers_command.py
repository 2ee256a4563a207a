"""The companies' lists are taken in by the real command: what it says, and what it never says."""

from pathlib import Path

import pytest

from tests.tools.command import in_process

pytestmark = pytest.mark.usefixtures("settings")

HEAD = "company,customer_number,mobiles,name,relationship,line\n"
CONSENTS = "company,customer_number,purpose,state,since,source\n"
FILAN = "ipko,A-1001,+38344000101,Filan Fisteku,active,personal\n"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "mburoja.db"


def run(db: Path, *arguments: str) -> tuple[int, str, str]:
    return in_process(*arguments, "--db", str(db))


def take(db: Path, what: str, content: str | bytes) -> tuple[int, str, str]:
    path = db.with_name(f"{what}.csv")
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return run(db, what, "import", str(path))


def test_customers_and_their_consents_are_taken_in(db: Path) -> None:
    assert take(db, "customers", HEAD + FILAN) == (
        0,
        "Klientë: 1 u shtuan · 0 u ndryshuan · 0 si më parë · 0 rreshta nuk u morën.\n",
        "",
    )
    given = f"{CONSENTS}ipko,A-1001,offers-current,given,2026-01-31,shop\n"
    assert take(db, "consents", given) == (
        0,
        "Pëlqime: 1 u regjistruan · 0 si më parë · 0 rreshta nuk u morën.\n",
        "",
    )


def test_a_list_may_be_taken_in_again(db: Path) -> None:  # R59
    take(db, "customers", HEAD + FILAN)
    _, out, _ = take(db, "customers", HEAD + FILAN.replace("Filan", "Askush") + FILAN.replace("1001", "1002"))
    assert out == "Klientë: 1 u shtuan · 1 u ndryshuan · 0 si më parë · 0 rreshta nuk u morën.\n"


def test_a_bad_row_is_told_by_its_line_and_nothing_of_it_is_shown(db: Path) -> None:  # R32
    bad = "ipko,A-1002,+3834400,Filane Fisteku,active,personal\n"
    code, out, err = take(db, "customers", HEAD + bad + FILAN)
    assert code == 2
    assert out == "Klientë: 1 u shtuan · 0 u ndryshuan · 0 si më parë · 1 rreshta nuk u morën.\n"
    assert err.startswith("rreshti 2, mobiles: ")
    assert "Filane" not in err
    assert "+3834400," not in err


def test_consents_of_nobody_on_file_are_told(db: Path) -> None:
    code, _, err = take(db, "consents", f"{CONSENTS}ipko,A-1001,offers-current,given,,shop\n")
    assert code == 2
    assert err == "rreshti 2, customer_number: klienti nuk është në regjister (importoni së pari klientët)\n"


def test_many_rows_and_many_faults_are_taken_in_their_stride(db: Path) -> None:
    good = "".join(FILAN.replace("1001", f"{n}") for n in range(10_000, 11_250))
    bad = "".join(f"ipko,A-{n},x,,active,personal\n" for n in range(20_000, 20_150))
    code, out, err = take(db, "customers", HEAD + good + bad)
    assert code == 2
    assert out == "Klientë: 1250 u shtuan · 0 u ndryshuan · 0 si më parë · 150 rreshta nuk u morën.\n"
    assert len(err.splitlines()) == 101
    assert err.splitlines()[-1] == "… dhe 50 të tjerë."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "Skedari është bosh"),
        ("company,name\n", "mungojnë kolonat"),
        (b"\xff\xfe\x00c", "mungojnë kolonat"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_one_line(db: Path, content: str | bytes, said: str) -> None:
    code, out, err = take(db, "customers", content)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_file_that_is_not_there_is_named(db: Path) -> None:
    code, _, err = run(db, "customers", "import", "nuk-ka.csv")
    assert code == 2
    assert err.startswith("Skedari nuk-ka.csv nuk mund të lexohet")


def test_a_row_in_another_encoding_is_told(db: Path) -> None:
    code, _, err = take(db, "customers", (HEAD + FILAN.replace("Filan", "Kurrë")).encode("cp1252"))
    assert code == 2
    assert err == "rreshti 2, name: nuk është UTF-8 (ruajeni skedarin si UTF-8)\n"


def test_fictional_customers_are_there_for_trying_out(db: Path) -> None:
    code, out, err = run(db, "customers", "demo")
    assert (code, err) == (0, "")
    assert "ipko     A-1001  +38344000101   Filan Fisteku: i zakonshëm" in out
    assert "Klientë: 14 u shtuan" in out
    code, out, _ = run(db, "customers", "demo")
    assert "Klientë: 0 u shtuan · 0 u ndryshuan · 14 si më parë · 0 rreshta nuk u morën." in out


def test_who_is_not_locked_needs_no_unlocking(db: Path) -> None:  # R5
    take(db, "customers", HEAD + FILAN)
    assert run(db, "customers", "unlock", "ipko", "A-1001") == (0, "Për këtë klient nuk ka bllokim.\n", "")


def test_a_company_that_is_not_known_is_named(db: Path) -> None:
    code, _, err = run(db, "customers", "unlock", "gama", "A-1001")
    assert code == 2
    assert "'gama' nuk njihet" in err
