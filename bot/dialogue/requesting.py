"""Handlers of requests: their few questions, joining, filing, where they stand, taking them back."""

from dataclasses import replace

from bot.dialogue.acting import without_last_field
from bot.dialogue.asking import ANSWERED_TO_ANYBODY, Blocks, address_in, choices, goal_of, paragraph
from bot.dialogue.effects import IN_CHAT, LocateCase
from bot.dialogue.events import (
    CLOSED,
    Case,
    CaseLocated,
    CasesRead,
    Chose,
    Event,
    Fetching,
    Filed,
    Recorded,
    Said,
    SameFound,
    TakenBack,
)
from bot.dialogue.facts import Facts
from bot.dialogue.fetching import fetch
from bot.dialogue.naming import case_state, recorded_name, request_name
from bot.dialogue.pursuing import Step, finish, prove, pursue, to
from bot.dialogue.reply import Field, Paragraph, Receipt
from bot.dialogue.requests import EVERYTHING, question
from bot.dialogue.sharing import offer
from bot.dialogue.state import About, Act, Form, State

_MOST_NOTES = 3


def answer(form: Form, event: Event, facts: Facts) -> Step:
    """Take the answer to a question of the form."""
    return _answered(form, facts, event.text if isinstance(event, Said) else "")


def everything(form: Form, event: Event, facts: Facts) -> Step:
    """Take "all of it" as the answer; where that is no answer, the words that were written."""
    asked = question(goal_of(form), facts)
    if asked and not asked.choices and isinstance(event, Said):
        return answer(form, event, facts)
    return _answered(form, facts, EVERYTHING)


def skip(form: Form, _event: Event, facts: Facts) -> Step:
    """Leave a question out where it may be left out."""
    asked = question(goal_of(form), facts)
    if asked and not asked.optional:
        return Step(form=form, says=[paragraph(facts, "Without this the officer cannot know what you want.")])
    return _answered(form, facts, "")


def back(form: Form, _event: Event, facts: Facts) -> Step:
    """Go back to the question before; before the first one, leave."""
    goal = goal_of(form)
    if not goal.fields:
        return finish(form, [paragraph(facts, "Cancelled. Nothing was done.")])
    return pursue(replace(form, goal=without_last_field(goal)), facts, [])


def reply_to(form: Form, event: Event, facts: Facts) -> Step:
    """Take where the answer shall go."""
    address = address_in(event)
    if not address:
        return Step(form=form, says=[paragraph(facts, "That is too short for an address.")])
    return pursue(replace(form, goal=replace(goal_of(form), reply_to=address)), facts, [])


def reply_here(form: Form, event: Event, facts: Facts) -> Step:
    """Let the answer come into the conversation, where that is a place to come to."""
    if not facts.carrier or (isinstance(event, Chose) and event.value != "pick:here"):
        return Step(form=form, says=[paragraph(facts, "We are at it; I only need this:")])
    return pursue(replace(form, goal=replace(goal_of(form), reply_to=IN_CHAT)), facts, [])


def contact(form: Form, event: Event, facts: Facts) -> Step:
    """Take the contact to which no more advertising shall go."""
    typed = event.text.strip() if isinstance(event, Said) else ""
    return pursue(replace(form, goal=replace(goal_of(form), typed=typed)), facts, [])


def same_found(form: Form, event: Event, facts: Facts) -> Step:
    """Offer to join the request that is open already."""
    case = event.case if isinstance(event, SameFound) else None
    return pursue(replace(form, goal=replace(goal_of(form), looked=True, same=case)), facts, [])


def nothing_same(form: Form, _event: Event, facts: Facts) -> Step:
    """Go on: there is no such request."""
    return pursue(replace(form, goal=replace(goal_of(form), looked=True)), facts, [])


def join(form: Form, _event: Event, facts: Facts) -> Step:
    """Join the open request."""
    goal = goal_of(form)
    reference = goal.same.reference if goal.same else None
    return pursue(replace(form, goal=replace(goal, join=reference)), facts, [])


def file_new(form: Form, _event: Event, facts: Facts) -> Step:
    """File a request of its own."""
    return pursue(replace(form, goal=replace(goal_of(form), same=None)), facts, [])


def filed(form: Form, event: Event, facts: Facts) -> Step:
    """Give the number and the date."""
    if not isinstance(event, Filed):
        raise TypeError("a request was filed")
    case = event.case
    says: Blocks = []
    if event.joined:
        says.append(paragraph(facts, "Your words were added to the request that is open; both dates are kept."))
    else:
        says.append(paragraph(facts, "Your request is filed. {when}", when=_when(case, facts)))
    says.append(_receipt(case, facts))
    own = goal_of(form).about is About.SELF  # of others it was said before the confirmation
    if case.pending and own and case.action not in ANSWERED_TO_ANYBODY:
        says.append(paragraph(facts, "The answer waits until the officer has made sure that it is you; "
                              "your request and its date do not."))  # fmt: skip
    says.append(paragraph(facts, "To see where it stands, write: where is my request."))
    if not event.joined:  # that one may have been brought by another conversation
        says.append(offer(case.reference, facts))
    return finish(form, says)


def cases_read(form: Form, event: Event, facts: Facts) -> Step:
    """Tell where the requests stand, or ask for a number."""
    if not isinstance(event, CasesRead):
        raise TypeError("requests were read")
    goal = goal_of(form)
    proven = goal.company in form.proofs
    cases = event.cases
    if goal.act is Act.TAKE_BACK:
        cases = tuple(case for case in cases if case.state not in CLOSED)
    if not cases and not proven:
        return to(form, State.REFERENCE, [])
    if not cases:
        name = facts.company(goal.company).name
        return finish(form, [paragraph(facts, "You have no request here at {company}.", company=name)])
    if len(cases) == 1:
        return _one(form, cases[0], facts)
    return to(replace(form, cases=cases), State.CASES, [])


def pick_case(form: Form, event: Event, facts: Facts) -> Step:
    """Take the request that was picked."""
    picked = event.value.partition(":")[2] if isinstance(event, Chose) else ""
    for case in form.cases:
        if case.reference == picked:
            return _one(form, case, facts)
    return Step(form=form, says=[])


def reference(form: Form, event: Event, _facts: Facts) -> Step:
    """Look up the number that was typed."""
    return Step(form=form, says=[], effect=LocateCase(typed=event.text if isinstance(event, Said) else ""))


def no_reference(form: Form, _event: Event, _facts: Facts) -> Step:
    """Go on without a number: prove who one is, and see all."""
    return to(form, State.NUMBER, [])


def reference_wrong(form: Form, _event: Event, facts: Facts) -> Step:
    """Say that the number is mistyped."""
    return Step(form=form, says=[paragraph(facts, "That number is not whole: a letter is missing or wrong. "
                                           "Look at it once more.")])  # fmt: skip


def located(form: Form, event: Event, facts: Facts) -> Step:
    """Show the case where this conversation may see it, else ask for a code."""
    if not isinstance(event, CaseLocated):
        raise TypeError("a reference was looked up")
    goal = replace(goal_of(form), reference=event.reference)
    if event.own:
        goal = replace(goal, company=event.own.company)
        return _one(replace(form, goal=goal), event.own, facts)
    if event.receipt:
        return finish(form, [_recorded(event.receipt, facts)])
    if event.company:
        goal = replace(goal, company=event.company)
    form = replace(form, goal=goal, company=goal.company)
    if goal.company in form.proofs:
        return _not_yours(form, goal.company, facts)
    # Known or not, the same words: whose case it is shows only after the code.
    return prove(form, facts, [])


def _not_yours(form: Form, company: str, facts: Facts) -> Step:
    name = facts.company(company).name
    return finish(form, [paragraph(facts, "There is no such request of yours at {company}.", company=name)])


def _recorded(receipt: Recorded, facts: Facts) -> Paragraph:
    """Say when an act was recorded, and when the company carried it out (R38)."""
    what, day = recorded_name(facts, receipt.act), facts.date(receipt.at)
    if receipt.applied_at is None:
        return paragraph(
            facts,
            "{reference}, {act}: recorded on {day}; the company has not yet marked it as carried out.",
            reference=receipt.reference,
            act=what,
            day=day,
        )
    return paragraph(
        facts,
        "{reference}, {act}: recorded on {day}, carried out on {applied}.",
        reference=receipt.reference,
        act=what,
        day=day,
        applied=facts.date(receipt.applied_at),
    )


def taken_back(form: Form, event: Event, facts: Facts) -> Step:
    """Confirm that the request goes no further."""
    if not isinstance(event, TakenBack):
        raise TypeError("a request was taken back")
    says: Blocks = [paragraph(facts, "Your request is taken back. You can file it again at any time."),
                    _receipt(event.case, facts)]  # fmt: skip
    return finish(form, says)


def back_refused(form: Form, _event: Event, facts: Facts) -> Step:
    """Say that a request cannot be taken back (any more)."""
    return finish(form, [paragraph(facts, "That request is closed already, or it is not yours; nothing was changed.")])


def _answered(form: Form, facts: Facts, text: str) -> Step:
    goal = goal_of(form)
    asked = question(goal, facts)
    if asked is None:
        return pursue(form, facts, [])
    goal = replace(goal, fields={**goal.fields, asked.field: text.strip()})
    return pursue(replace(form, goal=goal), facts, [])


def _one(form: Form, case: Case, facts: Facts) -> Step:
    goal = goal_of(form)
    if goal.act is Act.TAKE_BACK:
        if case.state in CLOSED:
            return back_refused(form, TakenBack(case=case), facts)
        own = replace(goal, reference=case.reference, own=True)
        return pursue(replace(form, goal=own), facts, [])
    says: Blocks = [_standing(case, facts), *(paragraph(facts, "From {company}: {note}",
                    company=facts.company(case.company).name, note=note) for note in _notes(case, facts))]  # fmt: skip
    if case.state not in CLOSED:
        says.append(choices(facts.say("If you wish:"), [(facts.say("Take this request back"),
                                                         f"do:take_back/{case.reference}")]))  # fmt: skip
    return fetch(form, case, facts, says)


def _notes(case: Case, facts: Facts) -> list[str]:
    """Return what the company said last, but not that the answer is ready: how it is fetched now is said next."""
    if case.fetching is Fetching.NONE:
        return list(case.notes[-_MOST_NOTES:])
    ready = facts.say("The answer to the request {reference} is ready.", reference=case.reference)
    notes = [note.partition("\n")[2] if note.startswith(ready) else note for note in case.notes]
    return [note for note in notes if note][-_MOST_NOTES:]


def _standing(case: Case, facts: Facts) -> Paragraph:
    said = paragraph(
        facts, "{reference}, {request}, received on {day}: {state}.",
        reference=case.reference, request=request_name(facts, case.action), day=facts.date(case.received_at),
        state=case_state(facts, case.state),
    )  # fmt: skip
    return said if case.state in CLOSED else replace(said, text=f"{said.text} {_when(case, facts)}")


def _when(case: Case, facts: Facts) -> str:
    if case.due is None:
        return facts.say("It is answered within the time that the law gives.")
    return facts.say("It is answered by {day}.", day=facts.day(case.due))


def _receipt(case: Case, facts: Facts) -> Receipt:
    within = facts.say("within the time that the law gives")
    due = facts.say("by {day}", day=facts.day(case.due)) if case.due else within
    return Receipt(
        reference=case.reference,
        fields=(
            Field(label=facts.say("Number"), value=case.reference),
            Field(label=facts.say("Company"), value=facts.company(case.company).name),
            Field(label=facts.say("What"), value=request_name(facts, case.action)),
            Field(label=facts.say("Received"), value=facts.stamp(case.received_at)),
            Field(label=facts.say("Answer"), value=due),
            Field(label=facts.say("State"), value=case_state(facts, case.state)),
        ),
    )
