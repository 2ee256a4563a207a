"""Handlers of what can happen at any time: questions, companies, the menu, cancelling, what comes too late.

A question in the middle of a form is answered, and the form goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue import wishing
from bot.dialogue.asking import Blocks, goal_of, menu, paragraph
from bot.dialogue.details import asks_what_for, is_number, means_several
from bot.dialogue.effects import Escalate, Escalation, Understand
from bot.dialogue.events import Chose, Escalated, Event, Heard, Said
from bot.dialogue.facts import Facts
from bot.dialogue.inputs import WHOSE_INTENT, WISHES
from bot.dialogue.introducing import privacy
from bot.dialogue.naming import act_name
from bot.dialogue.offering import acts_offered
from bot.dialogue.pursuing import Step, finish, finish_with_menu, left, pursue
from bot.dialogue.reply import Block, Choice, Choices, Paragraph, Reply
from bot.dialogue.sharing import offer
from bot.dialogue.state import Act, Form, State
from bot.dialogue.wishing import at_company
from bot.nlu.intents import ASKED, Kind
from bot.nlu.understand import Context
from bot.policy.actions import Action

_UNCLEAR = frozenset({"gibberish", "unclear"})


def question(form: Form, event: Event, facts: Facts) -> Step:
    """Answer a question; where a form is under way, it goes on after the answer."""
    if not isinstance(event, Said) or event.heard is None:
        raise TypeError("a question is a text that was heard")
    heard = event.heard
    if form.state in (State.NUMBER, State.CODE) and asks_what_for(event.text):
        return Step(form=form, says=[_what_for(form, facts)])
    if heard.intent == "bot_privacy":
        return privacy(form, event, facts)
    if heard.about is None and any(choice.value in facts.house.companies for choice in heard.reply.choices):
        if form.state is not State.OPEN:
            return Step(form=form, says=[paragraph(facts, "First tell me which company you mean, by its name.")])
        several = means_several(event.text, facts.house.names)
        return Step(form=replace(form, state=State.COMPANY, waiting=event.text, several=several), says=[])
    # What was marked as a question is answered as one, even where it speaks of something to be done.
    wished = heard.action is not None or heard.intent in WISHES or heard.intent == WHOSE_INTENT
    wished = wished and not event.asks
    unknown = heard.kind is Kind.OUTOFSCOPE and heard.intent is None
    if form.state is not State.OPEN and (unknown or wished or heard.intent in _UNCLEAR):
        return Step(form=form, says=[paragraph(facts, "I did not understand that.")])
    if form.state is not State.OPEN and heard.intent == "acknowledge":  # "hajt": there is nothing to answer
        return Step(form=form, says=[paragraph(facts, "We are at it; I only need this:")])
    if form.state is not State.OPEN:
        form = _remember(form, event.text, heard.reply)
        return Step(form=form, says=[*_without_choices(heard.reply.blocks), *_going_on(form, facts)])
    return _in_the_open(form, event, heard, facts)


def _in_the_open(form: Form, event: Said, heard: Heard, facts: Facts) -> Step:
    """Answer where nothing is under way; a company's bare name leads to it."""
    if is_number(event.text):  # of whom it is, is nobody's question
        said = paragraph(facts, "I do not need a number now.")
        if facts.carrier:
            said = paragraph(facts, "I deleted the number from the chat: I do not need it now.")
        return Step(form=form, says=[said])
    if heard.named and heard.kind not in ASKED:
        return company(form, Chose(value=f"company:{heard.named}", label="", seq=0), facts)
    form = _remember(form, event.text, heard.reply)
    says = [*answer_blocks(heard.reply, facts, heard.beside)]
    unknown = heard.kind is Kind.OUTOFSCOPE and heard.intent is None
    if unknown:
        unanswered = Escalate(kind=Escalation.UNANSWERED, company=heard.about, words=event.text)
        return Step(form=form, says=says, effect=unanswered)
    return Step(form=form, says=says)


def answer_blocks(reply: Reply, facts: Facts, beside: Action | None = None) -> Blocks:
    """Return an answer's blocks with its choices made the dialogue's, and the act that belongs to it offered.

    ``beside`` is what was ordered in the same message: it is offered first, and not done unasked.
    """
    says: Blocks = []
    for block in reply.blocks:
        if isinstance(block, Choices):
            items = tuple(Choice(label=item.label, value=_steered(item.value, facts)) for item in block.items)
            says.append(replace(block, items=items))
        else:
            says.append(block)
    return [*says, *acts_offered(reply, beside, facts)]


def topic(form: Form, event: Event, facts: Facts) -> Step:
    """Answer a topic that was picked."""
    value = event.value.partition(":")[2] if isinstance(event, Chose) else ""
    identity, _, name = value.partition("/")
    if identity not in facts.house.companies or name not in facts.edition(identity).answers:
        return stale(form, event, facts)
    reply = facts.house.composer.topic(name, facts.company(identity), facts.edition(identity))
    label = event.label if isinstance(event, Chose) else name
    form = _remember(form, label, reply)
    if form.state is not State.OPEN:
        return Step(form=form, says=[*_without_choices(reply.blocks), *_going_on(form, facts)])
    return Step(form=form, says=answer_blocks(reply, facts))


def company(form: Form, event: Event, facts: Facts) -> Step:
    """Take the company that was picked: for the act under way, for the text that waits, or to talk about."""
    identity = event.value.partition(":")[2] if isinstance(event, Chose) else ""
    if identity not in facts.house.companies:
        return stale(form, event, facts)
    form = replace(form, several=False)
    if form.goal and form.state is State.COMPANY and not form.goal.company:
        return pursue(replace(form, company=identity, goal=at_company(form.goal, identity, facts)), facts, [])
    if form.goal and form.state is not State.OPEN:
        return stale(form, event, facts)
    form = replace(form, company=identity)
    if form.waiting:
        waited = form.waiting
        return Step(
            form=replace(form, state=State.OPEN, waiting=""), says=[], effect=Understand(text=waited, company=identity)
        )
    return finish_with_menu(form, facts, [])


def which_company(form: Form, event: Event, facts: Facts) -> Step:
    """Read a text where a company was asked for: it names one, or it is another question."""
    if isinstance(event, Said) and event.heard:
        if event.asks and form.goal:
            return question(form, event, facts)
        if event.asks:  # the newer question waits in the older one's place
            form = replace(form, waiting=event.text)
        named = event.heard.companies or ((event.heard.about,) if event.heard.about else ())
        form = replace(form, several=means_several(event.text, facts.house.names))
        if len(named) == 1:
            return company(form, Chose(value=f"company:{named[0]}", label="", seq=0), facts)
        if event.heard.kind is Kind.SMALLTALK:
            return Step(form=form, says=_without_choices(event.heard.reply.blocks))
    return Step(form=form, says=[])


def wish_for_company(form: Form, event: Event, facts: Facts) -> Step:
    """Read a wish where a company was asked for: a name alone answers, a wish of its own takes the other's place."""
    if isinstance(event, Said) and event.heard and event.heard.action is None and event.heard.companies:
        return which_company(form, event, facts)
    return wishing.wish(form, event, facts)


def show_menu(form: Form, event: Event, facts: Facts) -> Step:
    """Show what can be done, to whoever writes commands also those; what was under way is left."""
    says = left(form, facts)
    if facts.carrier and isinstance(event, Said) and facts.house.commands.slashed(event.text):
        says.append(
            paragraph(
                facts,
                "Commands: /pyet to ask, /pelqimet for your consents, /kerkesat to see where your requests stand, "
                "/kundershto to object to statistics, /personi for a person, /anulo to leave what we have begun, "
                "/privatesia for what I keep, /harro to have me forget this conversation.",
            )
        )
    return finish_with_menu(form, facts, says)


def cancel(form: Form, _event: Event, facts: Facts) -> Step:
    """Leave what is under way; nothing of it is done."""
    if form.state is State.OPEN:
        return finish_with_menu(form, facts, [paragraph(facts, "Nothing is under way.")])
    return finish_with_menu(form, facts, [paragraph(facts, "Cancelled. Nothing was done.")])


def stale(form: Form, event: Event, facts: Facts) -> Step:
    """Answer a button, or a short word, that no longer holds with what holds now."""
    if isinstance(event, Said) and form.state is not State.OPEN:
        return Step(form=form, says=[paragraph(facts, "We are at it; I only need this:")])
    says: Blocks = [paragraph(facts, "That button is no longer valid; nothing was done with it.")]
    if form.state is State.OPEN:
        says += menu(form, facts)
    return Step(form=form, says=says)


def unknown(form: Form, _event: Event, facts: Facts) -> Step:
    """Say that a command is none; where nothing is under way, what can be done."""
    says: Blocks = [paragraph(facts, "That command I do not know.")]
    return Step(form=form, says=[*says, *menu(form, facts)] if form.state is State.OPEN else says)


def noted(form: Form, _event: Event, _facts: Facts) -> Step:
    """Go on after an effect that needs no word."""
    return Step(form=form, says=[])


def escalated(form: Form, event: Event, facts: Facts) -> Step:
    """Give the number under which a person looks at it."""
    if not isinstance(event, Escalated):
        raise TypeError("something was put before a person")
    told = paragraph(facts, "The officer has been told. Your number for it: {reference}", reference=event.reference)
    return finish(form, [told, offer(event.reference, facts)])


def _remember(form: Form, text: str, reply: Reply) -> Form:
    """Keep what was talked of, for a short question that leans on it."""
    if not reply.company:
        return form
    context = form.context
    if reply.topics:
        context = Context(company=reply.company, topics=reply.topics, text=text)
    # In the middle of an act the company of the act stays the company of the conversation.
    current = form.company if form.goal and form.goal.company else reply.company
    return replace(form, company=current, context=context)


def _what_for(form: Form, facts: Facts) -> Paragraph:
    name = facts.company(goal_of(form).company).name
    return paragraph(
        facts,
        "The code proves that it is you: it goes only to the number that {company} has of you, so that nobody else "
        "acts in your name. If you do not want that, choose «{without}».",
        company=name, without=facts.say("Without a code"),
    )  # fmt: skip


def _steered(value: str, facts: Facts) -> str:
    return f"company:{value}" if value in facts.house.companies else f"topic:{value}"


def _without_choices(blocks: Sequence[Block]) -> Blocks:
    return [block for block in blocks if not isinstance(block, Choices)]


def _going_on(form: Form, facts: Facts) -> Blocks:
    if form.goal is None or form.state in (State.HELD, State.LEAVING):
        return []
    name = act_name(facts, Act.STOP if form.goal.whole else form.goal.act, form.goal.action)
    return [paragraph(facts, "Now on with: {act}.", act=name)]
