"""What was typed into the composer, and the act that is done with it; knows no page. Rules stand in the services."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.console.forms import Form
from bot.console.letters import days, erasing
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.policy.templates import Occasion
from bot.services.casework.answer_files import Attachment
from bot.services.casework.cases import Stored
from bot.services.desk import Desk, Place
from bot.services.office import backoffice, backoffice_close
from bot.services.office.backoffice import About
from bot.services.office.backoffice_close import Decision, Grounds, Outcome, Part
from bot.services.office.case_steps import Writing
from bot.services.office.office_rules import RELEASING, Ground, is_about_marketing
from bot.storage.store import Tx

_Choice = TypeVar("_Choice", bound=enum.StrEnum)
# Where a ready text leaves a place for a person's own words. What trails off ("ndoshta…") is none.
_HOLE = re.compile(r"(?<!\S)…(?!\S)")

OCCASIONS: dict[Writing, tuple[Occasion, ...]] = {
    Writing.REPLY: (Occasion.REPLY,),
    Writing.ASK: (Occasion.ASK,),
    Writing.EXTEND: (Occasion.EXTEND,),
    Writing.ANSWER: (Occasion.ANSWER,),
    Writing.PARTLY: (Occasion.PARTLY,),
    Writing.REFUSE: (Occasion.REFUSE,),
    Writing.DECIDE: (Occasion.UPHOLD, Occasion.REJECT),
    Writing.FEE_WARNING: (Occasion.FEE_WARNING,),
    Writing.FEE: (Occasion.FEE,),
}


def never(stored: Stored) -> frozenset[Writing]:
    """Return what can never be written in a case: no refusal of marketing (R40), objections alone are decided (R41)."""
    if is_about_marketing(stored):
        return frozenset({Writing.REFUSE, Writing.PARTLY, Writing.DECIDE, Writing.FEE_WARNING, Writing.FEE})
    if stored.action is Action.OBJECT_STATISTICS:
        return frozenset({Writing.ANSWER, Writing.PARTLY, Writing.REFUSE})
    return frozenset({Writing.REFUSE if stored.action is Action.DSAR_OBJECTION else Writing.DECIDE})


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A notice as it is being written about a case; ``form`` holds every field as it was typed."""

    act: Writing
    stored: Stored
    form: Form

    @property
    def text(self) -> str:
        """The words for the customer."""
        return self.form.text("text")

    @property
    def releases(self) -> bool:
        """Whether what is written here releases personal data: they go by the link, never by the text (R43)."""
        return self.act in {Writing.ANSWER, Writing.PARTLY} and self.stored.action in RELEASING

    @property
    def erases(self) -> bool:
        """Whether it is decided purpose by purpose what is erased."""
        return self.act is Writing.PARTLY and self.stored.action is Action.DSAR_ERASURE

    def send(self, tx: Tx, desk: Desk, place: Place, who: str, files: Sequence[Attachment]) -> str:
        """Do the act and return its notice's id. Raises NotAllowedError, also where a ready text is not filled in."""
        if _HOLE.search(self.text):
            raise NotAllowedError(
                "There is still a “…” to be filled in: write there what holds, or take the sentence out."
            )
        at, reference, typed = (tx, desk, place, who), self.stored.reference, self.form
        match self.act:
            case Writing.REPLY:
                return backoffice.reply(*at, reference, self.text)
            case Writing.ASK:
                return backoffice.ask(*at, reference, self.text, self._chosen(About, "about"))
            case Writing.EXTEND:
                return backoffice.extend(*at, reference, self.text, days.read(typed.text("until")))
            case Writing.FEE_WARNING:
                return backoffice.warn_of_fee(*at, reference, typed.text("amount"), self.text)
            case Writing.FEE:
                return backoffice.decide_fee(*at, reference, typed.text("amount"), self.text)
            case _:
                return self._close(tx, desk, place, who, files)

    def _close(self, tx: Tx, desk: Desk, place: Place, who: str, files: Sequence[Attachment]) -> str:
        at, reference = (tx, desk, place, who), self.stored.reference
        match self.act:
            case Writing.ANSWER:
                return backoffice_close.answer(*at, reference, self.text, files)
            case Writing.PARTLY:
                return backoffice_close.partly(*at, reference, self._part(), files)
            case Writing.REFUSE:
                return backoffice_close.refuse(*at, reference, self.text, self._chosen(Ground, "ground"))
            case _:
                return backoffice_close.decide(*at, reference, self._decision())

    def _part(self) -> Part:
        if not self.erases:
            return Part(reasons=self.text)
        rows = erasing.rows(self.form)
        return Part(reasons=self.text, erased=erasing.erased(rows), kept=erasing.kept(rows))

    def _decision(self) -> Decision:
        outcome = self._chosen(Outcome, "outcome")
        if outcome is Outcome.UPHELD:
            return Decision(outcome=outcome, text=self.text)
        grounds = self._chosen(Grounds, "grounds") if self.form.text("grounds") else None
        return Decision(outcome=outcome, text=self.text, grounds=grounds, clause=self.form.text("clause"))

    def _chosen(self, choices: type[_Choice], name: str) -> _Choice:
        try:
            return choices(self.form.text(name))
        except ValueError:
            raise NotAllowedError("Something is not chosen yet; choose it, then go on.") from None
