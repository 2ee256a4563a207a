"""Handlers of a conversation that a person of the company takes, has, and gives back."""

from dataclasses import replace

from bot.dialogue import wishing
from bot.dialogue.asking import Blocks, menu, paragraph
from bot.dialogue.effects import AddToCase
from bot.dialogue.events import Chose, Event, Said, StaffSaid
from bot.dialogue.facts import Facts
from bot.dialogue.pursuing import Step, cleared
from bot.dialogue.state import Form, State


def staff(form: Form, event: Event, _facts: Facts) -> Step:
    """Let a person take the conversation, or give it back to where it was."""
    if not isinstance(event, StaffSaid):
        raise TypeError("a person of the company took or gave back the conversation")
    if form.leaving and form.leaving.held:  # whoever was about to leave is asked on; the person is there, or not
        form = _while_leaving(form, event)
    elif event.holds and form.state is not State.HELD:
        form = cleared(form) if form.leaving else form
        form = replace(form, before=form.state, state=State.HELD, held_for=event.reference)
    elif not event.holds and form.state is State.HELD:
        form = given_back(form)
    return Step(form=form, says=[])


def held(form: Form, event: Event, facts: Facts) -> Step:
    """Keep a message for the person who has the conversation, with the case for which they took it."""
    said: Blocks = [paragraph(facts, "Your message is kept for the person who answers you here.")]
    words = event.text if isinstance(event, Said) else event.label if isinstance(event, Chose) else ""
    return Step(form=form, says=said, effect=AddToCase(reference=form.held_for, words=words))


def wish(form: Form, event: Event, facts: Facts) -> Step:
    """Do what a command orders, and have the conversation back; what only stood on a button is for the person."""
    if not isinstance(event, Said):
        return held(form, event, facts)
    done = wishing.wish(given_back(form), event, facts)
    return replace(done, says=[paragraph(facts, "I answer you here again, Mburoja."), *done.says])


def released(form: Form, _event: Event, facts: Facts) -> Step:
    """Take the conversation back from the person, at the customer's wish."""
    form = given_back(form)
    if form.state is State.OPEN:
        return Step(form=form, says=menu(form, facts))
    return Step(form=form, says=[paragraph(facts, "We go on where we were.")])


def given_back(form: Form) -> Form:
    """Return a form that a person held as it was before."""
    return replace(form, state=form.before, before=State.OPEN, held_for="")


def _while_leaving(form: Form, event: StaffSaid) -> Form:
    if event.holds or form.leaving is None:
        return replace(form, held_for=event.reference)
    leaving = replace(form.leaving, held=False)
    return replace(cleared(form), state=State.LEAVING, leaving=leaving, before=State.OPEN, held_for="")
