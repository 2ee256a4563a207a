"""Faults that only the whole of the data shows, and files that are broken in ways nobody plans."""

from pathlib import Path

import pytest

from tests.tools.folders import SAMPLE, change, check_folder, write_company, write_intents

COMPANY = f"policy_texts/{SAMPLE}/company.yaml"
CLAUSES = f"policy_texts/{SAMPLE}/clauses.yaml"
ANSWERS = f"policy_texts/{SAMPLE}/answers/te-tjerat.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_company(tmp_path)
    write_intents(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (CLAUSES, "effective: 2020-03-01", "effective: 2020-02-31", "day is out of range"),
        (CLAUSES, '{id: "5", label: "5"', '{id: "4", label: "5"', "the id '4' stands twice"),
        (CLAUSES, 'starts: "5. Adresa"', 'starts: ""', "'starts' must be a text"),
        (CLAUSES, 'starts: "5. Adresa"', 'starts: "5. Askund"', "'5. Askund' is not found"),
        (COMPANY, "name: Shembulli", "emri: Shembulli", "'name' must be a text"),
        (COMPANY, '"firma shembulli"', '"?!"', "'?!' has no letters"),
        (COMPANY, "  complaint: ", "  ankese: ", "'acts' names 'ankese', which is no action"),
        (ANSWERS, 'cites: ["6"]', 'cites: ["6", "6"]', "'cites' names a clause twice"),
        (ANSWERS, 'cites: ["6"]', 'cites: ["6"]\n    approved: {by: Filan, kur: 2020-04-01}', "unknown key 'kur'"),
        (
            f"intents/topics/{SAMPLE}/access-right.yaml",
            f"intent: {SAMPLE}/access-right",
            "intent: access-right",
            f"a topic of {SAMPLE} is called {SAMPLE}/…",
        ),
        ("intents/lexicon/words.yaml", "[sa gjatë, sa kohë]", "[sa kohë, sa kohë po i ruani]", "can never match"),
        ("intents/aspects.yaml", "aspects:", "? [a, b]\n: x\naspects:", "a key must be a word"),
    ],
)
def test_a_broken_file_is_a_fault_and_no_traceback(data: Path, file: str, old: str, new: str, said: str) -> None:
    change(data / file, old, new)
    faults = check_folder(data).faults
    assert any(said in fault for fault in faults), faults
    assert all(fault.startswith(("policy_texts/", "intents/")) for fault in faults)


def test_a_figure_inside_another_is_not_that_figure(data: Path) -> None:
    change(data / ANSWERS, "Kopjen e kërkoni te dpo@shembulli.example.", "Kopjen e kërkoni te pika 2.")
    assert any("has '2'" in fault for fault in check_folder(data).faults)


def test_a_file_that_refers_to_itself_is_a_fault(data: Path) -> None:
    (data / "intents/aspects.yaml").write_text("aspects: &a [*a]\n", encoding="utf-8")
    assert any("intents/aspects.yaml:1: " in fault for fault in check_folder(data).faults)


def test_an_approval_is_written_as_the_documents_say(data: Path) -> None:
    change(data / ANSWERS, 'cites: ["6"]', 'cites: ["6"]\n    approved: {by: "Filan Fisteku", on: 2020-04-01}')
    report = check_folder(data)
    assert report.faults == []
    assert "8 answers (7 not yet approved)" in report.summary


def test_two_companies_may_not_share_a_name(data: Path) -> None:
    write_company(data, company="kulla")
    write_intents(data, company="kulla")
    change(data / "policy_texts/kulla/company.yaml", '"firma kulla"', '"firma shembulli"')
    assert any("'firma shembulli' is also a name of kulla" in fault for fault in check_folder(data).faults)


def test_an_answer_may_not_name_another_company(data: Path) -> None:
    write_company(data, company="kulla")
    write_intents(data, company="kulla")
    change(data / ANSWERS, "Teksti nuk flet për fëmijët.", "Kulla nuk flet për fëmijët.")
    assert any("it names kulla, another company" in fault for fault in check_folder(data).faults)
