"""One bot's account: its chats, its updates, its profile, and its webhook or poll. Knows no HTTP."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.tools.botapi.refusals import RefusedError, bad_request, forbidden
from tests.tools.botapi.things import Asked, Chat, Json, Message, Press, User
from tests.tools.botapi.updates import Updates

FIRST_MESSAGE = 100


@dataclass(kw_only=True)
class Profile:
    """What setMyCommands and the like leave; keyed by language, commands by scope and language."""

    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int, Json] = field(default_factory=dict)  # by chat, 0 for all


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Where a test may choose: a pressed button can be answered for ``query_lifetime`` seconds; webhooks on http."""

    query_lifetime: float = 900.0
    allow_http: bool = True


class Account:
    """A bot: ``token`` and ``user``; ``now`` gives seconds."""

    def __init__(self, token: str, username: str, *, updates: Updates, now: Callable[[], float], rules: Rules) -> None:
        self.rules = rules
        self.token = token
        self.user = User(id=int(token.split(":", maxsplit=1)[0]), first_name=username, username=username, is_bot=True)
        self.updates = updates
        self.now = now
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.asked: dict[str, Asked] = {}
        self.profile = Profile()
        self._ids = itertools.count(FIRST_MESSAGE)  # shared by private chats and groups, as the real ones are
        self._own_ids: dict[int, Any] = {}
        self._query_ids = itertools.count(4_000_000_000_000)

    @property
    def date(self) -> int:
        """The time, in seconds."""
        return int(self.now())

    def next_message_id(self, chat: Chat) -> int:
        """Return the next message's number: supergroups and channels count their own."""
        if chat.kind in ("private", "group"):
            return next(self._ids)
        return int(next(self._own_ids.setdefault(chat.id, itertools.count(1))))

    def next_query_id(self) -> str:
        """Return an identifier for a callback or inline query."""
        return str(next(self._query_ids))

    def write(self, chat: Chat, sender: User | None, **content: Any) -> Message:
        """Put a message into a chat; return it."""
        made = Message(message_id=self.next_message_id(chat), date=self.date, chat=chat, sender=sender, **content)
        chat.messages[made.message_id] = made
        return made

    def chat(self, given: str) -> Chat:
        """Return a chat by its ``chat_id``; refuse an unknown one."""
        if not given:
            raise bad_request("chat_id is empty")
        try:
            found = self.chats.get(int(given))
        except ValueError:
            found = None
        if found is None:
            raise bad_request("chat not found")
        return found

    def writable(self, given: str) -> Chat:
        """Return a chat that the bot may write to; refuse with the reason against it."""
        chat = self.chat(given)
        if chat.kind == "private":
            assert chat.person
            if chat.person.deactivated:
                raise forbidden("user is deactivated")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            if chat.bot == "kicked":
                raise forbidden("bot was blocked by the user")
            return chat
        if chat.migrated_to:
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        named = f"{chat.kind} chat"
        if chat.bot == "kicked":
            raise forbidden(f"bot was kicked from the {named}")
        if chat.bot == "left":
            raise forbidden(f"bot is not a member of the {named}")
        return chat

    def standing(self, chat: Chat, new: str, by: User) -> None:
        """Change the bot's standing in a chat and tell the bot (my_chat_member)."""
        old, chat.bot = chat.bot, new
        update = {
            "chat": chat.json(),
            "from": by.json(),
            "date": self.date,
            "old_chat_member": self._member(old),
            "new_chat_member": self._member(new),
        }
        self.updates.add("my_chat_member", update, ("member", chat.id))

    def _member(self, status: str) -> Json:
        told: Json = {"user": self.user.json(), "status": status}
        if status == "kicked":
            told["until_date"] = 0
        if status == "administrator":
            told |= dict.fromkeys(_RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
        return told


_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip
