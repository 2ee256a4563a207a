"""Handlers of being forgotten: what is open is told, its answers find another way, then all is forgotten (R58)."""

from dataclasses import replace

from bot.dialogue import talking, wishing
from bot.dialogue.asking import Blocks, address_in, paragraph
from bot.dialogue.effects import EndProofs, FindOpenCases, Redirect
from bot.dialogue.events import Chose, Event, OpenCasesFound, Redirected, Said
from bot.dialogue.facts import Facts
from bot.dialogue.holding import given_back
from bot.dialogue.inputs import WHOSE_INTENT
from bot.dialogue.pursuing import Step, cleared, finish_with_menu, left
from bot.dialogue.reply import Paragraph
from bot.dialogue.showing import masked
from bot.dialogue.state import Form, Leaving, State
from bot.nlu.fold import fold

_SMS_WORDS = frozenset({"sms", "me sms", "nje sms", "permes sms", "sms ne numrin tim", "me nje sms"})


def forget(form: Form, _event: Event, facts: Facts) -> Step:
    """Look first for what is still to be answered here."""
    says: Blocks = []
    if form.state is State.HELD:  # kept as it is, in case the person stays
        form = replace(form, leaving=Leaving(held=True))
    elif form.state is not State.LEAVING:
        says, form = left(form, facts), replace(cleared(form), leaving=Leaving())
    return Step(form=replace(form, state=State.LEAVING), says=says, effect=FindOpenCases())


def found(form: Form, event: Event, facts: Facts) -> Step:
    """Ask where the open answers shall go; where nothing is open, forget at once."""
    if not isinstance(event, OpenCasesFound):
        raise TypeError("open cases were looked for")
    if not event.references:
        return at_once(form, event, facts)
    leaving = replace(_leaving(form), references=event.references, sms=event.sms, known=event.known)
    return Step(form=replace(form, leaving=leaving), says=[])


def picked(form: Form, event: Event, facts: Facts) -> Step:
    """Let an SMS tell of the answers, or let them go where they would, where that was offered."""
    leaving = _leaving(form)
    value = event.value if isinstance(event, Chose) else ""
    if value == "pick:sms" and leaving.sms:
        return _redirect(form, None)
    if value == "pick:known" and leaving.known:
        told = paragraph(facts, "The answer goes to the address that you have given.")
        return _gone(form, event, facts, leaving.references, told)
    return talking.stale(form, event, facts)


def address(form: Form, event: Event, facts: Facts) -> Step:
    """Take where the answers shall go."""
    if _leaving(form).sms and isinstance(event, Said) and fold(event.text) in _SMS_WORDS:
        return _redirect(form, None)
    typed = address_in(event)
    if not typed:
        return Step(form=form, says=[paragraph(facts, "That is too short for an address.")])
    return _redirect(form, typed)


def redirected(form: Form, event: Event, facts: Facts) -> Step:
    """Forget, and leave the numbers, which are the only key to what is open."""
    if not isinstance(event, Redirected):
        raise TypeError("answers were redirected")
    to = _leaving(form).reply_to
    told = (
        paragraph(facts, "The answer goes to: {address}", address=masked(to))
        if to
        else paragraph(facts, "An SMS to your number at the company tells you when the answer is there.")
    )
    return _gone(form, event, facts, event.references, told)


def _gone(form: Form, event: Event, facts: Facts, references: tuple[str, ...], told: Paragraph) -> Step:
    done = at_once(form, event, facts)
    if not references:  # all was closed meanwhile
        return done
    key = paragraph(facts, "Keep this, it is the only key to what is open: {references}.",
                    references=facts.listed(list(references)))  # fmt: skip
    return replace(done, says=[*done.says, key, told])


def at_once(form: Form, _event: Event, facts: Facts) -> Step:
    """Forget who the person has proven to be, and what was under way."""
    says: Blocks = [paragraph(facts, "I forgot who you are and what we had begun. Evidence of what you ordered stays.")]
    if facts.carrier:
        says.append(paragraph(facts, "What you see here is with {carrier}: delete the chat there too.",
                              carrier=facts.carrier))  # fmt: skip
    form = replace(cleared(form), proofs={}, context=None, before=State.OPEN, held_for="")
    return Step(form=form, says=says, effect=EndProofs())


def stay(form: Form, _event: Event, facts: Facts) -> Step:
    """Forget nothing; whoever had the conversation has it again."""
    says: Blocks = [paragraph(facts, "Cancelled. I have forgotten nothing.")]
    if _leaving(form).held:
        return Step(form=replace(form, state=State.HELD, leaving=None), says=says)
    return finish_with_menu(form, facts, says)


def instead(form: Form, event: Event, facts: Facts) -> Step:
    """Do something else; nothing is forgotten."""
    form = replace(given_back(form), leaving=None) if _leaving(form).held else cleared(form)
    if isinstance(event, Chose) and event.value.startswith("company:"):
        return talking.company(form, event, facts)
    whose = isinstance(event, Said) and event.heard is not None and event.heard.intent == WHOSE_INTENT
    return wishing.whose(form, event, facts) if whose else wishing.wish(form, event, facts)


def _redirect(form: Form, reply_to: str | None) -> Step:
    leaving = replace(_leaving(form), reply_to=reply_to)
    order = Redirect(references=leaving.references, reply_to=reply_to)
    return Step(form=replace(form, leaving=leaving), says=[], effect=order)


def _leaving(form: Form) -> Leaving:
    if form.leaving is None:
        raise LookupError(f"{form.state}: nobody is leaving")
    return form.leaving
