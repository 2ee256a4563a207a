"""Notices that an answer did not help: the same is asked again, that is said, or what was offered beside it is picked.

The first question is then put before the people who look after the answers, once; the person is told nothing of it, and
reads the same as ever. Knows no wording of ours but the words that people say it with.
"""

import re
from dataclasses import replace

from bot.dialogue.effects import Escalate, Escalation
from bot.dialogue.events import Chose, Event, Said
from bot.dialogue.facts import Facts
from bot.dialogue.inputs import Input
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Choices, Reply
from bot.dialogue.state import Asked, Form, State
from bot.nlu.fold import fold
from bot.nlu.intents import Kind

_TURNS = 2  # after the answer: what comes later is another matter (d)
_MOST_WORDS = 8  # of a message that says nothing but that the answer did not help
_LONGEST = 400  # characters that are kept of a question
_ANSWERED = frozenset({Kind.ANSWER, Kind.SILENT})
# Said beside it, these change nothing.
_FILLERS = frozenset(
    {"po", "e", "te", "t", "me", "m", "mu", "ma", "u", "une", "kam", "kom", "keni", "ke", "ka", "per", "bre", "more",
     "moj", "valla", "aman", "ju", "lutem", "fare", "hic", "ime", "krejt", "pak", "na", "tash", "prap", "prape", "ende",
     "hala"}
)  # fmt: skip
_NOT = r"(?:(?:jo|s|as|nuk|ska|skam|skom|spo|asgje|kurgjo|kurgja)\b ?)+"
_THIS = r"(?:kete|ket|kjo|ate|at|qet|qete|qita|qito|qeto|ceta|ceto|cito|cita)"
_ASKED = r"(?:pye?ta?|pyetur|kerkova|thashe?|desha|deshta)"
_HELPED = r"(?:kupt\w*|(?:marr?|mora|merrn?i?) vesh|ndihm\w*|nihm\w*|pergjigj\w*|pergjegj\w*)"
_WRONGLY = r"(?:keq|gabim)"
_NO_HELP = re.compile(
    rf"(?:{_THIS} )?{_NOT}{_HELPED}(?: {_THIS}| pyetjes?)?"
    rf"|{_NOT}{_ASKED} {_THIS}|jo {_THIS}"
    rf"|{_NOT}(?:eshte|osht|asht|o|ishte?) (?:kjo )?(?:kjo|pergjigj\w*|pyetja)"
    rf"|(?:(?:dicka|dika) )?tjeter {_ASKED}|{_ASKED} (?:dicka |send |gje )?tjeter"
    rf"|{_WRONGLY} kupt\w*|kupt\w* {_WRONGLY}"
)


def noticed(form: Form, event: Event, happened: Input, done: Step, facts: Facts) -> Step:
    """Return a step with what is known of the last answer, and with the note that it did not help, where it shows.

    ``form`` is as it was before the step. Nothing is noticed in the middle of an act.
    """
    if form.state is not State.OPEN or not isinstance(event, Said | Chose):
        return done
    now = _answered(event, happened, facts)
    before = form.asked
    if before is None or not 0 <= facts.turn - before.turn <= _TURNS:
        return _keeping(done, now)
    same = now is not None and now.company == before.company and now.topics[0] in before.topics
    goes_on = same or _did_not_help(before, event)
    again = goes_on and not (same and _is_word_for_word(before, event))
    noted = before.noted
    if again and not noted and (done.effect is None or _is_unanswered(done)):
        note = Escalate(kind=Escalation.ASKED_AGAIN, company=before.company, words=before.words)
        done, noted = replace(done, effect=note), True
    return _keeping(done, replace(now, noted=noted and goes_on) if now else replace(before, noted=noted))


def says_no_help(text: str) -> bool:
    """Tell whether a message says that the answer was not understood or not meant, and nothing else."""
    if len(text.split()) > _MOST_WORDS:
        return False
    bare = " ".join(word for word in fold(text).split() if word not in _FILLERS)
    return _NO_HELP.fullmatch(bare) is not None


def _keeping(done: Step, asked: Asked | None) -> Step:
    return done if asked == done.form.asked else replace(done, form=replace(done.form, asked=asked))


def _answered(event: Event, happened: Input, facts: Facts) -> Asked | None:
    """Return what was asked and is answered now; None for what is no question, or has no answer."""
    if isinstance(event, Said) and event.heard and happened is Input.QUESTION:
        reply = event.heard.reply
        if reply.kind in _ANSWERED and reply.company and reply.topics:
            others = _others(reply, facts)
            return _asked(event.text, reply.company, reply.topics, facts.turn, others)
    if isinstance(event, Chose) and happened is Input.TOPIC:
        company, _, topic = event.value.partition(":")[2].partition("/")
        if company in facts.house.companies and topic in facts.edition(company).answers:
            return _asked(event.label, company, (topic,), facts.turn, ())
    return None


def _asked(words: str, company: str, topics: tuple[str, ...], turn: int, others: tuple[str, ...]) -> Asked:
    return Asked(words=words[:_LONGEST], company=company, topics=topics, turn=turn, others=others)


def _others(reply: Reply, facts: Facts) -> tuple[str, ...]:
    """Return what was offered as possibly meant instead ("company/topic")."""
    instead = facts.say("Or did you want to know:")
    offered = [block for block in reply.blocks if isinstance(block, Choices) and block.prompt == instead]
    return tuple(item.value for block in offered for item in block.items)


def _is_word_for_word(before: Asked, event: Event) -> bool:
    """Tell whether the very same was sent again, as by somebody who doubts that it arrived; or pressed again."""
    return not isinstance(event, Said) or fold(event.text) == fold(before.words)


def _did_not_help(before: Asked, event: Event) -> bool:
    if isinstance(event, Chose):
        return event.value.partition(":")[2] in before.others
    return isinstance(event, Said) and says_no_help(event.text)


def _is_unanswered(done: Step) -> bool:
    return isinstance(done.effect, Escalate) and done.effect.kind is Escalation.UNANSWERED
