"""What a person does in a private chat with a bot. All people are fictional."""

import itertools
import re
from typing import Any

from tests.tools.botapi.markup import commands
from tests.tools.botapi.screen import Shown, show
from tests.tools.botapi.sight import Sight
from tests.tools.botapi.stage import on_stage
from tests.tools.botapi.things import Asked, Message, Press

_FILES = itertools.count(1)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
_STRANGER = "+38344999999"


class Hands(Sight):
    """What a person does; every method may be called from the test's loop or from any thread."""

    @on_stage
    def start(self, payload: str = "") -> Shown:
        """Press Start, with a link's payload; who has blocked the bot unblocks it so."""
        assert _PAYLOAD.fullmatch(payload), "a link carries up to 64 of A-Z, a-z, 0-9, _ and -"
        if self._chat.bot == "kicked":
            self.account.standing(self._chat, "member", self.user)
        self._chat.started, self._chat.bot = True, "member"
        return self._say(f"/start {payload}".strip())

    @on_stage
    def says(self, text: str) -> Shown:
        """Write a text."""
        return self._say(text)

    @on_stage
    def presses(self, what: str | int, message: Shown | None = None) -> str:
        """Press a button by its place, label, or part of the label; return the callback query's id.

        It is that of the newest message that has one so; or of ``message`` as it was when it was looked at, even if it
        was changed or deleted since. A button in place of the keyboard sends its words, and an empty id is returned.
        """
        found = message or next((one for one in reversed(self._screen()) if one.button(what)), None)
        button = found.button(what) if found else None
        if found and button:
            assert button.data, f"{button.label!r} opens {button.url}: nothing is sent"
            return self._press(found.message_id, button.data)
        replies = self._replies()
        assert isinstance(what, str) and what in replies, f"no button {what!r} in {self._described()}"
        self._reply(replies[what])
        return ""

    @on_stage
    def forges(self, data: str, message: Shown) -> str:
        """Send what no button of a message has, as a client of one's own can; return the callback query's id."""
        return self._press(message.message_id, data)

    @on_stage
    def shares_contact(
        self, *, own: bool = True, phone: str | None = None, user_id: int | None = None, plus: bool = True
    ) -> Shown:
        """Send a contact: one's own, or somebody else's (``phone``; ``user_id`` where that one has Telegram).

        Some clients write a number without its plus.
        """
        number = phone or (self.user.phone if own else _STRANGER)
        assert number, "this person has no phone: api.person(…, phone=…)"
        contact: dict[str, Any] = {"phone_number": number if plus else number.removeprefix("+")}
        contact["first_name"] = self.user.first_name if own else "Dikush"
        if own or user_id:
            contact["user_id"] = user_id or self.user.id
        return self._send(content={"contact": contact})

    @on_stage
    def sends_photo(self, caption: str = "", album: str | None = None) -> Shown:
        """Send a photo; those with the same ``album`` belong together."""
        sizes = [_file(width=width, height=width * 3 // 4) for width in (90, 320, 800)]
        return self._send(content=_with({"photo": sizes}, caption=caption, media_group_id=album))

    @on_stage
    def sends_document(self, caption: str = "", name: str = "leternjoftimi.pdf") -> Shown:
        """Send a file."""
        document = _file(file_name=name, mime_type="application/pdf")
        return self._send(content=_with({"document": document}, caption=caption))

    @on_stage
    def sends_voice(self) -> Shown:
        """Send a voice message."""
        return self._send(content={"voice": _file(duration=3, mime_type="audio/ogg")})

    @on_stage
    def sends_video_note(self) -> Shown:
        """Send a round video."""
        return self._send(content={"video_note": _file(duration=3, length=240)})

    @on_stage
    def sends_sticker(self) -> Shown:
        """Send a sticker."""
        kind = {"type": "regular", "is_animated": False, "is_video": False}
        return self._send(content={"sticker": _file(width=512, height=512, emoji="👍", **kind)})

    @on_stage
    def sends_location(self) -> Shown:
        """Send a place."""
        return self._send(content={"location": {"latitude": 42.66, "longitude": 21.16}})

    @on_stage
    def edits(self, text: str, message: Shown | None = None) -> Shown:
        """Change the words of one's last text, or of ``message``."""
        mine = [one for one in self._chat.messages.values() if one.sender is self.user and one.text]
        found = self._chat.messages.get(message.message_id) if message else next(reversed(mine), None)
        assert found and found.sender is self.user, "there is no text of one's own to change"
        found.text, found.entities, found.edit_date = text, commands(text), self.account.date
        self.account.updates.add("edited_message", found.json(), ("message", self.id))
        self.stage.ring()
        return show(found, self.id)

    @on_stage
    def deletes(self, message: Shown) -> None:
        """Delete a message for both; the bot is not told."""
        self._chat.deleted.append(self._chat.messages.pop(message.message_id))
        self.stage.ring()

    @on_stage
    def blocks(self) -> None:
        """Block the bot: from now on it is refused."""
        assert self._chat.started, "press start first"
        self.account.standing(self._chat, "kicked", self.user)

    @on_stage
    def unblocks(self) -> None:
        """Unblock the bot."""
        self.account.standing(self._chat, "member", self.user)

    @on_stage
    def is_deactivated(self) -> None:
        """Have one's account deleted."""
        self.user.deactivated = True

    @on_stage
    def asks_inline(self, text: str) -> str:
        """Write ``@bot text`` in some chat; return the inline query's id (see ``inline_answer``)."""
        asked = Asked(id=self.account.next_query_id(), person=self.user, text=text, at=self.account.now())
        self.account.asked[asked.id] = asked
        update = {"id": asked.id, "from": self.user.json(), "query": text, "offset": "", "chat_type": "sender"}
        self.account.updates.add("inline_query", update, ("inline", self.id))
        return asked.id

    # ---- within the loop --------------------------------------------------------------------------------------

    def _say(self, text: str) -> Shown:
        return self._send(text=text, entities=commands(text))

    def _send(self, **content: Any) -> Shown:
        assert self._chat.started, "a person presses start before anything else: person.start()"
        assert self._chat.bot != "kicked", "who has blocked a bot cannot write to it"
        sent = self.account.write(self._chat, self.user, **content)
        self.account.updates.add("message", sent.json(), ("message", self.id))
        self.stage.ring()
        return show(sent, self.id)

    def _press(self, number: int, data: str) -> str:
        assert self._chat.bot != "kicked", "who has blocked a bot cannot press its buttons"
        press = Press(id=self.account.next_query_id(), person=self.user, chat=self._chat, at=self.account.now())
        self.account.presses[press.id] = press
        found: Message | None = self._chat.messages.get(number)
        gone = {"message_id": number, "chat": self._chat.json(), "date": 0}
        update = {
            "id": press.id,
            "from": self.user.json(),
            "message": found.json() if found else gone,
            "chat_instance": str(-self.id * 7919),
            "data": data,
        }
        self.account.updates.add("callback_query", update, ("callback", self.id))
        return press.id

    def _replies(self) -> dict[str, dict[str, Any]]:
        keyboard = self._chat.reply_keyboard
        return {one["text"]: one for row in keyboard.rows for one in row} if keyboard else {}

    def _reply(self, button: dict[str, Any]) -> None:
        if self._chat.reply_keyboard and self._chat.reply_keyboard.one_time:
            self._chat.reply_keyboard = None
        if button.get("request_contact"):
            self.shares_contact()
        else:
            self._say(button["text"])


def _file(**more: Any) -> dict[str, Any]:
    number = next(_FILES)
    return {"file_id": f"file-{number}", "file_unique_id": f"unique-{number}", "file_size": 1000 + number} | more


def _with(content: dict[str, Any], **more: str | None) -> dict[str, Any]:
    return content | {name: value for name, value in more.items() if value}
