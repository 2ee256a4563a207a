"""Reads templates.yaml, shared and of a company; knows the file's shape, and no case that they are used for."""

from collections.abc import Iterator
from pathlib import Path

from bot.knowledge.fields import Fields, optional_fields
from bot.policy.actions import Action
from bot.policy.templates import CHOICES, Blank, Occasion, Template, blanks

FILE = "templates.yaml"
_KEYS = {"id", "act", "kinds", "label", "text", "choice"}
_LONGEST_LABEL = 80  # characters: an entry of a list
_LONGEST_TEXT = 1_500  # characters: a notice is read in a chat


def read_templates(path: Path, name: str, faults: list[str]) -> tuple[Template, ...]:
    """Return the templates of a file; none where there is no such file.

    ``name`` is how faults call the file. Every fault found is added to ``faults``.
    """
    head = optional_fields(path, name, {"templates"}, faults)
    if head is None:
        return ()
    read: dict[str, Template] = {}
    for entry in head.items("templates"):
        template = _template(entry)
        if template is None:
            continue
        if template.id in read:
            entry.fault("id", f"the id {template.id!r} stands twice (give each template its own)")
        read[template.id] = template
    return tuple(read.values())


def _template(entry: Fields) -> Template | None:
    entry.only(_KEYS)
    identity, label, text = (entry.text(key) for key in ("id", "label", "text"))
    act = entry.text("act")
    if act not in set(Occasion):
        if act:
            entry.fault("act", f"{act!r} is no act (known: {', '.join(Occasion)})")
        return None
    if len(label) > _LONGEST_LABEL:
        entry.fault("label", f"the label has {len(label)} characters, more than {_LONGEST_LABEL}")
    for fault in _written_wrong(text):
        entry.fault("text", fault)
    return Template(
        id=identity,
        occasion=Occasion(act),
        kinds=frozenset(_kinds(entry)),
        label=label,
        text=" ".join(text.split()),
        choice=_choice(entry, Occasion(act)),
    )


def _kinds(entry: Fields) -> Iterator[Action]:
    for kind in entry.texts("kinds", required=False):
        if kind in set(Action):
            yield Action(kind)
        else:
            entry.fault("kinds", f"{kind!r} is no kind of request (known: {', '.join(Action)})")


def _choice(entry: Fields, occasion: Occasion) -> str:
    choice, known = entry.optional_text("choice") or "", CHOICES.get(occasion, frozenset())
    if choice and choice not in known:
        entry.fault("choice", f"{choice!r} cannot be chosen here (known: {', '.join(sorted(known)) or 'nothing'})")
        return ""
    return choice


def _written_wrong(text: str) -> Iterator[str]:
    for blank in blanks(text):
        if blank not in set(Blank):
            yield f"{{{blank}}} is nothing that can be filled in (known: {', '.join(Blank)})"
    bare = text
    for blank in blanks(text):
        bare = bare.replace(f"{{{blank}}}", "")
    if "{" in bare or "}" in bare:
        yield "a brace stands alone (write {reference})"
    if any(character.isdigit() for character in bare):
        yield "a figure stands in it (articles and days come from the texts and the settings: take a blank, R44)"
    if len(text) > _LONGEST_TEXT:
        yield f"the text has {len(text)} characters, more than {_LONGEST_TEXT}"
