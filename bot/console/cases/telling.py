"""Says in words what stands in a case: entries of the time line, notices, what is next, what can be written.

Knows no page and no table. Names of kinds, states and flags stand in ``bot.console.words``.
"""

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.console import words
from bot.console.pages import day, say, when
from bot.services.casework.cases import CUSTOMER, Entry
from bot.services.office.case_steps import Step, Writing
from bot.services.office.notice_effects import SYSTEM, Effect


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry of a time line as it is read: what happened, by whom, its facts, and words of a person."""

    seq: int
    at: int
    what: str
    who: str
    facts: tuple[str, ...]
    text: str


def entry(one: Entry) -> Told:
    """Return an entry of a time line in words."""
    text = one.body.get("text")
    return Told(
        seq=one.seq,
        at=one.at,
        what=_own_entries().get(one.kind) or words.entry_kind(one.kind),
        who=who(one.who),
        facts=tuple(_facts(one)),
        text=text if isinstance(text, str) else "",
    )


def who(name: str) -> str:
    """Return who acted: the customer, Mburoja itself, or a person of the company by their login."""
    return {CUSTOMER: say("the customer"), SYSTEM: "Mburoja"}.get(name, name)


def notice(kind: str) -> str:
    """Return what a notice is about (``NoticeKind``)."""
    return _notices().get(kind, kind)


def route(way: str | None) -> str:
    """Return the way of a notice (``Route``); None: it is not on its way yet."""
    return _routes().get(way, way) if way else say("is being prepared")


def effect(of: Effect) -> str:
    """Return what takes effect when a notice is delivered; empty for nothing."""
    if of.closes:
        return say("the case is closed: {state}").format(state=words.state(of.closes.value))
    if of.extends:
        return say("the time is extended to {day}").format(day=day(of.extends))
    return say("the clock stops until the customer answers") if of.pauses else ""


def step(at: Step) -> str:
    """Return what is to be done next, as one sentence."""
    return _steps()[at]


def writing(act: Writing) -> str:
    """Return what can be written to the customer, as a link says it."""
    return _writings()[act]


def done(code: str) -> str:
    """Return what an act is answered with; empty for none that is known."""
    return _done().get(code, "")


def field(name: str) -> str:
    """Return what a field of a request is called."""
    return _fields().get(name, name)


def value(text: str) -> str:
    """Return what stands in a field."""
    return {"*": say("all of it"), "marketing": say("advertising"), "": say("nothing to add")}.get(text, text)


def fields() -> Mapping[str, str]:
    """Return the names of all fields of requests."""
    return _fields()


def _facts(one: Entry) -> list[str]:
    tellers = _tellers()
    facts = [tellers[key](one.body[key]) for key in tellers if one.body.get(key) not in (None, "")]
    if one.kind == "notice_delivered":
        facts.insert(0, notice(str(one.body.get("kind", ""))))
    return facts


def _as_day(value_: object) -> str:
    return day(dt.date.fromisoformat(str(value_)))


def _as_time(value_: object) -> str:
    return when(value_ if isinstance(value_, int) else None)


@functools.cache
def _tellers() -> Mapping[str, Callable[[object], str]]:
    """What is told of an entry beside its words, by the key under which it is kept, in this order."""

    def told(message: str, read: Callable[[object], str] = str) -> Callable[[object], str]:
        return lambda value_: message.format(read(value_))

    return {
        "channel": told("{}", lambda value_: words.channel(str(value_))),
        "way": told(say("by: {}"), lambda value_: _ways().get(str(value_), str(value_))),
        "received_on": told(say("came on {}"), _as_day),
        "came_at": told(say("said on {}"), _as_time),
        "from": told(say("from {}")),
        "to": told(say("to {}")),
        "about": told(say("about: {}"), lambda value_: _about().get(str(value_), str(value_))),
        "checked": told(say("checked by: {}"), lambda value_: words.second_proof(str(value_))),
        "amount": told(say("amount: {}")),
        "ground": told(say("reason: {}"), lambda value_: _grounds().get(str(value_), str(value_))),
        "decision": told(say("decision: {}"), lambda value_: _decisions().get(str(value_), str(value_))),
        "grounds": told(say("ground: {}"), lambda value_: _grounds().get(str(value_), str(value_))),
        "clauses": told(say("clauses: {}")),
        "files": told(say("files: {}")),
        "file": told(say("file {}")),
        "by": told("{}", lambda value_: route(str(value_))),
        "in_force": told(say("now: {}"), lambda value_: _in_force().get(str(value_)) or words.state(str(value_))),
        "until": told(say("until {}"), _as_day),
        "paused_at": told(say("the clock stood from {}"), _as_time),
        "resumed_at": told(say("the clock stood up to {}"), _as_time),
        "due_on": told(say("due on {}"), _as_day),
        "lift_on": told(say("ends on {}"), _as_day),
    }


@functools.cache
def _own_entries() -> Mapping[str, str]:
    return {
        "handed_over": say("Handed over"),
        "held": say("A person took the conversation"),
        "released": say("The conversation went back to Mburoja"),
    }


@functools.cache
def _notices() -> Mapping[str, str]:
    return {
        "reply": say("Message"),
        "question": say("Question"),
        "extension": say("Extension of the time"),
        "refusal": say("Refusal of the request"),
        "partly": say("Answer to a part"),
        "answer": say("Answer"),
        "fee_warning": say("Warning that a fee may come"),
        "fee": say("Fee"),
        "decision": say("Decision on the objection"),
    }


@functools.cache
def _routes() -> Mapping[str, str]:
    return {
        "chat": say("in the chat"),
        "sms": say("by an SMS without content"),
        "address": say("to the reply address, by hand"),
    }


@functools.cache
def _ways() -> Mapping[str, str]:
    return {"address": say("an address"), "sms": say("an SMS"), **words.channels()}


@functools.cache
def _about() -> Mapping[str, str]:
    return {"identity": say("who it is"), "scope": say("what is meant"), "other": say("something else")}


@functools.cache
def _grounds() -> Mapping[str, str]:
    return {
        "unfounded": say("manifestly unfounded"),
        "excessive": say("excessive"),
        "identity": say("the identity was not proven"),
        "others_rights": say("rights of others"),
        "duty_to_keep": say("duty to keep"),
        "not_applicable": say("the right does not apply here"),
        "other": say("another reason"),
        "compelling_grounds": say("compelling grounds"),
        "legal_claims": say("legal claims"),
    }


@functools.cache
def _decisions() -> Mapping[str, str]:
    return {"upheld": say("upheld"), "rejected": say("rejected"), "fee": say("a fee is asked")}


@functools.cache
def _in_force() -> Mapping[str, str]:
    return {"paused": say("the clock stands")}


@functools.cache
def _steps() -> Mapping[Step, str]:
    return {
        Step.NOTHING: say("Nothing is left to do."),
        Step.READ: say("The customer wrote after the case was closed. Read it, and reply."),
        Step.SEND_BY_HAND: say("A notice must be sent by hand. Send it, then confirm below that you did."),
        Step.APPLY: say("Carry the act out in your systems, then confirm it below."),
        Step.WAIT_DELIVERY: say("Wait: the notice is on its way, and takes effect when it is delivered."),
        Step.WAIT_CUSTOMER: say("Wait: the customer was asked and has not answered yet."),
        Step.ACT_LATE: say("The time is over and the customer has not answered. Do not wait longer: decide, or reply."),
        Step.TAKE: say("Take the case."),
        Step.END_MARKETING: say("See to it that the advertising stops, and tell the customer so."),
        Step.PROVE: say("Check once more who it is, and record how you checked."),
        Step.WAIT_SIM: say("Wait until the SIM card of the customer has been in use for a week; then answer."),
        Step.ADVISE: say("Somebody else decides here. Give your advice in writing."),
        Step.WAIT_DECIDER: say("Prepare the case. Whoever decides at the company answers it."),
        Step.DECIDE: say("Decide on the objection."),
        Step.ANSWER_WITH_FILES: say("Answer, with the files that the customer asked for."),
        Step.ANSWER_TO_ADDRESS: say("Answer; you will send the answer to the reply address yourself."),
        Step.ANSWER: say("Answer the customer."),
    }


@functools.cache
def _writings() -> Mapping[Writing, str]:
    return {
        Writing.REPLY: say("Send a message"),
        Writing.ASK: say("Ask the customer"),
        Writing.EXTEND: say("Extend the time"),
        Writing.ANSWER: say("Answer the request"),
        Writing.PARTLY: say("Answer a part of it"),
        Writing.DECIDE: say("Decide the objection"),
        Writing.REFUSE: say("Refuse it, with reasons"),
        Writing.FEE_WARNING: say("Warn of a possible fee"),
        Writing.FEE: say("Decide on the fee"),
    }


@functools.cache
def _done() -> Mapping[str, str]:
    return {
        "take": say("The case is yours now."),
        "hand-over": say("The case was handed over."),
        "give-back": say("The case is back in the queue."),
        "claim": say("You are working on it now; others see that."),
        "release": say("Others can work on it again."),
        "note": say("The note was written."),
        "words": say("What the customer said was written down."),
        "proof": say("It was recorded how the identity was checked."),
        "hold": say("The conversation is yours: the customer is answered by you, not by Mburoja."),
        "unhold": say("Mburoja answers in the conversation again."),
        "advise": say("Your advice is on record."),
        "unlock": say("The codes are unlocked."),
        "acknowledge": say("It was confirmed."),
        "entered": say("The request was entered."),
        "converted": say("It is a request now, with the time when it was written."),
        "close": say("It was closed."),
        "sent": say("It is on its way to the customer; what it does holds once it was delivered."),
        "kept": say("It is on record that this part was erased."),
    }


@functools.cache
def _fields() -> Mapping[str, str]:
    return {
        "which": say("Which data"),
        "wrong": say("What is wrong"),
        "right": say("How it should be"),
        "erase": say("What to erase"),
        "restrict": say("What to restrict"),
        "because": say("Why"),
        "carry": say("Which data to carry"),
        "against": say("Against what"),
        "situation": say("The person's situation"),
        "decision": say("Which decision"),
        "view": say("The person's view"),
        "more": say("More to know"),
        "happened": say("What happened"),
        "question": say("The question"),
        "customer_number": say("Customer number that was named, not checked"),
        "escalation": say("Came as a hand-off, with the number"),
    }
