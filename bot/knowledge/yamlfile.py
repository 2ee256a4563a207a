"""Reads a YAML file and remembers where everything stands, so that a fault can name its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import DataError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path_, int] = {}
        data = _plain(loader, node, (), lines) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DataError([f"{name}:{line}: {error.problem} (mend the YAML on this line)"]) from None
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
            key = loader.construct_object(key_node)
            if key in result:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
            result[key] = _plain(loader, value_node, (*path, key), lines)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*path, i), lines) for i, item in enumerate(node.value)]
    return loader.construct_object(node)


def strings(value: Any) -> Iterator[str]:
    """Yield the strings of a list, passing over what is no string."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))
