"""Reads a company's rights.yaml; knows the file's shape, and not the policy text that it rests on (check_rights.py)."""

from pathlib import Path

from bot.dialogue.effects import Flag
from bot.knowledge.fields import Fields, optional_fields
from bot.nlu.fold import fold
from bot.nlu.intents import Action
from bot.policy.rights import Deadline, Limit, Purpose, Rights, Statistics

FILE = "rights.yaml"
_KEYS = {"purposes", "statistics", "limits", "deadline", "foreign", "yearly_free", "ended"}


def read_rights(folder: Path, name: str, faults: list[str]) -> Rights:
    """Return what a company's customers can do; without a rights.yaml everything is a request that people decide.

    ``name`` is how faults call the folder. Every fault found is added to ``faults``.
    """
    head = optional_fields(folder / FILE, f"{name}/{FILE}", _KEYS, faults)
    if head is None:
        return Rights()
    statistics, limits = head.inner("statistics"), head.inner("limits")
    deadline, ended = head.inner("deadline"), head.inner("ended")
    if ended:
        ended.only({"says", "clauses"})
        ended.texts("clauses")
    return Rights(
        purposes=tuple(_purpose(entry) for entry in head.items("purposes")) if "purposes" in head.value else (),
        statistics=_statistics(statistics) if statistics else None,
        limits=_limits(limits) if limits else {},
        deadline=_deadline(deadline) if deadline else Deadline(),
        foreign=head.texts("foreign", required=False),
        yearly_free=head.flag("yearly_free"),
        ended_note=ended.text("says") if ended else "",
    )


def _purpose(entry: Fields) -> Purpose:
    entry.only({"id", "name", "label", "clauses", "marketing", "words"})
    if "marketing" not in entry.value:
        entry.fault("", "'marketing' is missing (true: \"all advertising\" means this consent too)")
    return Purpose(
        id=entry.text("id"),
        name=entry.text("name"),
        label=entry.text("label"),
        clauses=entry.texts("clauses"),
        marketing=entry.flag("marketing"),
        words=tuple(dict.fromkeys(fold(words) for words in entry.texts("words", required=False))),
    )


def _statistics(fields: Fields) -> Statistics:
    fields.only({"explains", "clauses", "withdraws"})
    return Statistics(
        explains=fields.text("explains"),
        clauses=fields.texts("clauses"),
        withdraws=fields.texts("withdraws", required=False),
    )


def _limits(fields: Fields) -> dict[Action, Limit]:
    limits: dict[Action, Limit] = {}
    for key in fields.value:
        limit = fields.inner(key)
        if key not in {action.value for action in Action}:
            fields.fault(key, f"{str(key)!r} is no action (known: {', '.join(Action)})")
        elif limit is None:
            fields.fault(key, f"{key!r} needs `says` and `clauses` (or take it out)")
        else:
            limits[Action(key)] = _limit(limit)
    return limits


def _limit(fields: Fields) -> Limit:
    fields.only({"says", "clauses", "flags"})
    flags = fields.texts("flags", required=False)
    for flag in flags:
        if flag not in {known.value for known in Flag}:
            fields.fault("flags", f"{flag!r} is no flag (known: {', '.join(Flag)})")
    return Limit(says=fields.text("says"), clauses=fields.texts("clauses"), flags=flags)


def _deadline(fields: Fields) -> Deadline:
    fields.only({"months", "extension_months", "working_day", "source", "confirmed"})
    known = Deadline()
    return Deadline(
        months=fields.number("months") or known.months,
        extension_months=fields.number("extension_months") or known.extension_months,
        working_day=fields.flag("working_day") if "working_day" in fields.value else known.working_day,
        source=fields.text("source"),
        confirmed=fields.date("confirmed"),
    )
