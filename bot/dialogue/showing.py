"""Words what is about to be done, exactly and in full, before a person confirms it (R21); knows no step."""

import re

from bot.dialogue.asking import ANSWERED_TO_ANYBODY, goal_of
from bot.dialogue.effects import IN_CHAT, Flag, Shown
from bot.dialogue.facts import Facts
from bot.dialogue.naming import request_name
from bot.dialogue.requests import answer_text, field_name
from bot.dialogue.state import Act, Form, Goal
from bot.policy.actions import Action
from bot.policy.rights import Limit, Purpose

# A phone number as people type it: what is hidden are the four digits before the last two (R46).
_NUMBER = re.compile(r"(?<![\w@.-])(\+?\d(?:[ \-./()]{0,3}\d){6,14})(?![\w@])")


def shown(form: Form, facts: Facts) -> Shown:
    """Return the words and the clauses to be shown for the act under way."""
    goal = goal_of(form)
    match goal.act:
        case Act.WITHDRAW:
            return _withdraw(goal, facts)
        case Act.GRANT:
            return _grant(goal, facts)
        case Act.STOP:
            return _stop(goal, facts)
        case Act.OBJECT:
            return _object(goal, facts)
        case Act.LIFT:
            return _lift(goal, facts)
        case Act.TAKE_BACK:
            said = facts.say("At {company}: the request {reference} is taken back and goes no further.",
                             company=_company(goal, facts), reference=goal.reference)  # fmt: skip
            return Shown(words=said, clauses=())
        case _:
            return _request(form, goal, facts)


def masked(text: str) -> str:
    """Return a contact as it may be shown: a phone number in it is masked, "044 *** *01" (R46)."""
    return _NUMBER.sub(lambda number: _masked(re.sub(r"[^+\d]", "", number[1])), text)


def _masked(number: str) -> str:
    return f"{number[:-6][:6]} *** *{number[-2:]}".strip()


def _company(goal: Goal, facts: Facts) -> str:
    return facts.company(goal.company).name


def _purposes(goal: Goal, facts: Facts) -> list[Purpose]:
    rights = facts.company(goal.company).rights
    return [purpose for purpose in rights.purposes if purpose.id in goal.purposes]


def _names(purposes: list[Purpose], facts: Facts) -> str:
    return facts.listed([f"«{purpose.name}»" for purpose in purposes])


def _clauses(purposes: list[Purpose]) -> tuple[str, ...]:
    """Return the first clause of each purpose: the one that words it."""
    return tuple(dict.fromkeys(purpose.clauses[0] for purpose in purposes if purpose.clauses))


def _withdraw(goal: Goal, facts: Facts) -> Shown:
    purposes = _purposes(goal, facts)
    words = facts.say("At {company} you withdraw your consent for: {purposes}.",
                      company=_company(goal, facts), purposes=_names(purposes, facts))  # fmt: skip
    words += "\n" + facts.say("What was done before stays lawful; from now on it stops.")
    return Shown(words=words, clauses=_clauses(purposes))


def _grant(goal: Goal, facts: Facts) -> Shown:
    purposes = _purposes(goal, facts)
    words = facts.say("At {company} you give your consent for: {purposes}.",
                      company=_company(goal, facts), purposes=_names(purposes, facts))  # fmt: skip
    words += "\n" + facts.say("You can withdraw it at any time. This is its full wording:")
    clauses = tuple(dict.fromkeys(clause for purpose in purposes for clause in purpose.clauses))
    return Shown(words=words, clauses=clauses)


def _stop(goal: Goal, facts: Facts) -> Shown:
    words = facts.say("At {company}: no more advertising to {contact}.",
                      company=_company(goal, facts), contact=masked(goal.typed))  # fmt: skip
    words += "\n" + facts.say("It is done at once and without a code. It tells nobody whether you are a customer.")
    rights = facts.company(goal.company).rights
    return Shown(words=words, clauses=_clauses(list(rights.marketing[:1])))


def _object(goal: Goal, facts: Facts) -> Shown:
    rights = facts.company(goal.company).rights
    words = facts.say("At {company} you object to the use of your data for statistics and analysis.",
                      company=_company(goal, facts))  # fmt: skip
    clauses: tuple[str, ...] = ()
    if rights.statistics:
        words += "\n" + rights.statistics.explains
        clauses = rights.statistics.clauses
        withdrawn = [purpose for purpose in rights.purposes if purpose.id in rights.statistics.withdraws]
        if withdrawn:
            words += "\n" + facts.say("The same yes withdraws your consent for: {purposes}.",
                                      purposes=_names(withdrawn, facts))  # fmt: skip
    return Shown(words=words, clauses=clauses[:3])


def _lift(goal: Goal, facts: Facts) -> Shown:
    words = facts.say(
        "At {company} you take your objection back: your data may be used for statistics and analysis again.",
        company=_company(goal, facts),
    )
    return Shown(words=words, clauses=())


def _request(form: Form, goal: Goal, facts: Facts) -> Shown:
    if goal.action is None:
        raise LookupError("a request without its kind cannot be shown")
    company = facts.company(goal.company)
    name = request_name(facts, goal.action)
    if goal.join:
        lines = [facts.say("To your open request {reference} at {company} is added: {request}.",
                           reference=goal.join, company=company.name, request=name)]  # fmt: skip
    else:
        lines = [facts.say("To {company} goes: {request}.", company=company.name, request=name)]
    lines += [f"{field_name(name, facts)}: {answer_text(value, facts)}" for name, value in goal.fields.items()]
    lines += _conditions(form, goal, facts)
    proven = form.proofs.get(goal.company)
    limit = company.rights.limits.get(goal.action)
    statistics = company.rights.statistics
    if limit is None and statistics and goal.action is Action.OBJECT_STATISTICS:
        limit = Limit(says=statistics.explains, clauses=statistics.clauses)
    if limit:
        lines.append(limit.says)
    kept = limit is not None and goal.action is Action.DSAR_ERASURE  # its limit says already what is kept
    if proven and proven.ended and company.rights.ended_note and not kept:
        lines.append(company.rights.ended_note)
    return Shown(words="\n".join(lines), clauses=limit.clauses[:3] if limit else ())


def _conditions(form: Form, goal: Goal, facts: Facts) -> list[str]:
    """Say where the answer goes, and what stands before it."""
    proven = form.proofs.get(goal.company)
    lines: list[str] = []
    if goal.reply_to == IN_CHAT:
        lines.append(facts.say("The answer comes here, into this chat."))
    elif goal.reply_to:
        lines.append(facts.say("The answer goes to: {address}", address=masked(goal.reply_to)))
    if Flag.OTHER_PERSON in goal.flags:
        lines.append(facts.say("It is about somebody else: the officer first looks at whether you may act for them."))
    elif Flag.FIRM in goal.flags:
        lines.append(facts.say("It is for a firm: the officer first looks at whether you may act for it."))
    elif goal.action in ANSWERED_TO_ANYBODY:
        return lines
    elif proven is None:
        lines.append(facts.say("It is filed now. Before it is answered, the officer makes sure that it is you."))
    elif proven.shared:
        lines.append(facts.say("It is filed now. A code on this number is not enough for the answer: "
                               "the officer makes sure that it is you."))  # fmt: skip
    return lines
