"""Telegram's turns: an arrival becomes a turn of the dialogue, and what is said becomes calls in the outbox.

Everything here runs in the caller's transaction; nothing is sent.
"""

import re
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
_LISTED = re.compile(r"\s*([0-9]{1,2})\s*[.)]?\s*")  # "2", "2."
_PAGE = re.compile(re.escape(rendering.PAGE) + r"([0-9]{1,9}):([0-9]{1,3})")


@dataclass(frozen=True, kw_only=True)
class Bot:
    """One of our bots: its name in the settings, and the company that it speaks for (None: all)."""

    name: str
    company: str | None


class TelegramTurns:
    """Takes the turns of chats. One for the whole process."""

    def __init__(self, turns: Turns, desk: Desk, translate: Translate, public_url: str | None) -> None:
        """Take the tools, and where our pages are."""
        self._turns, self._desk, self._, self._public_url = turns, desk, translate, public_url

    def take(self, tx: Tx, now: int, bot: Bot, update_id: int, arrival: Arrival) -> bool:
        """Handle an update and end it; false where it was handled before, or an earlier one of its chat still waits."""
        if not updates.finish(tx, bot.name, update_id):
            return False
        if arrival.chat is None:
            return True
        chat = Chat(bot=bot.name, id=arrival.chat)
        match arrival.kind:
            case Kind.NOTHING | Kind.INLINE:
                return True
            case Kind.ELSEWHERE:
                self._leave(tx, now, chat)
                return True
            case Kind.BLOCKED:
                conversations.block(tx, now, CHANNEL, chat.address, self._desk)
                return True
            case Kind.UNBLOCKED:
                conversations.unblock(tx, CHANNEL, chat.address, self._desk)
                return True
            case Kind.PRESS if self._turn_page(tx, now, chat, update_id, arrival):
                return True
        incoming = self._picked_by_number(tx, chat, self._incoming(bot, chat, update_id, arrival))
        taken = self._turn(tx, now, chat, incoming)
        self._tidy(tx, now, chat, update_id, arrival, taken)
        return True

    def give_up(self, tx: Tx, now: int, bot: Bot, update_id: int, chat: int | None, how: Ended) -> None:
        """End an update that cannot be read, or whose handling fails again and again; tell its person so.

        Nothing is said where no person is known to be: the numbers of groups and channels are negative (R28).
        """
        if updates.finish(tx, bot.name, update_id, how) and chat is not None and chat > 0:
            there = Chat(bot=bot.name, id=chat)
            broken = Arrival(kind=Kind.THING, chat=chat, thing=Thing.UNREADABLE)
            self._turn(tx, now, there, self._incoming(bot, there, update_id, broken))

    def _turn(self, tx: Tx, now: int, chat: Chat, incoming: Incoming) -> Taken:
        taken = self._turns.take(tx, now, incoming)
        if taken.repeated:
            return taken
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
        """Mark what was pressed; take codes, numbers and files out of the chat (R16), each of an album too."""
        if arrival.message is None:
            return
        call: Mark | Erase | None = None
        if arrival.kind is Kind.PRESS:
            keyboard = rendering.pressed(arrival.keyboard, arrival.data)
            # A button that was not valid any more is no choice that was made: it gets no mark.
            if taken.told and keyboard != arrival.keyboard:
                call = Mark(message=arrival.message, keyboard=keyboard)
        elif taken.secret or arrival.kind is Kind.CONTACT or arrival.thing in _ERASED:
            call = Erase(message=arrival.message)
        if call:
            calls.order(tx, self._desk, now, chat, call, key=f"tidy:{chat.bot}:{update_id}")

    def _turn_page(self, tx: Tx, now: int, chat: Chat, update_id: int, arrival: Arrival) -> bool:
        """Show other choices of the same reply; false where that is none, or is no longer kept."""
        wanted = _PAGE.fullmatch(arrival.data)
        if not wanted or arrival.message is None:
            return False
        known = conversations.find(tx, self._desk, CHANNEL, chat.address)
        if known is None:
            return False
        seq, number = int(wanted[1]), int(wanted[2])
        found = conversations.messages(tx, self._desk, known, seq - 1, 1)
        # The numbers begin anew in a conversation that was forgotten: the reply must be the one that is looked at.
        if not found or found[0].seq != seq or not rendering.offers(found[0].blocks, arrival.keyboard):
            return False
        keyboard = rendering.page(found[0].blocks, seq, number, self._)
        if keyboard:
            mark = Mark(message=arrival.message, keyboard=keyboard)
            calls.order(tx, self._desk, now, chat, mark, key=f"tidy:{chat.bot}:{update_id}")
        return bool(keyboard)

    def _leave(self, tx: Tx, now: int, chat: Chat) -> None:
        """Leave a group or a channel, once a day at most, and say why (R28)."""
        once = f"leave:{updates.chat_hash(self._desk, chat.bot, str(chat.id))}:{now // DAY}"
        said = Send(text=self._("I talk in private only: your data are nobody else’s business. Write to me there."))
        calls.order(tx, self._desk, now, chat, said, key=f"{once}:said")
        calls.order(tx, self._desk, now, chat, Leave(), key=once)

    def _picked_by_number(self, tx: Tx, chat: Chat, incoming: Incoming) -> Incoming:
        """Return the choice whose number is written right after a numbered list; anything else as it came."""
        wanted = _LISTED.fullmatch(incoming.text or "")
        standing = self._turns.standing(tx, CHANNEL, chat.address) if wanted else None
        if not wanted or standing is None or standing.expects.kind is not Expected.TEXT or standing.expects.held:
            return incoming
        found = conversations.messages(tx, self._desk, standing.conversation, standing.last_seq - 1, 1)
        lists = [rendering.numbered(message.blocks) for message in found if message.seq == standing.last_seq]
        choice = lists[0].get(int(wanted[1]), "") if lists else ""
        return replace(incoming, text=None, choice=choice) if choice in standing.pickable else incoming

    def _incoming(self, bot: Bot, chat: Chat, update_id: int, arrival: Arrival) -> Incoming:
        # What belongs together (an album) is answered once.
        identity = f"album:{arrival.album}" if arrival.album else f"u:{update_id}"
        made = Incoming(channel=CHANNEL, address=chat.address, id=identity, company=bot.company, carrier=CARRIER)
        match arrival.kind:
            case Kind.TEXT | Kind.CONTACT:
                return replace(made, text=arrival.text)
            case Kind.START:
                # A bot that speaks for one company speaks for no other, whatever a link says.
                followed = bot.company is None and arrival.text in self._desk.companies
                return replace(made, about=arrival.text if followed else None)
            case Kind.PRESS:
                prefix = rendering.LASTING if arrival.data.startswith(rendering.LASTING) else rendering.CHOICE
                return replace(made, choice=arrival.data.removeprefix(prefix))
            case _:
                thing = arrival.thing or Thing.OTHER
                return replace(made, brought=Brought(thing=thing, erased=thing in _ERASED))


def push(translate: Translate, public_url: str | None) -> Push:
    """Return what brings the company's letters into chats (``Desk.pushes``)."""

    def bring(tx: Tx, desk: Desk, now: int, letter: Letter) -> None:
        messages = rendering.render(decode(letter.body), letter.seq, translate, public_url=public_url)
        key = f"{letter.conversation}:{letter.seq}"
        _send(tx, desk, now, Chat.of(letter.address), messages, key, letter.notice)

    return bring


def _send(tx: Tx, desk: Desk, now: int, chat: Chat, messages: list[Send], key: str, notice: str | None = None) -> None:
    """Order the messages; with the last one the notice that they bring is there."""
    for number, message in enumerate(messages, 1):
        last = number == len(messages)
        calls.order(tx, desk, now, chat, message, key=f"{key}:{number}", notice=notice, completes=last)
