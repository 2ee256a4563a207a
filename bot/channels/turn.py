"""One turn: what arrived → understood → stepped → carried out → stored, on one transaction; knows no channel.

``Turns.take`` is a plain function over a ``Tx``: it may run again after a rollback, and has no effect outside but that
the tally hears of a question, which counts once however often it is heard.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from bot.assistant import LONGEST_MESSAGE, Assistant
from bot.channels.hearing import Hearing
from bot.dialogue.blocks import encode
from bot.dialogue.compose import Translate
from bot.dialogue.details import is_number, only_company
from bot.dialogue.effects import Effect, EndProofs, Understand
from bot.dialogue.events import Arrived, Brought, Chose, Event, Heard, Left, Said, StaffSaid, Stale
from bot.dialogue.expecting import ANYTHING, Expectation, expectation
from bot.dialogue.facts import Facts, House
from bot.dialogue.inputs import Input
from bot.dialogue.offering import offered_act
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Block, Choice, Choices, Paragraph
from bot.dialogue.sorting import needs_hearing, sort
from bot.dialogue.state import Form, Offer, State
from bot.dialogue.step import closing, first_step, greeting, step
from bot.dialogue.trouble import Trouble
from bot.knowledge.compiled import Knowledge
from bot.nlu.commands import Command
from bot.nlu.fold import clean
from bot.services import conversations
from bot.services.conversations import BOT, YOU, Locked
from bot.services.desk import Desk, Place
from bot.services.figures.tallying import Tally
from bot.services.identity import proofs
from bot.services.performing import perform
from bot.storage.store import Tx

MOST_STEPS = 12  # effects of one turn; more means that the table goes in circles
_KEPT_OFFERS = 24
# Choices of earlier replies that still mean the same; all others hold for the last reply only (R60).
_LASTING = ("topic:", "company:", "begin:", "share:", "unshare:", "menu", "privacy")
_KEPT_ALWAYS = (
    "begin:"  # a menu works for as long as it is there: what it begins asks for a yes before anything is done
)
_SIX_DIGITS = re.compile(r"\D*\d{3}[ -]?\d{3}\D*")
_HIDDEN_CODE = "••••••"
# States in which a bare number may be an answer, or words to a person.
_TAKES_NUMBERS = frozenset({State.FIELD, State.REFERENCE, State.HELD})
# States that ask for a code, a number or an address: what is typed there is taken out of sight.
_PRIVATE = frozenset({State.NUMBER, State.CODE, State.CONTACT, State.CODE_REPORT, State.REPLY_TO, State.LEAVING})


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What arrived: a text, the opaque id of a choice, something that is no text; none of these: somebody opened it.

    ``id`` is the channel's own for the message; the same id is taken once. ``company`` is the one that the channel
    speaks for, ``about`` the one whose link was followed. ``carrier`` is who else carries the channel's messages.
    ``leaves``: the person wants to be forgotten, and knows what that means for what is open.
    """

    channel: str
    address: str
    id: str
    text: str | None = None
    choice: str | None = None
    brought: Brought | None = None
    leaves: bool = False
    company: str | None = None
    about: str | None = None
    carrier: str | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What came of it: the conversation, the numbers of its messages, the state, whether it was taken before.

    ``told`` is the person's own message and ``reply`` the answer to it, as JSON; empty where it was taken before,
    ``told`` also where nothing of it is kept. ``proved``: somebody was proven in this turn. ``forgot``: the person
    wants to be forgotten; what that means beyond the proofs is the channel's. ``secret``: the person's message was a
    code, a number or an address, which the channel takes out of sight where it can (R16). ``expected`` is what was
    waited for before, ``expects`` what is now.
    """

    conversation: str
    first_seq: int
    last_seq: int
    state: str
    repeated: bool = False
    told: bytes = b""
    reply: bytes = b""
    expected: Expectation = ANYTHING
    expects: Expectation = ANYTHING
    proved: bool = False
    forgot: bool = False
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a conversation stands between two turns. ``pickable`` are the ids of the last reply's choices, none where
    one of them would be a yes."""

    conversation: str
    last_seq: int
    expects: Expectation
    pickable: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What the dialogue made of a message."""

    form: Form
    says: list[Block]
    forgot: bool = False
    heard: Heard | None = None


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A message as the dialogue takes it. ``told``: the person's words as they are kept (None: no words)."""

    event: Event
    told: str | None = None
    secret: bool = False


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
        tally: Tally | None = None,
        trouble: Trouble | None = None,
    ) -> None:
        """Take the tools, where our pages are (None where no server runs), what counts questions, what fails."""
        self._desk = desk
        self._tally = tally or Tally()
        self.assistant = assistant
        self._hearing = Hearing(assistant, desk.companies)
        self._house = House(
            companies=desk.companies,
            composer=assistant.composer,
            commands=knowledge.commands,
            names=knowledge.names,
            limits=desk.limits,
            translate=translate,
            public_url=public_url,
            trouble=trouble or Trouble(),
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
        facts = Facts(house=self._house, now=now, turn=held.version, lapsed=lapsed, carrier=incoming.carrier)
        if lapsed:
            proofs.end_all(tx, self._desk, place)
        known, expected = form.proofs, expectation(form)
        read = self._read(form, incoming, held)
        done = self._answer(tx, place, facts, form, read.event)
        if done.heard:
            # By its address: a conversation that is made in a turn has another id when that is run again.
            question = (f"{incoming.channel}:{incoming.address}", incoming.id)
            self._tally.heard(now, question, done.heard.about or form.company, done.heard.kind)
        first = last = held.last_seq + 1
        told = b""
        if read.told is not None:
            told = encode([Paragraph(text=read.told)])
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
            expected=expected, expects=expectation(form), forgot=done.forgot, secret=read.secret,
            proved=any(known.get(c) != proof for c, proof in form.proofs.items()),
        )  # fmt: skip

    def standing(self, tx: Tx, channel: str, address: str) -> Standing | None:
        """Return where the conversation of an address stands, without a turn; None where there is none."""
        found = conversations.look(tx, self._desk, channel, address)
        if found is None:
            return None
        form = self._form(found, None)
        last = [offer for offer in form.offers if offer.seq == found.last_seq]
        confirms = any(offer.value.startswith("yes:") for offer in last)
        pickable = frozenset() if confirms else frozenset(offer.id for offer in last)
        return Standing(conversation=found.id, last_seq=found.last_seq, expects=expectation(form), pickable=pickable)

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

    def _answer(self, tx: Tx, place: Place, facts: Facts, form: Form, event: Event) -> _Outcome:
        before = form
        form, says = greeting(form, event, facts)
        if isinstance(event, Said) and len(event.text) > LONGEST_MESSAGE:
            said = self._house.composer.too_long(form.company, LONGEST_MESSAGE).blocks
            return _Outcome(form=form, says=[*says, *said, *closing(form, [*said], facts, before)])
        done = first_step(form, event, facts)
        says += done.says
        forgot = False
        heard = event.heard if isinstance(event, Said) else None
        for _ in range(MOST_STEPS):
            if done.effect is None:
                says = [*says, *closing(done.form, says, facts, before)]
                return _Outcome(form=done.form, says=says, forgot=forgot, heard=heard)
            forgot = forgot or isinstance(done.effect, EndProofs)
            event = self._carry_out(tx, place, done)
            heard = event.heard if isinstance(event, Said) else heard
            done = step(done.form, event, facts)
            says += done.says
        raise RuntimeError(f"the dialogue goes in circles in {done.form.state}")

    def _carry_out(self, tx: Tx, place: Place, done: Step) -> Event:
        effect: Effect | None = done.effect
        if effect is None:
            raise LookupError("there is no effect to carry out")
        if isinstance(effect, Understand):
            return Said(text=effect.text, heard=self._hearing.hear(effect.text, done.form, picked=effect.company))
        return perform(tx, self._desk, place, effect)

    def _read(self, form: Form, incoming: Incoming, held: Locked) -> _Read:
        if incoming.leaves:
            return _Read(event=Left())
        if incoming.choice is not None:
            return self._chosen(form, incoming.choice)
        if incoming.brought is not None:
            return _Read(event=incoming.brought)
        if incoming.text is None:
            return _Read(event=Arrived(company=incoming.about))
        text = clean(incoming.text)[: LONGEST_MESSAGE + 1]
        commands, whole = self._house.commands, len(text) <= LONGEST_MESSAGE
        if commands.find(text) is Command.GO and (offer := offered_act(form, held.version, held.last_seq)):
            return _Read(event=Chose(value=offer.value, label=offer.label, seq=offer.seq), told=text)
        asked = commands.question(text) if whole else ""
        said = Said(text=asked or text, heard=None, asks=bool(asked))
        if asked or (whole and needs_hearing(form.state, text, commands)):
            heard = self._hearing.hear(said.text, form, picked=None)
            said = replace(said, heard=replace(heard, named=only_company(said.text, self._house.names)))
        secret = form.state in _PRIVATE and sort(form.state, said, commands) is Input.TEXT
        if form.state not in _TAKES_NUMBERS:
            secret = secret or is_number(text)  # unasked, or too late
        hidden = secret and (form.state is State.CODE or _SIX_DIGITS.fullmatch(text))  # also a code typed too late
        return _Read(event=said, told=_HIDDEN_CODE if hidden else text, secret=secret)

    def _chosen(self, form: Form, choice: str) -> _Read:
        for offer in form.offers:
            if offer.id == choice:
                return _Read(event=Chose(value=offer.value, label=offer.label, seq=offer.seq), told=offer.label)
        return _Read(event=Stale())

    def _with_ids(self, form: Form, says: Sequence[Block], seq: int) -> tuple[Form, list[Block]]:
        """Give every choice an opaque id, and remember what each means (R60)."""
        offers = [offer for offer in form.offers if offer.value.startswith(_LASTING)]
        known = {offer.value: offer.id for offer in offers if offer.value.startswith(_KEPT_ALWAYS)}
        blocks: list[Block] = []
        for block in says:
            if isinstance(block, Choices):
                made = [
                    Offer(
                        id=known.get(item.value) or self._desk.randomness.short(),
                        value=item.value, label=item.label, seq=seq,
                    )
                    for item in block.items
                ]  # fmt: skip
                offers += made
                items = tuple(Choice(label=o.label, value=o.id, lasting=o.value.startswith(_LASTING)) for o in made)
                blocks.append(replace(block, items=items))
            else:
                blocks.append(block)
        always = {offer.value: offer for offer in offers if offer.value.startswith(_KEPT_ALWAYS)}
        others = [offer for offer in offers if offer.value not in always]
        return replace(form, offers=(*always.values(), *others[-_KEPT_OFFERS:])), blocks
