"""Each way in which an answer can say more, or less, than its clause is found and named."""

from pathlib import Path

import pytest

from tests.tools.folders import change, check_folder, line_of, pin, write_company, write_intents

FOLDER = "policy_texts/shembulli"
CONTRACT, OTHERS = f"{FOLDER}/answers/kontrata.yaml", f"{FOLDER}/answers/te-tjerat.yaml"
RETENTION = "Të dhënat e kontratës ruhen 3 vjet pas mbylljes së saj."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_company(tmp_path)
    write_intents(tmp_path)
    return tmp_path


def place(data: Path, topic: str) -> str:
    """Return how faults call the place of an answer: file, line, topic."""
    file = next(f for f in (CONTRACT, OTHERS) if f"topic: {topic}\n" in (data / f).read_text(encoding="utf-8"))
    return f"{file}:{line_of(data / file, f'topic: {topic}' + chr(10))} ({topic})"


def says(data: Path, text: str) -> list[str]:
    """Return the faults when the answer on retention says ``text`` instead."""
    change(data / CONTRACT, RETENTION, text)
    start = place(data, "retention-contract") + ": "
    faults = check_folder(data).faults
    assert all(fault.startswith(start) for fault in faults)
    return [fault.removeprefix(start) for fault in faults]


def test_the_smallest_company_is_in_order(data: Path) -> None:
    report = check_folder(data)
    assert report.faults == []
    assert report.summary.startswith("1 companies, 8 answers ")
    assert report.summary.endswith(": all in order")


def test_two_companies_are_in_order_side_by_side(data: Path) -> None:
    write_company(data, company="kulla")
    write_intents(data, company="kulla")
    assert check_folder(data).faults == []


def test_the_summary_counts_the_faults(data: Path) -> None:
    says(data, "Ruhen 7 vjet pas mbylljes së saj, dhe 8 vjet në arkiv.")
    assert check_folder(data).summary.endswith(": 2 faults")


class TestWhatAnAnswerSays:
    @pytest.mark.parametrize(
        ("text", "figure"),
        [
            ("Ruhen 7 vjet pas mbylljes së kontratës.", "7"),
            ("Të dhënat ruhen deri më 2031-01-31.", "2031-01-31"),
            ("Të dhënat i ruan filan@shembulli.example.", "filan@shembulli.example"),
            ("Të dhënat ruhen deri në orën 17:30.", "17:30"),
        ],
    )
    def test_a_figure_that_the_clause_lacks_is_named(self, data: Path, text: str, figure: str) -> None:
        assert says(data, text) == [f"'says' has {figure!r}, which does not stand in the quoted clauses"]

    def test_figures_of_another_clause_do_not_count(self, data: Path) -> None:
        change(data / OTHERS, "Kopjen e kërkoni", "Pas 3 vjetësh kopjen e kërkoni")
        assert check_folder(data).faults == [
            f"{place(data, 'access-right')}: 'says' has '3', which does not stand in the quoted clauses"
        ]

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Të dhënat i ruan Banka e Filanit.", "Banka"),
            ("Të dhënat i ruan kompania Kulla-Net.", "Kulla-Net"),
        ],
    )
    def test_a_name_that_the_clause_lacks_is_named(self, data: Path, text: str, name: str) -> None:
        assert f"'says' names {name!r}, which does not stand in the quoted clauses" in says(data, text)

    @pytest.mark.parametrize(
        "text",
        [
            "Shembulli i ruan të dhënat.",
            "Të dhënat i ruan Shembulli, në Kosovë.",
            "Mburoja nuk i sheh. Kontrata i mban.",
            "Teksti thotë: «Ruhen me kujdes».",
            "Kontratës i përkasin edhe të Dhënat e tjera.",
        ],
    )
    def test_the_company_the_country_and_first_words_are_free(self, data: Path, text: str) -> None:
        assert says(data, text) == []

    @pytest.mark.parametrize("text", ["Të dhënat ruhen 3 vjet.", "Ruhen 3 vjet, jo më gjatë."])
    def test_a_period_without_its_start_is_a_fault(self, data: Path, text: str) -> None:
        assert says(data, text) == ["'says' gives a period without its start and condition"]

    @pytest.mark.parametrize("start", ["pas mbylljes", "nga mbyllja", "pasi mbyllet", "që kur mbyllet"])
    def test_a_period_with_its_start_is_in_order(self, data: Path, start: str) -> None:
        assert says(data, f"Të dhënat ruhen 3 vjet {start}.") == []

    def test_three_sentences_are_too_many(self, data: Path) -> None:
        assert says(data, "Po. Ruhen. Mirë!") == ["'says' has more than two sentences"]

    @pytest.mark.parametrize("text", ["Po. Ruhen.", "Kontrata (p.sh. Kontrata) ruhet, Nr. i saj ruhet. Po."])
    def test_abbreviations_end_no_sentence(self, data: Path, text: str) -> None:
        assert says(data, text) == []

    def test_a_long_answer_is_named_with_its_length(self, data: Path) -> None:
        assert says(data, "r" * 310) == []
        change(data / CONTRACT, "r" * 310, "r" * 311)
        assert check_folder(data).faults == [
            f"{place(data, 'retention-contract')}: 'says' has 311 characters, more than 310"
        ]

    def test_a_label_must_fit_a_button(self, data: Path) -> None:
        change(data / CONTRACT, "Sa ruhen të dhënat e kontratës", "s" * 48)
        assert check_folder(data).faults == []
        change(data / CONTRACT, "s" * 48, "s" * 49)
        assert check_folder(data).faults == [
            f"{place(data, 'retention-contract')}: the label has 49 characters, more than 48"
        ]

    def test_two_answers_do_not_share_a_label(self, data: Path) -> None:
        change(data / OTHERS, '"Fëmijët"', '"Kopja e të dhënave"')
        assert check_folder(data).faults == [
            f"{place(data, 'silent/children')}: the label is also that of 'access-right' (make them differ)"
        ]


class TestWhatAnAnswerRestsOn:
    def test_an_answer_needs_a_clause(self, data: Path) -> None:
        change(data / OTHERS, 'cites: ["te-drejtat"]', "cites: []")
        faults = check_folder(data).faults
        assert f"{place(data, 'silent/children')}: an answer rests on 1 to 3 clauses, this one on 0" in faults

    def test_four_clauses_are_too_many(self, data: Path) -> None:
        change(data / OTHERS, 'cites: ["te-drejtat"]', 'cites: ["6", "5", "4", "3"]')
        assert check_folder(data).faults == [
            f"{place(data, 'silent/children')}: an answer rests on 1 to 3 clauses, this one on 4"
        ]

    @pytest.mark.parametrize("unknown", ["7", "historia", "2."])
    def test_a_clause_that_does_not_exist_is_named(self, data: Path, unknown: str) -> None:
        change(data / OTHERS, 'cites: ["te-drejtat"]', f'cites: ["6", "{unknown}"]')
        assert check_folder(data).faults == [
            f"{place(data, 'silent/children')}: the clause {unknown!r} does not exist (see clauses.yaml)"
        ]

    def test_quotes_together_must_fit_a_reply(self, data: Path) -> None:
        folder = data / FOLDER
        change(folder / "policy.txt", "Adresa elektronike nuk", "fjalë " * 420 + "Adresa elektronike nuk")
        change(folder / "clauses.yaml", '"5. Adresa"', '"5. fjalë"')
        pin(folder)
        (fault,) = check_folder(data).faults
        start = f"{place(data, 'recipients-newsletter')}: its quotes hold "
        assert fault.startswith(start)
        assert fault.endswith(" characters together, more than 2500")
        assert int(fault.removeprefix(start).split()[0]) > 2500

    def test_a_clause_that_no_answer_cites_is_named(self, data: Path) -> None:
        change(data / OTHERS, 'cites: ["5"]', 'cites: ["4"]')
        change(data / OTHERS, "Askush tjetër nuk e merr adresën elektronike.", "Adresa ruhet.")
        assert check_folder(data).faults == [
            f"{FOLDER}/clauses.yaml (5): no answer cites this clause (every clause needs one)"
        ]

    def test_citing_a_clause_covers_its_parts_and_a_section_its_clauses(self, data: Path) -> None:
        change(data / CONTRACT, 'cites: ["1"]', 'cites: ["2"]')
        change(data / CONTRACT, "Shembulli mbledh emrin, adresën dhe numrin e telefonit.", "Po.")
        lost = [fault.split("(")[1].split(")")[0] for fault in check_folder(data).faults]
        assert lost == ["1", "1.1", "1.2"]
        change(data / OTHERS, 'cites: ["te-drejtat"]', 'cites: ["hyrje"]')
        assert check_folder(data).faults == []


class TestWhatHangsTogether:
    @pytest.mark.parametrize("other", ["nowhere", "data-contract"])
    def test_what_is_asked_next_is_another_topic(self, data: Path, other: str) -> None:
        change(data / CONTRACT, "then: [retention-contract, recipients-contract]", f"then: [{other}]")
        assert check_folder(data).faults == [
            f"{place(data, 'data-contract')}: 'then' names {other!r}, which is no other topic of the company"
        ]

    def test_an_answer_without_phrases_is_named(self, data: Path) -> None:
        (data / "intents/topics/shembulli/silent/children.yaml").unlink()
        assert check_folder(data).faults == [
            f"{place(data, 'silent/children')}: no phrase leads here"
            " (add intents/topics/shembulli/silent/children.yaml)"
        ]

    def test_phrases_without_an_answer_are_named(self, data: Path) -> None:
        change(data / OTHERS, "topic: silent/children", "topic: silent/elders")
        change(data / FOLDER / "company.yaml", "topics: [silent/children]", "topics: [silent/elders]")
        assert check_folder(data).faults == [
            f"{place(data, 'silent/elders')}: no phrase leads here (add intents/topics/shembulli/silent/elders.yaml)",
            "intents/topics/shembulli/silent/children.yaml: no answer (add one under policy_texts/shembulli/answers/)",
        ]

    def test_phrases_for_an_unknown_company_are_named(self, data: Path) -> None:
        write_intents(data, company="kulla")
        faults = set(check_folder(data).faults)
        assert faults == {"intents/topics/kulla/: no such company (its folder under policy_texts/ is missing)"}

    @pytest.mark.parametrize(
        ("old", "cell"),
        [
            ("{data: data-contract", "contract/data"),
            ("overview:\n  retention: retention-overview", "overview/retention"),
        ],
    )
    def test_a_cell_of_the_grid_without_answer_is_named(self, data: Path, old: str, cell: str) -> None:
        change(data / FOLDER / "grid.yaml", old, old.rsplit(" ", 1)[0] + " nowhere")
        assert check_folder(data).faults == [f"{FOLDER}/grid.yaml: {cell} names 'nowhere', which has no answer"]

    def test_an_act_that_no_answer_explains_is_named(self, data: Path) -> None:
        change(data / FOLDER / "company.yaml", "complaint: access-right", "complaint: nowhere")
        assert check_folder(data).faults == [
            f"{FOLDER}/company.yaml: the act complaint names 'nowhere', which has no answer"
        ]

    def test_an_act_that_is_lacking_is_named(self, data: Path) -> None:
        change(data / FOLDER / "company.yaml", "  complaint: access-right\n", "")
        assert check_folder(data).faults == [
            f"{FOLDER}/company.yaml: 'acts' lacks complaint (name the answer that explains it)"
        ]

    def test_only_a_topic_can_be_switched_off(self, data: Path) -> None:
        change(data / FOLDER / "company.yaml", "switched_off: []", "switched_off: [nowhere, access-right]")
        assert check_folder(data).faults == [
            f"{FOLDER}/company.yaml: 'switched_off' names 'nowhere', which has no answer"
        ]

    def test_the_agency_is_told_with_topics_that_have_an_answer(self, data: Path) -> None:
        change(data / FOLDER / "company.yaml", "topics: [silent/children]", "topics: [nowhere]")
        assert check_folder(data).faults == [f"{FOLDER}/company.yaml: 'agency' names 'nowhere', which has no answer"]

    def test_a_contact_address_must_stand_in_the_policy(self, data: Path) -> None:
        change(data / FOLDER / "company.yaml", "dpo@shembulli.example", "zyra@shembulli.example")
        assert check_folder(data).faults == [
            f"{FOLDER}/company.yaml: the contact zyra@shembulli.example does not stand in the policy text"
        ]

    def test_a_broken_company_does_not_hide_faults_elsewhere(self, data: Path) -> None:
        write_company(data, company="kulla")
        write_intents(data, company="kulla")
        (data / "policy_texts/kulla/policy.txt").unlink()
        change(data / OTHERS, "dpo@shembulli.example", "7")
        faults = check_folder(data).faults
        assert any("policy_texts/kulla/policy.txt is missing" in fault for fault in faults)
        assert any(fault.startswith(f"{place(data, 'access-right')}: 'says' has '7'") for fault in faults)

    @pytest.mark.parametrize("lost", ["intents", "policy_texts"])
    def test_a_missing_folder_is_named_with_the_setting(self, tmp_path: Path, lost: str) -> None:
        write_company(tmp_path)
        write_intents(tmp_path)
        (tmp_path / lost).rename(tmp_path / "elsewhere")
        report = check_folder(tmp_path)
        assert report.faults == [
            f"{tmp_path / lost}: the folder is missing"
            " (set MBUROJA_DATA to the folder that holds intents/ and policy_texts/)"
        ]
        assert report.summary == "1 problem: the data folders cannot be read"
