"""Every refusal of the office can be read in Albanian: generated from the code, so none is forgotten."""

import ast
import functools
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tools import catalogue

BOT = Path(__file__).parents[2] / "bot"
# What only the command line knows, or people who write code.
_NOT_SAID = ("`", "--", "R1", "R3", "R4", "R5", "notice.to_send", "contract_facts", "legal_claims")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A ``NotAllowedError`` as it stands in the code: its message, and the facts that it is given."""

    message: str
    facts: frozenset[str]
    place: str


def refusals() -> Iterator[Refusal]:
    for path in sorted([*(BOT / "services").rglob("*.py"), *(BOT / "console").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotAllowedError":
                place = f"{path.relative_to(BOT.parent)}:{node.lineno}"
                message = node.args[0] if node.args else None
                assert isinstance(message, ast.Constant), f"{place}: the message must stand there, facts by name"
                facts = frozenset(str(word.arg) for word in node.keywords)
                yield Refusal(message=str(message.value), facts=facts, place=place)


REFUSALS = {refusal.message: refusal for refusal in refusals()}


@functools.cache
def albanian() -> dict[str, str]:
    return {str(message.id): str(message.string or "") for message in catalogue.merged("console") if message.id}


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("message", sorted(REFUSALS))
def test_a_refusal_is_said_in_albanian_too(message: str) -> None:
    refusal = REFUSALS[message]
    said = albanian().get(message, "")
    assert said, f"{refusal.place}: {message}"
    if refusal.facts:
        assert named(message) <= refusal.facts, refusal.place
        assert named(said) <= refusal.facts, refusal.place
        assert said.format(**dict.fromkeys(refusal.facts, "x"))
    else:
        assert "{" not in said
    assert [word for word in _NOT_SAID if word in said] == [], said


def test_the_office_has_many_of_them() -> None:
    assert len(REFUSALS) > 40
