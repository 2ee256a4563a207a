"""Intents, lexicon, aspects and gates are read from their folders, and a broken file spoils only itself."""

import dataclasses
from pathlib import Path

import pytest

from bot.knowledge.intentfiles import read_aspects, read_gates, read_intents, read_lexicon
from bot.nlu.gates import Gates
from bot.nlu.intents import Action, Intent, Kind, Phrase, Register
from tests.tools.folders import change, write_intents


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_intents(tmp_path)


def intents(root: Path) -> dict[str, Intent]:
    faults: list[str] = []
    found = {intent.id: intent for intent in read_intents(root, faults)}
    assert faults == []
    return found


def faults(root: Path) -> list[str]:
    found: list[str] = []
    read_intents(root, found)
    return found


class TestIntents:
    def test_a_topic_belongs_to_the_company_of_its_folder(self, root: Path) -> None:
        intent = intents(root)["shembulli/silent/children"]
        assert (intent.company, intent.topic, intent.kind) == ("shembulli", "silent/children", Kind.ANSWER)

    def test_a_shared_intent_belongs_to_none(self, root: Path) -> None:
        intent = intents(root)["thanks"]
        assert (intent.company, intent.topic, intent.kind) == (None, "thanks", Kind.SMALLTALK)
        assert (intent.says, intent.longest, intent.action) == ("S’ka përse.", 3, None)

    def test_an_action_comes_with_its_gate(self, root: Path) -> None:
        intent = intents(root)["dsar_access"]
        assert (intent.kind, intent.action) == (Kind.ACTION, Action.DSAR_ACCESS)
        assert intent.unless == {"just-asking"}

    def test_phrases_come_as_written_and_folded_with_register_and_hand(self, root: Path) -> None:
        phrases = intents(root)["shembulli/silent/children"].phrases
        assert len(phrases) == 15
        assert phrases[0] == Phrase(
            text="çfarë vlen për fëmijët?",
            folded="cfare vlen per femijet",
            register=Register.STANDARD,
            hand="filan",
            place="intents/topics/shembulli/silent/children.yaml:5",
        )
        assert phrases[-1].place == "intents/topics/shembulli/silent/children.yaml:21"
        assert [p.register for p in phrases[::5]] == [Register.STANDARD, Register.PLAIN, Register.GHEG]

    def test_several_hands_can_write_for_one_intent(self, root: Path) -> None:
        with (root / "smalltalk/thanks.yaml").open("a", encoding="utf-8") as file:
            file.write('  - hand: fistekja\n    gheg: ["nderit qofsh"]\n')
        hands = [p.hand for p in intents(root)["thanks"].phrases]
        assert hands == ["fisteku"] * 3 + ["fistekja"]

    def test_two_companies_share_what_belongs_to_none(self, root: Path) -> None:
        alone = set(intents(root))
        write_intents(root.parent, company="kulla")
        both = set(intents(root))
        assert {name.replace("shembulli/", "kulla/") for name in alone} | alone == both

    def test_lexicon_and_settings_are_no_intents(self, root: Path) -> None:
        assert not {"words", "aspects", "gates", "languages"} & {Path(name).name for name in intents(root)}


class TestFaults:
    def test_an_unknown_kind_is_named_with_the_known_ones(self, root: Path) -> None:
        line = change(root / "smalltalk/thanks.yaml", "kind: smalltalk", "kind: chat")
        assert faults(root) == [
            f"intents/smalltalk/thanks.yaml:{line}: unknown kind 'chat'"
            " (one of answer, silent, action, handoff, smalltalk, outofscope, clarify)"
        ]

    def test_an_unknown_action_is_named_with_the_known_ones(self, root: Path) -> None:
        line = change(root / "actions/dsar_access.yaml", "action: dsar_access", "action: dsar_acess")
        (fault,) = faults(root)
        assert fault.startswith(f"intents/actions/dsar_access.yaml:{line}: unknown action 'dsar_acess' (one of ")
        assert "dsar_access" in fault

    def test_one_name_in_two_files_is_a_fault(self, root: Path) -> None:
        change(root / "handoff/human.yaml", "intent: human", "intent: thanks")
        assert faults(root) == ["intents/: the intent 'thanks' stands in two files (keep one)"]

    @pytest.mark.parametrize(
        ("old", "new", "what"),
        [
            ("intent: thanks", "intent: 7", "'intent' must be a text (write intent: \"…\")"),
            ("longest: 3", "longest: 0", "'longest' must be a whole number, 1 or more"),
            ("says:", "say:", "unknown key 'say'"),
            ("hand: fisteku", "writer: fisteku", "unknown key 'writer'"),
            ("plain:", "plane:", "unknown key 'plane'"),
            ("kind: smalltalk", "unless: just-asking\nkind: smalltalk", "'unless' must be a list of texts"),
            ('"faleminderit"', "7", "must be a list of texts (put each in quotes)"),
        ],
    )
    def test_a_wrong_field_is_named_by_its_line(self, root: Path, old: str, new: str, what: str) -> None:
        line = change(root / "smalltalk/thanks.yaml", old, new)
        fault = next(f for f in faults(root) if what in f)
        place, _, said = fault.partition(": ")
        assert what in said
        assert place.startswith("intents/smalltalk/thanks.yaml:")
        assert abs(int(place.rsplit(":", 1)[1]) - line) <= 1

    def test_an_intent_without_phrases_is_named(self, root: Path) -> None:
        (root / "smalltalk/thanks.yaml").write_text("intent: thanks\nkind: smalltalk\nphrases: []\n", encoding="utf-8")
        assert faults(root) == ["intents/smalltalk/thanks.yaml:3: an intent needs phrases"]

    def test_a_broken_file_is_named_and_the_others_are_read(self, root: Path) -> None:
        (root / "smalltalk/thanks.yaml").write_text("intent: [\n", encoding="utf-8")
        found: list[str] = []
        read = {intent.id for intent in read_intents(root, found)}
        assert "thanks" not in read
        assert {"human", "dsar_access", "shembulli/access-right"} <= read
        (fault,) = found
        assert fault.startswith("intents/smalltalk/thanks.yaml:2: ")


class TestLexicon:
    def test_concepts_come_with_their_forms_folded(self, root: Path) -> None:
        found: list[str] = []
        lexicon = read_lexicon(root, found)
        assert found == []
        assert lexicon["how-long"] == ("sa gjate", "sa kohe")

    def test_a_concept_of_two_files_has_the_forms_of_both(self, root: Path) -> None:
        more = "concepts:\n  - concept: how-long\n    forms: [deri kur]\n"
        (root / "lexicon/more.yaml").write_text(more, encoding="utf-8")
        assert read_lexicon(root, [])["how-long"] == ("deri kur", "sa gjate", "sa kohe")

    @pytest.mark.parametrize(
        ("old", "new", "what"),
        [
            ("forms: [kontratë, kontrata]", "forms: kontratë", "'forms' must be a list of texts"),
            ("forms: [kontratë, kontrata]", "form: [kontratë]", "unknown key 'form'"),
            ("concept: contract", "concept: 5", "'concept' must be a text"),
        ],
    )
    def test_a_wrong_entry_is_named_by_its_line(self, root: Path, old: str, new: str, what: str) -> None:
        line = change(root / "lexicon/words.yaml", old, new)
        found: list[str] = []
        read_lexicon(root, found)
        assert found[0].startswith(f"intents/lexicon/words.yaml:{line}: {what}")

    def test_a_broken_file_is_named_and_the_others_are_read(self, root: Path) -> None:
        (root / "lexicon/broken.yaml").write_text("concepts: {\n", encoding="utf-8")
        found: list[str] = []
        assert "how-long" in read_lexicon(root, found)
        assert len(found) == 1
        assert found[0].startswith("intents/lexicon/broken.yaml:2: ")


class TestAspectsAndGates:
    def test_aspects_name_the_concepts_that_ask_for_them(self, root: Path) -> None:
        aspects, light = read_aspects(root, [])
        assert aspects == {"retention": frozenset({"how-long"}), "recipients": frozenset({"to-whom"})}
        assert light == frozenset()

    def test_gates_come_folded_where_they_are_words(self, root: Path) -> None:
        _write_gates(root)
        faults: list[str] = []
        gates = read_gates(root, faults)
        assert faults == []
        assert gates.openers == {"cfare"}
        assert gates.asking == {"just-asking"}

    def test_without_files_there_are_none(self, tmp_path: Path) -> None:
        found: list[str] = []
        assert read_aspects(tmp_path, found) == ({}, frozenset())
        assert read_gates(tmp_path, found).openers == frozenset()
        assert read_lexicon(tmp_path, found) == {}
        assert read_intents(tmp_path, found) == []
        assert found == []

    @pytest.mark.parametrize("name", ["aspects", "gates"])
    def test_a_broken_file_is_named_by_its_line(self, root: Path, name: str) -> None:
        _write_gates(root)
        (root / f"{name}.yaml").write_text("a: {\n", encoding="utf-8")
        found: list[str] = []
        read_aspects(root, found)
        read_gates(root, found)
        (fault,) = found
        assert fault.startswith(f"intents/{name}.yaml:2: ")

    @pytest.mark.parametrize(("name", "key"), [("aspects", "aspects"), ("gates", "openers")])
    def test_an_unknown_key_is_named(self, root: Path, name: str, key: str) -> None:
        _write_gates(root)
        change(root / f"{name}.yaml", f"{key}:", f"tjeter: []\n{key}:")
        found: list[str] = []
        read_aspects(root, found)
        read_gates(root, found)
        (fault,) = found
        assert fault.startswith(f"intents/{name}.yaml:1: unknown key 'tjeter' (known here: ")


def _write_gates(root: Path) -> None:
    names = [field.name for field in dataclasses.fields(Gates)]
    lines = [f"{name}: [{'just-asking' if name == 'asking' else 'Çfarë'}]" for name in names]
    (root / "gates.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
