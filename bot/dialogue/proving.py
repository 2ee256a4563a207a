"""Handlers of proving who one is: number, code, account. Nothing tells whether a number is known (R11)."""

from dataclasses import replace

from bot.dialogue.asking import Blocks, goal_of, paragraph
from bot.dialogue.effects import OpenChallenge, RedeemCode, UseAccount
from bot.dialogue.events import (
    Account,
    AccountProven,
    Chose,
    CodeAccepted,
    CodeDead,
    CodeRefused,
    CodeUnderWay,
    CodeWrong,
    Event,
    ProofMissing,
    Said,
    Why,
)
from bot.dialogue.facts import Facts
from bot.dialogue.pursuing import Step, pursue, to
from bot.dialogue.reply import Paragraph
from bot.dialogue.state import Challenge, Form, State

_NUMBER_DIGITS = 8


def number(form: Form, event: Event, _facts: Facts) -> Step:
    """Send a code for what was typed."""
    typed = event.text if isinstance(event, Said) else ""
    order = OpenChallenge(company=goal_of(form).company, typed=typed)
    return Step(form=replace(form, typed=typed), says=[], effect=order)


def resend(form: Form, _event: Event, _facts: Facts) -> Step:
    """Send a new code for the same contact; the one before dies (R8)."""
    challenge = _challenge(form)
    return Step(form=form, says=[], effect=OpenChallenge(company=challenge.company, typed=form.typed))


def under_way(form: Form, event: Event, facts: Facts) -> Step:
    """Say that a code is on its way, if the company has that number."""
    if not isinstance(event, CodeUnderWay):
        raise TypeError("a code is under way")
    goal = goal_of(form)
    challenge = Challenge(
        id=event.challenge, company=goal.company, contact=event.contact, expires_at=event.expires_at,
        resend_at=event.resend_at,
    )  # fmt: skip
    return to(replace(form, challenge=challenge), State.CODE, _sent(event, goal.company, facts))


def refused(form: Form, event: Event, facts: Facts) -> Step:
    """Say why no code was sent, in the same words for everyone."""
    if not isinstance(event, CodeRefused):
        raise TypeError("a code was refused")
    goal = goal_of(form)
    says: Blocks = [_why(event, facts)]
    if event.why in (Why.LOCKED, Why.TOO_MANY, Why.BUSY):
        contact = facts.company(goal.company).contact
        says.append(_without_waiting(contact, facts))
    if event.why is Why.TOO_SOON and form.challenge:
        return Step(form=form, says=says)
    if event.why is Why.LOCKED or form.challenge is None:
        return to(replace(form, challenge=None), State.NUMBER, says)
    return Step(form=form, says=says)


def code(form: Form, event: Event, facts: Facts) -> Step:
    """Try the code that was typed; a whole phone number in its place asks for a code to that one."""
    challenge = _challenge(form)
    typed = event.text if isinstance(event, Said) else ""
    if sum(character.isdigit() for character in typed) >= _NUMBER_DIGITS:
        return number(form, event, facts)
    return Step(form=form, says=[], effect=RedeemCode(company=challenge.company, challenge=challenge.id, typed=typed))


def wrong(form: Form, event: Event, facts: Facts) -> Step:
    """Say that the code was wrong, and how many tries are left."""
    if not isinstance(event, CodeWrong):
        raise TypeError("a code was wrong")
    form = replace(form, challenge=replace(_challenge(form), left=event.left))
    if event.counted and event.left == 0:
        return dead(form, CodeDead(why=Why.TOO_MANY), facts)
    if not event.counted:
        return Step(form=form, says=[paragraph(facts, "That is not a code. It has six digits.")])
    return Step(form=form, says=[paragraph(facts, "That code is not right. Tries left: {left}.", left=event.left)])


def dead(form: Form, event: Event, facts: Facts) -> Step:
    """Say that the code is over; what was begun is kept."""
    if not isinstance(event, CodeDead):
        raise TypeError("a code is over")
    says: Blocks = [paragraph(facts, "That code no longer holds. What you had begun is kept; ask for a new code.")]
    return to(replace(form, challenge=None), State.NUMBER, says)


def accepted(form: Form, event: Event, facts: Facts) -> Step:
    """Take the account, or ask which one."""
    if not isinstance(event, CodeAccepted):
        raise TypeError("a code was accepted")
    form = replace(form, accounts=event.accounts, state=State.ACCOUNT)
    if len(event.accounts) == 1:
        return _use(form, event.accounts[0].subject)
    return Step(form=form, says=[paragraph(facts, "Thank you, the code is right.")])


def account(form: Form, event: Event, _facts: Facts) -> Step:
    """Take the account that was picked."""
    picked = event.value.partition(":")[2] if isinstance(event, Chose) else ""
    if picked not in {known.subject for known in form.accounts}:
        return Step(form=form, says=[])
    return _use(form, picked)


def proven(form: Form, event: Event, facts: Facts) -> Step:
    """Go on with what was begun, as the proven customer."""
    if not isinstance(event, AccountProven):
        raise TypeError("an account was proven")
    known = Account(subject=event.subject, masked=event.masked, shared=event.shared, ended=event.ended)
    form = replace(form, proofs={**form.proofs, event.company: known}, challenge=None, accounts=(), typed="")
    says: Blocks = [
        paragraph(facts, "Thank you. You are proven at {company} as {account}.",
                  company=facts.company(event.company).name, account=event.masked)
    ]  # fmt: skip
    return pursue(form, facts, says)


def missing(form: Form, event: Event, facts: Facts) -> Step:
    """Ask for a new proof; what was begun is kept."""
    company = event.company if isinstance(event, ProofMissing) else goal_of(form).company
    form = replace(form, confirmation=None, challenge=None, accounts=())
    return pursue(without_proof(form, company), facts, [lapsed_words(facts)])


def without_proof(form: Form, company: str) -> Form:
    """Return the form without what was proven at a company."""
    return replace(form, proofs={known: proof for known, proof in form.proofs.items() if known != company})


def lapsed_words(facts: Facts) -> Paragraph:
    """Say that time has passed, and that nothing is lost."""
    return paragraph(facts, "For your safety I must make sure again that it is you. What you had begun is kept.")


def without_code(form: Form, _event: Event, facts: Facts) -> Step:
    """Go the way that needs no code: no right waits for one (R53)."""
    form = replace(form, goal=replace(goal_of(form), without_code=True), challenge=None)
    return pursue(form, facts, [paragraph(facts, "That goes without a code too.")])


def other_number(form: Form, _event: Event, _facts: Facts) -> Step:
    """Ask for another number."""
    return to(replace(form, challenge=None), State.NUMBER, [])


def _use(form: Form, subject: str) -> Step:
    challenge = _challenge(form)
    return Step(
        form=form, says=[], effect=UseAccount(company=challenge.company, challenge=challenge.id, subject=subject)
    )


def _challenge(form: Form) -> Challenge:
    if form.challenge is None:
        raise LookupError(f"{form.state}: no code is under way")
    return form.challenge


def _sent(event: CodeUnderWay, company: str, facts: Facts) -> Blocks:
    """Say that a code goes out, or will when it can: to everyone the same, known or not (R11)."""
    known = facts.company(company)
    if not facts.house.trouble.holds_at(company):
        return [
            paragraph(
                facts,
                "If {contact} is on file at {company}, a code is on its way to that customer's phone. "
                "Give it to nobody.",
                contact=event.contact, company=known.name,
            )
        ]  # fmt: skip
    return [
        paragraph(
            facts,
            "Messages cannot be sent at the moment; it is not your fault. If {contact} is on file at {company}, the "
            "code comes by itself once they can be, until {time}. Give it to nobody.",
            contact=event.contact, company=known.name, time=facts.clock(event.expires_at),
        ),
        _without_waiting(known.contact, facts),
    ]  # fmt: skip


def _without_waiting(contact: str, facts: Facts) -> Paragraph:
    """Name the ways that need no code (R14, R53)."""
    return paragraph(facts, "Your right does not wait for a code: choose «Without a code», "
                     "or write to the officer. {contact}", contact=contact)  # fmt: skip


def _why(event: CodeRefused, facts: Facts) -> Paragraph:
    match event.why:
        case Why.TOO_SOON:
            return paragraph(facts, "A code was sent just now. A new one can be asked for from {time}.",
                             time=facts.clock(event.until))  # fmt: skip
        case Why.TOO_MANY:
            return paragraph(facts, "Too many codes were asked for. Try again after {time}.",
                             time=facts.stamp(event.until))  # fmt: skip
        case Why.LOCKED:
            return paragraph(facts, "After too many wrong codes no more are sent until {time}.",
                             time=facts.stamp(event.until))  # fmt: skip
        case Why.NOT_KOSOVO:
            return paragraph(facts, "A code can go only to a mobile number of Kosovo. You can also write "
                             "your customer number; it stands on your contract or bill.")  # fmt: skip
        case Why.UNREADABLE:
            return paragraph(facts, "I cannot read that as a number. Write it like 044 123 456, "
                             "or write your customer number.")  # fmt: skip
        case Why.BUSY:
            return paragraph(facts, "Codes cannot be sent at the moment. Try again in a little while.")
