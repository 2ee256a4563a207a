"""Handlers of sharing: a person lets the officer read the conversation, or no longer; nothing is shared unasked.

The button that offers it holds for as long as it is there: what it shares ends with the reply in which it stood.
"""

from bot.dialogue.asking import Blocks, choices, paragraph
from bot.dialogue.effects import ShareConversation, UnshareConversation
from bot.dialogue.events import Chose, ConversationShared, ConversationUnshared, Event
from bot.dialogue.facts import Facts
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Choices
from bot.dialogue.state import Form


def offer(reference: str, facts: Facts) -> Choices:
    """Return the offer to share the conversation up to here, for a case that it has brought."""
    said = facts.say(
        "If it helps: the officer can read this whole conversation up to here, but only if you share it. "
        "While the request is open, you can take that back."
    )
    return choices(said, [(facts.say("Share the conversation with the officer"), f"share:{reference}")])


def share(form: Form, event: Event, _facts: Facts) -> Step:
    """Share the conversation: up to the reply that offered it, or up to now where it was asked for in words."""
    return Step(form=form, says=[], effect=ShareConversation(reference=_reference(event), up_to=_up_to(event)))


def unshare(form: Form, event: Event, _facts: Facts) -> Step:
    """Take it back."""
    return Step(form=form, says=[], effect=UnshareConversation(reference=_reference(event)))


def shared(form: Form, event: Event, facts: Facts) -> Step:
    """Say what the officer can read now, for how long, and how to take it back."""
    if not isinstance(event, ConversationShared):
        raise TypeError("a conversation was shared")
    if event.already:
        says: Blocks = [paragraph(facts, "This conversation is shared already, for {reference}.",
                                  reference=event.reference)]  # fmt: skip
    else:
        says = [
            paragraph(facts, "Done: for {reference} the officer can read this conversation up to here. What you write "
                      "from now on is not shared.", reference=event.reference),
            paragraph(facts, "It is erased when it would be anyway; it is not kept longer than {time}.",
                      time=facts.span(facts.house.limits.transcript)),
        ]  # fmt: skip
    says.append(choices(facts.say("You can take it back while the request is open:"),
                        [(facts.say("Do not share it any more"), f"unshare:{event.reference}")]))  # fmt: skip
    return Step(form=form, says=says)


def unshared(form: Form, event: Event, facts: Facts) -> Step:
    """Say that the officer can read it no more."""
    if not isinstance(event, ConversationUnshared):
        raise TypeError("sharing was taken back")
    said = paragraph(facts, "Done: for {references} the officer cannot read this conversation any more.",
                     references=facts.listed(list(event.references)))  # fmt: skip
    return Step(form=form, says=[said])


def nothing(form: Form, _event: Event, facts: Facts) -> Step:
    """Say that there is nothing here to share, or to take back."""
    return Step(form=form, says=[paragraph(facts, "Nothing was changed: this conversation has no open request for "
                                           "that.")])  # fmt: skip


def _reference(event: Event) -> str:
    return event.value.partition(":")[2] if isinstance(event, Chose) else ""


def _up_to(event: Event) -> int | None:
    return event.seq if isinstance(event, Chose) else None
