"""What a person sees in a private chat with a bot, and how a test waits for it. Nothing is done here."""

import time
from collections.abc import Callable
from typing import Any

from tests.tools.botapi.account import Account
from tests.tools.botapi.keyboards import Keyboard
from tests.tools.botapi.screen import Shown, show
from tests.tools.botapi.stage import Stage
from tests.tools.botapi.things import Chat, Notice, User

What = str | Callable[[Shown], bool] | None


class Sight:
    """What a person sees; ``id`` is the person's and the chat's number."""

    def __init__(self, stage: Stage, account: Account, user: User) -> None:
        self.stage, self.account, self.user = stage, account, user
        self.id = user.id
        self.bot = account.user.username
        self._chat = account.chats.setdefault(user.id, Chat(id=user.id, kind="private", person=user))
        self._heard: dict[int, int] = {}  # revision by message

    @property
    def screen(self) -> list[Shown]:
        """The chat as it looks now, oldest first; what was deleted is not in it."""
        return self.stage.run(self._screen)

    @property
    def deleted(self) -> list[Shown]:
        """What was deleted, as it was last."""
        return self.stage.run(lambda: [show(one, self.id) for one in self._chat.deleted])

    @property
    def said(self) -> list[Shown]:
        """The bot's messages that are on the screen."""
        return [one for one in self.screen if one.sender == "bot"]

    @property
    def last(self) -> Shown:
        """The bot's newest message."""
        said = self.said
        assert said, "the bot has said nothing"
        return said[-1]

    @property
    def keyboard(self) -> tuple[tuple[str, ...], ...] | None:
        """The labels of the buttons in place of the keyboard, None where it is the usual one."""
        return self.stage.run(lambda: _labels(self._chat.reply_keyboard))

    @property
    def notices(self) -> list[Notice]:
        """What answers to one's presses showed, in the order of the presses; with no text they only end the waiting."""
        return self.stage.run(
            lambda: [told for press in self.account.presses.values() if press.person.id == self.id
                     for told in press.answers]
        )  # fmt: skip

    @property
    def unanswered(self) -> list[str]:
        """The ids of one's presses that were never answered: their buttons still show a clock."""
        return self.stage.run(
            lambda: [one.id for one in self.account.presses.values() if one.person.id == self.id and not one.answers]
        )

    @property
    def actions(self) -> list[str]:
        """The actions that were shown, "typing" and the like."""
        return self.stage.run(lambda: list(self._chat.actions))

    def inline_answer(self, query: str) -> list[dict[str, Any]] | None:
        """Return the results for an inline query, None while there is no answer."""
        return self.stage.run(lambda: self.account.asked[query].results)

    # ---- within the loop --------------------------------------------------------------------------------------

    def _screen(self) -> list[Shown]:
        return [show(one, self.id) for one in sorted(self._chat.messages.values(), key=lambda one: one.message_id)]

    def _described(self) -> str:
        return "\n".join(f"{one.sender}: {one.text} {one.buttons or ''}" for one in self._screen()) or "an empty chat"

    async def _hears(self, what: What, timeout: float, quiet: float) -> list[Shown]:
        until = time.monotonic() + timeout
        while True:
            news = self._news()
            if what is None:
                settled = bool(news) and not await self.stage.rings(quiet)
            else:
                settled = any(_matches(one, what) for one in news)
            if settled:
                news = self._news()
                self._heard |= {one.message_id: self._chat.messages[one.message_id].revision for one in news}
                return news
            assert time.monotonic() < until, f"{what or 'anything new'!r} was not heard in:\n{self._described()}"
            if what is not None or not news:
                await self.stage.rings(until - time.monotonic())

    def _news(self) -> list[Shown]:
        mine = self._chat.messages.values()
        return [show(one, self.id) for one in mine if one.own and self._heard.get(one.message_id) != one.revision]


def _matches(message: Shown, what: str | Callable[[Shown], bool]) -> bool:
    return what in message.text if isinstance(what, str) else what(message)


def _labels(keyboard: Keyboard | None) -> tuple[tuple[str, ...], ...] | None:
    return tuple(tuple(one["text"] for one in row) for row in keyboard.rows) if keyboard else None
