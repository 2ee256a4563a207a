"""What can be chosen in the composer beside the words, in Albanian; each choice says what it does."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.letters.drafts import Draft
from bot.console.pages import say
from bot.services.office.backoffice import About
from bot.services.office.backoffice_close import Grounds, Outcome
from bot.services.office.case_steps import Writing
from bot.services.office.office_rules import Ground, is_about_marketing, mentions_marketing


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several; ``hint`` says what comes of it."""

    value: str
    label: str
    hint: str = ""


def choices(draft: Draft) -> Sequence[Choice]:
    """Return what is to be chosen for an act: what a question is about, why it is refused, what is decided."""
    match draft.act:
        case Writing.ASK:
            return _about()
        case Writing.REFUSE:
            return _grounds()
        case Writing.DECIDE:
            return _outcomes(rejects=not (is_about_marketing(draft.stored) or mentions_marketing(draft.stored)))
        case _:
            return ()


def on_grounds() -> Sequence[Choice]:
    """Return on what an objection may be rejected (R41)."""
    return (
        Choice(value=Grounds.COMPELLING.value, label=say("Compelling legitimate grounds that weigh more")),
        Choice(value=Grounds.LEGAL_CLAIMS.value, label=say("Legal claims")),
    )


def _about() -> Sequence[Choice]:
    stops = say("The clock stops when the question is delivered, and goes on with the answer.")
    return (
        Choice(value=About.IDENTITY.value, label=say("Who the person is"), hint=stops),
        Choice(value=About.SCOPE.value, label=say("What exactly is asked for"), hint=stops),
        Choice(value=About.OTHER.value, label=say("Something else"), hint=say("The clock runs on.")),
    )


def _grounds() -> Sequence[Choice]:
    """Every ground but the missing signature, which is none."""
    return (
        Choice(value=Ground.UNFOUNDED.value, label=say("Manifestly unfounded")),
        Choice(value=Ground.EXCESSIVE.value, label=say("Excessive, repeated above all")),
        Choice(value=Ground.IDENTITY.value, label=say("It could not be established who asks")),
        Choice(value=Ground.OTHERS.value, label=say("The rights of other people")),
        Choice(value=Ground.DUTY_TO_KEEP.value, label=say("A duty to keep the data")),
        Choice(value=Ground.NOT_APPLICABLE.value, label=say("There are no such data here")),
        Choice(value=Ground.OTHER.value, label=say("Another ground")),
    )


def _outcomes(*, rejects: bool) -> Sequence[Choice]:
    upheld = Choice(
        value=Outcome.UPHELD.value,
        label=say("Uphold it"),
        hint=say("What was objected to ends, or stays stopped; nothing has to be argued."),
    )
    rejected = Choice(
        value=Outcome.REJECTED.value,
        label=say("Reject it"),
        hint=say("Only on one of two grounds, with reasons and a clause of the policy."),
    )
    return (upheld, rejected) if rejects else (upheld,)
