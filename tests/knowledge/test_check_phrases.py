"""Each way in which a phrase can be dead, stolen, copied, or not what it looks like is found and named."""

from pathlib import Path

import pytest

from tests.tools.folders import change, check_folder, line_of, write_company, write_intents

THANKS, HUMAN = "intents/smalltalk/thanks.yaml", "intents/handoff/human.yaml"
ACCESS, LEXICON = "intents/actions/dsar_access.yaml", "intents/lexicon/words.yaml"
CHILDREN = "intents/topics/shembulli/silent/children.yaml"
RETENTION = "intents/topics/shembulli/retention-contract.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_company(tmp_path)
    write_intents(tmp_path)
    return tmp_path


def thanks(data: Path, phrase: str) -> list[str]:
    """Return the faults when one of the thanks is this phrase instead, without the place and the phrase."""
    line = change(data / THANKS, '"faleminderit"', f'"{phrase}"')
    place = f"{THANKS}:{line}: {phrase!r}"
    faults = check_folder(data).faults
    assert all(fault.startswith(place) for fault in faults)
    return [fault.removeprefix(place).removeprefix(": ") for fault in faults]


class TestHowMany:
    @pytest.mark.parametrize("register", ["standard", "plain", "gheg"])
    @pytest.mark.parametrize("file", [CHILDREN, ACCESS])
    def test_a_topic_and_an_action_need_five_in_each_register(self, data: Path, file: str, register: str) -> None:
        path = data / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        del lines[lines.index(f"    {register}:\n") + 1]
        path.write_text("".join(lines), encoding="utf-8")
        assert check_folder(data).faults == [f"{file}: 4 phrases in {register}; 5 are needed"]

    def test_small_talk_may_be_said_in_one_register(self, data: Path) -> None:
        assert "gheg" not in (data / THANKS).read_text(encoding="utf-8")
        assert check_folder(data).faults == []


class TestWhatAnIntentTells:
    @pytest.mark.parametrize(("old", "new"), [("kind: action\n", "kind: answer\n"), ("action: dsar_access\n", "\n")])
    def test_an_action_belongs_to_the_kind_action_and_the_other_way_round(self, data: Path, old: str, new: str) -> None:
        change(data / ACCESS, old, new)
        assert f"{ACCESS}: 'action' must be given for kind action, and only there" in check_folder(data).faults

    def test_what_no_clause_answers_needs_words_of_its_own(self, data: Path) -> None:
        change(data / THANKS, 'says: "S’ka përse."\n', "")
        assert check_folder(data).faults == [f"{THANKS}: 'says' is missing (what is replied?)"]

    def test_a_gate_names_a_concept_of_the_lexicon(self, data: Path) -> None:
        change(data / ACCESS, "unless: [just-asking]", "unless: [just-asking, nowhere]")
        assert check_folder(data).faults == [
            f"{ACCESS}: 'unless' names the concept 'nowhere', which the lexicon does not have"
        ]


class TestEachPhrase:
    @pytest.mark.parametrize("phrase", ["fale\u200bminderit", "flm\u00ad shumë", "shume\u0308 flm", "\ufeffflm aq"])
    def test_what_cannot_be_seen_is_named(self, data: Path, phrase: str) -> None:
        assert thanks(data, phrase) == ["has invisible or uncomposed characters (type it anew)"]

    @pytest.mark.parametrize(
        ("phrase", "scripts"),
        [("f\u0430leminderit", "CYRILLIC and LATIN"), ("flm \u03bf bre", "GREEK and LATIN")],
    )
    def test_letters_that_only_look_alike_are_named(self, data: Path, phrase: str, scripts: str) -> None:
        assert thanks(data, phrase) == [f"mixes letters of {scripts} that look alike (type it anew)"]

    @pytest.mark.parametrize("phrase", ["?!…", "👍", "—"])
    def test_a_phrase_without_words_is_dead(self, data: Path, phrase: str) -> None:
        assert thanks(data, phrase) == ["no word is left after folding (a dead phrase)"]

    def test_a_phrase_longer_than_its_intent_takes_is_dead(self, data: Path) -> None:
        assert thanks(data, "një dy tre katër") == ["has 4 words, but the intent takes at most 3 (a dead phrase)"]

    def test_a_phrase_as_long_as_its_intent_takes_is_alive(self, data: Path) -> None:
        assert thanks(data, "një dy tre") == []

    def test_a_phrase_on_which_its_own_gate_closes_is_dead(self, data: Path) -> None:
        line = change(data / ACCESS, '"më dërgoni kopjen time tani?"', '"vetëm po pyes për kopjen"')
        assert check_folder(data).faults == [
            f"{ACCESS}:{line}: 'vetëm po pyes për kopjen': its own gate closes on it: just-asking"
            " (wrong direction, or a dead phrase)"
        ]


class TestOnePlaceForEachPhrase:
    @pytest.mark.parametrize("phrase", ["flm", "FLM!", "shumë rrofshi", "rrofsha shumë"])
    def test_two_shared_intents_do_not_share_a_phrase(self, data: Path, phrase: str) -> None:
        # In another order or with another ending it is the same phrase to a reader.
        change(data / HUMAN, '"a ka njeri aty"', f'"{phrase}"')
        (fault,) = check_folder(data).faults
        said = fault.split("'")[1]
        line = line_of(data / THANKS, f'"{said}"')
        assert fault == f"{THANKS}:{line}: {said!r} also stands in human (keep it where it fits better)"

    def test_two_topics_of_a_company_do_not_share_a_phrase(self, data: Path) -> None:
        line = change(data / CHILDREN, '"a lejohen femijet"', '"sa kohe e ruani kontraten"')
        assert check_folder(data).faults == [
            f"{CHILDREN}:{line}: 'sa kohe e ruani kontraten' also stands in shembulli/retention-contract"
            " (keep it where it fits better)"
        ]

    def test_a_topic_does_not_share_a_phrase_with_small_talk(self, data: Path) -> None:
        line = change(data / CHILDREN, '"a lejohen femijet"', '"shumë rrofshi"')
        assert check_folder(data).faults == [
            f"{CHILDREN}:{line}: 'shumë rrofshi' also stands in thanks (keep it where it fits better)"
        ]

    def test_a_phrase_may_stand_twice_in_one_intent(self, data: Path) -> None:
        change(data / THANKS, '"rrofshi shumë"', '"flm flm"')
        change(data / THANKS, '"faleminderit"', '"flm flm"')
        assert check_folder(data).faults == []

    def test_two_companies_may_share_a_phrase(self, data: Path) -> None:
        write_company(data, company="kulla")
        write_intents(data, company="kulla")
        assert check_folder(data).faults == []


class TestStolenPhrases:
    def test_a_phrase_that_another_intent_takes_is_named(self, data: Path) -> None:
        line = change(data / CHILDREN, '"a lejohen femijet"', '"deri kur ruhet emaili te Shembulli"')
        assert check_folder(data).faults == [
            f"{CHILDREN}:{line}: 'deri kur ruhet emaili te Shembulli' is taken by"
            " shembulli/retention-newsletter at shembulli (say it more clearly, or move it there)"
        ]


class TestTheLexicon:
    @pytest.mark.parametrize("form", ["kontrata", "KONTRATË"])
    def test_a_form_that_stands_twice_is_named(self, data: Path, form: str) -> None:
        change(data / LEXICON, "forms: [kontratë, kontrata]", f"forms: [kontratë, kontrata, {form}]")
        (fault,) = check_folder(data).faults
        assert fault.startswith("intents/lexicon/ (contract): the form ")
        assert fault.endswith(" stands twice")

    def test_a_form_without_letters_is_named(self, data: Path) -> None:
        change(data / LEXICON, "forms: [kontratë, kontrata]", 'forms: [kontratë, "?!"]')
        assert check_folder(data).faults == ["intents/lexicon/ (contract): a form has no letters"]

    def test_an_aspect_names_concepts_of_the_lexicon(self, data: Path) -> None:
        change(data / "intents/aspects.yaml", "retention: [how-long]", "retention: [how-long, nowhere]")
        (fault,) = check_folder(data).faults
        assert fault.startswith("intents/aspects.yaml")
        assert fault.endswith("(retention): the concept 'nowhere' is not in the lexicon")


class TestQuestionsThatMeasure:
    @pytest.mark.parametrize(
        "question", ["sa kohe e ruani kontraten", "Sa kohë e ruani kontratën?!", "sa kohe e ruajni kontraten"]
    )
    def test_a_phrase_that_copies_one_is_named(self, data: Path, question: str) -> None:
        line = line_of(data / RETENTION, '"sa kohe e ruani kontraten"')
        assert (
            f"{RETENTION}:{line}: 'sa kohe e ruani kontraten' copies a test question (write another)"
        ) in check_folder(data, [question]).faults

    @pytest.mark.parametrize("question", ["sa kohe duhet te pres per kontraten e re", "flm", "faleminderit", "", "?"])
    def test_what_is_only_near_or_what_everyone_says_is_no_copy(self, data: Path, question: str) -> None:
        assert check_folder(data, [question]).faults == []

    def test_a_copy_is_found_among_many_questions(self, data: Path) -> None:
        others = [f"pyetje krejt tjeter numer {n} per motin" for n in range(20)]
        assert len(check_folder(data, [*others, "a lejohen femijet"]).faults) == 1
