"""One step of the dialogue: looks up the row, runs it, holds it to its word. Pure, no clock, no I/O."""

from dataclasses import replace

from bot.dialogue.asking import Blocks, ask, paragraph
from bot.dialogue.events import Event, StaffSaid
from bot.dialogue.facts import Facts
from bot.dialogue.inputs import Input, sort
from bot.dialogue.proving import lapsed_words
from bot.dialogue.pursuing import Step, pursue
from bot.dialogue.reply import Quote
from bot.dialogue.state import Form, State
from bot.dialogue.talking import introduce
from bot.dialogue.transitions import TABLE

# States whose question stands on a proof: after a long silence they begin with a new one (R20).
_ON_PROOF = frozenset({State.ACCOUNT, State.CONSENTS, State.JOIN, State.CASES})
# What may be answered without a proof in those states.
_HARMLESS = frozenset(
    {Input.QUESTION, Input.CANCEL, Input.MENU, Input.PRIVACY, Input.FORGET, Input.TOPIC, Input.STAFF, Input.WISH,
     Input.BACK, Input.NO}
)  # fmt: skip


class IllegalTransitionError(Exception):
    """A handler led where its row does not allow, or nothing is laid down for an input: a bug; nothing changed."""


def step(form: Form, event: Event, facts: Facts) -> Step:
    """Return what comes of an event. Raises IllegalTransitionError for a bug in the table."""
    happened = sort(form.state, event, facts.house.commands)
    rule = TABLE.get((form.state, happened))
    if rule is None:
        raise IllegalTransitionError(f"nothing is laid down for {happened} in {form.state}")
    done = rule.do(form, event, facts)
    # An effect is asked for from the state that its result is laid down in.
    if done.form.state not in rule.to:
        raise IllegalTransitionError(f"{happened} in {form.state} must not lead to {done.form.state}")
    return done


def opening(form: Form, event: Event, facts: Facts) -> Step | None:
    """Return the step that takes the place of the event's own where proof has lapsed under it, else None."""
    if not facts.lapsed or isinstance(event, StaffSaid):
        return None
    happened = sort(form.state, event, facts.house.commands)
    stands_on = form.state in _ON_PROOF or (form.state is State.CONFIRM and form.goal and form.goal.company)
    if not stands_on or happened in _HARMLESS or form.goal is None:
        return None
    if form.state is State.CONFIRM and form.goal.company not in form.proofs:
        return None
    bare = lapse(form)
    return pursue(replace(bare, confirmation=None, accounts=()), facts, [lapsed_words(facts)])


def lapse(form: Form) -> Form:
    """Return the form without any proven identity; what was begun stays."""
    return replace(form, proofs={}, consents=()) if form.proofs else form


def greeting(form: Form, facts: Facts) -> tuple[Form, Blocks]:
    """Return the first words where they have not been said yet (R42)."""
    if form.greeted:
        return form, []
    return replace(form, greeted=True), introduce(form, facts)


def closing(form: Form, says: Blocks, facts: Facts) -> Blocks:
    """Return what the state asks now; never nothing where nothing else was said."""
    asked = ask(form, facts)
    if any(isinstance(block, Quote) for block in says):  # the clauses to be confirmed were shown before
        asked = [block for block in asked if not isinstance(block, Quote)]
    if asked or says:
        return asked
    return [paragraph(facts, "Write what you want to know about your data, or «menyja» to see what I can do.")]
