"""Groups and channels that a bot may be put into: what happens there, and what is seen. All of them are fictional."""

from typing import Any

from tests.tools.botapi.account import Account
from tests.tools.botapi.markup import commands
from tests.tools.botapi.screen import Shown, show
from tests.tools.botapi.stage import Stage, on_stage
from tests.tools.botapi.things import Chat, User

ADMIN = User(id=700000001, first_name="Administratorja", username="admin_filane", language_code="sq")


class _Crowd:
    kind = "group"
    standing_when_added = "member"

    def __init__(self, stage: Stage, account: Account, chat_id: int, title: str) -> None:
        self.stage, self.account = stage, account
        self._chat = Chat(id=chat_id, kind=self.kind, title=title)
        account.chats[chat_id] = self._chat

    @property
    def id(self) -> int:
        """The chat's number; another once a group has migrated."""
        return self._chat.id

    @property
    def bot_is(self) -> str:
        """The bot's standing: "member", "administrator", "left" or "kicked"."""
        return self.stage.run(lambda: self._chat.bot)

    @property
    def screen(self) -> list[Shown]:
        """The chat as it looks now, oldest first."""
        return self.stage.run(lambda: [show(one, ADMIN.id) for one in self._chat.messages.values()])

    @property
    def said(self) -> list[Shown]:
        """The bot's messages there."""
        return [one for one in self.screen if one.sender == "bot"]

    @on_stage
    def removes_bot(self) -> None:
        """Throw the bot out."""
        self.account.standing(self._chat, "kicked", ADMIN)

    def _send(self, kind: str, sender: User | None, **content: Any) -> Shown:
        sent = self.account.write(self._chat, sender, **content)
        if self._chat.bot in ("member", "administrator"):
            self.account.updates.add(kind, sent.json(), ("message", self._chat.id))
        self.stage.ring()
        return show(sent, ADMIN.id)


class Group(_Crowd):
    """A group, or once it has migrated a supergroup."""

    @on_stage
    def adds_bot(self) -> None:
        """Put the bot into the group: it learns its standing, and sees the service message."""
        bot = self.account.user.json()
        self.account.standing(self._chat, self.standing_when_added, ADMIN)
        content = {"new_chat_members": [bot], "new_chat_participant": bot, "new_chat_member": bot}
        self._send("message", ADMIN, content=content)

    @on_stage
    def says(self, text: str, by: User = ADMIN) -> Shown:
        """Write a text; the bot gets it as if its privacy mode were off."""
        return self._send("message", by, text=text, entities=commands(text))

    @on_stage
    def migrates(self) -> int:
        """Become a supergroup; return its number. Who writes to the old one is told of the new."""
        old = self._chat
        new = Chat(id=-1_000_000_000_000 + old.id, kind="supergroup", title=old.title, bot=old.bot)
        self.account.chats[new.id] = new
        self._send("message", ADMIN, content={"migrate_to_chat_id": new.id})
        old.migrated_to = new.id
        self._chat = new
        self._send("message", ADMIN, content={"migrate_from_chat_id": old.id})
        return new.id


class Channel(_Crowd):
    """A channel; bots are administrators there."""

    kind = "channel"
    standing_when_added = "administrator"

    @on_stage
    def adds_bot(self) -> None:
        """Make the bot an administrator of the channel."""
        self.account.standing(self._chat, self.standing_when_added, ADMIN)

    @on_stage
    def posts(self, text: str) -> Shown:
        """Publish a text."""
        return self._send("channel_post", None, text=text, entities=commands(text))
