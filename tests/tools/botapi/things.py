"""Users, chats and messages as Telegram keeps them, and their JSON. Knows no method and no network."""

from dataclasses import dataclass, field
from typing import Any

from tests.tools.botapi.keyboards import Keyboard
from tests.tools.botapi.markup import Entity

Json = dict[str, Any]


@dataclass(kw_only=True)
class User:
    """An account: a person's, or a bot's."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    phone: str = ""
    is_bot: bool = False
    deactivated: bool = False

    def json(self) -> Json:
        told: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if getattr(self, name):
                told[name] = getattr(self, name)
        return told


@dataclass(kw_only=True)
class Message:
    """A message as the chat shows it now; ``content`` is what it carries besides a text."""

    message_id: int
    date: int
    chat: "Chat"
    sender: User | None  # None: a channel's post
    own: bool = False  # the bot's own
    text: str = ""
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard | None = None  # inline only
    fixed: bool = False  # came with another kind of reply_markup: such a message can't be edited
    content: Json = field(default_factory=dict)
    protected: bool = False
    silent: bool = False
    link_preview: Json | None = None
    edit_date: int = 0
    revision: int = 0  # how often its words changed

    def json(self) -> Json:
        told: Json = {"message_id": self.message_id}
        if self.sender:
            told["from"] = self.sender.json()
        else:
            told["sender_chat"] = self.chat.json()
        told |= {"chat": self.chat.json(), "date": self.date}
        if self.edit_date:
            told["edit_date"] = self.edit_date
        if self.protected:
            told["has_protected_content"] = True
        if self.text:
            told["text"] = self.text
            if self.entities:
                told["entities"] = [one.json() for one in self.entities]
        if self.link_preview:
            told["link_preview_options"] = self.link_preview
        told |= self.content
        if self.keyboard:
            told["reply_markup"] = self.keyboard.json()
        return told


@dataclass(kw_only=True)
class Chat:
    """A chat of one bot. ``kind`` is "private", "group", "supergroup" or "channel"; ``bot`` is the bot's standing."""

    id: int
    kind: str
    title: str = ""
    person: User | None = None  # of a private chat
    bot: str = "left"  # or "member", "administrator", "kicked": in private that is blocked
    started: bool = False
    migrated_to: int = 0
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: list[Message] = field(default_factory=list)
    reply_keyboard: Keyboard | None = None
    actions: list[str] = field(default_factory=list)  # sendChatAction

    def json(self) -> Json:
        told: Json = {"id": self.id, "type": self.kind}
        if self.person:
            told["first_name"] = self.person.first_name
            if self.person.last_name:
                told["last_name"] = self.person.last_name
            if self.person.username:
                told["username"] = self.person.username
        else:
            told["title"] = self.title
        return told


@dataclass(kw_only=True)
class Press:
    """A callback query: a button that was pressed."""

    id: str
    person: User
    chat: Chat
    at: float  # seconds
    answers: list["Notice"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What answerCallbackQuery showed: ``text`` may be empty, ``alert`` is a window to be closed."""

    query: str
    text: str
    alert: bool
    url: str = ""


@dataclass(kw_only=True)
class Asked:
    """An inline query and its answer, None until one came."""

    id: str
    person: User
    text: str
    at: float  # seconds
    results: list[Json] | None = None
