"""Handlers of wishes: what a person wants done becomes an act under way, and nothing more. Knows no service."""

from dataclasses import replace

from bot.dialogue.asking import Blocks, paragraph
from bot.dialogue.details import (
    is_no_customer,
    is_reference,
    lifts_objection,
    means_all_advertising,
    means_all_consents,
    means_everything,
    meant_purposes,
    orders_objection,
    reference_in,
    speaks_of_firm,
    takes_back,
)
from bot.dialogue.effects import Escalate, Escalation, Flag, ReportCode
from bot.dialogue.events import Chose, Event, Heard, Said
from bot.dialogue.facts import Facts
from bot.dialogue.inputs import WHOSE_INTENT
from bot.dialogue.naming import act_name
from bot.dialogue.pursuing import Step, begin, pursue
from bot.dialogue.reply import Block, Choices
from bot.dialogue.requests import EVERYTHING
from bot.dialogue.state import About, Act, Form, Goal, State
from bot.nlu.commands import Command
from bot.nlu.fold import fold
from bot.nlu.understand import Context
from bot.policy.actions import Action
from bot.policy.rights import Rights

_BY_COMMAND = {
    Command.CONSENTS: Goal(act=Act.SEE_CONSENTS),
    Command.CASES: Goal(act=Act.SEE_CASES),
    Command.OBJECT: Goal(act=Act.OBJECT),
    Command.PERSON: Goal(act=Act.REQUEST, action=Action.CONTACT_DPO),
}
_BY_INTENT = {
    "grant_marketing": Goal(act=Act.GRANT),
    "human": Goal(act=Act.REQUEST, action=Action.CONTACT_DPO),
    "request_status": Goal(act=Act.SEE_CASES),
    "take_back_request": Goal(act=Act.TAKE_BACK),
    "ads_after_withdrawal": Goal(act=Act.REQUEST, action=Action.COMPLAINT, flags=(Flag.ADS_AFTER_WITHDRAWAL,)),
}
_WHOLE = frozenset({Act.WITHDRAW})
_ESCALATED = {"press": Escalation.PRESS, "authority": Escalation.AUTHORITY}
_ABOUT = {"self": About.SELF, "other": About.OTHER, "firm": About.FIRM}
_ABOUT_COMMANDS = {Command.FOR_ME: About.SELF, Command.FOR_OTHER: About.OTHER, Command.FOR_FIRM: About.FIRM}
_OBJECTIONS = frozenset({Action.OBJECT_STATISTICS, Action.DSAR_OBJECTION})
_WHOLE_FIELD = {Action.DSAR_ACCESS: "which", Action.DSAR_ERASURE: "erase", Action.DSAR_PORTABILITY: "carry"}
_LONG_ENOUGH = 5  # words: a first message this long already says what happened


def wish(form: Form, event: Event, facts: Facts) -> Step:
    """Begin what is wished; a wish for what is already under way goes on with it."""
    if isinstance(event, Chose):
        return _picked(form, event, facts)
    if not isinstance(event, Said):
        raise TypeError("a wish is a text or a choice")
    command = facts.house.commands.find(event.text)
    if command in _BY_COMMAND:
        named = facts.house.names.named(fold(event.text).split())
        company = named[0] if len(named) == 1 else form.company or ""
        return begin(form, facts, replace(_BY_COMMAND[command], company=company), [])
    heard = event.heard
    if heard is None:
        return _unknown(form, facts)
    under_way = form.goal
    form = replace(form, company=heard.about or form.company)
    if heard.reply.company and heard.reply.topics:  # "and at Paysera?" leans on a wish as on a question
        context = Context(company=heard.reply.company, topics=heard.reply.topics, text=event.text)
        form = replace(form, context=context)
    at_once = _at_once(heard, event, form, facts)
    if at_once:
        return at_once
    goal = _about_case(heard, event.text, form) or _heard_goal(heard, event.text, form, facts)
    if goal is None:
        return _unknown(form, facts)
    if under_way and form.state is not State.OPEN and _same(under_way, goal):
        return Step(form=form, says=[paragraph(facts, "We are at it; I only need this:")])
    called = Act.STOP if goal.whole else goal.act
    understood = paragraph(facts, "I understood: {act}.", act=act_name(facts, called, goal.action))
    if under_way and form.state in (State.FOR_WHOM, State.KIND):  # what is answered; for whom is not (R57)
        goal = replace(goal, company=goal.company or under_way.company, about=under_way.about, words=under_way.words)
        return pursue(_with_words(replace(form, goal=goal), event.text), facts, [understood])
    return begin(form, facts, goal, [understood])


def _at_once(heard: Heard, event: Said, form: Form, facts: Facts) -> Step | None:
    if is_reference(event.text):
        return None
    return _at_other_company(form, event, facts) or _without_goal(heard, event, form, facts)


def _picked(form: Form, event: Chose, facts: Facts) -> Step:
    verb, _, value = event.value.partition(":")
    if verb == "begin":
        return _from_menu(form, value, facts)
    goal = _chosen(value, form)
    return begin(form, facts, goal, []) if goal else _unknown(form, facts)


def _from_menu(form: Form, value: str, facts: Facts) -> Step:
    """Begin what a menu's entry ("company/act") stands for; it only begins, so that a menu of any age may be used."""
    company, _, name = value.partition("/")
    company = company if company in facts.house.companies else form.company or ""
    goal = _chosen(name, replace(form, company=company, goal=None))
    if goal is None:
        return _unknown(form, facts)
    if form.goal and form.state is not State.OPEN and _same(form.goal, goal):  # pressed twice
        return Step(form=form, says=[paragraph(facts, "We are at it; I only need this:")])
    return begin(form, facts, goal, [])


def _at_other_company(form: Form, event: Said, facts: Facts) -> Step | None:
    """Return the step of a company's bare name in the middle of an act: the same there; it is no wish of its own."""
    named = event.heard.named if event.heard else None
    goal = form.goal
    if named is None or goal is None or form.state is State.OPEN:
        return None
    if named == goal.company:
        return Step(form=replace(form, company=named), says=[paragraph(facts, "We are at it; I only need this:")])
    there = Goal(act=goal.act, action=goal.action, about=goal.about, words=goal.words, whole=goal.whole)
    return begin(form, facts, at_company(there, named, facts), [])


def _without_goal(heard: Heard, event: Said, form: Form, facts: Facts) -> Step | None:
    """Return the step of what is told to a person at once: a code that nobody asked for, the press, an authority."""
    if heard.intent in _ESCALATED:
        order = Escalate(kind=_ESCALATED[heard.intent], company=form.company, words=event.text)
        return Step(form=form, says=_said(heard), effect=order)
    if heard.intent != "unrequested_code":
        return None
    if form.state is State.CODE:  # this one was asked for, here
        return Step(form=form, says=[paragraph(facts, "We are at it; I only need this:")])
    warned: Blocks = [paragraph(facts, "Good that you wrote. Give the code to nobody.")]
    return Step(form=replace(form, state=State.CODE_REPORT, goal=None), says=warned)


def whose(form: Form, event: Event, facts: Facts) -> Step:
    """Ask for whom, before anything else, where a message speaks of somebody else's data (R57)."""
    heard = event.heard if isinstance(event, Said) else None
    if heard is None or not isinstance(event, Said):
        return _unknown(form, facts)
    if form.state is State.FOR_WHOM:
        return for_whom(form, event, facts)
    form = replace(form, company=heard.about or form.company)
    goal = _heard_goal(heard, event.text, form, facts)
    if goal is None and form.goal and form.state is not State.OPEN:  # what is under way may be somebody else's
        asked = replace(form, goal=replace(form.goal, about=None), confirmation=None)
        return pursue(_with_words(asked, event.text), facts, [])
    if goal is None:
        goal = Goal(act=Act.REQUEST, company=form.company or "", words=event.text)
    return begin(form, facts, replace(goal, about=None), [])


def for_whom(form: Form, event: Event, facts: Facts) -> Step:
    """Take for whom it is."""
    if isinstance(event, Chose):
        about = _ABOUT.get(event.value.partition(":")[2])
    else:
        command = facts.house.commands.find(event.text) if isinstance(event, Said) else None
        about = _ABOUT_COMMANDS.get(command) if command else None
        if isinstance(event, Said) and event.heard and event.heard.intent == WHOSE_INTENT:  # "për djalin tem"
            about = About.FIRM if speaks_of_firm(event.text) else About.OTHER
            form = _with_words(form, event.text)
    if form.goal is None or about is None:
        return Step(form=form, says=[])
    says: Blocks = []
    if about is not About.SELF and form.goal.act not in (Act.WITHDRAW, Act.STOP):  # that is done for whomever
        says.append(
            paragraph(facts, "For somebody else I cannot act here, but I file it, and the officer looks at it.")
        )
    return pursue(replace(form, goal=replace(form.goal, about=about)), facts, says)


def _with_words(form: Form, text: str) -> Form:
    """Keep what else was said of the act under way, for the person who decides on it."""
    goal = form.goal
    return replace(form, goal=replace(goal, words=f"{goal.words}\n{text}".strip())) if goal else form


def report(form: Form, event: Event, facts: Facts) -> Step:
    """Report a code that nobody asked for; the number is welcome, but not needed (R18)."""
    typed = event.text if isinstance(event, Said) and facts.house.commands.find(event.text) is None else ""
    return Step(form=form, says=[], effect=ReportCode(company=form.company, typed=typed))


def _unknown(form: Form, facts: Facts) -> Step:
    return Step(form=form, says=[paragraph(facts, "I did not understand what should be done.")])


def _said(heard: Heard) -> list[Block]:
    return [block for block in heard.reply.blocks if not isinstance(block, Choices)]


def _same(one: Goal, other: Goal) -> bool:
    company = not other.company or one.company == other.company
    return company and one.act is other.act and one.action is other.action and other.purposes in ((), one.purposes)


def _chosen(value: str, form: Form) -> Goal | None:
    """Return the goal of a button: an act, a request's kind, or the withdrawal of one consent ("withdraw/x")."""
    company = form.company or ""
    name, _, purpose = value.partition("/")
    if form.goal and form.state is State.KIND and name in set(Action):
        if name == Action.WITHDRAW_MARKETING:  # stopped at once, whoever's it is (R54)
            return replace(form.goal, act=Act.WITHDRAW)
        return replace(form.goal, action=Action(name))
    if name in set(Act):
        act = Act(name)
        if act is Act.TAKE_BACK:
            return Goal(act=act, company=company, reference=purpose)
        purposes = (purpose,) if purpose else ()
        return Goal(act=act, company=company, purposes=purposes, whole=act in _WHOLE and not purpose)
    if name in set(Action):
        return Goal(act=Act.REQUEST, action=Action(name), company=company)
    return None


def _about_case(heard: Heard, text: str, form: Form) -> Goal | None:
    """Return the goal of a text that names a request by its reference: the bare reference shows where it stands."""
    reference = reference_in(text)
    bare = is_reference(text)
    if not reference or (heard.action and not bare):
        return None
    back = not bare and heard.intent == "take_back_request" and takes_back(text)
    return Goal(act=Act.TAKE_BACK if back else Act.SEE_CASES, company=form.company or "", reference=reference)


def _heard_goal(heard: Heard, text: str, form: Form, facts: Facts) -> Goal | None:
    company = heard.about or form.company or ""
    rights = facts.company(company).rights if company else Rights()
    if heard.action is Action.WITHDRAW_MARKETING:
        named = _to_withdraw(text, rights)
        whole = not named and means_all_advertising(text)
        goal = Goal(act=Act.WITHDRAW, company=company, purposes=named, whole=whole, words=text)
        return replace(goal, without_code=is_no_customer(text))
    if heard.action in _OBJECTIONS and lifts_objection(text):
        return Goal(act=Act.LIFT, company=company, words=text)
    if heard.action is Action.OBJECT_STATISTICS or (heard.action is None and orders_objection(text)):
        return Goal(act=Act.OBJECT, company=company, words=text)
    if heard.action:
        goal = Goal(act=Act.REQUEST, action=heard.action, company=company, words=text)
        told = {Action.COMPLAINT: "happened", Action.CONTACT_DPO: "question"}.get(heard.action)
        whole_field = _WHOLE_FIELD.get(heard.action)
        if whole_field and means_everything(text):
            return replace(goal, fields={whole_field: EVERYTHING})
        return _with_field(goal, told, text)
    known = _BY_INTENT.get(heard.intent or "")
    if known is None:
        return None
    goal = replace(known, company=company, words=text)
    if goal.act is Act.GRANT:
        return replace(goal, purposes=meant_purposes(text, rights))
    return _with_field(goal, "happened" if goal.action is Action.COMPLAINT else None, text)


def at_company(goal: Goal, company: str, facts: Facts) -> Goal:
    """Return a goal with its company, learnt only now; and so are the consents that its words name there."""
    goal = replace(goal, company=company)
    if goal.purposes or goal.act not in (Act.WITHDRAW, Act.GRANT):
        return goal
    rights = facts.company(company).rights
    read = _to_withdraw if goal.act is Act.WITHDRAW else meant_purposes
    named = read(goal.words, rights)
    return replace(goal, purposes=named, whole=goal.whole and not named)


def _to_withdraw(text: str, rights: Rights) -> tuple[str, ...]:
    """Return the consents that an order to withdraw names, or each of them where it says so."""
    named = meant_purposes(text, rights)
    return named or (tuple(purpose.id for purpose in rights.purposes) if means_all_consents(text) else ())


def _with_field(goal: Goal, name: str | None, text: str) -> Goal:
    """Take a long first message as the answer to the only question there is: nobody likes to write it twice."""
    if name and len(text.split()) > _LONG_ENOUGH:
        return replace(goal, fields={name: text})
    return goal
