"""Which tests stand for which requirement: the numbers in the ``# R42`` comments, read without running anything."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.tools.command import ROOT

_COMMENT = re.compile(r"#\s*(R\d+(?:,\s*R\d+)*)")
_NUMBER = re.compile(r"R(\d+)")


@dataclass(frozen=True, kw_only=True)
class NumberedTest:
    """A test, as pytest names it without its parameters: ``tests/…/test_x.py::test_y``; numbers may be none."""

    name: str
    numbers: frozenset[int]


def numbered_tests(folder: Path = ROOT / "tests") -> Iterator[NumberedTest]:
    """Yield every test below a folder, by file and line."""
    for path in sorted(folder.rglob("test_*.py")):
        yield from _of_file(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())


def _of_file(source: str, file: str) -> Iterator[NumberedTest]:
    marks = dict(_marks(source))
    for name, first, last in _tests(ast.parse(source)):
        numbers = frozenset[int]().union(*(found for line, found in marks.items() if first <= line <= last))
        yield NumberedTest(name=f"{file}::{name}", numbers=numbers)


def _marks(source: str) -> Iterator[tuple[int, frozenset[int]]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if found:
            yield token.start[0], frozenset(int(number) for number in _NUMBER.findall(found[1]))


def _tests(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Yield each test function with its first line, decorators included, and the last."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, first, node.end_lineno or first
