"""Decides what an act under way still needs, and asks for that; the one place where the order is laid down.

Whatever was interrupted, expired or came in another order: ``pursue`` looks at what is known and goes on.
No effect that changes anything leaves here without a confirmation of exactly what was shown (R21, R60).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.dialogue.asking import NEEDS_NO_PROOF, Blocks, goal_of, menu, paragraph
from bot.dialogue.details import means_several
from bot.dialogue.effects import Effect, FindSame, Flag, LocateCase, ReadCases, ReadConsents, Shown
from bot.dialogue.facts import Facts
from bot.dialogue.requests import question
from bot.dialogue.showing import shown
from bot.dialogue.state import About, Act, Confirmation, Form, Goal, State
from bot.policy.actions import Action


@dataclass(frozen=True, kw_only=True)
class Step:
    """What came of one input: the form after it, what is said, and at most one effect to be carried out now."""

    form: Form
    says: Blocks
    effect: Effect | None = None


_NO_PROOF = frozenset({Act.STOP, Act.SEE_CASES, Act.TAKE_BACK})  # at first; their handlers ask when it is needed
_LOOKING = frozenset({Act.SEE_CONSENTS, Act.SEE_CASES})
NEEDS_PROOF = frozenset({Act.WITHDRAW, Act.GRANT, Act.OBJECT, Act.LIFT})
_MORE_THAN_A_CODE = frozenset({Act.GRANT, Act.LIFT})  # on a number that is not one person's alone (R55)
_JOINABLE = frozenset({Action.DSAR_ACCESS, Action.DSAR_PORTABILITY, Action.DSAR_ERASURE})


def begin(form: Form, facts: Facts, goal: Goal, says: Blocks) -> Step:
    """Start an act; one that was under way is left, and that is said."""
    says = [*says, *left(form, facts)]
    several = not goal.company and means_several(goal.words, facts.house.names)
    return pursue(replace(form, goal=goal, confirmation=None, several=several), facts, says)


def left(form: Form, facts: Facts) -> Blocks:
    """Say that what was under way is left; nothing where a person only looked, or had only opened a menu."""
    goal = form.goal
    looking = goal is None or goal.act in _LOOKING or (goal.act is Act.REQUEST and goal.action is None)
    if looking or form.state is State.OPEN:
        return []
    return [paragraph(facts, "I left what we had begun; nothing of it was done.")]


def pursue(form: Form, facts: Facts, says: Blocks) -> Step:
    """Return the step that asks for what the act still needs, or that shows it for confirmation."""
    first = _first_needs(goal_of(form))
    if first:
        return to(form, first, says)
    goal = _without_proof(goal_of(form), facts)
    form = replace(form, goal=goal, company=goal.company)
    proven = form.proofs.get(goal.company)
    if proven is None and not goal.without_code and goal.act not in _NO_PROOF:
        return prove(form, facts, says)
    if proven and proven.shared and goal.act in _MORE_THAN_A_CODE:
        said = paragraph(
            facts,
            "A code on this number is enough to withdraw and to object, not for this. "
            "You can do it in a shop of {company}.",
            company=facts.company(goal.company).name,
        )
        return finish(form, [*says, said])
    return _NEXT[goal.act](form, facts, says)


def prove(form: Form, facts: Facts, says: Blocks) -> Step:
    """Ask who it is, and say once why."""
    if form.state in (State.NUMBER, State.CODE):
        return to(form, State.NUMBER, says)
    why = paragraph(
        facts,
        "To be sure that it is you, I send a code by SMS to the number that {company} has of you.",
        company=facts.company(goal_of(form).company).name,
    )
    return to(form, State.NUMBER, [*says, why])


def _first_needs(goal: Goal) -> State | None:
    """Return what must be known before anything else: the company, for whom, which request."""
    if not goal.company:
        return State.COMPANY
    if goal.about is None:
        return State.FOR_WHOM
    return State.KIND if goal.act is Act.REQUEST and goal.action is None else None


def finish(form: Form, says: Blocks) -> Step:
    """Return to the open state with nothing under way."""
    return Step(form=cleared(form), says=says)


def cleared(form: Form) -> Form:
    """Return a form with nothing under way; who is proven, and what was talked of, stay."""
    return replace(
        form, state=State.OPEN, goal=None, challenge=None, accounts=(), confirmation=None, consents=(),
        cases=(), waiting="", several=False, typed="", leaving=None,
    )  # fmt: skip


def finish_with_menu(form: Form, facts: Facts, says: Blocks) -> Step:
    """Return to the open state and show what can be done."""
    done = finish(form, says)
    return replace(done, says=[*says, *menu(done.form, facts)])


def show(form: Form, facts: Facts, says: Blocks) -> Step:
    """Show exactly what will be done, and ask."""
    what = shown(form, facts)
    goal = goal_of(form)
    return to(
        replace(form, confirmation=Confirmation(digest=_digest(what, goal, facts), shown=what)), State.CONFIRM, says
    )


def _digest(what: Shown, goal: Goal, facts: Facts) -> str:
    """Name this one showing: what was shown, for which act, in which turn (R60)."""
    parts = (what.words, *what.clauses, goal.act, goal.company, str(facts.turn))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def to(form: Form, state: State, says: Blocks) -> Step:
    """Go to a state; what it asks is added when the turn ends."""
    return Step(form=replace(form, state=state), says=says)


def _without_proof(goal: Goal, facts: Facts) -> Goal:
    """Take the way that needs no proof where there is one, or where none can be had (R53, R54, R57)."""
    if goal.act is Act.REQUEST and goal.action in NEEDS_NO_PROOF:
        return replace(goal, without_code=True)
    others = goal.about is not About.SELF
    if not others and not goal.without_code:
        return goal
    flags = goal.flags
    if others:
        flag = Flag.FIRM if goal.about is About.FIRM else Flag.OTHER_PERSON
        flags = tuple(dict.fromkeys((*flags, flag)))
    if goal.act is Act.WITHDRAW:
        return replace(goal, act=Act.STOP, flags=flags, without_code=True)
    if goal.act is Act.OBJECT:
        return replace(goal, act=Act.REQUEST, action=Action.OBJECT_STATISTICS, flags=flags, without_code=True)
    if goal.act in (Act.SEE_CONSENTS, Act.GRANT, Act.LIFT):
        words = goal.words or facts.say("A question about my consents")
        return replace(goal, act=Act.REQUEST, action=Action.CONTACT_DPO, words=words, flags=flags, without_code=True)
    return replace(goal, flags=flags, without_code=True)


def _consents(form: Form, facts: Facts, says: Blocks) -> Step:
    goal = goal_of(form)
    proven = form.proofs[goal.company]
    purposes = facts.company(goal.company).rights.purposes
    if not purposes:
        goal = replace(goal, act=Act.REQUEST, action=Action.CONTACT_DPO)
        return pursue(replace(form, goal=goal), facts, says)
    if len(purposes) == 1 and goal.act is not Act.SEE_CONSENTS:  # there is nothing to choose from
        goal = replace(goal, purposes=(purposes[0].id,))
        form = replace(form, goal=goal)
    if goal.purposes and goal.act is not Act.SEE_CONSENTS:
        return show(form, facts, says)
    if proven.shared:  # a code suffices to withdraw, not to see what is given (R55)
        form = replace(form, consents=())
        advertising = tuple(purpose.id for purpose in purposes if purpose.marketing)
        if goal.act is Act.WITHDRAW and goal.whole and advertising:
            return show(replace(form, goal=replace(goal, purposes=advertising)), facts, says)
        return to(form, State.CONSENTS, says)
    read = ReadConsents(company=goal.company, subject=proven.subject)
    return Step(form=replace(form, state=State.CONSENTS), says=says, effect=read)


def _stop(form: Form, facts: Facts, says: Blocks) -> Step:
    return show(form, facts, says) if goal_of(form).typed else to(form, State.CONTACT, says)


def _object(form: Form, facts: Facts, says: Blocks) -> Step:
    """Show the objection with the consents that the same yes withdraws (R41)."""
    goal = goal_of(form)
    statistics = facts.company(goal.company).rights.statistics
    if statistics is None:  # where nothing is declared, a person decides
        goal = replace(goal, act=Act.REQUEST, action=Action.DSAR_OBJECTION)
        return pursue(replace(form, goal=goal), facts, says)
    return show(replace(form, goal=replace(goal, purposes=statistics.withdraws)), facts, says)


def _case(form: Form, facts: Facts, says: Blocks) -> Step:
    """Find the case: those of the proven customer, those of this conversation, else by its reference and a code."""
    goal = goal_of(form)
    proven = form.proofs.get(goal.company)
    if goal.act is Act.TAKE_BACK and goal.reference and goal.own:
        return show(form, facts, says)
    if goal.reference:
        return Step(form=replace(form, state=State.REFERENCE), says=says, effect=LocateCase(typed=goal.reference))
    if proven:
        subject = proven.subject if not proven.shared else None
        read = ReadCases(company=goal.company, subject=subject)
        return Step(form=replace(form, state=State.CASES), says=says, effect=read)
    if not goal.looked:
        form = replace(form, state=State.CASES, goal=replace(goal, looked=True))
        return Step(form=form, says=says, effect=ReadCases(company=goal.company, subject=None))
    return to(form, State.REFERENCE, says)


def subject_of(form: Form) -> str | None:
    """Return the random id of the customer that the act is for: proven, and speaking of their own data."""
    goal = goal_of(form)
    proven = form.proofs.get(goal.company)
    return proven.subject if proven and goal.about is About.SELF else None


def _request(form: Form, facts: Facts, says: Blocks) -> Step:
    goal = goal_of(form)
    proven = form.proofs.get(goal.company)
    if question(goal, facts):
        return to(form, State.FIELD, says)
    subject = subject_of(form)
    if subject is None and not goal.reply_to:
        return to(form, State.REPLY_TO, says)
    if subject and proven and not proven.shared and goal.action in _JOINABLE and not goal.looked:
        look = FindSame(company=goal.company, subject=subject, action=goal.action)
        return Step(form=replace(form, state=State.JOIN), says=says, effect=look)
    if goal.same and goal.join is None:
        return to(form, State.JOIN, says)
    return show(form, facts, says)


_NEXT: dict[Act, Callable[[Form, Facts, Blocks], Step]] = {
    Act.SEE_CONSENTS: _consents,
    Act.WITHDRAW: _consents,
    Act.GRANT: _consents,
    Act.STOP: _stop,
    Act.OBJECT: _object,
    Act.LIFT: show,
    Act.REQUEST: _request,
    Act.SEE_CASES: _case,
    Act.TAKE_BACK: _case,
}
