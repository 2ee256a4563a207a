"""Changes data files as text, keeping their comments and layout, and words the change as a patch; reads no file.

What a person decides in the console must go into the files by the way that every change takes: a patch that
``git apply`` takes and somebody reads. So lines are put in, or a value is replaced, and nothing is dumped anew.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from bot.nlu.fold import clean
from bot.nlu.intents import Register
from bot.policy.answers import Approval
from bot.policy.clauses import collapse

HAND = "konsola"  # whose phrases they are that come from the console
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DIGITS = re.compile(r"\d(?:[\s./()+-]*\d){4}")
_ADDRESS = re.compile(r"\S@\S")
_PLAIN_ID = re.compile(r"[a-z0-9][a-z0-9/_-]*")
_UNWRITABLE = re.compile(r"[\u007f-\u009f\ufffe\uffff]")
_CONTEXT = 3  # lines around a change, as git has them
_NO_END = "\\ No newline at end of file\n"


@dataclass(frozen=True, kw_only=True)
class NewPhrase:
    """A phrase to be added to an intent."""

    register: Register
    text: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A file before and after; ``path`` is below the data folder, with slashes."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class _Put:
    """Text in the place of ``[start, end)`` characters."""

    start: int
    end: int
    text: str


def tidy(text: str) -> str:
    """Return a text as it may stand in a file: one line, without what cannot be seen."""
    return collapse(clean(text))


def is_personal(text: str) -> bool:
    """Tell whether a text holds what may belong to somebody: five digits in a row (a number), an address (R32).

    The agency's and the companies' own addresses stand in answers, never in phrases.
    """
    return bool(_DIGITS.search(text) or _ADDRESS.search(text))


def with_phrases(old: str, phrases: Sequence[NewPhrase]) -> str:
    """Return an intent's file with phrases added under the console's hand; those that it has stay as they are.

    Raises ValueError where the file is none of an intent.
    """
    found = _mapping(_compose(old)).get("phrases")
    if not isinstance(found, yaml.SequenceNode) or not found.value or found.flow_style:
        raise ValueError("the file has no list of phrases")
    new = old
    for phrase in phrases:
        text = tidy(phrase.text)
        if text and text not in _texts(_compose(new)):
            new = _with_phrase(new, phrase.register, text)
    return new


def with_answer(old: str, topic: str, *, label: str, says: str) -> str:
    """Return a file of answers with one of them in other words, and so not approved any more.

    Raises ValueError where the file does not have it.
    """
    entry = _answer(_compose(old), topic)
    fields = _mapping(entry)
    written = {"label": tidy(label), "says": tidy(says)}
    puts = [
        _value(old, fields[key], _quoted(text))
        for key, text in written.items()
        if key in fields and _scalar(fields[key]) != text
    ]
    if not puts:
        return old
    return _put(old, [*puts, *_approval(old, entry, None)])


def with_approvals(old: str, approvals: Mapping[str, Approval | None]) -> str:
    """Return a file of answers with the approvals of some as given; None takes one back. Raises ValueError."""
    root = _compose(old)
    return _put(old, [put for topic, given in approvals.items() for put in _approval(old, _answer(root, topic), given)])


def with_switched_off(old: str, topics: Collection[str]) -> str:
    """Return a ``company.yaml`` with exactly these topics switched off."""
    root = _compose(old)
    written = "[" + ", ".join(t if _PLAIN_ID.fullmatch(t) else _quoted(t) for t in sorted(topics)) + "]"
    found = _pair(root, "switched_off")
    if found is None:
        return _put(old, [_line(old, _last_line(root), f"switched_off: {written}")]) if topics else old
    return old if sorted(_items(found[1])) == sorted(topics) else _put(old, [_after(old, *found, written)])


def diff(changes: Sequence[Change]) -> str:
    """Return changes as one patch for ``git apply -p1`` at the data folder; empty where nothing changes."""
    return "".join(line for change in changes if change.old != change.new for line in _hunks(change))


def _hunks(change: Change) -> Iterator[str]:
    yield f"diff --git a/{change.path} b/{change.path}\n"
    lines = difflib.unified_diff(
        _lines(change.old), _lines(change.new), f"a/{change.path}", f"b/{change.path}", n=_CONTEXT
    )
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n{_NO_END}"


def _lines(text: str) -> list[str]:
    """Return the lines with their ends; what Unicode calls a line separator ends none."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _with_phrase(old: str, register: Register, text: str) -> str:
    hands = _mapping(_compose(old))["phrases"]
    own = next((node for node in reversed(hands.value) if _scalar(_mapping(node).get("hand")) == HAND), None)
    edge, item = " " * hands.start_mark.column, f"- {_quoted(text)}"
    if own is None or own.flow_style:
        made = f"{edge}- hand: {HAND}\n{edge}  {register}:\n{edge}    {item}"
        return _put(old, [_line(old, _last_line(hands), made)])
    said = _mapping(own).get(register.value)
    inner = " " * own.start_mark.column
    if said is None:
        return _put(old, [_line(old, _last_line(own), f"{inner}{register}:\n{inner}  {item}")])
    if not isinstance(said, yaml.SequenceNode) or said.flow_style or not said.value:
        every = [*_items(said), text]
        key, _ = _pair(own, register.value) or (own, own)
        return _put(old, [_after(old, key, said, "[" + ", ".join(_quoted(one) for one in every) + "]")])
    return _put(old, [_line(old, _last_line(said), " " * said.start_mark.column + item)])


def _approval(old: str, entry: yaml.Node, given: Approval | None) -> list[_Put]:
    found = _pair(entry, "approved")
    written = f"{{by: {_quoted(tidy(given.by))}, on: {given.on.isoformat()}}}" if given else "null"
    if found is None:
        line = " " * entry.start_mark.column + f"approved: {written}"
        return [_line(old, _last_line(entry), line)] if given else []
    held = _mapping(found[1])
    known = {key: _scalar(node) for key, node in held.items()}
    same = known == {"by": tidy(given.by), "on": given.on.isoformat()} if given else not held
    return [] if same else [_after(old, *found, written)]


def _answer(root: yaml.Node, topic: str) -> yaml.Node:
    answers = _mapping(root).get("answers")
    for entry in answers.value if isinstance(answers, yaml.SequenceNode) else ():
        if _scalar(_mapping(entry).get("topic")) == topic:
            found: yaml.Node = entry
            return found
    raise ValueError(f"the file has no answer to {topic}")


def _compose(text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise ValueError("the file is no list of keys and values")
    return root


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _pair(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for key, value in node.value if key.value == name), None)


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _items(node: yaml.Node | None) -> list[str]:
    return [_scalar(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else []


def _texts(root: yaml.Node) -> set[str]:
    """Return every phrase of a file."""
    hands = _mapping(root)["phrases"].value
    return {text for hand in hands for register in Register for text in _items(_mapping(hand).get(register.value))}


def _quoted(text: str) -> str:
    """Return a text as YAML in double quotes: JSON, with what YAML cannot show escaped."""
    return _UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line):
        start = text.index("\n", start) + 1
    return start + column


def _last(node: yaml.Node) -> yaml.Node:
    """Return the node that stands last inside another (or is it), for blocks end where the next thing begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return node


def _end(text: str, node: yaml.Node) -> int:
    """Return where a value ends, white space behind it not counted."""
    last = _last(node)
    start = _offset(text, last.start_mark.line, last.start_mark.column)
    end = _offset(text, last.end_mark.line, last.end_mark.column)
    return start + len(text[start:end].rstrip())


def _last_line(node: yaml.Node) -> int:
    mark = _last(node).end_mark
    return int(mark.line) - (1 if mark.column == 0 and mark.line > _last(node).start_mark.line else 0)


def _line(text: str, after: int, lines: str) -> _Put:
    """Put lines in after a line (from 0)."""
    end = text.find("\n", _offset(text, after, 0))
    ends = "\r\n" if "\r\n" in text else "\n"
    made = lines.replace("\n", ends)
    return _Put(start=end + 1, end=end + 1, text=made + ends) if end >= 0 else _Put(
        start=len(text), end=len(text), text=ends + made
    )  # fmt: skip


def _value(text: str, node: yaml.Node, written: str) -> _Put:
    return _Put(start=_offset(text, node.start_mark.line, node.start_mark.column), end=_end(text, node), text=written)


def _after(text: str, key: yaml.Node, value: yaml.Node, written: str) -> _Put:
    """Put a value in the place of all that stands behind a key."""
    start = text.index(":", _offset(text, key.end_mark.line, key.end_mark.column)) + 1
    return _Put(start=start, end=max(start, _end(text, value)), text=f" {written}")


def _put(text: str, puts: Sequence[_Put]) -> str:
    for put in sorted(puts, key=lambda put: put.start, reverse=True):
        text = text[: put.start] + put.text + text[put.end :]
    return text
