"""Finds where Python code runs named statements, without running it; knows neither statements nor services."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_METHODS = frozenset({"all", "first", "run"})


@dataclass(frozen=True, kw_only=True)
class Use:
    """A call ``tx.run("file.name", a=…)``; ``whole`` is False where ``**`` hides some of the parameters.

    ``name`` is None where it does not stand there as text.
    """

    line: int
    name: str | None
    parameters: frozenset[str]
    whole: bool = True


def uses(source: str) -> Iterator[Use]:
    """Yield every use in a source, by its lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            on_tx = isinstance(node.func.value, ast.Name) and node.func.value.id in {"tx", "_tx"}
            named = {word.arg for word in node.keywords}
            for name in _names(node.args[0] if node.args else None):
                if name is not None or on_tx:
                    yield Use(
                        line=node.lineno,
                        name=name,
                        parameters=frozenset(word for word in named if word is not None),
                        whole=None not in named,
                    )


def named(source: str) -> set[str]:
    """Return every text in a source that is written as a statement's name, wherever it stands."""
    texts = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and _NAME.fullmatch(text)}


def _names(argument: ast.expr | None) -> list[str | None]:
    if isinstance(argument, ast.IfExp):
        return _names(argument.body) + _names(argument.orelse)
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and _NAME.fullmatch(argument.value):
        return [argument.value]
    return [None]
