"""docs/security.md is true: every requirement has its row, and every test that it names stands for that requirement."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tools.command import ROOT
from tests.tools.numbered import numbered_tests

REQUIREMENTS = range(1, 61)
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)
_TEST = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One requirement: what holds, the tests named, and what is open."""

    number: int
    holds: str
    tests: tuple[str, ...]
    open: str


@functools.cache
def carried() -> dict[str, frozenset[int]]:
    """The numbers that each test carries, by its name."""
    return {test.name: test.numbers for test in numbered_tests()}


def read_rows(document: str) -> list[Row]:
    return [
        Row(number=int(number), holds=holds, tests=tuple(f"tests/{name}" for name in _TEST.findall(tests)), open=still)
        for number, holds, tests, still in _ROW.findall(document)
    ]


ROWS = read_rows((ROOT / "docs/security.md").read_text(encoding="utf-8"))


def test_every_requirement_has_one_row_in_order() -> None:
    assert [row.number for row in ROWS] == list(REQUIREMENTS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"R{row.number}")
def test_what_is_said_to_hold_has_tests_and_the_rest_is_called_open(row: Row) -> None:
    assert row.holds.endswith(".")
    assert row.tests or row.open
    missing = [name for name in row.tests if name not in carried()]
    assert missing == []  # every test named exists
    strangers = [name for name in row.tests if row.number not in carried()[name]]
    assert strangers == []  # and carries the number


def test_every_number_that_a_test_carries_is_a_requirement() -> None:
    numbers = {number for numbers in carried().values() for number in numbers}
    assert numbers <= set(REQUIREMENTS)
    assert {row.number for row in ROWS if row.tests} == numbers  # no number is tested that the list calls untested


def test_the_numbers_are_read_from_comments_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.tools.numbered.ROOT", tmp_path)
    (tmp_path / "test_a.py").write_text(
        '@mark(1)  # R7\ndef test_one(  # R1, R2\n    x: int,\n) -> None:\n    "# R3"\n    pass  # R4\n\n\n# R5\n'
        "class A:\n    def test_two(self) -> None:  # see R6\n        pass\n",
        encoding="utf-8",
    )
    found = {test.name: set(test.numbers) for test in numbered_tests(tmp_path)}
    assert found == {"test_a.py::test_one": {1, 2, 4, 7}, "test_a.py::test_two": set()}
