"""templates.yaml is read whole, every way in which it can be wrong is named with its mend, and ours says no law."""

from pathlib import Path

import pytest

from bot.knowledge.source import read_source
from bot.knowledge.templates import read_templates
from bot.policy.actions import Action
from bot.policy.company import Company
from bot.policy.templates import CHOICES, Blank, Occasion, Template, blanks
from bot.services.office.backoffice import About
from bot.services.office.backoffice_close import Grounds
from bot.services.office.office_rules import Ground
from tests.tools.folders import change, check_folder, write_company, write_intents

POLICIES = Path(__file__).parents[2] / "policy_texts"
FILE = "policy_texts/templates.yaml"
SHARED = """\
templates:
  - id: ask-years
    act: ask
    kinds: [dsar_access]
    choice: scope
    label: "Cila periudhë"
    text: "Për cilën
      periudhë, te {company}?"
  - id: reply-thanks
    act: reply
    label: "Faleminderit"
    text: "Faleminderit."
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_company(tmp_path)
    write_intents(tmp_path)
    (tmp_path / FILE).write_text(SHARED, encoding="utf-8")
    return tmp_path


def faults(root: Path) -> list[str]:
    found: list[str] = []
    read_templates(root / FILE, FILE, found)
    return found


def company(root: Path) -> Company:
    found: list[str] = []
    read = read_source(root, found).companies["shembulli"]
    assert found == []
    return read


def test_templates_are_read_with_all_that_is_written(root: Path) -> None:
    found: list[str] = []
    first, second = read_templates(root / FILE, FILE, found)
    assert found == []
    assert first == Template(
        id="ask-years", occasion=Occasion.ASK, kinds=frozenset({Action.DSAR_ACCESS}), label="Cila periudhë",
        text="Për cilën periudhë, te {company}?", choice="scope",
    )  # fmt: skip
    assert (second.kinds, second.choice) == (frozenset(), "")


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert read_templates(tmp_path / "templates.yaml", FILE, []) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("act: ask", "act: shout", ":3: 'shout' is no act (known: reply, ask,"),
        ("{company}", "{firm}", ":7: {firm} is nothing that can be filled in (known: reference,"),
        ("{company}", "{company", "a brace stands alone"),
        ("Faleminderit.", "Sipas nenit 12 kemi 30 ditë.", ":12: a figure stands in it"),
        ("id: reply-thanks", "id: ask-years", ":9: the id 'ask-years' stands twice"),
        ("dsar_access", "dsar_everything", ":4: 'dsar_everything' is no kind of request"),
        ("choice: scope", "choice: fun", ":5: 'fun' cannot be chosen here (known: identity, other, scope)"),
        ('text: "Faleminderit."', 'text: ""', "'text' must be a text"),
        ('label: "Faleminderit"', f'label: "{"a" * 81}"', "the label has 81 characters"),
        ('text: "Faleminderit."', f'text: "{"a " * 800}"', "the text has 1600 characters"),
        ("act: reply", "act: reply\n    says: x", "unknown key 'says'"),
    ],
)
def test_what_is_written_wrong_is_named_with_its_line_and_mend(root: Path, old: str, new: str, said: str) -> None:
    change(root / FILE, old, new)
    (fault,) = faults(root)
    assert fault.startswith(f"{FILE}:")
    assert said in fault


def test_check_tells_the_faults_of_both_files_and_a_company_changes_what_is_shared(root: Path) -> None:  # R44
    own = root / "policy_texts" / "shembulli" / "templates.yaml"
    own.write_text(SHARED.replace("Faleminderit.", "Ju falënderojmë."), encoding="utf-8")
    assert [template.text for template in company(root).templates][1] == "Ju falënderojmë."
    change(own, "act: ask", "act: shout")
    change(root / FILE, "{company}", "{firm}")
    told = check_folder(root).faults
    assert any(fault.startswith(f"{FILE}:7: {{firm}}") for fault in told)
    assert any(fault.startswith("policy_texts/shembulli/templates.yaml:3: 'shout'") for fault in told)


def test_what_a_template_may_choose_is_what_the_services_know() -> None:
    assert CHOICES[Occasion.ASK] == {about.value for about in About}
    assert CHOICES[Occasion.REFUSE] == {ground.value for ground in Ground} - {Ground.SIGNATURE.value}
    assert CHOICES[Occasion.REJECT] == {grounds.value for grounds in Grounds}


# ---- ours -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours() -> tuple[Template, ...]:
    found: list[str] = []
    read = read_templates(POLICIES / "templates.yaml", FILE, found)
    assert found == []
    return read


@pytest.mark.parametrize("occasion", list(Occasion))
def test_there_are_several_for_every_act(ours: tuple[Template, ...], occasion: Occasion) -> None:
    assert len([template for template in ours if template.occasion is occasion]) >= 3


def test_ours_end_as_sentences_and_tell_every_choice(ours: tuple[Template, ...]) -> None:
    for template in ours:
        assert template.text[-1] in ".?!…)}", template.id
        assert bool(template.choice) is (template.occasion in CHOICES), template.id
    assert {blank for template in ours for blank in blanks(template.text)} <= set(Blank)


def test_what_only_one_companys_text_says_stands_with_that_company(ours: tuple[Template, ...]) -> None:  # R44
    found: list[str] = []
    own = read_templates(POLICIES / "paysera" / "templates.yaml", FILE, found)
    assert found == []
    assert {"fee-warning-second-access", "fee-second-access"} <= {template.id for template in own}
    assert not [template.id for template in ours if "second-access" in template.id or "koston" in template.text]


def test_no_template_refuses_the_end_of_marketing(ours: tuple[Template, ...]) -> None:  # R40
    denying = {Occasion.REFUSE, Occasion.PARTLY, Occasion.REJECT}
    assert not [t for t in ours if t.occasion in denying and Action.WITHDRAW_MARKETING in t.kinds]


def test_no_template_speaks_of_a_missing_signature_or_asks_for_a_document(ours: tuple[Template, ...]) -> None:  # R37
    for template in ours:
        assert "nënshkr" not in template.text
        assert "letërnjoftim" not in template.text
