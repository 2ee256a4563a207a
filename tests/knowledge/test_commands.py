"""The words that steer a conversation: whole forms only, and none under two orders."""

from pathlib import Path

import pytest

from bot.knowledge.commands import read_commands
from bot.nlu.commands import Command, Commands
from tests.tools.command import ROOT


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "commands.yaml").write_text(text, encoding="utf-8")
    faults: list[str] = []
    read_commands(folder, faults)
    return faults


def real() -> Commands:
    faults: list[str] = []
    forms = read_commands(ROOT / "intents", faults)
    assert faults == []
    return Commands(forms.forms, forms.polite)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("po", Command.GO),
        ("Po, ju lutem!", Command.GO),
        ("PO BRE", Command.GO),
        ("Në rregull", Command.YES),
        ("jo", Command.NO),
        ("s’e kam më numrin", Command.NO_CODE),
        ("s e kam ma numrin", Command.NO_CODE),
        ("s'erdhi kodi", Command.NEW_CODE),
        ("anulo", Command.CANCEL),
        ("/privatesia", Command.PRIVACY),
    ],
)
def test_people_steer_in_many_ways(text: str, command: Command) -> None:
    assert real().find(text) is command


@pytest.mark.parametrize("text", ["po pse?", "po marrësit?", "jo vetëm kjo", "po mos", "", "?", "po " * 30])
def test_nothing_is_guessed_of_a_longer_message(text: str) -> None:  # R21
    assert real().find(text) is None


def test_every_order_has_its_words() -> None:
    faults: list[str] = []
    assert set(read_commands(ROOT / "intents", faults).forms) == set(Command)


def test_one_form_under_two_orders_is_a_fault(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, 'commands:\n  "yes": [po]\n  "no": [jo, Po]\npolite: [bre]\n')
    assert len(faults) == 1
    assert faults[0].startswith("intents/commands.yaml:3")
    assert "'Po' is also a form of 'yes'" in faults[0]


def test_an_unknown_order_and_a_form_without_letters_are_faults(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, 'commands:\n  perhaps: [ndoshta]\n  "no": ["?"]\npolite: []\n')
    assert any("perhaps" in fault for fault in faults)
    assert any("has no letters" in fault for fault in faults)


def test_without_the_file_nothing_is_a_command(tmp_path: Path) -> None:
    faults: list[str] = []
    forms = read_commands(tmp_path, faults)
    assert faults == []
    assert Commands(forms.forms, forms.polite).find("po") is None
