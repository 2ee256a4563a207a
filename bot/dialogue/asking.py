"""What each state asks: shown when it is entered, after an interruption, and when somebody comes back.

The same words every time, made from the form alone, so that a conversation can go on anywhere.
"""

from collections.abc import Callable, Sequence

from bot.dialogue.events import ConsentState, Event, Said
from bot.dialogue.facts import Facts
from bot.dialogue.naming import REQUESTS, consent_state, request_button
from bot.dialogue.reply import Block, Choice, Choices, Paragraph
from bot.dialogue.requests import question
from bot.dialogue.state import About, Act, Form, Goal, State
from bot.policy.actions import Action
from bot.policy.rights import Purpose

Blocks = list[Block]
_SHORTEST_ADDRESS = 6  # characters
_FEWEST_WORDS, _FEWEST_DIGITS = 3, 4  # of a postal address, or of a number


def ask(form: Form, facts: Facts) -> Blocks:
    """Return what the form's state asks; nothing in the open state."""
    return _ASKING[form.state](form, facts)


def paragraph(facts: Facts, message: str, **values: object) -> Paragraph:
    """Return one sentence or two of the catalogue."""
    return Paragraph(text=facts.say(message, **values))


def choices(prompt: str, items: Sequence[tuple[str, str]]) -> Choices:
    """Return choices from labels and values."""
    return Choices(prompt=prompt, items=tuple(Choice(label=label, value=value) for label, value in items))


def goal_of(form: Form) -> Goal:
    """Return the act under way. Only states that have one ask for it."""
    if form.goal is None:
        raise LookupError(f"{form.state}: no act is under way")
    return form.goal


def menu(form: Form, facts: Facts) -> Blocks:
    """Return what can be done, as choices."""
    _ = facts.house.translate
    acts = {
        "see_consents": _("My consents"),
        "withdraw": _("Stop the advertising"),
        "object": _("Object to statistics and analysis"),
        "request": _("A request about my data"),
        "see_cases": _("Where is my request?"),
        "contact_dpo": _("Talk to a person"),
    }
    # An entry says at which company, so that it means the same however old the menu is.
    items = [(label, f"begin:{form.company or ''}/{act}") for act, label in acts.items()]
    items.append((_("What you keep about me"), "privacy"))
    if form.company:
        said = facts.say("Ask me anything about your data at {company}, or choose:", company=_name(form.company, facts))
    else:
        said = _("Ask me anything about your data, or choose:")
    return [choices(said, items)]


def companies(facts: Facts, prompt: str, *more: tuple[str, str]) -> Choices:
    """Return the companies as choices, and what else can be chosen there."""
    known = list(facts.house.companies.values())[:12]
    return choices(prompt, [*((company.name, f"company:{company.id}") for company in known), *more])


def address_in(event: Event) -> str:
    """Return a typed address; empty where nothing could be sent there (too short, no number and no street)."""
    typed = event.text.strip() if isinstance(event, Said) else ""
    whole = len(typed) >= _SHORTEST_ADDRESS and ("@" in typed or len(typed.split()) >= _FEWEST_WORDS or _digits(typed))
    return typed if whole else ""


def _digits(typed: str) -> bool:
    return sum(character.isdigit() for character in typed) >= _FEWEST_DIGITS


def _name(company: str, facts: Facts) -> str:
    return facts.company(company).name


def _open(_form: Form, _facts: Facts) -> Blocks:
    return []


def _company(form: Form, facts: Facts) -> Blocks:
    said = facts.say("Which company do you mean? Each has its own policy, and I keep them apart.")
    if form.several:
        said = facts.say("One after the other: each company has its own policy and its own request. Which one first?")
    return [companies(facts, said, (facts.say("Cancel"), "cancel"))]


def _for_whom(_form: Form, facts: Facts) -> Blocks:
    _ = facts.house.translate
    items = [(_("For me"), "pick:self"), (_("For somebody else"), "pick:other"), (_("For a firm"), "pick:firm"),
             (_("Cancel"), "cancel")]  # fmt: skip
    return [choices(_("Is it for you or for somebody else?"), items)]


def _kind(form: Form, facts: Facts) -> Blocks:
    # Whoever came here for themselves has passed the menu, where stopping the advertising stands first.
    others = form.goal is not None and form.goal.about is not About.SELF
    actions = (Action.WITHDRAW_MARKETING, *REQUESTS) if others else REQUESTS
    items = [(request_button(facts, action), f"do:{action}") for action in actions]
    items.append((facts.say("Cancel"), "cancel"))
    return [choices(facts.say("What is your request?"), items)]


def _number(form: Form, facts: Facts) -> Blocks:
    items = [(facts.say("Without a code"), "no_code"), (facts.say("Cancel"), "cancel")]
    name = _name(goal_of(form).company, facts)
    return [choices(facts.say("Write your phone number or your customer number at {company}.", company=name), items)]


def _code(form: Form, facts: Facts) -> Blocks:
    challenge = form.challenge
    if challenge is None:
        return []
    until = facts.clock(challenge.expires_at)
    items = [
        (facts.say("Send a new code"), "new_code"),
        (facts.say("Another number"), "other_number"),
        (facts.say("Without a code"), "no_code"),
        (facts.say("Cancel"), "cancel"),
    ]
    return [choices(facts.say("Write the six digits of the code (until {time}).", time=until), items)]


def _account(form: Form, facts: Facts) -> Blocks:
    items = [(account.masked, f"pick:{account.subject}") for account in form.accounts]
    items.append((facts.say("Cancel"), "cancel"))
    return [choices(facts.say("This number has several accounts. Which one?"), items)]


def _consents(form: Form, facts: Facts) -> Blocks:
    goal = goal_of(form)
    rights = facts.company(goal.company).rights
    items = [(_consent_label(form, purpose, facts), f"pick:{purpose.id}") for purpose in to_choose(form, facts)]
    if goal.act is not Act.GRANT and len(rights.marketing) > 1:
        items.append((facts.say("All the advertising"), "pick:marketing"))
    if goal.act is not Act.GRANT and len(rights.purposes) > 1:
        items.append((facts.say("All of these"), "all"))
    if goal.act is Act.SEE_CONSENTS:
        items.append((facts.say("Give a consent"), "do:grant"))
    if goal.act is Act.SEE_CONSENTS and form.restricted:
        items.append((facts.say("Take my objection to statistics back"), "do:lift"))
    items.append((facts.say("Nothing, go back"), "menu" if goal.act is Act.SEE_CONSENTS else "cancel"))
    _ = facts.house.translate
    asked = {
        Act.SEE_CONSENTS: _("If you wish, choose the one that you want to withdraw:"),
        Act.GRANT: _("Which consent do you want to give?"),
    }
    return [choices(asked.get(goal.act, _("Which consent do you want to withdraw?")), items)]


def to_choose(form: Form, facts: Facts) -> list[Purpose]:
    """Return the consents that can be chosen: to give, only those that are not given."""
    goal = goal_of(form)
    given = {consent.purpose for consent in form.consents if consent.state is ConsentState.GIVEN}
    purposes = facts.company(goal.company).rights.purposes
    return [purpose for purpose in purposes if goal.act is not Act.GRANT or purpose.id not in given]


def _consent_label(form: Form, purpose: Purpose, facts: Facts) -> str:
    """Name a consent, with what is on record where that has not been said just before."""
    held = {consent.purpose: consent for consent in form.consents}.get(purpose.id)
    if held is None or goal_of(form).act is Act.SEE_CONSENTS:
        return purpose.label
    return f"{purpose.label} ({consent_state(facts, held.state, held.since)})"


def _field(form: Form, facts: Facts) -> Blocks:
    goal = goal_of(form)
    asked = question(goal, facts)
    if asked is None:
        return []
    items = list(asked.choices)
    if asked.optional:
        items.append((facts.say("Skip"), "skip"))
    items.append((facts.say("Cancel"), "cancel"))
    return [choices(asked.text, items)]


def _reply_to(_form: Form, facts: Facts) -> Blocks:
    said = facts.say("Where shall the answer go? Write an e-mail, a postal address or a phone number.")
    # Where messages are brought, a person is reached for as long as the chat is there.
    here = [(facts.say("Here, in this chat"), "pick:here")] if facts.carrier else []
    return [choices(said, [*here, (facts.say("Cancel"), "cancel")])]


def _join(form: Form, facts: Facts) -> Blocks:
    same = goal_of(form).same
    if same is None:
        return []
    items = [
        (facts.say("Add it to that one"), "yes:join"),
        (facts.say("File a new one"), "no"),
        (facts.say("Cancel"), "cancel"),
    ]
    said = facts.say(
        "You already have the same request open: {reference}, of {day}.",
        reference=same.reference,
        day=facts.date(same.received_at),
    )
    return [choices(said, items)]


def _confirm(form: Form, facts: Facts) -> Blocks:
    shown = form.confirmation
    if shown is None:
        return []
    goal = goal_of(form)
    company = goal.company
    items = [(facts.say("Yes, I confirm"), f"yes:{shown.digest}"), (facts.say("No"), "no")]
    if goal.act is Act.WITHDRAW and goal.whole and len(goal.purposes) > 1:
        items.append((facts.say("Only some of them"), "pick:some"))
    return [
        *(Paragraph(text=line) for line in shown.shown.words.splitlines()),
        *facts.quotes(company, shown.shown.clauses),
        choices(facts.say("Do you confirm it?"), items),
    ]


def _cases(form: Form, facts: Facts) -> Blocks:
    items = [
        (f"{case.reference} · {request_button(facts, case.action)}", f"pick:{case.reference}")
        for case in form.cases
    ]  # fmt: skip
    items.append((facts.say("Go back"), "cancel"))
    return [choices(facts.say("Which request?"), items)]


def _reference(_form: Form, facts: Facts) -> Blocks:
    said = facts.say("Write the number of the request (like 7K2Q-9FXA-8), or go on without it.")
    items = [(facts.say("I do not have it"), "skip"), (facts.say("Cancel"), "cancel")]
    return [choices(said, items)]


def _contact(_form: Form, facts: Facts) -> Blocks:
    said = facts.say("Write the number or the e-mail to which the advertising comes.")
    return [choices(said, [(facts.say("Cancel"), "cancel")])]


def _code_report(_form: Form, facts: Facts) -> Blocks:
    said = facts.say("To which number did it come? I shall make that code worthless.")
    return [choices(said, [(facts.say("I would rather not say"), "skip")])]


def _leaving(form: Form, facts: Facts) -> Blocks:
    leaving = form.leaving
    if leaving is None:
        return []
    items = [(facts.say("By SMS to my number at the company"), "pick:sms")] if leaving.sms else []
    items += [(facts.say("To the address that I have given"), "pick:known")] if leaving.known else []
    items.append((facts.say("Cancel"), "cancel"))
    said = facts.say(
        "Still without an answer: {references}. Before I forget this conversation: where shall the answer go? "
        "Write an e-mail, a postal address or a phone number.",
        references=facts.listed(list(leaving.references)),
    )
    return [choices(said, items)]


def _held(_form: Form, facts: Facts) -> Blocks:
    return [choices(facts.say("A person has this conversation."), [(facts.say("Back to Mburoja"), "bot")])]


_ASKING: dict[State, Callable[[Form, Facts], Blocks]] = {
    State.OPEN: _open,
    State.COMPANY: _company,
    State.FOR_WHOM: _for_whom,
    State.KIND: _kind,
    State.NUMBER: _number,
    State.CODE: _code,
    State.ACCOUNT: _account,
    State.CONSENTS: _consents,
    State.FIELD: _field,
    State.REPLY_TO: _reply_to,
    State.JOIN: _join,
    State.CONFIRM: _confirm,
    State.CASES: _cases,
    State.REFERENCE: _reference,
    State.CONTACT: _contact,
    State.CODE_REPORT: _code_report,
    State.LEAVING: _leaving,
    State.HELD: _held,
}

# Requests whose answers show no personal data, so that nobody must prove anything to ask.
NEEDS_NO_PROOF = frozenset({Action.CONTACT_DPO})
# Whose answer waits for no proof either: the office gives it whoever asks.
ANSWERED_TO_ANYBODY = frozenset({Action.CONTACT_DPO, Action.COMPLAINT, Action.WITHDRAW_MARKETING})
