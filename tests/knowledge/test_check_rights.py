"""Each way in which rights.yaml can differ from the policy text is found and named with file and line."""

import shutil
from pathlib import Path

import pytest

from bot.knowledge.check_rights import check_rights
from tests.tools.folders import change, check_folder, pin, read_whole, write_company, write_intents

FILE = "policy_texts/shembulli/rights.yaml"
POLICIES = Path(__file__).parents[2] / "policy_texts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_company(tmp_path)


def faults(folder: Path) -> list[str]:
    return check_rights(folder, read_whole(folder))


@pytest.mark.parametrize("company", ["ipko", "paysera"])
def test_the_real_ones_are_in_order(company: str) -> None:
    assert faults(POLICIES / company) == []


def test_the_made_up_one_is_in_order(folder: Path) -> None:
    assert faults(folder) == []


def test_a_company_without_the_file_has_no_fault(folder: Path) -> None:
    (folder / "rights.yaml").unlink()
    assert faults(folder) == []


def test_mburoja_check_tells_the_faults(tmp_path: Path) -> None:
    folder = write_company(tmp_path)
    write_intents(tmp_path)
    line = change(folder / "rights.yaml", '    clauses: ["3"]', '    clauses: ["33"]')
    assert check_folder(tmp_path).faults == [
        f"{FILE}:{line}: the clause '33' does not exist in shembulli-2020 (see clauses.yaml)"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('    clauses: ["6"]', '    clauses: ["6", "66"]', "the clause '66' does not exist in shembulli-2020"),
        ('  clauses: ["te-drejtat"]', '  clauses: ["te-drejta"]', "the clause 'te-drejta' does not exist"),
        ('    clauses: ["6"]', "    clauses: []", "'clauses' is empty"),
        ("  - id: post", "  - id: newsletter", "the id 'newsletter' stands twice"),
        ("  - id: post", "  - id: Post", "an id is small letters"),
        ('    label: "Posta"', '    label: "Buletini"', "the label 'Buletini' stands twice"),
        ('    label: "Posta"', f'    label: "{"P" * 65}"', "the label has 65 characters, more than 64"),
        ('    name: "Posta e Filanit"', '    name: "Posta ime"', "the name 'Posta ime' does not stand in its clauses"),
        ('"fletën n’postë"', '"Për buletinin"', "'Për buletinin' stands twice, or is its name"),
        ('"fletën n’postë"', '"GAZETA e perjavshme"', "'GAZETA e perjavshme' stands twice, or is its name"),
        ('"fletën n’postë"', '"krejt reklamat"', "'krejt reklamat' is too general"),
        ('"fletën n’postë"', '"e Filanit"', "'e Filanit' names 'Posta' too"),
        ("  withdraws: [post]", "  withdraws: [posta]", "'withdraws' names 'posta', which is no consent"),
        ("kundërshtimin e marrim.", "kundërshtimin e marrim 4 herë.", "'says' has '4', which does not stand"),
        ("Një pjesë mund", "Deri 7 pjesë mund", "'says' has '7', which does not stand"),
        ("Kopjen e kërkoni edhe", "Kopjen e jep Kulla. Po. Kërkoni edhe", "'says' has more than two sentences"),
        ("Kopjen e kërkoni edhe", "Kopjen e jep Kulla edhe", "'says' names 'Kulla'"),
        ("  months: 1", "  months: 2", "'months' must be 1"),
        ("  extension_months: 2", "  extension_months: 3", "'extension_months' may be 2 at most"),
        ('foreign: ["+49", "+41"]', 'foreign: ["49"]', "'49' is no calling code"),
        ('foreign: ["+49", "+41"]', 'foreign: ["+999"]', "'+999' is no calling code"),
        ('foreign: ["+49", "+41"]', 'foreign: ["+383"]', "'+383' is Kosovo's own"),
        ('foreign: ["+49", "+41"]', 'foreign: ["+49", "+49"]', "'+49' stands twice"),
    ],
)
def test_a_planted_fault_is_found_at_its_line(folder: Path, old: str, new: str, said: str) -> None:
    line = change(folder / "rights.yaml", old, new)
    found = [fault for fault in faults(folder) if said in fault]
    assert len(found) == 1, faults(folder)
    assert found[0].startswith(f"{FILE}:{line}: ")


def test_what_an_ex_customer_is_told_needs_its_clause(folder: Path) -> None:
    line = change(folder / "rights.yaml", '"Të dhënat ruhen 3 vjet', '"Të dhënat ruhen 5 vjet')
    assert faults(folder) == [f"{FILE}:{line}: 'says' has '5', which does not stand in the quoted clauses"]


def test_a_period_needs_its_start(folder: Path) -> None:
    line = change(folder / "rights.yaml", "të ruhet, 3 vjet pas mbylljes së kontratës.", "të ruhet, 3 vjet.")
    assert faults(folder) == [f"{FILE}:{line}: 'says' gives a period without its start and condition"]


def test_clauses_must_stand_in_every_edition(folder: Path) -> None:
    text = (folder / "policy.txt").read_text(encoding="utf-8")
    (folder / "policy-2023.txt").write_text(text.replace("6. Ju mund", "7. Ju mund"), encoding="utf-8")
    shutil.copyfile(folder / "clauses.yaml", folder / "clauses-2023.yaml")
    newer = folder / "clauses-2023.yaml"
    change(newer, '{id: "6", label: "6", starts: "6. Ju mund"}', '{id: "7", label: "7", starts: "7. Ju mund"}')
    change(newer, "effective: 2020-03-01", "effective: 2023-01-01")
    change(newer, "id: shembulli-2020", "id: shembulli-2023")
    change(newer, "text: policy.txt", "text: policy-2023.txt")
    pin(folder, "-2023")
    (fault,) = faults(folder)
    assert "the clause '6' does not exist in shembulli-2023" in fault
