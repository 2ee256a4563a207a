"""A third company is a folder of texts and a folder of phrases: no Python is touched (docs/adding-a-company.md)."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests.tools.command import mburoja
from tests.tools.folders import SAMPLE, change, write_company, write_intents


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    """The real folders with a made-up company beside the two."""
    root = tmp_path_factory.mktemp("data")
    for name in ("intents", "policy_texts"):
        shutil.copytree(settings.data / name, root / name)
    write_company(root)
    aside = root / "aside"
    topics = write_intents(aside) / "topics" / SAMPLE
    shutil.copytree(topics, root / "intents/topics" / SAMPLE)
    shutil.rmtree(aside)
    return root


def _ask(data: Path, company: str | None, text: str) -> dict[str, Any]:
    line = json.dumps({"id": "1", "company": company, "text": text}).encode()
    done = mburoja("ask", "--batch", "-", given=line, env={"MBUROJA_DATA": str(data)}, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.thorough
def test_the_check_finds_the_new_company_in_order(data: Path) -> None:
    done = mburoja("check", env={"MBUROJA_DATA": str(data)}, timeout=300)
    assert done.stdout.decode().splitlines()[-1].startswith("3 companies,")
    assert done.returncode == 0, done.stdout.decode()


def test_it_answers_from_its_own_text(data: Path) -> None:
    answer = _ask(data, SAMPLE, "sa gjatë e ruani kontratën?")
    assert answer["kind"] == "answer"
    assert [c["clause"] for c in answer["citations"]] == ["2"]
    assert answer["citations"][0]["quote"].startswith("2. Të dhënat e kontratës ruhen 3 vjet")


def test_it_is_known_by_its_name(data: Path) -> None:
    assert _ask(data, None, "te shembulli, kush e merr kontratën?")["company"] == SAMPLE


def test_the_shared_intents_hold_for_it_too(data: Path) -> None:
    assert _ask(data, SAMPLE, "dua të flas me një njeri")["kind"] == "handoff"
    assert _ask(data, SAMPLE, "më dërgoni një kopje të të dhënave të mia")["action"] == "dsar_access"


def test_the_other_companies_answer_as_before(data: Path) -> None:
    answer = _ask(data, "paysera", "sa gjatë ruhen xhirimet e kamerave?")
    assert [c["clause"] for c in answer["citations"]] == ["13.4"]


def test_an_answer_that_is_switched_off_leads_to_a_person(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    change(copy / f"policy_texts/{SAMPLE}/company.yaml", "switched_off: []", "switched_off: [retention-contract]")
    answer = _ask(copy, SAMPLE, "sa gjatë e ruani kontratën?")
    assert answer["kind"] == "handoff"
    assert "dpo@shembulli.example" in answer["text"]
    assert answer["citations"] == []


def test_a_phrase_added_to_a_file_is_understood(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    topic = copy / f"intents/topics/{SAMPLE}/silent/children.yaml"
    with topic.open("a", encoding="utf-8") as file:
        file.write('  - hand: fisteku\n    gheg:\n      - "po kalamanat a muj me i bo antar"\n')
    assert _ask(copy, SAMPLE, "po kalamanat a muj me i bo antar")["kind"] == "silent"


def test_a_switched_off_answer_is_not_told_with_an_act_either(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    change(copy / f"policy_texts/{SAMPLE}/company.yaml", "switched_off: []", "switched_off: [access-right]")
    answer = _ask(copy, SAMPLE, "më dërgoni një kopje të të dhënave të mia")
    assert answer["action"] == "dsar_access"
    assert answer["citations"] == []
    assert "Kopjen e kërkoni" not in answer["text"]
