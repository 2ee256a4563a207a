"""Reads the named statements of ``sql/*.sql``; knows no engine and runs nothing.

A block is ``-- name: x``, one or more ``-- description`` lines, and one statement up to the next name.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SQL = Path(__file__).parent / "sql"

_NAME = re.compile(r"^-- name:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# What is no parameter and no end of a statement, though it may look like one, comes first.
_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::|:(?P<parameter>[A-Za-z_]\w*)|(?P<end>;)", re.DOTALL
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class StatementError(ValueError):
    """A statement is written wrongly, is not there, or is given the wrong parameters: a bug of ours."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; ``name`` is ``<file>.<name>``, ``parameters`` are the names after its colons."""

    name: str
    description: str
    sql: str
    parameters: frozenset[str]

    def written(self, parameter: Callable[[str], str], text: Callable[[str], str]) -> str:
        """Return the SQL as a driver wants it: what stands for a parameter, and what stands for all the rest."""
        pieces, end = [], 0
        for token in _TOKEN.finditer(self.sql):
            if token["parameter"]:
                pieces += [text(self.sql[end : token.start()]), parameter(token["parameter"])]
                end = token.end()
        return "".join([*pieces, text(self.sql[end:])])

    def check(self, given: Iterable[str]) -> None:
        """Raise StatementError when the parameters given are not exactly those that the statement has."""
        given = frozenset(given)
        faults = [f"misses :{name}" for name in sorted(self.parameters - given)]
        faults += [f"has no :{name}" for name in sorted(given - self.parameters)]
        if faults:
            raise StatementError(f"{self.name} {', '.join(faults)}")


class Statements:
    """Every statement, by name."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        """Take the statements. Raises StatementError for a name that is there twice."""
        self._by_name: dict[str, Statement] = {}
        for statement in statements:
            if statement.name in self._by_name:
                raise StatementError(f"{statement.name} is there twice")
            self._by_name[statement.name] = statement
        self.plans: dict[str, tuple[str, int]] = {
            name: (statement.sql, len(statement.parameters)) for name, statement in self._by_name.items()
        }
        """SQL and count of parameters by name: all that running a statement needs."""

    def __iter__(self) -> Iterator[Statement]:
        """Walk over the statements in their order."""
        return iter(self._by_name.values())

    def get(self, name: str) -> Statement:
        """Return a statement. Raises StatementError when there is none of that name."""
        try:
            return self._by_name[name]
        except KeyError:
            raise StatementError(f"there is no statement {name!r} in {SQL}") from None


def read_statements(folder: Path = SQL) -> Statements:
    """Return every statement of a folder's ``*.sql``. Raises StatementError naming the file and line of a fault."""
    return Statements(
        statement
        for path in sorted(folder.glob("*.sql"))
        for statement in _blocks(path.stem, path.name, path.read_text(encoding="utf-8"))
    )


def _blocks(stem: str, file: str, text: str) -> Iterator[Statement]:
    heads = list(_NAME.finditer(text))
    before = text[: heads[0].start()] if heads else text
    if _COMMENT.sub("", before).strip():
        raise StatementError(f"{file}:1: a statement stands before the first '-- name:'")
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)].strip()
        line = text.count("\n", 0, head.start()) + 1
        try:
            yield _block(f"{stem}.{head[1]}", body)
        except StatementError as error:
            raise StatementError(f"{file}:{line}: {error}") from None


def _block(name: str, body: str) -> Statement:
    if not _IDENTIFIER.fullmatch(name.partition(".")[2]):
        raise StatementError(f"{name}: a name is made of a-z, 0-9 and _")
    lines = body.splitlines()
    count = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    description = " ".join(line.removeprefix("--").strip() for line in lines[:count]).strip()
    if not description:
        raise StatementError(f"{name} has no description (a line '-- …' under its name)")
    sql = "\n".join(lines[count:]).strip()
    parameters = set()
    for token in _TOKEN.finditer(sql):
        if token["parameter"]:
            parameters.add(token["parameter"])
        elif token["end"] and _COMMENT.sub("", sql[token.end() :]).strip():
            raise StatementError(f"{name} holds several statements (a ';' in the middle)")
    if not _COMMENT.sub("", sql).strip("; \n\t"):
        raise StatementError(f"{name} holds no statement")
    return Statement(name=name, description=description, sql=sql, parameters=frozenset(parameters))
