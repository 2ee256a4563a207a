"""A patch changes what it should, nothing beside it, and `git apply` takes it."""

import datetime as dt
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DataError
from bot.knowledge import patching
from bot.knowledge.patching import HAND, Change, NewPhrase
from bot.knowledge.yamlfile import read_yaml
from bot.nlu.intents import Register
from bot.policy.answers import Approval
from bot.settings import Settings
from tests.tools.folders import SAMPLE, check_folder, read_whole, write_company, write_intents

INTENT = """\
# Written by two people.
intent: shembulli/kopja
phrases:
  - hand: filan
    standard:
      - "Si marr një kopje?"  # by phone
    plain: [kopja, "dosja ime"]
  # the end
"""
ANSWERS = """\
# The lawyer's words.
answers:
  - topic: kopja
    label: "Kopja"   # shown on a button
    says: >
      Kopjen e kërkoni
      te zyra.
    cites: ["6"]
    approved: {by: "zana", on: 2026-01-02}  # read twice
  - topic: zyra
    label: Zyra
    says: Zyra është hapur.
    cites: ["6"]
# No more.
"""
DAY = dt.date(2026, 3, 5)


def phrase(text: str, register: Register = Register.PLAIN) -> NewPhrase:
    return NewPhrase(register=register, text=text)


def added(old: str, new: str) -> list[str]:
    """Return the lines that are new; none may be gone."""
    rest = iter(new.splitlines())
    fresh = []
    for line in old.splitlines():
        while (met := next(rest)) != line:
            fresh.append(met)
    return [*fresh, *rest]


def applied(folder: Path, patch: str) -> None:
    """Let git apply a patch to a folder that is no repository."""
    done = subprocess.run(
        ["git", "apply", "--verbose", "-"], cwd=folder, input=patch.encode(), capture_output=True, check=False,
        env={"GIT_CEILING_DIRECTORIES": str(folder.parent), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()


def answers_of(text: str) -> list[dict[str, object]]:
    """Return the answers of a file as the project reads them (`on` is a word)."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.yaml").write_text(text, encoding="utf-8")
        read: list[dict[str, object]] = read_yaml(Path(folder) / "x.yaml", "x.yaml").data["answers"]
        return read


def changed(folder: Path, path: str, new: str) -> Change:
    return Change(path=path, old=(folder / path).read_text(encoding="utf-8"), new=new)


def test_a_first_phrase_gets_a_hand_of_its_own_and_nothing_else_changes() -> None:
    new = patching.with_phrases(INTENT, [phrase("qysh me marr kopjen", Register.GHEG)])
    assert added(INTENT, new) == [f"  - hand: {HAND}", "    gheg:", '      - "qysh me marr kopjen"']
    assert new.endswith("  # the end\n")


def test_more_phrases_join_the_hand_and_its_registers() -> None:
    once = patching.with_phrases(INTENT, [phrase("nje"), phrase("dy"), phrase("tre", Register.GHEG)])
    assert added(INTENT, once) == [f"  - hand: {HAND}", "    plain:", '      - "nje"', '      - "dy"',
                                   "    gheg:", '      - "tre"']  # fmt: skip
    assert added(once, patching.with_phrases(once, [phrase("kater")])) == ['      - "kater"']


def test_a_phrase_that_is_there_is_not_put_in_twice() -> None:
    assert patching.with_phrases(INTENT, [phrase("  Si marr një\u00a0kopje? "), phrase("dosja ime")]) == INTENT


def test_a_file_without_an_end_of_line_keeps_its_last_words() -> None:
    bare = INTENT.removesuffix("  # the end\n").removesuffix("\n")
    new = patching.with_phrases(bare, [phrase("fund")])
    assert new == f'{bare}\n  - hand: {HAND}\n    plain:\n      - "fund"'


def test_ends_of_lines_stay_as_they_were() -> None:
    new = patching.with_phrases(INTENT.replace("\n", "\r\n"), [phrase("fund")])
    assert new.count("\n") == new.count("\r\n") == INTENT.count("\n") + 3


@given(text=st.text(max_size=60))
def test_any_words_are_read_back_as_they_were_written(text: str) -> None:  # R51
    new = patching.with_phrases(INTENT, [phrase(text)])
    said = patching.tidy(text)
    read = yaml.safe_load(new)["phrases"]
    assert said == "" or said in read[-1].get("plain", []) or said in ("kopja", "dosja ime", "Si marr një kopje?")
    answer = patching.with_answer(ANSWERS, "zyra", label="Zyra", says=text)
    assert answers_of(answer)[1]["says"] == said


def test_an_edited_answer_is_not_approved_any_more() -> None:
    new = patching.with_answer(ANSWERS, "kopja", label="Kopja", says='Kopjen e merrni\nte "zyra".')
    entry = answers_of(new)[0]
    assert (entry["says"], entry["label"], entry["approved"]) == ('Kopjen e merrni te "zyra".', "Kopja", None)
    assert 'label: "Kopja"   # shown on a button\n' in new
    assert "approved: null  # read twice\n" in new
    assert new.startswith("# The lawyer's words.\n") and new.endswith("# No more.\n")


def test_an_answer_in_the_same_words_stays_as_it_is() -> None:
    assert patching.with_answer(ANSWERS, "zyra", label="Zyra", says="Zyra është  hapur.") == ANSWERS


def test_an_approval_is_put_in_taken_back_and_left_where_it_is_the_same() -> None:
    given = Approval(by="leka", on=DAY)
    new = patching.with_approvals(ANSWERS, {"zyra": given, "kopja": None})
    first, second = answers_of(new)
    assert (first["approved"], second["approved"]) == (None, {"by": "leka", "on": DAY})
    assert new.index("leka") < new.index("# No more.")
    assert patching.with_approvals(new, {"zyra": given, "kopja": None}) == new
    assert patching.with_approvals(ANSWERS, {"zyra": None}) == ANSWERS


@pytest.mark.parametrize(
    "written",
    ["approved: null", "approved:", "approved: ~ # not yet", 'approved:\n      by: "zana"\n      on: 2020-01-01'],
)
def test_an_approval_takes_the_place_of_whatever_stands_there(written: str) -> None:
    old = ANSWERS.replace('approved: {by: "zana", on: 2026-01-02}  # read twice', written)
    new = patching.with_approvals(old, {"kopja": Approval(by="leka", on=DAY)})
    assert answers_of(new)[0]["approved"] == {"by": "leka", "on": DAY}
    assert answers_of(new)[1] == answers_of(old)[1]


def test_what_is_switched_off_is_written_as_a_list() -> None:
    old = "id: a\n# Topics listed here are not answered.\nswitched_off: []\ndecides: dpo\n"
    new = patching.with_switched_off(old, ["silent/x", "b"])
    assert new == old.replace("[]", "[b, silent/x]")
    assert patching.with_switched_off(new, ["b", "silent/x"]) == new
    assert patching.with_switched_off("id: a\n", ["b"]) == "id: a\nswitched_off: [b]\n"


def test_an_answer_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="no answer to zz"):
        patching.with_answer(ANSWERS, "zz", label="", says="")
    with pytest.raises(ValueError, match="phrases"):
        patching.with_phrases("intent: x\n", [phrase("a")])
    with pytest.raises(ValueError, match="line 2"):
        patching.with_phrases("a: [", [phrase("a")])


@pytest.mark.parametrize("text", ["numri 044 123-456", "12345", "jam filan@shembull.example", "+383 (0)1 2 3"])
def test_what_may_be_personal_is_noticed(text: str) -> None:  # R32
    assert patching.is_personal(text)


@pytest.mark.parametrize("text", ["deri më 2026", "neni 13, paragrafi 2", "ligji 06/L-082", "sa kushton?"])
def test_what_is_nobodys_is_let_through(text: str) -> None:
    assert not patching.is_personal(text)


def test_nothing_changed_is_no_patch() -> None:
    assert patching.diff([Change(path="a.yaml", old="a\n", new="a\n")]) == ""


@pytest.mark.parametrize("old", ["a: 1\nb: 2\n", "a: 1\nb: 2", "a: 1\u2028\x85c\nb: 2"])
@pytest.mark.parametrize("new", ["a: 1\nb: 3\n", "a: 1\nb: 3", "a: 0\n\nb: 2\n"])
def test_git_applies_every_change(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/ë.yaml").write_text(old, encoding="utf-8", newline="")
    applied(tmp_path, patching.diff([Change(path="x/ë.yaml", old=old, new=new)]))
    assert (tmp_path / "x/ë.yaml").read_bytes() == new.encode()


def test_a_patch_of_phrases_and_approvals_leaves_the_folder_in_order(tmp_path: Path) -> None:
    folder = write_company(tmp_path)
    write_intents(tmp_path)
    topic, part = f"intents/topics/{SAMPLE}/access-right.yaml", f"policy_texts/{SAMPLE}/answers/te-tjerat.yaml"
    company = f"policy_texts/{SAMPLE}/company.yaml"
    read = {path: (tmp_path / path).read_text(encoding="utf-8") for path in (topic, part, company)}
    approved = patching.with_approvals(read[part], {"silent/children": Approval(by="zana", on=DAY)})
    patch = patching.diff(
        [
            changed(tmp_path, topic, patching.with_phrases(read[topic], [phrase("qysh e marr dosjen prej zyres")])),
            changed(tmp_path, part, patching.with_answer(approved, "access-right", label="Kopja e dosjes",
                                                         says="Kopjen e kërkoni te dpo@shembulli.example.")),
            changed(tmp_path, company, patching.with_switched_off(read[company], ["recipients-newsletter"])),
        ]
    )  # fmt: skip
    applied(tmp_path, patch)
    report = check_folder(tmp_path)
    assert report.faults == []
    whole = read_whole(folder)
    answers = whole.editions[0].answers
    assert answers["silent/children"].approval == Approval(by="zana", on=DAY)
    assert answers["access-right"].label == "Kopja e dosjes"
    assert whole.switched_off == {"recipients-newsletter"}


def test_every_real_file_can_be_patched_and_is_read_as_before(tmp_path: Path, settings: Settings) -> None:
    texts = sorted((settings.data / "policy_texts").glob("*/answers*/*.yaml"))
    for path in texts:
        old = path.read_text(encoding="utf-8")
        topics = [entry["topic"] for entry in yaml.load(old, Loader=yaml.CSafeLoader)["answers"]]
        new = patching.with_approvals(old, dict.fromkeys(topics, Approval(by="zana", on=DAY)))
        back = patching.with_approvals(new, dict.fromkeys(topics))
        assert back == old
    some = sorted((settings.data / "intents/topics").rglob("*.yaml"))[::40]
    for path in some:
        new = patching.with_phrases(path.read_text(encoding="utf-8"), [phrase("fjalë të reja krejt")])
        (tmp_path / "x.yaml").write_text(new, encoding="utf-8")
        before, after = read_yaml(path, "x").data, read_yaml(tmp_path / "x.yaml", "x").data
        assert after["phrases"][:-1] == before["phrases"]


def test_a_broken_file_stays_the_checks_business(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(DataError):
        read_yaml(tmp_path / "x.yaml", "x")
