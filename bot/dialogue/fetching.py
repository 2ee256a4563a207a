"""How the answer to a request is fetched, told where a person sees the request (R43); knows no service and no file.

The answer itself never stands in a conversation: a link to a page does, made anew each time, and the page asks for a
fresh code.
"""

from dataclasses import replace

from bot.dialogue.asking import Blocks, goal_of, paragraph
from bot.dialogue.effects import LinkAnswer
from bot.dialogue.events import AnswerLinked, AnswerWithheld, Case, Event, Fetching
from bot.dialogue.facts import Facts
from bot.dialogue.pursuing import Step, finish, prove
from bot.dialogue.reply import Link, Paragraph
from bot.dialogue.state import Form

ANSWER_PAGE = "{site}/answer#{token}"  # the token stands in the fragment, which no browser sends (R43)


def fetch(form: Form, case: Case, facts: Facts, says: Blocks) -> Step:
    """Return what ends the showing of a case: a link to its answer where it is ready and the person proven."""
    match case.fetching:
        case Fetching.READY if facts.house.public_url:
            order = LinkAnswer(company=case.company, reference=case.reference)
            return replace(finish(form, says), effect=order)
        case Fetching.READY:
            said = paragraph(facts, "The answer is fetched on the web: open Mburoja on the page of {company} and write "
                             "{reference} there.", company=facts.company(case.company).name,
                             reference=case.reference)  # fmt: skip
            return finish(form, [*says, said])
        case Fetching.UNPROVEN:
            return _unproven(form, case, facts, says)
        case Fetching.OVER:
            said = paragraph(facts, "The answer was kept for {time} and is erased. If you did not fetch it, write to "
                             "the officer: {contact}", time=facts.span(facts.house.limits.answer_kept),
                             contact=facts.company(case.company).contact)  # fmt: skip
            return finish(form, [*says, said])
        case Fetching.NONE:
            return finish(form, says)


def linked(form: Form, event: Event, facts: Facts) -> Step:
    """Give the link, and say what becomes of it."""
    if not isinstance(event, AnswerLinked):
        raise TypeError("a link was made")
    site = facts.house.public_url or ""
    said = paragraph(
        facts,
        "Your answer is ready. This link opens it once, holds for {time}, and asks for a fresh code.",
        time=facts.span(event.expires_at - facts.now),
    )
    link = Link(label=facts.say("Fetch the answer"), url=ANSWER_PAGE.format(site=site, token=event.token))
    return Step(form=form, says=[said, link])


def withheld(form: Form, event: Event, facts: Facts) -> Step:
    """Say that the answer cannot be fetched now; why is not told (R11)."""
    if not isinstance(event, AnswerWithheld):
        raise TypeError("an answer was withheld")
    return Step(form=form, says=[_by_officer(event.company, facts)])


def _unproven(form: Form, case: Case, facts: Facts, says: Blocks) -> Step:
    goal = goal_of(form)
    if goal.without_code or case.company in form.proofs:  # nothing more can be proven here
        return finish(form, [*says, _by_officer(case.company, facts)])
    ready = paragraph(facts, "Your answer is ready. To fetch it, prove first that it is you.")
    form = replace(form, goal=replace(goal, company=case.company, reference=case.reference))
    return prove(form, facts, [*says, ready])


def _by_officer(company: str, facts: Facts) -> Paragraph:
    return paragraph(facts, "The answer cannot be fetched here now. Write to the officer: {contact}",
                     contact=facts.company(company).contact)  # fmt: skip
