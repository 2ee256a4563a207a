"""Understands what a person typed, as the dialogue takes it; beside the winning meaning it looks for what was ordered.

Knows no state but that which narrows the meaning, and changes nothing.
"""

import re
from collections.abc import Mapping

from bot.assistant import Assistant
from bot.dialogue.details import is_about_advertising, orders_withdrawal, without_references
from bot.dialogue.events import Heard
from bot.dialogue.inputs import WHOSE_INTENT
from bot.dialogue.state import Form, State
from bot.nlu.fold import fold
from bot.nlu.intents import ASKED, Kind
from bot.policy.actions import Action
from bot.policy.company import Company
from bot.policy.rights import Rights

_PARTS = re.compile(r"[,.;:!?]+")
_SENTENCES = re.compile(r"[.;!?\n]+")
_MOST_PARTS = 4


class Hearing:
    """Hears texts. One for the whole process."""

    def __init__(self, assistant: Assistant, companies: Mapping[str, Company]) -> None:
        """Take what understands."""
        self._assistant, self._companies = assistant, companies

    def hear(self, text: str, form: Form, *, picked: str | None) -> Heard:
        """Understand a text, at the company that was picked, that it names, or that the conversation is about."""
        text = without_references(text)
        reply, meaning = self._assistant.hear(text, form.company, form.context, picked)
        card = meaning.card if meaning else None
        action = reply.action
        if meaning and card and card.id == WHOSE_INTENT:
            likely = next((guess.card.action for guess in meaning.guesses if guess.card.action), None)
            action = self._act_for_other(text, form.company) or likely
        about = self._companies.get(reply.company or "")
        misread = card and (card.topic or about is None or action is Action.DSAR_ERASURE)
        if misread and orders_withdrawal(text, about.rights if about else Rights()):
            action = Action.WITHDRAW_MARKETING
        if action is Action.DSAR_OBJECTION and is_about_advertising(text):
            action = Action.WITHDRAW_MARKETING
        return Heard(
            kind=reply.kind,
            action=action or (card.action if card else None),
            intent=card.id if card else None,
            # Only where a company was asked for does it matter which ones a text names.
            companies=self._assistant.named(fold(text).split()) if form.state is State.COMPANY else (),
            about=picked or reply.company,
            score=reply.score,
            reply=reply,
            beside=self._ordered_beside(text, form.company) if reply.kind in ASKED and action is None else None,
        )

    def _ordered_beside(self, text: str, company: str | None) -> Action | None:
        """Return what one sentence of a message orders that was read as a question: no wish is passed over."""
        sentences = [part for part in _SENTENCES.split(text)[:_MOST_PARTS] if part.strip()]
        if len(sentences) > 1:
            for sentence in sentences:
                reply, _ = self._assistant.hear(sentence, company, None, None)
                if reply.kind is Kind.ACTION:
                    return reply.action
        return None

    def _act_for_other(self, text: str, company: str | None) -> Action | None:
        """Return what should be done for somebody else: who they are is often told in another part of the message."""
        for part in _PARTS.split(text)[:_MOST_PARTS]:
            reply, meaning = self._assistant.hear(part, company, None, None)
            action = reply.action or (meaning.card.action if meaning and meaning.card else None)
            if action:
                return action
        return None
