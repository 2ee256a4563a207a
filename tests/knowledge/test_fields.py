"""Each field is taken with its type, and what is wrong is noted with its line and how to mend it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.knowledge.fields import Fields
from bot.knowledge.yamlfile import YamlFile, read_yaml

NAME = "intents/skedari.yaml"


class Sheet:
    """A YAML text opened as fields, with the faults noted so far."""

    def __init__(self, folder: Path, text: str) -> None:
        path = folder / "skedari.yaml"
        path.write_text(text, encoding="utf-8")
        self.faults: list[str] = []
        self.file: YamlFile = read_yaml(path, NAME)
        self.fields = Fields(self.file, (), self.faults)


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[[str], Sheet]:
    return lambda text: Sheet(tmp_path, text)


def test_good_values_come_typed_and_without_fault(sheet: Callable[[str], Sheet]) -> None:
    opened = sheet(
        "name: Shembulli\nlongest: 3\nshortest: 1\nsilent: true\nsince: 2020-02-02\ncites: ['1', '2']\n"
        "inner: {by: Filan}\nlist: [{a: x}, {a: y}]\n"
    )
    fields = opened.fields
    assert fields.text("name") == "Shembulli"
    assert fields.optional_text("name") == "Shembulli"
    assert (fields.number("longest"), fields.number("shortest")) == (3, 1)
    assert fields.flag("silent") is True
    assert fields.date("since") == dt.date(2020, 2, 2)
    assert fields.texts("cites") == ("1", "2")
    inner = fields.inner("inner")
    assert inner is not None
    assert inner.text("by") == "Filan"
    assert [item.text("a") for item in fields.items("list")] == ["x", "y"]
    fields.only(["name", "longest", "shortest", "silent", "since", "cites", "inner", "list"])
    assert opened.faults == []


def test_what_may_be_missing_has_an_empty_value(sheet: Callable[[str], Sheet]) -> None:
    opened = sheet("other: 1\nnothing:\n")
    fields = opened.fields
    for key in ("missing", "nothing"):
        assert fields.optional_text(key) is None
        assert fields.texts(key, required=False) == ()
        assert fields.date(key) is None
        assert fields.inner(key) is None
    assert fields.number("missing") == 0
    assert fields.flag("missing") is False
    assert opened.faults == []


@pytest.mark.parametrize(
    ("value", "take", "reads", "fault"),
    [
        ("", Fields.text, "", "'key' must be a text (write key: \"…\")"),
        ("' '", Fields.text, "", "'key' must be a text (write key: \"…\")"),
        ("14.5", Fields.text, "", "'key' must be a text (write key: \"…\")"),
        ("[a]", Fields.text, "", "'key' must be a text (write key: \"…\")"),
        ("14", Fields.optional_text, None, "'key' must be a text (put it in quotes)"),
        ("true", Fields.optional_text, None, "'key' must be a text (put it in quotes)"),
        ("'true'", Fields.flag, False, "'key' must be true or false"),
        ("1", Fields.flag, False, "'key' must be true or false"),
        ("", Fields.flag, False, "'key' must be true or false"),
        ("0", Fields.number, 0, "'key' must be a whole number, 1 or more"),
        ("-2", Fields.number, 0, "'key' must be a whole number, 1 or more"),
        ("1.5", Fields.number, 0, "'key' must be a whole number, 1 or more"),
        ("true", Fields.number, 0, "'key' must be a whole number, 1 or more"),
        ("'3'", Fields.number, 0, "'key' must be a whole number, 1 or more"),
        ("abc", Fields.texts, (), "'key' must be a list of texts (put each in quotes)"),
        ("", Fields.texts, (), "'key' must be a list of texts (put each in quotes)"),
        ("[a, 9.1]", Fields.texts, (), "'key' must be a list of texts (put each in quotes)"),
        ("[a, '']", Fields.texts, (), "'key' must be a list of texts (put each in quotes)"),
        ("2020", Fields.date, None, "'key' must be a date (write 2026-01-31)"),
        ("'2020-02-02'", Fields.date, None, "'key' must be a date (write 2026-01-31)"),
        ("2020-02-02 10:00:00", Fields.date, None, "'key' must be a date (write 2026-01-31)"),
        ("abc", Fields.items, [], "'key' must be a list"),
        ("{a: b}", Fields.items, [], "'key' must be a list"),
    ],
)
def test_a_value_of_another_type_is_noted_with_its_line(
    sheet: Callable[[str], Sheet],
    value: str,
    take: Callable[[Fields, str], object],
    reads: object,
    fault: str,
) -> None:
    opened = sheet(f"other: 1\n\nkey: {value}\n")
    assert take(opened.fields, "key") == reads
    assert opened.faults == [f"{NAME}:3: {fault}"]


@pytest.mark.parametrize("take", [Fields.text, Fields.texts, Fields.items])
def test_a_field_that_must_be_there_is_noted_at_the_mapping(
    sheet: Callable[[str], Sheet], take: Callable[[Fields, str], object]
) -> None:
    opened = sheet("# first\nother: 1\n")
    assert not take(opened.fields, "key")
    (fault,) = opened.faults
    assert fault.startswith(f"{NAME}:2: 'key' must be ")


def test_an_unknown_key_is_noted_with_those_that_are_known(sheet: Callable[[str], Sheet]) -> None:
    opened = sheet("label: x\nsay: y\n")
    opened.fields.only({"says", "label"})
    assert opened.faults == [f"{NAME}:2: unknown key 'say' (known here: label, says)"]


@pytest.mark.parametrize("text", ["- a\n- b\n", "tekst\n", ""])
def test_what_is_no_mapping_reads_as_empty(sheet: Callable[[str], Sheet], text: str) -> None:
    opened = sheet(text)
    assert opened.faults == [f"{NAME}:1: here must stand a mapping (key: value)"]
    assert opened.fields.value == {}
    assert opened.fields.optional_text("key") is None


def test_faults_deep_inside_name_their_own_line(sheet: Callable[[str], Sheet]) -> None:
    opened = sheet("list:\n  - a: x\n  - 5\n  - b: {c: 7}\n")
    first, second, third = opened.fields.items("list")
    first.text("lacking")
    inner = third.inner("b")
    assert inner is not None
    inner.text("c")
    assert second.value == {}
    assert opened.faults == [
        f"{NAME}:3: here must stand a mapping (key: value)",
        f"{NAME}:2: 'lacking' must be a text (write lacking: \"…\")",
        f"{NAME}:4: 'c' must be a text (write c: \"…\")",
    ]
