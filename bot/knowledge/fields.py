"""Takes typed values out of parsed YAML and notes every fault with its line, instead of stopping."""

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any

from bot.errors import DataError
from bot.knowledge.yamlfile import YamlFile, read_yaml


class Fields:
    """A mapping inside a YAML file. Reading a field that is missing or of another type notes a fault."""

    def __init__(self, file: YamlFile, path: tuple[str | int, ...], faults: list[str]) -> None:
        """Take the mapping at ``path``; anything else there is a fault and reads as empty."""
        value: Any = file.data
        for step in path:
            value = value[step]
        self.file, self.path, self.faults = file, path, faults
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.fault("", "here must stand a mapping (key: value)")

    def fault(self, key: str, what: str) -> None:
        """Note a fault at one of the mapping's keys, or at the mapping itself for an empty key."""
        path = (*self.path, key) if key else self.path
        self.faults.append(f"{self.file.at(*path)}: {what}")

    def only(self, allowed: Collection[str]) -> None:
        """Note a fault for every key that is not known."""
        for key in self.value:
            if key not in allowed:
                self.fault(str(key), f"unknown key {str(key)!r} (known here: {', '.join(sorted(allowed))})")

    def text(self, key: str) -> str:
        """Return a string that is not empty."""
        value = self.value.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.fault(key, f'{str(key)!r} must be a text (write {key}: "…")')
        return ""

    def optional_text(self, key: str) -> str | None:
        """Return a string, or None when the key is missing or null."""
        value = self.value.get(key)
        if value is None or isinstance(value, str):
            return value
        self.fault(key, f"{str(key)!r} must be a text (put it in quotes)")
        return None

    def flag(self, key: str) -> bool:
        """Return true or false; a missing key is false."""
        value = self.value.get(key, False)
        if isinstance(value, bool):
            return value
        self.fault(key, f"{str(key)!r} must be true or false")
        return False

    def number(self, key: str) -> int:
        """Return a whole number of one or more, or 0 when the key is missing."""
        value = self.value.get(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and (value >= 1 or key not in self.value):
            return value
        self.fault(key, f"{str(key)!r} must be a whole number, 1 or more")
        return 0

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self.value.get(key)
        if value is None and not required:
            return ()
        if isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value):
            return tuple(value)
        self.fault(key, f"{str(key)!r} must be a list of texts (put each in quotes)")
        return ()

    def date(self, key: str) -> dt.date | None:
        """Return a date, or None when the key is missing or null."""
        value = self.value.get(key)
        if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
            return value
        self.fault(key, f"{str(key)!r} must be a date (write 2026-01-31)")
        return None

    def inner(self, key: str) -> "Fields | None":
        """Return the mapping under a key, or None when it is missing or null."""
        if self.value.get(key) is None:
            return None
        return Fields(self.file, (*self.path, key), self.faults)

    def items(self, key: str) -> list["Fields"]:
        """Return the mappings of the list under a key."""
        value = self.value.get(key)
        if not isinstance(value, list):
            self.fault(key, f"{str(key)!r} must be a list")
            return []
        return [Fields(self.file, (*self.path, key, i), self.faults) for i in range(len(value))]


def optional_fields(path: Path, name: str, keys: Collection[str], faults: list[str]) -> Fields | None:
    """Return the fields of a file that may be missing; None when it is, or when it cannot be read (a fault)."""
    if not path.exists():
        return None
    try:
        head = Fields(read_yaml(path, name), (), faults)
    except DataError as error:
        faults.extend(error.faults)
        return None
    head.only(keys)
    return head
