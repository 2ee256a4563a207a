"""One step of the dialogue: looks up the row, runs it, holds it to its word. Pure, no clock, no I/O."""

from dataclasses import replace

from bot.dialogue.asking import Blocks, ask, paragraph
from bot.dialogue.asking_again import noticed
from bot.dialogue.events import Event
from bot.dialogue.facts import Facts
from bot.dialogue.inputs import Input
from bot.dialogue.introducing import at_link, introduce
from bot.dialogue.proving import lapsed_words
from bot.dialogue.pursuing import Step, pursue
from bot.dialogue.reply import Quote
from bot.dialogue.sorting import sort
from bot.dialogue.state import Form, State
from bot.dialogue.transitions import TABLE

# States whose question stands on a proof: after a long silence they begin with a new one (R20).
_ON_PROOF = frozenset({State.ACCOUNT, State.CONSENTS, State.JOIN, State.CASES, State.CONFIRM})
# What leads out of them needs no proof; what is only asked beside them neither.
_LEADS_OUT = frozenset({Input.CANCEL, Input.MENU, Input.FORGET, Input.LEFT, Input.NO, Input.BACK, Input.STAFF})
_BESIDE = frozenset(
    {Input.QUESTION, Input.TOPIC, Input.PRIVACY, Input.WISH, Input.WHOSE, Input.ASK, Input.UNKNOWN, Input.SHARE,
     Input.UNSHARE}
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
    return noticed(form, event, happened, done, facts)


def first_step(form: Form, event: Event, facts: Facts) -> Step:
    """Return the first step of a turn: the event's own, or a new proof where the old one has lapsed under it."""
    if not facts.lapsed:
        return step(form, event, facts)
    happened = sort(form.state, event, facts.house.commands)
    stood = form.state in _ON_PROOF and form.goal is not None and form.goal.company in form.proofs
    bare = replace(form, proofs={}, consents=())
    if not stood or happened in _LEADS_OUT:
        return step(bare, event, facts)
    waiting = pursue(replace(bare, confirmation=None, accounts=()), facts, [])
    if happened in _BESIDE and waiting.effect is None:
        return step(waiting.form, event, facts)
    return replace(waiting, says=[lapsed_words(facts), *waiting.says])


def greeting(form: Form, event: Event, facts: Facts) -> tuple[Form, Blocks]:
    """Return the first words where they have not been said yet (R42)."""
    if form.greeted:
        return form, []
    form = at_link(form, event, facts)
    return replace(form, greeted=True), introduce(form, facts)


def closing(form: Form, says: Blocks, facts: Facts, before: Form | None = None) -> Blocks:
    """Return what the state asks now; never nothing where nothing else was said. ``before``: as the turn began."""
    asked = ask(form, facts)
    again = before is not None and form.confirmation is not None and form.confirmation == before.confirmation
    if again or any(isinstance(block, Quote) for block in says):  # the clauses to be confirmed were shown before
        asked = [block for block in asked if not isinstance(block, Quote)]
    if asked or says:
        return asked
    return [paragraph(facts, "Write what you want to know about your data, or «menyja» to see what I can do.")]
