"""Reads the words that steer a conversation (``intents/commands.yaml``)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from bot.knowledge.fields import Fields, optional_fields
from bot.nlu.commands import Command
from bot.nlu.fold import fold

_DENIED = re.compile(r"\bs ")
_NAME = "intents/commands.yaml"


@dataclass(frozen=True, kw_only=True)
class CommandForms:
    """Folded forms by command, and folded polite words."""

    forms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    polite: frozenset[str] = frozenset()


def read_commands(root: Path, faults: list[str]) -> CommandForms:
    """Read ``commands.yaml`` below ``root``. A missing file means that nothing is a command."""
    head = optional_fields(root / "commands.yaml", _NAME, ("commands", "polite"), faults)
    inner = head.inner("commands") if head else None
    if head is None or inner is None:
        return CommandForms()
    inner.only({command.value for command in Command})
    owner: dict[str, str] = {}
    forms = {name: tuple(_forms(inner, name, owner)) for name in inner.value}
    return CommandForms(forms=forms, polite=frozenset(fold(word) for word in head.texts("polite")))


def _forms(inner: Fields, name: str, owner: dict[str, str]) -> list[str]:
    """Return a command's forms, folded; one that belongs to another command is a fault (a yes must not be a no)."""
    found: list[str] = []
    for text in inner.texts(name):
        folded = fold(text)
        if not folded:
            inner.fault(name, f"{text!r} has no letters (write what people type)")
        # "s'kam" is folded to "nuk kam", but many type "s kam".
        for form in dict.fromkeys((folded, _DENIED.sub("nuk ", folded)) if folded else ()):
            if owner.setdefault(form, name) != name:
                inner.fault(name, f"{text!r} is also a form of {owner[form]!r} (keep one)")
            elif form not in found:
                found.append(form)
    return found
