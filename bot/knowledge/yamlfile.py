"""Reads a YAML file and remembers where everything stands, so that a fault can name its line."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import DataError


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which only true and false are booleans: people write ``on:`` and mean the word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class YamlFile:
    """Plain data and the line of every node, by its path of keys and indices."""

    name: str
    data: Any
    lines: dict[Path_, int]

    def at(self, *path: str | int) -> str:
        """Return ``file:line`` of a node, or of the nearest one above it."""
        place: Path_ = path
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.name}:{self.lines.get(place, 1)}"


def read_yaml(path: Path, name: str) -> YamlFile:
    """Read a file; ``name`` is how faults call it. Raises DataError with the place of the fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError([f"{name}: the file is missing (put it back, or run `git checkout {name}`)"]) from None
    except UnicodeDecodeError as error:
        raise DataError([f"{name}: byte {error.start} is not UTF-8 (save the file as UTF-8)"]) from None
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path_, int] = {}
        data = _plain(loader, node, (), lines) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DataError([f"{name}:{line}: {error.problem} (mend the YAML on this line)"]) from None
    except RecursionError:
        raise DataError([f"{name}:1: a node refers to itself (write it out)"]) from None
    except yaml.YAMLError as error:
        raise DataError([f"{name}:1: not YAML: {str(error).splitlines()[0]}"]) from None
    finally:
        loader.dispose()
    return YamlFile(name=name, data=data, lines=lines)


def _plain(loader: Any, node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key_node.start_mark)
            key = _scalar(loader, key_node)
            if key in result:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
            result[key] = _plain(loader, value_node, (*path, key), lines)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*path, i), lines) for i, item in enumerate(node.value)]
    return _scalar(loader, node)


def _scalar(loader: Any, node: yaml.Node) -> Any:
    try:
        return loader.construct_object(node)
    except ValueError as error:  # a date that is in no calendar, a number that is none
        raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from None
