"""A YAML file is read with its lines, and what cannot be read is named with its line."""

from pathlib import Path

import pytest

from bot.errors import DataError
from bot.knowledge.yamlfile import YamlFile, read_yaml

WHOLE = """\
# a comment first
version:
  id: one
  dated: 2020-02-02
entries:
  - id: a
    names: [x, y]

  - {id: b, names: []}
"""


def read(folder: Path, text: str | bytes) -> YamlFile:
    path = folder / "skedari.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(path, "intents/skedari.yaml")


def fault(folder: Path, text: str | bytes) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, text)
    (line,) = caught.value.faults
    return line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("version",), 2),
        (("version", "dated"), 4),
        (("entries", 0), 6),
        (("entries", 0, "names"), 7),
        (("entries", 0, "names", 1), 7),
        (("entries", 1), 9),
        (("entries", 1, "id"), 9),
        (("version", "lacking"), 2),  # the nearest one above
        (("entries", 0, "lacking"), 6),
        (("entries", 0, "lacking", "deeper"), 6),
        (("lacking",), 2),
    ],
)
def test_every_place_has_its_line(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    assert read(tmp_path, WHOLE).at(*path) == f"intents/skedari.yaml:{line}"


def test_values_come_as_plain_data(tmp_path: Path) -> None:
    data = read(tmp_path, "a: [1, true, null, tekst]\nb: {c: 'ë'}\n").data
    assert data == {"a": [1, True, None, "tekst"], "b": {"c": "ë"}}


def test_an_empty_file_is_nothing_at_its_first_line(tmp_path: Path) -> None:
    file = read(tmp_path, "")
    assert file.data is None
    assert file.at("x") == "intents/skedari.yaml:1"


def test_a_missing_file_says_how_to_get_it_back(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_yaml(tmp_path / "skedari.yaml", "intents/skedari.yaml")
    assert str(caught.value) == (
        "intents/skedari.yaml: the file is missing (put it back, or run `git checkout intents/skedari.yaml`)"
    )


def test_a_file_in_another_encoding_says_where_it_breaks(tmp_path: Path) -> None:
    assert fault(tmp_path, "a: p\u00ebr".encode("latin-1")) == (
        "intents/skedari.yaml: byte 4 is not UTF-8 (save the file as UTF-8)"
    )


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, ""),
        ("a: 1\nb: x: y\n", 2, "mapping values are not allowed"),
        ("a: 1\n\tb: 2\n", 2, ""),
        ("a: 1\nb: 'hapur\n", 3, ""),
        ("a: *unknown\n", 1, "undefined alias"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, "could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
    ],
)
def test_broken_yaml_is_named_by_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    said = fault(tmp_path, text)
    assert said.startswith(f"intents/skedari.yaml:{line}: ")
    assert what in said
    assert said.endswith("(mend the YAML on this line)")


def test_a_key_that_stands_twice_is_a_fault_at_the_second(tmp_path: Path) -> None:
    text = "a:\n  topic: one\n  label: x\n  topic: two\n"
    assert fault(tmp_path, text) == (
        "intents/skedari.yaml:4: the key 'topic' stands twice (mend the YAML on this line)"
    )


def test_control_characters_are_refused(tmp_path: Path) -> None:
    said = fault(tmp_path, "a: \x07\n")
    assert said.startswith("intents/skedari.yaml:1: not YAML: ")
    assert "#x0007" in said
