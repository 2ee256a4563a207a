"""Handlers of first words, of coming back, of "what do you keep", and of the invitation to ask (R42, R45, R56)."""

from collections import Counter
from dataclasses import replace

from bot.clock import DAY
from bot.dialogue.asking import Blocks, choices, companies, menu, paragraph
from bot.dialogue.events import Arrived, Event
from bot.dialogue.facts import Facts
from bot.dialogue.pursuing import Step
from bot.dialogue.state import Form, State

MESSAGE_IDS = 7 * DAY  # so long a carrier may bring the same message again (R29)
_ASPECTS = ("data", "retention", "recipients")  # what people ask first, where the policy answers it for all purposes
_MOST_EXAMPLES = 3


def introduce(form: Form, facts: Facts) -> Blocks:
    """Return the first words: what this is, what it answers from, what it keeps, how to object (R42, R56)."""
    known = [facts.house.companies[form.company]] if form.company else list(facts.house.companies.values())[:12]
    names = facts.listed([company.name for company in known])
    limits = facts.house.limits
    says: Blocks = [
        paragraph(
            facts, "I am Mburoja, a program. I answer about your data from the privacy policy of {companies}.",
            companies=names,
        ),
        paragraph(
            facts,
            "I keep this conversation for {short}, or for {long} once you have proven who you are; "
            "each company is the controller of its own data.",
            short=facts.span(limits.unproven_conversation), long=facts.span(limits.transcript),
        ),
        paragraph(facts, "You can stop the advertising, and object to statistics, at any time: just write it."),
    ]  # fmt: skip
    if facts.carrier:
        says.append(
            paragraph(
                facts,
                "Messages here pass through the servers of {carrier} too. Codes and numbers that I ask for I delete "
                "from the chat; answers with your data never come here.",
                carrier=facts.carrier,
            )
        )
    return says


def at_link(form: Form, event: Event, facts: Facts) -> Form:
    """Return the form with the company whose link was followed, where nothing is under way."""
    followed = event.company if isinstance(event, Arrived) else None
    if form.state is not State.OPEN or followed not in facts.house.companies:
        return form
    return replace(form, company=followed)


def arrived(form: Form, event: Event, facts: Facts) -> Step:
    """Greet, or go on where the conversation was left."""
    if form.state is State.OPEN:
        form = at_link(form, event, facts)
        return Step(form=form, says=menu(form, facts))
    return Step(form=form, says=[paragraph(facts, "We go on where we were.")])


def invite(form: Form, _event: Event, facts: Facts) -> Step:
    """Invite to ask; what is under way goes on after the question."""
    if form.state is not State.OPEN:
        said = paragraph(facts, "Ask freely: write /pyet with your question after it, and I answer it here at once.")
        return Step(form=form, says=[said])
    if form.company is None:
        said = paragraph(facts, "Ask in your own words which data a company has of you, why, for how long, and "
                         "whom it gives them to.")  # fmt: skip
        return Step(form=form, says=[said, companies(facts, facts.say("About which company do you want to ask?"))])
    name = facts.company(form.company).name
    says: Blocks = [paragraph(facts, "Ask in your own words: which data {company} has of you, why, for how long, "
                              "whom it gives them to.", company=name)]  # fmt: skip
    examples = _examples(form.company, facts)
    if examples:
        says.append(choices(facts.say("For example:"), examples))
    return Step(form=form, says=says)


def _examples(company: str, facts: Facts) -> list[tuple[str, str]]:
    """Return what can be asked as choices: the overviews of the policy, else what its answers lead to most."""
    edition = facts.edition(company)
    overview = edition.grid.overview
    led_to = Counter(topic for answer in edition.answers.values() for topic in answer.then)
    likely = [*(overview.get(aspect, "") for aspect in _ASPECTS), *(topic for topic, _ in led_to.most_common())]
    known = facts.house.composer.answered(tuple(dict.fromkeys(likely)), facts.company(company), edition)
    return [(edition.answers[topic].label, f"topic:{company}/{topic}") for topic in known[:_MOST_EXAMPLES]]


def privacy(form: Form, _event: Event, facts: Facts) -> Step:
    """Say what the bot keeps, and for how long (R45)."""
    limits = facts.house.limits
    says: Blocks = [
        paragraph(facts, "I keep this conversation, sealed: {short} if you have not proven who you are, "
                  "else {long}. Codes live {code}.",
                  short=facts.span(limits.unproven_conversation), long=facts.span(limits.transcript),
                  code=facts.span(limits.code_life)),
        paragraph(facts, "What you order (a withdrawal, an objection, a request) is kept as evidence under a random "
                  "number without your name; the file of a request is erased {file} after it is closed.",
                  file=facts.span(limits.case_file)),
        paragraph(facts, "The file of an answer with your data is kept {time} after it is ready; a link to it holds "
                  "{link}.", time=facts.span(limits.answer_kept), link=facts.span(limits.answer_link)),
        paragraph(facts, "Numbers and names are stored encrypted. I never see your data at the company."),
    ]  # fmt: skip
    if facts.carrier:
        says += [
            paragraph(facts, "What we write here passes through the servers of {carrier} too, and stays in your chat "
                      "until you delete it there. Codes, numbers and files that you send I delete from the chat.",
                      carrier=facts.carrier),
            paragraph(facts, "The id of every message is kept for {time}, so that none is answered twice.",
                      time=facts.span(MESSAGE_IDS)),
            paragraph(facts, "If I am to forget this conversation, write /harro."),
        ]  # fmt: skip
    return Step(form=form, says=says)
