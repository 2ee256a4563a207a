"""Handlers of consents and objections: choosing, confirming, and the receipt. Nothing is done before a yes."""

from dataclasses import replace

from bot.dialogue import talking
from bot.dialogue.asking import Blocks, choices, goal_of, paragraph, to_choose
from bot.dialogue.details import meant_purposes, only_names
from bot.dialogue.effects import (
    Effect,
    FileRequest,
    Grant,
    LiftStatistics,
    ObjectStatistics,
    StopMarketing,
    TakeBack,
    Withdraw,
)
from bot.dialogue.events import ActDone, ActRefused, Chose, ConsentsRead, ConsentState, Event, Said, Why
from bot.dialogue.facts import Facts
from bot.dialogue.naming import act_name, consent_state
from bot.dialogue.pursuing import NEEDS_PROOF, Step, finish, pursue, show, subject_of, to
from bot.dialogue.reply import Field, Paragraph, Receipt
from bot.dialogue.showing import masked, shown
from bot.dialogue.state import Act, Form, Goal, State


def consents_read(form: Form, event: Event, facts: Facts) -> Step:
    """Show what is given, since when, or that it is not known."""
    if not isinstance(event, ConsentsRead):
        raise TypeError("consents were read")
    goal = goal_of(form)
    rights = facts.company(goal.company).rights
    form = replace(form, consents=event.consents, restricted=event.statistics_restricted)
    says: Blocks = []
    if goal.act is Act.SEE_CONSENTS:
        says.append(paragraph(facts, "Your consents at {company}:", company=facts.company(goal.company).name))
        for consent in event.consents:
            told = consent_state(facts, consent.state, consent.since)
            says.append(paragraph(facts, "{name}: {state}.", name=rights.purpose(consent.purpose).name, state=told))
        if event.statistics_restricted:
            says.append(paragraph(facts, "You have objected to statistics and analysis; your data is left out."))
    if goal.act is Act.WITHDRAW and goal.whole:
        purposes = tuple(purpose.id for purpose in rights.marketing)
        if purposes:
            return show(replace(form, goal=replace(goal, purposes=purposes)), facts, says)
    if goal.act is Act.GRANT and not to_choose(form, facts):
        return finish(form, [*says, paragraph(facts, "All of these consents are given already.")])
    return to(form, State.CONSENTS, says)


def pick_consent(form: Form, event: Event, facts: Facts) -> Step:
    """Take the consent that was picked."""
    goal = goal_of(form)
    picked = event.value.partition(":")[2] if isinstance(event, Chose) else ""
    rights = facts.company(goal.company).rights
    if picked == "marketing":
        return _chosen(form, facts, tuple(purpose.id for purpose in rights.marketing))
    if not rights.knows(picked):
        return Step(form=form, says=[])
    return _chosen(form, facts, (picked,))


def name_consents(form: Form, event: Event, facts: Facts) -> Step:
    """Take the consents that are named instead of picked, or instead of those shown; any other text is a question."""
    goal = goal_of(form)
    choosing = form.state is State.CONSENTS or goal.act is Act.WITHDRAW
    if choosing and isinstance(event, Said) and only_names(event.text):
        named = meant_purposes(event.text, facts.company(goal.company).rights)
        if named and named != goal.purposes:
            return _chosen(form, facts, named)
    return talking.question(form, event, facts)


def all_consents(form: Form, _event: Event, facts: Facts) -> Step:
    """Take every consent; giving all at once is not offered."""
    goal = goal_of(form)
    if goal.act is Act.GRANT:
        return Step(form=form, says=[paragraph(facts, "Consents are given one by one, so that each is your own wish.")])
    return _chosen(form, facts, tuple(purpose.id for purpose in facts.company(goal.company).rights.purposes))


def some_consents(form: Form, event: Event, facts: Facts) -> Step:
    """Go from all of the advertising to single consents."""
    goal = goal_of(form)
    if not isinstance(event, Chose) or goal.act is not Act.WITHDRAW:
        return Step(form=form, says=[])
    goal = replace(goal, purposes=(), whole=False)
    return pursue(replace(form, goal=goal, confirmation=None), facts, [])


def no(form: Form, _event: Event, facts: Facts) -> Step:
    """Do nothing of what was shown."""
    return finish(form, [paragraph(facts, "Good, nothing was done.")])


def back(form: Form, _event: Event, facts: Facts) -> Step:
    """Go back to what was asked before the confirmation."""
    goal = goal_of(form)
    form = replace(form, confirmation=None)
    several = len(facts.company(goal.company).rights.purposes) > 1
    if goal.act in (Act.WITHDRAW, Act.GRANT) and goal.company in form.proofs and several:
        return pursue(replace(form, goal=replace(goal, purposes=(), whole=False)), facts, [])
    if goal.act is Act.STOP:
        return pursue(replace(form, goal=replace(goal, typed="")), facts, [])
    if goal.act is Act.REQUEST and goal.fields:
        return pursue(replace(form, goal=without_last_field(goal)), facts, [])
    return finish(form, [paragraph(facts, "Good, nothing was done.")])


def without_last_field(goal: Goal) -> Goal:
    """Return the goal without its last answer."""
    fields = dict(goal.fields)
    if fields:
        fields.popitem()
    return replace(goal, fields=fields, looked=False, join=None, same=None)


def yes(form: Form, event: Event, facts: Facts) -> Step:
    """Carry out exactly what was shown, once (R21, R60)."""
    confirmation = form.confirmation
    if confirmation is None:
        return finish(form, [paragraph(facts, "That button is no longer valid; nothing was done with it.")])
    if isinstance(event, Chose) and event.value.partition(":")[2] != confirmation.digest:
        return Step(form=form, says=[paragraph(facts, "That button is no longer valid; nothing was done with it.")])
    bare = replace(form, confirmation=None)
    goal = goal_of(form)
    needs = goal.act in NEEDS_PROOF or (goal.act is Act.REQUEST and not goal.reply_to)
    unproven = needs and subject_of(form) is None
    if unproven or shown(form, facts) != confirmation.shown:  # what was shown is no longer what would be done
        return pursue(bare, facts, [paragraph(facts, "Something has changed meanwhile; nothing was done yet.")])
    return Step(form=bare, says=[], effect=_effect(form))


def _effect(form: Form) -> Effect:
    goal, confirmation = goal_of(form), form.confirmation
    if confirmation is None:
        raise LookupError("nothing was shown")
    seen, company, subject = confirmation.shown, goal.company, subject_of(form)
    match goal.act:
        case Act.STOP:
            return StopMarketing(company=company, typed=goal.typed, shown=seen)
        case Act.TAKE_BACK:
            return TakeBack(company=company, reference=goal.reference, shown=seen)
        case Act.REQUEST if goal.action:
            return FileRequest(
                company=company, action=goal.action, subject=subject, fields=goal.fields, words=goal.words,
                reply_to=goal.reply_to, flags=goal.flags, shown=seen, join=goal.join,
            )  # fmt: skip
    if subject is None:
        raise LookupError(f"{goal.act} needs a proven customer")
    match goal.act:
        case Act.WITHDRAW:
            return Withdraw(company=company, subject=subject, purposes=goal.purposes, shown=seen)
        case Act.GRANT:
            return Grant(company=company, subject=subject, purposes=goal.purposes, shown=seen)
        case Act.OBJECT:
            return ObjectStatistics(company=company, subject=subject, withdraws=goal.purposes, shown=seen)
        case Act.LIFT:
            return LiftStatistics(company=company, subject=subject, shown=seen)
        case _:
            raise LookupError(f"{goal.act} has nothing to be confirmed")


def done(form: Form, event: Event, facts: Facts) -> Step:
    """Give the receipt, and say what it means."""
    if not isinstance(event, ActDone):
        raise TypeError("an act was done")
    goal = goal_of(form)
    rights = facts.company(goal.company).rights
    names = facts.listed([purpose.name for purpose in rights.purposes if purpose.id in goal.purposes])
    too = goal.act is Act.OBJECT and names  # consents that the same yes withdrew
    what = act_name(facts, goal.act, goal.action) + (f": {names}" if names and not too else "")
    if goal.act is Act.STOP:
        what += f": {masked(goal.typed)}"
    receipt = Receipt(
        reference=event.reference,
        fields=(
            Field(label=facts.say("Number"), value=event.reference),
            Field(label=facts.say("Company"), value=facts.company(goal.company).name),
            Field(label=facts.say("What"), value=what),
            *([Field(label=facts.say("Withdrawn too"), value=names)] if too else []),
            Field(label=facts.say("When"), value=facts.stamp(event.at)),
            Field(label=facts.say("State"), value=facts.say("recorded")),
        ),
    )
    proven = form.proofs.get(goal.company)
    if proven and proven.shared:  # what held before is not for everybody who has this number (R55)
        event = replace(event, already=False)
    says: Blocks = [_done_words(goal, event, facts), receipt, *_after(form, goal, facts)]
    return finish(form, says)


def refused(form: Form, event: Event, facts: Facts) -> Step:
    """Say why nothing was recorded, and what to do."""
    if not isinstance(event, ActRefused):
        raise TypeError("an act was refused")
    goal = goal_of(form)
    if event.why is Why.UNREADABLE:
        form = replace(form, goal=replace(goal, typed=""), confirmation=None)
        return to(form, State.CONTACT, [paragraph(facts, "I cannot read that as a number or an e-mail.")])
    contact = facts.company(goal.company).contact
    return finish(form, [paragraph(facts, "So many in one day I cannot take here. Write to the officer: {contact}",
                                   contact=contact)])  # fmt: skip


def _chosen(form: Form, facts: Facts, purposes: tuple[str, ...]) -> Step:
    goal = goal_of(form)
    act = Act.WITHDRAW if goal.act is Act.SEE_CONSENTS else goal.act
    return show(replace(form, goal=replace(goal, act=act, purposes=purposes, whole=False)), facts, [])


def _done_words(goal: Goal, event: ActDone, facts: Facts) -> Paragraph:
    if event.already:
        return paragraph(facts, "It held already; I recorded your wish again, so that you have it in writing.")
    match goal.act:
        case Act.WITHDRAW | Act.STOP:
            name = facts.company(goal.company).name
            return paragraph(facts, "Done: it is recorded and goes to {company} now. As soon as it is carried out "
                             "there, it stands with this number.", company=name)  # fmt: skip
        case Act.OBJECT:
            return paragraph(facts, "Done: from now on your data is left out. The officer decides on the objection, "
                             "and you are told here.")  # fmt: skip
        case _:
            return paragraph(facts, "Done: it is recorded.")


def _after(form: Form, goal: Goal, facts: Facts) -> Blocks:
    """Ask about the consent beside the advertising, which is never silently kept or taken."""
    rights = facts.company(goal.company).rights
    if goal.act is not Act.WITHDRAW or not goal.whole:
        return []
    held = {consent.purpose: consent.state for consent in form.consents}
    gone = (ConsentState.WITHDRAWN, ConsentState.NOT_GIVEN)
    left = [p for p in rights.purposes if p.id not in goal.purposes and held.get(p.id) not in gone]
    if not left:
        return []
    items = [(facts.say("Withdraw «{name}» too", name=purpose.label), f"do:withdraw/{purpose.id}") for purpose in left]
    if len(left) == 1:  # its name was just said
        items = [(facts.say("Withdraw this one too"), items[0][1])]
    names = facts.listed([f"«{purpose.name}»" for purpose in left])
    return [choices(facts.say("This is not advertising, so I did not touch it: {names}.", names=names), items)]
