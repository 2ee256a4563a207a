"""Telegram's turns: an arrival becomes a turn of the dialogue, and what is said becomes calls in the outbox.

Everything here runs in the caller's transaction; nothing is sent.
"""

from dataclasses import dataclass, replace

from bot.channels.telegram import rendering
from bot.channels.telegram.arrivals import Arrival, Kind
from bot.channels.turn import Incoming, Taken, Turns
from bot.clock import DAY
from bot.delivery.telegram import calls
from bot.delivery.telegram.calls import Chat, Erase, Leave, Mark, Send
from bot.dialogue.blocks import decode
from bot.dialogue.compose import Translate
from bot.dialogue.events import Brought, Thing
from bot.dialogue.expecting import Expected
from bot.services import conversations, updates
from bot.services.desk import Desk, Letter, Push
from bot.services.updates import Ended
from bot.storage.store import Tx

CHANNEL = "telegram"
CARRIER = "Telegram"
_ERASED = frozenset({Thing.FILE, Thing.CONTACT})  # things that are taken out of the chat


@dataclass(frozen=True, kw_only=True)
class Bot:
    """One of our bots: its name in the settings, and the company that it speaks for (None: all)."""

    name: str
    company: str | None


@dataclass(frozen=True, kw_only=True)
class Handled:
    """What came of an update: the turn, if there was one."""

    taken: Taken | None = None


class TelegramTurns:
    """Takes the turns of chats. One for the whole process."""

    def __init__(self, turns: Turns, desk: Desk, translate: Translate, public_url: str | None) -> None:
        """Take the tools, and where our pages are."""
        self._turns, self._desk, self._, self._public_url = turns, desk, translate, public_url

    def take(self, tx: Tx, now: int, bot: Bot, update_id: int, arrival: Arrival) -> Handled | None:
        """Handle an update and end it; None where it was handled before, or an earlier one of its chat still waits."""
        if not updates.finish(tx, bot.name, update_id):
            return None
        if arrival.chat is None:
            return Handled()
        chat = Chat(bot=bot.name, id=arrival.chat)
        match arrival.kind:
            case Kind.NOTHING | Kind.INLINE:
                return Handled()
            case Kind.ELSEWHERE:
                self._leave(tx, now, chat)
                return Handled()
            case Kind.BLOCKED:
                conversations.block(tx, now, CHANNEL, chat.address, self._desk)
                return Handled()
            case Kind.UNBLOCKED:
                conversations.unblock(tx, CHANNEL, chat.address, self._desk)
                return Handled()
            case Kind.PRESS if arrival.data.startswith(rendering.PAGE):
                self._turn_page(tx, now, chat, update_id, arrival)
                return Handled()
        incoming = _incoming(bot, chat, update_id, arrival)
        taken = self._turn(tx, now, chat, incoming)
        self._tidy(tx, now, chat, update_id, arrival, taken)
        return Handled(taken=taken)

    def give_up(self, tx: Tx, now: int, bot: Bot, update_id: int, chat: int | None, how: Ended) -> None:
        """End an update that cannot be read, or whose handling fails again and again; tell its person so."""
        if updates.finish(tx, bot.name, update_id, how) and chat is not None:
            there = Chat(bot=bot.name, id=chat)
            broken = Arrival(kind=Kind.THING, chat=chat, thing=Thing.UNREADABLE)
            self._turn(tx, now, there, _incoming(bot, there, update_id, broken))

    def _turn(self, tx: Tx, now: int, chat: Chat, incoming: Incoming) -> Taken:
        taken = self._turns.take(tx, now, incoming)
        if taken.repeated:
            return taken
        conversations.unblock(tx, CHANNEL, chat.address, self._desk)  # who writes can be written to
        asked, asks = taken.expected.kind is Expected.NUMBER, taken.expects.kind is Expected.NUMBER
        messages = rendering.render(
            decode(taken.reply), taken.last_seq, self._, public_url=self._public_url, contact=asks,
            clears=asked and not asks,
        )  # fmt: skip
        _send(tx, self._desk, now, chat, messages, f"{taken.conversation}:{taken.last_seq}")
        if taken.forgot:
            conversations.forget(tx, taken.conversation)
        return taken

    def _tidy(self, tx: Tx, now: int, chat: Chat, update_id: int, arrival: Arrival, taken: Taken) -> None:
        """Mark what was pressed; take codes, numbers and files out of the chat (R16)."""
        if arrival.message is None or taken.repeated:
            return
        call: Mark | Erase | None = None
        if arrival.kind is Kind.PRESS:
            call = Mark(message=arrival.message, keyboard=rendering.pressed(arrival.keyboard, arrival.data))
        elif taken.secret or arrival.kind is Kind.CONTACT or arrival.thing in _ERASED:
            call = Erase(message=arrival.message)
        if call:
            calls.order(tx, self._desk, now, chat, call, key=f"tidy:{chat.bot}:{update_id}")

    def _turn_page(self, tx: Tx, now: int, chat: Chat, update_id: int, arrival: Arrival) -> None:
        """Show other choices of the same reply; what is no longer kept stays as it is."""
        seq, _, number = arrival.data.removeprefix(rendering.PAGE).partition(":")
        known = conversations.find(tx, self._desk, CHANNEL, chat.address)
        if known is None or arrival.message is None or not (seq.isdecimal() and number.isdecimal()):
            return
        found = conversations.messages(tx, self._desk, known, int(seq) - 1, 1)
        keyboard = rendering.page(found[0].blocks, int(seq), int(number), self._) if found else ()
        if keyboard:
            mark = Mark(message=arrival.message, keyboard=keyboard)
            calls.order(tx, self._desk, now, chat, mark, key=f"tidy:{chat.bot}:{update_id}")

    def _leave(self, tx: Tx, now: int, chat: Chat) -> None:
        """Leave a group or a channel, once a day at most, and say why (R28)."""
        once = f"leave:{updates.chat_hash(self._desk, chat.bot, str(chat.id))}:{now // DAY}"
        said = Send(text=self._("I talk in private only: your data are nobody else’s business. Write to me there."))
        calls.order(tx, self._desk, now, chat, said, key=f"{once}:said")
        calls.order(tx, self._desk, now, chat, Leave(), key=once)


def push(translate: Translate, public_url: str | None) -> Push:
    """Return what brings the company's letters into chats (``Desk.pushes``)."""

    def bring(tx: Tx, desk: Desk, now: int, letter: Letter) -> None:
        messages = rendering.render(decode(letter.body), letter.seq, translate, public_url=public_url)
        key = f"{letter.conversation}:{letter.seq}"
        _send(tx, desk, now, Chat.of(letter.address), messages, key, letter.notice)

    return bring


def _send(tx: Tx, desk: Desk, now: int, chat: Chat, messages: list[Send], key: str, notice: str | None = None) -> None:
    """Order the messages; the last one brings the notice: with it all of them are there."""
    for number, message in enumerate(messages, 1):
        brings = notice if number == len(messages) else None
        calls.order(tx, desk, now, chat, message, key=f"{key}:{number}", notice=brings)


def _incoming(bot: Bot, chat: Chat, update_id: int, arrival: Arrival) -> Incoming:
    # What belongs together (an album) is answered once.
    identity = f"album:{arrival.album}" if arrival.album else f"u:{update_id}"
    made = Incoming(channel=CHANNEL, address=chat.address, id=identity, company=bot.company, carrier=CARRIER)
    match arrival.kind:
        case Kind.TEXT | Kind.CONTACT:
            return replace(made, text=arrival.text)
        case Kind.START:
            return replace(made, about=arrival.text or None)
        case Kind.PRESS:
            prefix = rendering.LASTING if arrival.data.startswith(rendering.LASTING) else rendering.CHOICE
            return replace(made, choice=arrival.data.removeprefix(prefix))
        case _:
            thing = arrival.thing or Thing.OTHER
            return replace(made, brought=Brought(thing=thing, erased=thing in _ERASED))
