"""Ready words for what a customer is told, with blanks that are filled in (templates.yaml); knows no file and no case.

A template is the part of a notice that a person of the company writes: what stands around it (the case's number, the
complaint to the agency, the court) every notice has by itself.
"""

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.policy.actions import Action

_BLANK = re.compile(r"\{([^{}]*)\}")


class Occasion(enum.StrEnum):
    """What a template is for."""

    REPLY = "reply"
    ASK = "ask"
    EXTEND = "extend"
    ANSWER = "answer"
    PARTLY = "partly"
    REFUSE = "refuse"
    UPHOLD = "decide-uphold"
    REJECT = "decide-reject"
    FEE_WARNING = "fee-warning"
    FEE = "fee"


class Blank(enum.StrEnum):
    """What can be filled in; nothing else stands between braces."""

    REFERENCE = "reference"
    COMPANY = "company"
    KIND = "kind"  # "për kopje të të dhënave": goes on after "kërkesa juaj"
    RECEIVED = "received"  # a day
    DUE = "due"  # "deri më 5 prill 2026", or "brenda afatit ligjor" where no date is promised (R33)
    LONGEST = "longest"  # the same, with the longest extension
    CONTACT = "contact"  # of the company's officer, a sentence
    AGENCY = "agency"
    COMPLAINT = "complaint"  # the complaint to the agency and the court, a sentence (R35)
    CLAUSE = "clause"  # what the company's own sentence about this kind of request rests on
    LIMIT = "limit"  # that sentence (rights.yaml)


# What a template may choose beside its words, by what it is for: what the question is about, why it is refused, on
# which ground an objection is rejected. The services' own names; a test holds the two together.
CHOICES: Mapping[Occasion, frozenset[str]] = {
    Occasion.ASK: frozenset({"identity", "scope", "other"}),
    Occasion.REFUSE: frozenset(
        {"unfounded", "excessive", "identity", "others_rights", "duty_to_keep", "not_applicable", "other"}
    ),
    Occasion.REJECT: frozenset({"compelling_grounds", "legal_claims"}),
}


@dataclass(frozen=True, kw_only=True)
class Template:
    """One of them. ``kinds`` are the kinds of request that it fits; none: all. ``choice``: see ``CHOICES``."""

    id: str
    occasion: Occasion
    kinds: frozenset[Action]
    label: str
    text: str
    choice: str = ""


def blanks(text: str) -> Iterator[str]:
    """Yield what stands between braces, in order."""
    yield from _BLANK.findall(text)


def fits(template: Template, occasion: Occasion, kind: Action, values: Mapping[Blank, str]) -> bool:
    """Tell whether a template can be used: for this, for that kind of request, and every blank has something in it."""
    return (
        template.occasion is occasion
        and (not template.kinds or kind in template.kinds)
        and all(values.get(Blank(blank)) for blank in blanks(template.text))
    )


def fill(text: str, values: Mapping[Blank, str]) -> str:
    """Return a text with its blanks filled in. Raises KeyError for one that has no value, ValueError for an unknown."""
    return _BLANK.sub(lambda found: values[Blank(found[1])], text)


def overridden(shared: Sequence[Template], own: Sequence[Template]) -> tuple[Template, ...]:
    """Return the shared templates with a company's own in place of those of the same id; new ones come last."""
    by_id = {template.id: template for template in (*shared, *own)}
    return tuple(by_id.values())
