"""One turn: what arrived → understood → stepped → carried out → stored, on one transaction; knows no channel.

``Turns.take`` is a plain function over a ``Tx``: it may run again after a rollback, and has no effect outside.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from bot.assistant import LONGEST_MESSAGE, Assistant
from bot.dialogue.blocks import encode
from bot.dialogue.compose import Translate
from bot.dialogue.details import orders_withdrawal
from bot.dialogue.effects import Effect, EndProofs, Understand
from bot.dialogue.events import Arrived, Chose, Event, Heard, Said, StaffSaid, Stale
from bot.dialogue.expecting import ANYTHING, Expectation, expectation
from bot.dialogue.facts import Facts, House
from bot.dialogue.inputs import WHOSE_INTENT, needs_hearing
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Block, Choice, Choices, Paragraph
from bot.dialogue.state import Form, Offer, State
from bot.dialogue.step import closing, first_step, greeting, step
from bot.knowledge.compiled import Knowledge
from bot.nlu.fold import clean, fold
from bot.nlu.intents import Kind
from bot.policy.actions import Action
from bot.policy.rights import Rights
from bot.services import conversations
from bot.services.conversations import BOT, YOU, Locked
from bot.services.desk import Desk, Place
from bot.services.identity import proofs
from bot.services.performing import perform
from bot.storage.store import Tx

MOST_STEPS = 12  # effects of one turn; more means that the table goes in circles
_KEPT_OFFERS = 24
# Choices of earlier replies that still mean the same; all others hold for the last reply only (R60).
_LASTING = ("topic:", "company:", "do:see", "menu", "privacy")
_PARTS = re.compile(r"[,.;:!?]+")
_SENTENCES = re.compile(r"[.;!?\n]+")
_MOST_PARTS = 4
_ASKED = frozenset({Kind.ANSWER, Kind.SILENT})
_SIX_DIGITS = re.compile(r"\D*\d{3}[ -]?\d{3}\D*")
_HIDDEN_CODE = "••••••"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What arrived: a text, the opaque id of a choice, or (neither) somebody opening the conversation.

    ``id`` is the channel's own for the message; the same id is taken once.
    """

    channel: str
    address: str
    id: str
    text: str | None = None
    choice: str | None = None
    company: str | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What came of it: the conversation, the numbers of its messages, the state, whether it was taken before.

    ``told`` is the person's own message and ``reply`` the answer to it, as JSON; empty where it was taken before,
    ``told`` also where nothing of it is kept. ``proved``: somebody was proven in this turn. ``forgot``: the person
    wants to be forgotten; what that means beyond the proofs is the channel's.
    """

    conversation: str
    first_seq: int
    last_seq: int
    state: str
    repeated: bool = False
    told: bytes = b""
    reply: bytes = b""
    expects: Expectation = ANYTHING
    proved: bool = False
    forgot: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a conversation stands between two turns."""

    conversation: str
    last_seq: int
    expects: Expectation


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What the dialogue made of a message. ``told``: the person's words as they are kept (None: no words)."""

    form: Form
    says: list[Block]
    told: str | None
    forgot: bool = False


class Turns:
    """Takes turns. One for the whole process; all that belongs to a conversation is in the store."""

    def __init__(
        self,
        desk: Desk,
        assistant: Assistant,
        knowledge: Knowledge,
        translate: Translate,
        *,
        public_url: str | None = None,
    ) -> None:
        """Take the tools, and where our pages are (None where no server runs)."""
        self._desk = desk
        self.assistant = assistant
        self._house = House(
            companies=desk.companies,
            composer=assistant.composer,
            commands=knowledge.commands,
            names=knowledge.names,
            limits=desk.limits,
            translate=translate,
            public_url=public_url,
        )
        self._encode: Callable[[Form], bytes] = msgspec.json.Encoder().encode
        self._decode: Callable[[bytes], Form] = msgspec.json.Decoder(Form).decode

    def take(self, tx: Tx, now: int, incoming: Incoming) -> Taken:
        """Take one message: the whole turn, in the caller's transaction."""
        held = conversations.take(tx, self._desk, now, incoming.channel, incoming.address)
        before = conversations.taken(tx, held.id, incoming.id) if held.version > 1 else None
        form = self._form(held, incoming.company)
        if before:
            return Taken(
                conversation=held.id, first_seq=before[0], last_seq=before[1], state=form.state, repeated=True,
                expects=expectation(form),
            )  # fmt: skip
        place = Place(conversation=held.id, channel=incoming.channel, now=now)
        # Where the clock was set back, nobody can tell how long nothing was heard: the proof ends too (R20).
        lapsed = bool(form.proofs) and abs(now - held.last_at) > self._desk.limits.idle
        facts = Facts(house=self._house, now=now, turn=held.version, lapsed=lapsed)
        if lapsed:
            proofs.end_all(tx, self._desk, place)
        known = form.proofs
        done = self._answer(tx, place, facts, form, incoming)
        first = last = held.last_seq + 1
        told = b""
        if done.told is not None:
            told = encode([Paragraph(text=done.told)])
            conversations.add(tx, self._desk, now, held.id, first, YOU, told)
            last = first + 1
        form, says = self._with_ids(done.form, done.says, last)
        reply = encode(says)
        conversations.add(tx, self._desk, now, held.id, last, BOT, reply)
        conversations.keep(
            tx, self._desk, now, held,
            last_seq=last, state=form.state, form=self._encode(form), company=form.company,
            proven=held.proven or bool(form.proofs),
        )  # fmt: skip
        conversations.note_taken(tx, now, held.id, incoming.id, (first, last))
        return Taken(
            conversation=held.id, first_seq=first, last_seq=last, state=form.state, told=told, reply=reply,
            expects=expectation(form), proved=any(known.get(c) != proof for c, proof in form.proofs.items()),
            forgot=done.forgot,
        )  # fmt: skip

    def standing(self, tx: Tx, channel: str, address: str) -> Standing | None:
        """Return where the conversation of an address stands, without a turn; None where there is none."""
        found = conversations.look(tx, self._desk, channel, address)
        if found is None:
            return None
        return Standing(conversation=found.id, last_seq=found.last_seq, expects=expectation(self._form(found, None)))

    def hand_over(self, tx: Tx, now: int, conversation: str, reference: str, *, holds: bool) -> bool:
        """Let a person of the company take a conversation for a case, or give it back; tells whether it is there."""
        held = conversations.lock(tx, self._desk, conversation)
        if held is None:
            return False
        facts = Facts(house=self._house, now=now, turn=held.version)
        form = step(self._form(held, None), StaffSaid(reference=reference, holds=holds), facts).form
        conversations.keep(
            tx, self._desk, held.last_at, held,
            last_seq=held.last_seq, state=form.state, form=self._encode(form), company=form.company,
            proven=held.proven,
        )  # fmt: skip
        return True

    def _form(self, held: Locked, company: str | None) -> Form:
        form = self._decode(held.form) if held.form else Form()
        return replace(form, company=company) if company and form.company is None else form

    def _answer(self, tx: Tx, place: Place, facts: Facts, form: Form, incoming: Incoming) -> _Outcome:
        event, told = self._event(form, incoming)
        form, says = greeting(form, facts)
        if isinstance(event, Said) and len(event.text) > LONGEST_MESSAGE:
            said = self._house.composer.too_long(form.company, LONGEST_MESSAGE).blocks
            return _Outcome(form=form, says=[*says, *said, *closing(form, [*said], facts)], told=told)
        done = first_step(form, event, facts)
        says += done.says
        forgot = isinstance(done.effect, EndProofs)
        for _ in range(MOST_STEPS):
            if done.effect is None:
                return _Outcome(
                    form=done.form, says=[*says, *closing(done.form, says, facts)], told=told, forgot=forgot
                )
            done = step(done.form, self._carry_out(tx, place, done), facts)
            says += done.says
        raise RuntimeError(f"the dialogue goes in circles in {done.form.state}")

    def _carry_out(self, tx: Tx, place: Place, done: Step) -> Event:
        effect: Effect | None = done.effect
        if effect is None:
            raise LookupError("there is no effect to carry out")
        if isinstance(effect, Understand):
            return Said(text=effect.text, heard=self._hear(effect.text, done.form, picked=effect.company))
        return perform(tx, self._desk, place, effect)

    def _event(self, form: Form, incoming: Incoming) -> tuple[Event, str | None]:
        if incoming.choice is not None:
            for offer in form.offers:
                if offer.id == incoming.choice:
                    return Chose(value=offer.value, label=offer.label, seq=offer.seq), offer.label
            return Stale(), None
        if incoming.text is None:
            return Arrived(), None
        text = clean(incoming.text)[: LONGEST_MESSAGE + 1]
        hearing = needs_hearing(form.state, text, self._house.commands) and len(text) <= LONGEST_MESSAGE
        if not hearing:
            asked = form.state is State.CODE and self._house.commands.find(text) is None
            secret = asked or (form.state is State.NUMBER and _SIX_DIGITS.fullmatch(text))  # a code typed too late
            return Said(text=text, heard=None), _HIDDEN_CODE if secret else text
        return Said(text=text, heard=self._hear(text, form, picked=None)), text

    def _hear(self, text: str, form: Form, *, picked: str | None) -> Heard:
        """Understand a text, at the company that was picked, that it names, or that the conversation is about."""
        reply, meaning = self.assistant.hear(text, form.company, form.context, picked)
        card = meaning.card if meaning else None
        action = reply.action
        if meaning and card and card.id == WHOSE_INTENT:
            likely = next((guess.card.action for guess in meaning.guesses if guess.card.action), None)
            action = self._act_for_other(text, form.company) or likely
        about = self._house.companies.get(reply.company or "")
        misread = card and (card.topic or about is None or action is Action.DSAR_ERASURE)
        if misread and orders_withdrawal(text, about.rights if about else Rights()):
            action = Action.WITHDRAW_MARKETING
        return Heard(
            kind=reply.kind,
            action=action or (card.action if card else None),
            intent=card.id if card else None,
            # Only where a company was asked for does it matter which ones a text names.
            companies=self.assistant.named(fold(text).split()) if form.state is State.COMPANY else (),
            about=picked or reply.company,
            score=reply.score,
            reply=reply,
            beside=self._ordered_beside(text, form.company) if reply.kind in _ASKED and action is None else None,
        )

    def _ordered_beside(self, text: str, company: str | None) -> Action | None:
        """Return what one sentence of a message orders that was read as a question: no wish is passed over."""
        sentences = [part for part in _SENTENCES.split(text)[:_MOST_PARTS] if part.strip()]
        if len(sentences) > 1:
            for sentence in sentences:
                reply, _ = self.assistant.hear(sentence, company, None, None)
                if reply.kind is Kind.ACTION:
                    return reply.action
        return None

    def _act_for_other(self, text: str, company: str | None) -> Action | None:
        """Return what should be done for somebody else: who they are is often told in another part of the message."""
        for part in _PARTS.split(text)[:_MOST_PARTS]:
            reply, meaning = self.assistant.hear(part, company, None, None)
            action = reply.action or (meaning.card.action if meaning and meaning.card else None)
            if action:
                return action
        return None

    def _with_ids(self, form: Form, says: Sequence[Block], seq: int) -> tuple[Form, list[Block]]:
        """Give every choice an opaque id, and remember what each means (R60)."""
        offers = [offer for offer in form.offers if offer.value.startswith(_LASTING)]
        blocks: list[Block] = []
        for block in says:
            if isinstance(block, Choices):
                made = [
                    Offer(id=self._desk.randomness.short(), value=item.value, label=item.label, seq=seq)
                    for item in block.items
                ]
                offers += made
                items = tuple(Choice(label=o.label, value=o.id, lasting=o.value.startswith(_LASTING)) for o in made)
                blocks.append(replace(block, items=items))
            else:
                blocks.append(block)
        return replace(form, offers=tuple(offers[-_KEPT_OFFERS:])), blocks
