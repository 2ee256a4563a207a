"""What is asked for each kind of request: only what that right needs (R37: never a copy of an ID)."""

from dataclasses import dataclass

from bot.dialogue.facts import Facts
from bot.dialogue.state import Goal
from bot.policy.actions import Action


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a form: its field, its words, ready answers (label, value), whether it may be skipped."""

    field: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = False


# Field by field, in the order in which they are asked; an optional one ends with "?".
FIELDS: dict[Action, tuple[str, ...]] = {
    Action.DSAR_ACCESS: ("which",),
    Action.DSAR_RECTIFICATION: ("wrong", "right"),
    Action.DSAR_ERASURE: ("erase",),
    Action.DSAR_RESTRICTION: ("restrict", "because?"),
    Action.DSAR_PORTABILITY: ("carry",),
    Action.DSAR_OBJECTION: ("against", "situation?"),
    Action.HUMAN_REVIEW: ("decision", "view", "more?"),
    Action.COMPLAINT: ("happened",),
    Action.CONTACT_DPO: ("question",),
    Action.OBJECT_STATISTICS: (),
    Action.WITHDRAW_MARKETING: (),
}
EVERYTHING = "*"


def question(goal: Goal, facts: Facts) -> Question | None:
    """Return the first question of the goal's request that has no answer yet, or None."""
    for name in FIELDS[goal.action] if goal.action else ():
        field = name.rstrip("?")
        if field not in goal.fields:
            everything = ((facts.say("All of it"), "all"),) if field in _ALL else ()
            return Question(field=field, text=_text(field, facts), choices=everything, optional=name.endswith("?"))
    return None


def field_name(field: str, facts: Facts) -> str:
    """Return what a field is called where its answer is shown again."""
    _ = facts.house.translate
    names = {
        "which": _("Which data"),
        "wrong": _("What is wrong"),
        "right": _("How it should be"),
        "erase": _("What to erase"),
        "restrict": _("What to restrict"),
        "because": _("Why"),
        "carry": _("Which data"),
        "against": _("Against what"),
        "situation": _("Your situation"),
        "decision": _("Which decision"),
        "view": _("Your view"),
        "more": _("More to know"),
        "happened": _("What happened"),
        "question": _("Your question"),
    }
    return names[field]


def answer_text(value: str, facts: Facts) -> str:
    """Return an answer as it is shown again."""
    if value == EVERYTHING:
        return facts.say("all of it")
    return value or facts.say("nothing to add")


_ALL = frozenset({"which", "erase", "carry"})


def _text(field: str, facts: Facts) -> str:
    _ = facts.house.translate
    texts = {
        "which": _("Do you want a copy of all your data, or of something in particular? Write which."),
        "wrong": _("Which of your data is wrong?"),
        "right": _("How should it be?"),
        "erase": _("What should be erased? Write it, or choose all of it."),
        "restrict": _("Which use of your data should be stopped for a time?"),
        "because": _("Why, if you want to say so? (For example: the data is wrong, you need it for a court.)"),
        "carry": _("Which data do you want in a file? Write it, or choose all of it."),
        "against": _("Which use of your data do you object to?"),
        "situation": _("Is there anything about your situation that should be known?"),
        "decision": _("Which decision is it, and about when was it made?"),
        "view": _("What is wrong with it, in your view?"),
        "more": _("Is there anything more that the person who reviews it should know?"),
        "happened": _("What happened? Write it in your own words."),
        "question": _("Write your message to the data protection officer."),
    }
    return texts[field]
