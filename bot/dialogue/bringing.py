"""What is answered to something that is no text: kindly, with what to do instead; nothing of it is kept."""

from bot.dialogue.asking import Blocks, paragraph
from bot.dialogue.events import Brought, Event, Thing
from bot.dialogue.facts import Facts
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Paragraph
from bot.dialogue.state import Form, State


def brought(form: Form, event: Event, facts: Facts) -> Step:
    """Say kindly what cannot be read, and what to write in its place."""
    if not isinstance(event, Brought):
        raise TypeError("something was brought that is no text")
    says: Blocks = [Paragraph(text=_told(event, form, facts))]
    if form.state is State.HELD:
        says.append(paragraph(facts, "The person who answers you here does not see it either; write it to them."))
    return Step(form=form, says=says)


def _told(event: Brought, form: Form, facts: Facts) -> str:
    _ = facts.house.translate
    if event.thing is Thing.FILE and event.erased:  # nobody proves anything with a document here (R37)
        return _("I deleted it from the chat and did not keep it: neither documents nor pictures are needed here.")
    if event.thing is Thing.CONTACT and form.state is State.NUMBER:  # nobody's number but one's own (R28)
        return _("Only your own number counts, and I did not keep this contact. Write yours, or share it.")
    told = {
        Thing.VOICE: _("I do not hear voice messages and calls: I read text only. Please write it to me."),
        Thing.FILE: _("I do not open or keep files: neither documents nor pictures are needed here."),
        Thing.PLACE: _("I do not read or keep where you are: it is not needed here."),
        Thing.STICKER: _("Nice! But I understand text only: please write it to me."),
        Thing.CONTACT: _("Somebody else’s contact I do not keep. If your number is needed, I ask you for it."),
        # An act is never done by a message that was read before.
        Thing.EDIT: _(
            "A message that was changed later I do not read again, so that nothing happens unasked. "
            "Please write it as a new message."
        ),
        Thing.OTHER: _("This I cannot read: I read text only. Please write it to me."),
        Thing.UNREADABLE: _("I could not read this message. Please write it once more."),
        Thing.TOO_FAST: _("That is too fast for me: I did not read the last messages. Try again in a minute."),
    }
    return told[event.thing]
