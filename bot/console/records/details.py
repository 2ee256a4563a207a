"""What an entry of the log says beside its act, in words; a name or a value that has none stands as it is."""

import datetime as dt
import functools
from collections.abc import Callable, Mapping

from bot.console import words
from bot.console.pages import day, say, when

_SHORT = 16  # characters of a hash or an id that are shown


def told(details: Mapping[str, object], subject: str) -> list[tuple[str, str]]:
    """Return what an entry says, each with its name."""
    lines = [(_names().get(name, name), _value(name, value)) for name, value in sorted(details.items())]
    return [*lines, (say("Customer (random id)"), _cut(subject))] if subject else lines


def person(who: str) -> str:
    """Return who acted, in words where it was nobody of the company."""
    return {"customer": say("the customer"), "mburoja": say("Mburoja itself")}.get(who, who)


def _value(name: str, value: object) -> str:
    written = str(value)
    if isinstance(value, int) and name.endswith("_at"):
        return when(value)
    if name.endswith(("sha256", "notice")):
        return _cut(written)
    if name.endswith("_on"):
        return _day(written)
    known = _values().get(name)
    return known(written) if known else written


def _cut(text: str) -> str:
    return f"{text[:_SHORT]}…" if len(text) > _SHORT + 4 else text


def _day(text: str) -> str:
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        return text


def _kind(value: str) -> str:
    for name in (words.kind, words.escalation_kind):
        if name(value) != value:
            return name(value)
    return value


@functools.cache
def _values() -> Mapping[str, Callable[[str], str]]:
    return {"kind": _kind, "identity": words.identity, "state": words.state, "way": words.channel}


@functools.cache
def _names() -> Mapping[str, str]:
    return {
        "about": say("about"),
        "amount": say("amount"),
        "by": say("way of delivery"),
        "bytes": say("bytes"),
        "clauses": say("clauses"),
        "decision": say("decision"),
        "due_on": say("due on"),
        "due_rule": say("rule of the due date"),
        "file": say("file"),
        "files": say("files"),
        "format": say("format"),
        "from": say("from (previously)"),
        "ground": say("ground"),
        "identity": say("identity"),
        "in_force": say("took effect"),
        "kind": say("kind"),
        "lift_on": say("ends on"),
        "notice": say("notice"),
        "paused_at": say("clock stopped at"),
        "policy": say("edition of the policy"),
        "policy_sha256": say("hash of the policy"),
        "position": say("number"),
        "purpose": say("purpose"),
        "received_at": say("received at"),
        "received_on": say("received on"),
        "request": say("request"),
        "resumed_at": say("clock resumed at"),
        "search": say("search"),
        "shown_sha256": say("hash of what was shown"),
        "source": say("source"),
        "state": say("state"),
        "topic": say("topic"),
        "what": say("what"),
    }
