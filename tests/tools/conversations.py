"""Whole conversations written down as data: what a person does, what must come of it; knows no way of playing them.

A file (tests/data/conversations/*.yaml) is a list of steps. `faults_of` holds a step against what was heard,
`fact_faults` the end against what the office finds. `playing.py` plays them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

FOLDER = Path(__file__).parents[1] / "data" / "conversations"
_DOES = ("says", "picks", "code", "looks", "waits", "office")


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a receipt must show, a fragment by label; ``as`` names its number for the steps that follow."""

    shows: dict[str, str]
    named: str = msgspec.field(name="as")


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is done (one of the first six), and what must come of it.

    A receipt or an SMS that is not named must not come. ``sms`` is the masked number that it goes to.
    """

    says: str | None = None
    picks: str | None = None  # the label of a choice, or its beginning
    code: Literal["last", "before", "wrong"] | None = None
    looks: Literal[True] | None = None  # at what is new, without a word
    waits: str | None = None
    office: str | None = None  # arguments of `mburoja`
    who: str = ""
    hears: list[str] = []
    never: list[str] = []
    quotes: list[str] | None = None
    offers: list[str] = []
    state: str | None = None
    sms: str | None = None
    reads: list[str] = []  # in the SMS
    receipt: Receipt | None = None
    prints: list[str] = []

    def __post_init__(self) -> None:
        """Refuse a step that does nothing, or two things, or from which nothing is expected."""
        if sum(getattr(self, name) is not None for name in _DOES) != 1:
            raise ValueError(f"a step does one of {', '.join(_DOES)}")
        if not self.waits and not (self.hears or self.prints or self.state):
            raise ValueError("a step needs something that it hears, or prints, or the state after it")


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the office finds at the end: as many rows as there are, in order, each with at least what is named."""

    requests: list[dict[str, Any]]
    events: list[dict[str, Any]]
    escalations: list[dict[str, Any]] | None = None


class Conversation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: ``shows`` are the requirements that it stands for, ``starts`` the time in Kosovo."""

    title: str
    shows: str
    people: list[str]
    starts: str
    steps: list[Step]
    then: Facts

    @property
    def speakers(self) -> set[str]:
        """Who speaks; more than one need conversations of their own."""
        return {step.who for step in self.steps if not (step.office or step.waits)}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What came of a step. Offers are labels with their values, SMS whom they go to with their text."""

    text: str = ""
    quotes: tuple[str, ...] = ()
    offers: tuple[tuple[str, str], ...] = ()
    state: str | None = None
    sms: tuple[tuple[str, str], ...] = ()
    receipts: tuple[tuple[str, Mapping[str, str]], ...] = ()
    printed: str = ""


@dataclass(kw_only=True)
class Played:
    """How far a conversation went: its steps with their names filled in, what came of them, what the office found."""

    done: list[tuple[Step, Heard]] = field(default_factory=list)
    wanted: Facts | None = None
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def aloud(self) -> str:
        """Return the conversation as it is read, and after it what went wrong."""
        said = [line for step, heard in self.done for line in _aloud(step, heard)]
        return "\n".join([*said, *(f"!! {fault}" for fault in self.faults)])


def read(path: Path) -> Conversation:
    """Return a conversation. Raises msgspec.ValidationError for a key or a value that is not known."""
    return msgspec.yaml.decode(path.read_bytes(), type=Conversation)


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return a step or facts with the names in braces filled in."""
    text = msgspec.json.encode(value).decode()
    for name, known in names.items():
        text = text.replace(f"{{{name}}}", known)
    return msgspec.json.decode(text, type=type(value))


def heard_in(answers: list[dict[str, Any]], printed: str = "") -> Heard:
    """Return what lines of ``mburoja chat`` say, taken together; the choices and the state are the last ones'."""
    blocks = [block for answer in answers for reply in answer["replies"] for block in reply["blocks"]]
    offers: list[tuple[str, str]] = []
    for answer in answers:
        for reply in answer["replies"]:
            in_reply = [i for b in reply["blocks"] if b["type"] == "choices" for i in b["items"]]
            offers = [(item["label"], item["value"]) for item in in_reply] or offers
    return Heard(
        text="\n".join(line for block in blocks for line in _words(block)),
        quotes=tuple(block["clause"] for block in blocks if block["type"] == "quote"),
        offers=tuple(offers),
        state=answers[-1]["state"] if answers else None,
        sms=tuple((sms["to"], sms["text"]) for answer in answers for sms in answer.get("sms", [])),
        receipts=tuple(
            (block["reference"], {f["label"]: f["value"] for f in block["fields"]})
            for block in blocks
            if block["type"] == "receipt"
        ),
        printed=printed,
    )


def faults_of(step: Step, heard: Heard) -> list[str]:
    """Return what is not as the step says, a line each."""
    said, printed, sms = (_plain(words) for words in (heard.text, heard.printed, "\n".join(t for _, t in heard.sms)))
    labels = [label for label, _ in heard.offers]
    found = [f"hears: {words!r} was not said" for words in step.hears if _plain(words) not in said]
    found += [f"never: {words!r} was said" for words in step.never if _plain(words) in f"{said} {sms}"]
    found += [f"prints: {words!r} was not printed" for words in step.prints if _plain(words) not in printed]
    found += [f"reads: {words!r} is not in the SMS" for words in step.reads if _plain(words) not in sms]
    found += [f"offers: no choice {label!r} among {labels}" for label in step.offers if label not in labels]
    if step.quotes is not None and tuple(step.quotes) != heard.quotes:
        found.append(f"quotes: there are {list(heard.quotes)}")
    if step.state not in (None, heard.state):
        found.append(f"state: it is {heard.state!r}")
    if [to for to, _ in heard.sms] != ([step.sms] if step.sms else []):
        found.append(f"sms: there are {list(heard.sms)}")
    return found + _receipt_faults(step.receipt, heard)


def _receipt_faults(wanted: Receipt | None, heard: Heard) -> list[str]:
    if len(heard.receipts) != (1 if wanted else 0):
        return [f"receipt: there are {[dict(fields) for _, fields in heard.receipts]}"]
    shown = heard.receipts[0][1] if heard.receipts else {}
    wants = wanted.shows if wanted else {}
    wrong = {label for label, words in wants.items() if _plain(words) not in shown.get(label, "")}
    return [f"receipt: {label!r} is {shown.get(label)!r}" for label in sorted(wrong)]


def fact_faults(wanted: Facts, found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Return what the office found that is not as the file says, a line each."""
    faults = []
    for name, rows in found.items():
        wants = getattr(wanted, name) or []
        if len(wants) != len(rows) or not all(_holds(want, row) for want, row in zip(wants, rows, strict=True)):
            faults.append(f"then {name}: {json.dumps(rows, ensure_ascii=False, indent=1)}")
    return faults


def _holds(wanted: Any, found: Any) -> bool:
    """Tell whether a value is what is wanted; of a mapping, only what is named."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and _holds(wanted[key], found[key]) for key in wanted)
    return bool(wanted == found)


def _plain(words: str) -> str:
    return " ".join(words.split())


def _words(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person reads of a block; a clause is the company's own words, so it is no part of what is said."""
    match block["type"]:
        case "paragraph":
            yield block["text"]
        case "choices":
            yield block["prompt"]
        case "receipt":
            yield from (f"{field['label']}: {field['value']}" for field in block["fields"])
        case "link":
            yield block["label"]


def _aloud(step: Step, heard: Heard) -> Iterator[str]:
    does = next(f"{name}: {getattr(step, name)}" for name in _DOES if getattr(step, name) is not None)
    yield f"\n{step.who or '>'} {does}   [{heard.state or ''}]"
    yield from (f"    $ {line}" for line in heard.printed.splitlines())
    yield from (f"    {line}" for line in heard.text.splitlines())
    yield from (f"    | {clause}" for clause in heard.quotes)
    yield from (f"      {number} {label}" for number, (label, _) in enumerate(heard.offers, 1))
    yield from (f"    SMS {to}: {text}" for to, text in heard.sms)
