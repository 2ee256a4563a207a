"""A person with Telegram on their phone, as turns see them: updates that were kept, and the calls that come of them."""

import itertools
from dataclasses import replace
from typing import Any

from bot.answering import translations
from bot.channels.telegram.arrivals import Arrival, Kind
from bot.channels.telegram.turns import CHANNEL, Bot, TelegramTurns, push
from bot.delivery.telegram import calls
from bot.delivery.telegram.calls import Button, Call, Chat, Erase, Leave, Mark, Ordered, Send
from bot.dialogue.events import Thing
from bot.services import conversations, jobs, updates
from bot.services.jobs import JobKind
from bot.services.updates import Update
from tests.tools.botapi.markup import read_text
from tests.tools.chatting import Town

SITE = "https://mburoja.example"
ALL = Bot(name="all", company=None)
IPKO = Bot(name="ipko", company="ipko")


def join(town: Town) -> TelegramTurns:
    """Let Telegram bring letters in a town; return what takes its turns."""
    translate = translations().gettext
    town.desk = replace(town.desk, pushes={CHANNEL: push(translate, SITE)})
    return TelegramTurns(town.turns, town.desk, translate, SITE)


class Phone:
    """One chat with one bot. ``made`` are the calls that its last update brought, ``read`` all messages since ever."""

    _numbers = itertools.count(1)

    def __init__(self, town: Town, telegram: TelegramTurns, bot: Bot = ALL, chat: int = 500_100) -> None:
        self.town, self.telegram, self.bot, self.chat = town, telegram, bot, chat
        self.message = 0
        self.made: list[Call] = []
        self.read: list[Send] = []

    @property
    def address(self) -> str:
        """The address of the conversation."""
        return Chat(bot=self.bot.name, id=self.chat).address

    @property
    def conversation(self) -> str:
        """The id of the conversation."""
        found = conversations.find(self.town.tx, self.town.desk, CHANNEL, self.address)
        assert found is not None
        return found

    @property
    def kept(self) -> list[str]:
        """The words of the person that are kept."""
        found = conversations.messages(self.town.tx, self.town.desk, self.conversation, 0)
        return [message.blocks[0]["text"] for message in found if message.sender == "you"]

    # ---- what the person does ---------------------------------------------------------------------------------

    def say(self, text: str) -> list[Call]:
        return self.bring(kind=Kind.TEXT, text=text)

    def start(self, link: str = "") -> list[Call]:
        return self.bring(kind=Kind.START, text=link)

    def share(self, number: str) -> list[Call]:
        return self.bring(kind=Kind.CONTACT, text=number)

    def show(self, thing: Thing, album: str = "") -> list[Call]:
        return self.bring(kind=Kind.THING, thing=thing, album=album)

    def press(self, label: str) -> list[Call]:
        """Press a button of the latest message that has it."""
        send = next(one for one in reversed(self.read) if any(label in b.text for b in _buttons(one)))
        return self.touch(next(b for b in _buttons(send) if label in b.text), send.keyboard)

    def touch(self, button: Button, keyboard: calls.Keyboard = ()) -> list[Call]:
        return self.bring(kind=Kind.PRESS, data=button.data, query="q", keyboard=keyboard)

    def prove(self, number: str) -> list[Call]:
        """Write a number, and the code that comes to it."""
        self.say(number)
        return self.say(self.town.sms[-1].code)

    # ---- what comes of it -------------------------------------------------------------------------------------

    def bring(self, **parts: Any) -> list[Call]:
        """Let an update come, be kept and handled; return the calls that it made."""
        number = self.keep()
        assert self.handle(number, self.arrival(**parts)) is not None
        return self.made

    def arrival(self, **parts: Any) -> Arrival:
        self.message += 1
        return Arrival(**{"chat": self.chat, "message": self.message, **parts})

    def keep(self) -> int:
        """Keep an update; return its id."""
        number = next(self._numbers)
        update = Update(bot=self.bot.name, id=number, chat=str(self.chat), payload=b'{"said": "something"}')
        assert updates.keep(self.town.tx, self.town.desk, self.town.now, [update]) == [number]
        return number

    def handle(self, number: int, arrival: Arrival) -> bool:
        done = self.telegram.take(self.town.tx, self.town.now, self.bot, number, arrival)
        self.collect()
        return done

    def collect(self) -> list[Ordered]:
        """Take the calls that were ordered out of the outbox, as the sender does; then let the worker work."""
        tx, desk, found = self.town.tx, self.town.desk, []
        while claimed := jobs.claim(tx, desk, self.town.now, [JobKind.TELEGRAM_CALL], 100, 1000):
            for job in claimed:
                found.append(calls.ordered(job))
                assert jobs.settle(tx, self.town.now, job.id, job.lease_token)
        assert all(one.chat == Chat(bot=self.bot.name, id=self.chat) for one in found)
        self.made = [one.call for one in found]
        self.read += self.sends
        self.town.work()
        return found

    @property
    def sends(self) -> list[Send]:
        return [call for call in self.made if isinstance(call, Send)]

    @property
    def tidied(self) -> list[Call]:
        return [call for call in self.made if isinstance(call, Mark | Erase | Leave)]

    @property
    def text(self) -> str:
        """What was said last, as Telegram reads it."""
        return "\n\n".join(said(send) for send in self.sends)

    @property
    def seen(self) -> str:
        """All that was ever to be read in the chat, buttons too."""
        return "\n".join([*(said(one) for one in self.read), *(b.text for one in self.read for b in _buttons(one))])

    @property
    def labels(self) -> list[str]:
        return [button.text for send in self.sends for button in _buttons(send)]


def said(send: Send) -> str:
    """Return the words of a message; Telegram's own refusals are raised."""
    return read_text(send.text, "HTML")[0]


def _buttons(send: Send) -> list[Button]:
    return [button for row in send.keyboard for button in row]
