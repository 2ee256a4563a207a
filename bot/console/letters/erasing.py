"""An erasure decided purpose by purpose: the rows of its form, what was decided in them (R35); knows no rule."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.forms import Form
from bot.console.letters import days
from bot.errors import NotAllowedError
from bot.policy.company import Edition
from bot.services.office import keeping_proposals, notice_texts
from bot.services.office.notice_texts import Kept

_FREE = 3  # rows without a purpose of the policy
_MOST = 30  # rows; each has six fields


class Fate(enum.StrEnum):
    """What becomes of the data of a row; NONE: there are none, and the customer reads nothing of it."""

    NONE = "none"
    ERASED = "erased"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row as it stands in the form. ``name`` is the purpose's (empty: a free row), ``quote`` what the clause says."""

    number: int
    name: str = ""
    quote: str = ""
    label: str = ""
    fate: str = Fate.NONE
    what: str = ""
    clause: str = ""
    until: str = ""
    due_on: str = ""


def lines(edition: Edition, form: Form) -> tuple[Line, ...]:
    """Return the rows to show: a company's purposes, then free ones, with what was typed in them."""
    proposed = [
        Line(
            number=number,
            name=proposal.name,
            quote=proposal.quote,
            label=proposal.label,
            what=notice_texts.data_for(proposal.name),
            clause=proposal.clause,
        )
        for number, proposal in enumerate(keeping_proposals.proposals(edition), 1)
    ]
    typed = {line.number: line for line in rows(form)}
    wanted = max([len(proposed) + _FREE, *typed])
    if form.has("more"):
        wanted += _FREE
    shown: list[Line] = []
    for number in range(1, min(wanted, _MOST) + 1):
        plain = proposed[number - 1] if number <= len(proposed) else Line(number=number)
        shown.append(_over(plain, typed[number]) if number in typed else plain)
    return tuple(shown)


def rows(form: Form) -> tuple[Line, ...]:
    """Return the rows that a form brought."""
    return tuple(
        Line(
            number=number,
            fate=form.text(f"fate-{number}"),
            what=form.text(f"what-{number}"),
            clause=form.text(f"clause-{number}"),
            until=form.text(f"until-{number}"),
            due_on=form.text(f"due-{number}"),
        )
        for number in range(1, _MOST + 1)
        if form.has(f"fate-{number}")
    )


def erased(decided: Sequence[Line]) -> tuple[str, ...]:
    """Return what is erased. Raises NotAllowedError for a row that does not say what."""
    return tuple(_said(line) for line in decided if line.fate == Fate.ERASED)


def kept(decided: Sequence[Line]) -> tuple[Kept, ...]:
    """Return what is kept, by which clause, until when, and when it comes back.

    Raises NotAllowedError for a row that leaves one of them open; a day it need not name.
    """
    return tuple(_kept(line) for line in decided if line.fate == Fate.KEPT)


def _kept(line: Line) -> Kept:
    if not (line.what and line.clause and line.until):
        raise NotAllowedError(
            "In row {number} something is missing: which data are kept, by which clause, and until when in words.",
            number=line.number,
        )
    return Kept(what=line.what, clause=line.clause, until=line.until, due_on=days.read(line.due_on))


def _said(line: Line) -> str:
    if not line.what:
        raise NotAllowedError(
            "In row {number} it is not said which data were erased; write it there.", number=line.number
        )
    return line.what


def _over(plain: Line, typed: Line) -> Line:
    return Line(
        number=plain.number, name=plain.name, quote=plain.quote, label=plain.label, fate=typed.fate, what=typed.what,
        clause=typed.clause, until=typed.until, due_on=typed.due_on,
    )  # fmt: skip
