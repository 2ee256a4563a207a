"""A company's folder is read whole, and every fault in it is named with file, line and mend."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from bot.knowledge.companies import read_company
from bot.nlu.intents import Action
from bot.policy.clauses import EntryKind
from tests.tools.folders import change, pin, read_whole, write_company

POLICIES = Path(__file__).parents[2] / "policy_texts"
NAME = "policy_texts/shembulli"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_company(tmp_path)


def faults(folder: Path) -> list[str]:
    found: list[str] = []
    read_company(folder, f"policy_texts/{folder.name}", found)
    return found


def unreadable(folder: Path) -> list[str]:
    """Return the faults of a company that cannot be put together at all."""
    found: list[str] = []
    assert read_company(folder, f"policy_texts/{folder.name}", found) is None
    return found


class TestReading:
    def test_a_company_comes_with_its_names_and_settings(self, folder: Path) -> None:
        company = read_whole(folder)
        assert (company.id, company.name) == ("shembulli", "Shembulli")
        assert company.aliases == ("shembulli", "shembullit", "firma shembulli")
        assert set(company.acts) == set(Action)
        assert company.acts["dsar_access"] == "access-right"
        assert "dpo@shembulli.example" in company.contact
        assert company.agency is not None
        assert (company.agency.name, company.agency.confirmed) == ("Agjencia e Shembujve", None)
        assert company.agency.topics == {"silent/children"}
        assert company.switched_off == frozenset()

    def test_aliases_are_folded(self, folder: Path) -> None:
        change(folder / "company.yaml", '"firma shembulli"', '"Shëm-BULLI’t"')
        assert read_whole(folder).aliases[-1] == "shem bulli t"

    def test_a_company_without_agency_has_none(self, folder: Path) -> None:
        whole = (folder / "company.yaml").read_text(encoding="utf-8")
        agency = whole[whole.index("agency:") : whole.index("switched_off:")]
        change(folder / "company.yaml", agency, "")
        assert read_whole(folder).agency is None

    def test_the_agency_carries_the_day_on_which_it_was_confirmed(self, folder: Path) -> None:
        change(folder / "company.yaml", "confirmed: null", "confirmed: 2020-05-05")
        agency = read_whole(folder).agency
        assert agency is not None
        assert agency.confirmed == dt.date(2020, 5, 5)

    def test_a_company_need_not_switch_anything_off(self, folder: Path) -> None:
        change(folder / "company.yaml", "switched_off: []\n", "")
        assert read_whole(folder).switched_off == frozenset()

    def test_topics_can_be_switched_off(self, folder: Path) -> None:
        change(folder / "company.yaml", "switched_off: []", "switched_off: [access-right]")
        assert read_whole(folder).switched_off == {"access-right"}

    def test_an_edition_has_the_text_its_version_and_its_cut(self, folder: Path) -> None:
        (edition,) = read_whole(folder).editions
        text = edition.text
        assert text.text == (folder / "policy.txt").read_text(encoding="utf-8")
        assert (text.company, text.version.id) == ("shembulli", "shembulli-2020")
        assert (text.version.dated, text.version.effective) == (dt.date(2020, 2, 2), dt.date(2020, 3, 1))
        assert [p.clause for p in text.clauses] == ["1", "1.1", "1.2", "2", "3", "4", "5", "6"]
        assert text.passage("4").quote.endswith("adresa elektronike, deri në tërheqjen e pëlqimit.")
        assert text.entries[-1].kind is EntryKind.GAP

    def test_answers_come_by_topic_with_the_part_that_holds_them(self, folder: Path) -> None:
        (edition,) = read_whole(folder).editions
        answer = edition.answers["data-contract"]
        assert (answer.company, answer.part, answer.label) == (
            "shembulli",
            "kontrata",
            "Të dhënat e kontratës",
        )
        assert answer.cites == ("1",)
        assert answer.then == ("retention-contract", "recipients-contract")
        assert not answer.silent
        assert answer.approval is None
        assert answer.place == f"{NAME}/answers/kontrata.yaml:2"
        assert edition.answers["silent/children"].silent
        assert edition.answers["silent/children"].part == "te-tjerat"

    def test_an_approval_tells_who_and_when(self, folder: Path) -> None:
        answers = folder / "answers/te-tjerat.yaml"
        change(answers, '    cites: ["5"]\n', '    cites: ["5"]\n    approved: {by: Filan, "on": 2020-04-01}\n')
        (edition,) = read_whole(folder).editions
        approval = edition.answers["recipients-newsletter"].approval
        assert approval is not None
        assert (approval.by, approval.on) == ("Filan", dt.date(2020, 4, 1))

    def test_the_grid_has_cells_and_overview(self, folder: Path) -> None:
        (edition,) = read_whole(folder).editions
        assert edition.grid.cells["contract"]["retention"] == "retention-contract"
        assert edition.grid.cells["newsletter"] == {
            "retention": "retention-newsletter",
            "recipients": "recipients-newsletter",
        }
        assert edition.grid.overview == {"retention": "retention-overview"}

    def test_a_company_without_grid_has_an_empty_one(self, folder: Path) -> None:
        (folder / "grid.yaml").unlink()
        (edition,) = read_whole(folder).editions
        assert (edition.grid.cells, edition.grid.overview) == ({}, {})

    def test_two_companies_are_kept_apart(self, tmp_path: Path, folder: Path) -> None:
        other = read_whole(write_company(tmp_path, company="kulla"))
        assert (other.id, other.name) == ("kulla", "Kulla")
        assert other.editions[0].text.passage("6").company == "kulla"
        assert "kulla" not in read_whole(folder).editions[0].text.text


class TestEditions:
    @pytest.fixture
    def renewed(self, folder: Path) -> Path:
        """A second text beside the first, in force from 2023, with answers of its own."""
        text = (folder / "policy.txt").read_text(encoding="utf-8").replace("3 vjet", "5 vjet")
        (folder / "policy-2023.txt").write_text(text, encoding="utf-8")
        whole = (folder / "clauses.yaml").read_text(encoding="utf-8")
        (folder / "clauses-2023.yaml").write_text(whole, encoding="utf-8")
        change(folder / "clauses-2023.yaml", "effective: 2020-03-01", "effective: 2023-01-01")
        change(folder / "clauses-2023.yaml", "text: policy.txt", "text: policy-2023.txt")
        shutil.copytree(folder / "answers", folder / "answers-2023")
        change(folder / "answers-2023/kontrata.yaml", "ruhen 3 vjet", "ruhen 5 vjet")
        pin(folder, "-2023")
        return folder

    def test_each_has_its_text_and_its_answers(self, renewed: Path) -> None:
        company = read_whole(renewed)
        before, after = company.on(dt.date(2022, 12, 31)), company.on(dt.date(2023, 1, 1))
        assert "3 vjet" in before.text.passage("2").quote
        assert "3 vjet" in before.answers["retention-contract"].says
        assert "5 vjet" in after.text.passage("2").quote
        assert "5 vjet" in after.answers["retention-contract"].says

    def test_they_come_in_order_of_the_day_from_which_they_hold(self, renewed: Path) -> None:
        change(renewed / "clauses-2023.yaml", "effective: 2023-01-01", "effective: 2019-01-01")
        days = [e.text.version.effective.year for e in read_whole(renewed).editions]
        assert days == [2019, 2020]

    def test_a_new_text_without_answers_of_its_own_takes_the_old_ones(self, renewed: Path) -> None:
        shutil.rmtree(renewed / "answers-2023")
        assert "3 vjet" in read_whole(renewed).editions[1].answers["retention-contract"].says


class TestThePinnedHash:
    @pytest.mark.parametrize("company", ["ipko", "paysera"])
    def test_a_real_text_that_was_changed_is_refused(self, tmp_path: Path, company: str) -> None:
        folder = tmp_path / company
        shutil.copytree(POLICIES / company, folder)
        text = folder / "policy.txt"
        text.write_bytes(text.read_bytes() + b" ")
        (fault,) = unreadable(folder)
        assert fault.startswith(f"policy_texts/{company}/clauses.yaml:")
        assert f"policy_texts/{company}/policy.txt is not the text that the answers were written for" in fault
        assert fault.endswith("(restore the text; a new version is a new file beside it)")

    @pytest.mark.parametrize(("old", "new"), [("3 vjet", "7 vjet"), ("\n\nBuletini", "\nBuletini")])
    def test_any_change_is_refused_and_both_hashes_are_told(self, folder: Path, old: str, new: str) -> None:
        clauses = (folder / "clauses.yaml").read_text(encoding="utf-8").splitlines()
        line, pinned = next((n, row.split()[1]) for n, row in enumerate(clauses, 1) if "sha256" in row)
        change(folder / "policy.txt", old, new)
        (fault,) = unreadable(folder)
        assert fault.startswith(f"{NAME}/clauses.yaml:{line}: {NAME}/policy.txt is not the text")
        assert f"pinned is {pinned} " in fault

    def test_line_ends_count_too(self, folder: Path) -> None:
        text = folder / "policy.txt"
        text.write_bytes(text.read_bytes().replace(b"\n", b"\r\n"))
        assert "is not the text" in unreadable(folder)[0]

    def test_a_text_pinned_anew_is_taken(self, folder: Path) -> None:
        change(folder / "policy.txt", "3 vjet", "7 vjet")
        pin(folder)
        assert "7 vjet" in read_whole(folder).editions[0].text.text


class TestWhatCannotBePutTogether:
    def test_a_missing_text_is_asked_for_byte_for_byte(self, folder: Path) -> None:
        (folder / "policy.txt").unlink()
        assert unreadable(folder) == [
            f"{NAME}/clauses.yaml:2: the policy text {NAME}/policy.txt is missing"
            " (put the company's text back, byte for byte)"
        ]

    def test_a_text_in_another_encoding_is_named(self, folder: Path) -> None:
        text = folder / "policy.txt"
        text.write_bytes(text.read_text(encoding="utf-8").encode("utf-16"))
        assert unreadable(folder) == [f"{NAME}/clauses.yaml:2: {NAME}/policy.txt is not UTF-8"]

    @pytest.mark.parametrize(
        ("lost", "fault"),
        [
            ("clauses.yaml", f"{NAME}/clauses.yaml: the file is missing (see docs/adding-a-company.md)"),
            (
                "company.yaml",
                f"{NAME}/company.yaml: the file is missing (put it back, or run `git checkout {NAME}/company.yaml`)",
            ),
        ],
    )
    def test_a_missing_file_is_named(self, folder: Path, lost: str, fault: str) -> None:
        (folder / lost).unlink()
        assert unreadable(folder) == [fault]

    def test_a_company_without_answers_is_named(self, folder: Path) -> None:
        shutil.rmtree(folder / "answers")
        assert unreadable(folder) == [f"{NAME}/answers/: no answers (see docs/adding-a-company.md)"]

    @pytest.mark.parametrize("name", ["clauses.yaml", "company.yaml", "grid.yaml", "answers/kontrata.yaml"])
    def test_broken_yaml_is_named_by_file_and_line(self, folder: Path, name: str) -> None:
        (folder / name).write_text("a: 1\nb: [\n", encoding="utf-8")
        (fault,) = unreadable(folder)
        assert fault.startswith(f"{NAME}/{name}:3: ")
        assert fault.endswith("(mend the YAML on this line)")

    def test_an_anchor_that_does_not_stand_in_the_text_is_named_by_its_line(self, folder: Path) -> None:
        line = change(folder / "clauses.yaml", "5. Adresa", "5. Askund")
        assert unreadable(folder) == [
            f"{NAME}/clauses.yaml:{line}: '5. Askund' is not found in {NAME}/policy.txt"
            " after the entry before it (copy the first words of the clause)"
        ]

    def test_an_anchor_out_of_order_is_named(self, folder: Path) -> None:
        line = change(folder / "clauses.yaml", '"5. Adresa"', '"2. Të dhënat"')
        (fault,) = unreadable(folder)
        assert fault.startswith(f"{NAME}/clauses.yaml:{line}: '2. Të dhënat' is not found")

    def test_a_text_needs_the_day_from_which_it_holds(self, folder: Path) -> None:
        line = change(folder / "clauses.yaml", "effective: 2020-03-01", "effective: null")
        assert unreadable(folder) == [
            f"{NAME}/clauses.yaml:{line}: 'effective' must be a date (from which day this text holds)"
        ]

    def test_a_cut_without_version_is_named(self, folder: Path) -> None:
        (folder / "clauses.yaml").write_text("clauses: []\n", encoding="utf-8")
        assert unreadable(folder) == [f"{NAME}/clauses.yaml:1: 'version' is missing"]


class TestFaultsThatAreNoted:
    def test_the_id_must_be_the_folders_name(self, folder: Path) -> None:
        change(folder / "company.yaml", "id: shembulli\n", "id: tjeter\n")
        assert faults(folder) == [f"{NAME}/company.yaml:1: the id must be the folder's name, 'shembulli'"]

    @pytest.mark.parametrize("kinds", ['{label: "5", ', '{id: "5", gap: "5", label: "5", '])
    def test_an_entry_is_one_thing(self, folder: Path, kinds: str) -> None:
        line = change(folder / "clauses.yaml", '{id: "5", label: "5", ', kinds)
        assert faults(folder) == [f"{NAME}/clauses.yaml:{line}: an entry needs exactly one of id, section, gap"]

    def test_a_topic_has_one_answer(self, folder: Path) -> None:
        line = change(folder / "answers/te-tjerat.yaml", "topic: access-right", "topic: data-contract")
        assert faults(folder) == [
            f"{NAME}/answers/te-tjerat.yaml:{line}: the topic 'data-contract' has two answers (keep one)"
        ]

    @pytest.mark.parametrize("approved", ["{by: Filan}", "{by: Filan, 'on': dje}"])
    def test_an_approval_needs_a_day(self, folder: Path, approved: str) -> None:
        answers = folder / "answers/te-tjerat.yaml"
        line = change(answers, '    cites: ["5"]\n', f'    cites: ["5"]\n    approved: {approved}\n') + 1
        assert faults(folder)[-1] == f"{NAME}/answers/te-tjerat.yaml:{line}: an approval needs `by` and `on`"

    @pytest.mark.parametrize(
        ("file", "old", "new", "key"),
        [
            ("company.yaml", "contact:", "kontakti: x\ncontact:", "kontakti"),
            ("company.yaml", "  confirmed:", "  day: x\n  confirmed:", "day"),
            ("clauses.yaml", "clauses:", "entries: []\nclauses:", "entries"),
            ("clauses.yaml", "  dated:", "  date: x\n  dated:", "date"),
            ("clauses.yaml", '{id: "5", ', '{id: "5", title: x, ', "title"),
            ("grid.yaml", "overview:", "overviews: {}\noverview:", "overviews"),
            ("answers/te-tjerat.yaml", "answers:", "kind: x\nanswers:", "kind"),
            ("answers/te-tjerat.yaml", "    silent: true", "    silnt: true", "silnt"),
        ],
    )
    def test_an_unknown_key_is_named_with_its_line(self, folder: Path, file: str, old: str, new: str, key: str) -> None:
        line = change(folder / file, old, new)
        found = [f for f in faults(folder) if "unknown key" in f]
        (fault,) = found
        assert fault.startswith(f"{NAME}/{file}:")
        assert f"unknown key {key!r} (known here: " in fault
        assert int(fault.split(":")[1]) - line in (0, 1)

    def test_every_fault_is_told_at_once(self, folder: Path) -> None:
        change(folder / "company.yaml", "name: Shembulli\n", "")
        change(folder / "answers/kontrata.yaml", '    cites: ["3"]\n', "    cites: 3\n")
        change(folder / "grid.yaml", "retention-overview", "[]")
        files = {fault.split(":")[0].removeprefix(f"{NAME}/") for fault in faults(folder)}
        assert files == {"company.yaml", "answers/kontrata.yaml", "grid.yaml"}
