"""Makes calls of Telegram's Bot API, through python-telegram-bot; knows no job and no store.

What a call says is personal and its address holds the bot's token: the library's own log lines are silenced where a
``BotApi`` is made, and its errors, whose words may hold either, never leave this file (R32).

Telegram has no key by which it would know a message again: where the answer to a call is lost, the call may have been
made, and it is made once more when it is tried again.
"""

import datetime as dt
import html
import json
import logging
import os
import re
import urllib.parse
from collections.abc import Awaitable

import telegram
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TimedOut
from telegram.request import BaseRequest, HTTPXRequest

from bot.clock import SECOND
from bot.delivery.pump import DeliveryError
from bot.delivery.telegram.answers import read_updates
from bot.delivery.telegram.calls import Call, Erase, Keyboard, Leave, Mark, Send
from bot.delivery.telegram.undone import UNMENDED

PUBLIC_API = "https://api.telegram.org"
KINDS = ("message", "edited_message", "channel_post", "callback_query", "inline_query", "my_chat_member")  # of updates
AT_ONCE = 128  # connections of one bot
CONNECT, READ, WRITE, POOL = 5.0, 15.0, 10.0, 5.0  # seconds
BRIEFLY = 5.0  # seconds, for what nobody waits for
SOURCES = "telegram", "httpx", "httpcore"  # of log lines that hold tokens and texts

# What Telegram answers (400), as it words it, compared in lower case.
_TIDY = (
    "message is not modified", "message to edit not found", "message can't be edited", "message to delete not found",
    "message can't be deleted", "message_id_invalid",
)  # fmt: skip
_UNREACHABLE = "chat not found", "user is deactivated", "bot can't initiate conversation", "peer_id_invalid"
_MARKUP = "can't parse entities"
_TAG = re.compile("<[^>]*>")

_log = logging.getLogger(__name__)


class TelegramError(DeliveryError):
    """A call was not made. ``blocked``: nothing reaches the person of this chat any more."""

    def __init__(
        self, kind: str, *, temporary: bool, blocked: bool = False, wait: int | None = None, at_least: int = 0
    ) -> None:
        """Take what happened."""
        super().__init__(kind, temporary=temporary, wait=wait, at_least=at_least)
        self.blocked = blocked


class BotApi:
    """One of our bots, by its name in the settings."""

    def __init__(self, name: str, token: str, *, api: str = PUBLIC_API, request: BaseRequest | None = None) -> None:
        """Take the bot's token and the API's origin; ``request`` stands for the network in tests."""
        for source in SOURCES:
            logging.getLogger(source).setLevel(logging.CRITICAL + 1)
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's switch: otherwise each 429 warns of its future
        self.name = name
        self._calls = request or HTTPXRequest(AT_ONCE, READ, WRITE, CONNECT, POOL)
        self._updates = request or HTTPXRequest(2, READ, WRITE, CONNECT, POOL)  # not behind what is sent
        self.bot = _Bot(token, f"{api}/bot", f"{api}/file/bot", self._calls, self._updates)

    def __repr__(self) -> str:
        """Name the bot, without its token."""
        return f"BotApi({self.name!r})"

    async def start(self) -> None:
        """Open the HTTP client; asks Telegram nothing."""
        await self._calls.initialize()
        await self._updates.initialize()

    async def close(self) -> None:
        """Close the HTTP client. Idempotent."""
        await self._calls.shutdown()
        await self._updates.shutdown()

    async def make(self, chat: int, call: Call) -> None:
        """Make a call. What tidies up and comes too late is made. Raises TelegramError."""
        try:
            await self._make(chat, call)
        except telegram.error.TelegramError as error:
            words = str(error).lower()
            failure: TelegramError | None = _judged(error, words)
            if isinstance(call, Send) and _MARKUP in words:
                _log.error("%s: Telegram does not read our markup; the message goes without it", self.name)
                failure = await self._without_markup(chat, call)
            elif isinstance(error, BadRequest) and isinstance(call, Mark | Erase) and _says(words, _TIDY):
                failure = None
            elif isinstance(call, Leave) and isinstance(error, Forbidden | BadRequest | ChatMigrated):
                failure = None  # it is not there any more
        else:
            return
        if failure is not None:
            raise failure  # outside of the handler: the library's error stays behind

    async def answer_query(self, query: str, text: str = "") -> None:
        """Let a pressed button stop waiting, perhaps with a word; as well as it goes."""
        await self._try(self.bot.answer_callback_query(query, text or None, read_timeout=BRIEFLY))

    async def answer_inline(self, query: str, label: str) -> None:
        """Answer an inline query by a button that leads to the private chat; as well as it goes."""
        button = telegram.InlineQueryResultsButton(label, start_parameter="inline")
        await self._try(self.bot.answer_inline_query(query, [], button=button, read_timeout=BRIEFLY))

    async def typing(self, chat: int) -> None:
        """Show that an answer is being written; as well as it goes."""
        await self._try(self.bot.send_chat_action(chat, ChatAction.TYPING, read_timeout=BRIEFLY))

    async def get_updates(self, offset: int | None, seconds: int, most: int) -> list[bytes]:
        """Return up to ``most`` updates from ``offset`` on, each as its JSON, waiting ``seconds`` for the first.

        Telegram forgets those before ``offset``. Raises TelegramError; "telegram.conflict": another fetches too, or a
        webhook is set.
        """
        asked = {"timeout": seconds, "limit": most, "allowed_updates": json.dumps(KINDS)}
        if offset is not None:
            asked["offset"] = offset
        address = f"{self.bot.base_url}/getUpdates?{urllib.parse.urlencode(asked)}"
        try:
            # Not the library's get_updates: it reads all of them or none.
            return read_updates(await self._updates.retrieve(address, read_timeout=seconds + READ))
        except telegram.error.TelegramError as error:
            failure = _judged(error, str(error).lower())
        except ValueError:
            failure = TelegramError("telegram.answer", temporary=True)
        raise failure

    async def _make(self, chat: int, call: Call) -> None:
        match call:
            case Send():
                await self._send(chat, call, call.text, ParseMode.HTML)
            case Mark():
                keyboard = _keyboard(call.keyboard) if call.keyboard else None
                await self.bot.edit_message_reply_markup(chat, call.message, reply_markup=keyboard)
            case Erase():
                await self.bot.delete_message(chat, call.message)
            case Leave():
                await self.bot.leave_chat(chat)

    async def _send(self, chat: int, call: Send, text: str, parse_mode: str | None) -> None:
        await self.bot.send_message(
            chat, text, parse_mode=parse_mode, reply_markup=_below(call), protect_content=call.protect or None,
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        )  # fmt: skip

    async def _without_markup(self, chat: int, call: Send) -> TelegramError | None:
        """Send the words alone, and return what went wrong: they matter more than how they look."""
        try:
            await self._send(chat, call, html.unescape(_TAG.sub("", call.text)), None)
        except telegram.error.TelegramError as error:
            return _judged(error, str(error).lower())
        return None

    async def _try(self, call: Awaitable[object]) -> None:
        try:
            await call
        except Exception as error:  # nobody waits for it, and it is not tried again
            _log.debug("%s: %s", self.name, type(error).__name__)


class _Bot(telegram.Bot):
    """The library's bot, which would show its token where it is shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Bot"


def _judged(error: telegram.error.TelegramError, words: str) -> TelegramError:
    match error:
        case RetryAfter():
            after = error.retry_after
            seconds = after.total_seconds() if isinstance(after, dt.timedelta) else after
            return TelegramError("telegram.flood", temporary=True, wait=max(int(seconds * SECOND), SECOND))
        case Forbidden() | ChatMigrated():
            return TelegramError("telegram.blocked", temporary=False, blocked=True)
        case BadRequest() if _says(words, _UNREACHABLE):
            return TelegramError("telegram.blocked", temporary=False, blocked=True)
        case BadRequest():
            return TelegramError("telegram.refused", temporary=False)
        case InvalidToken():
            return TelegramError("telegram.token", temporary=True, at_least=UNMENDED)
        case Conflict():
            return TelegramError("telegram.conflict", temporary=True)
        case TimedOut():
            return TelegramError("telegram.timeout", temporary=True)
        case _:
            return TelegramError("telegram.away", temporary=True)


def _says(words: str, any_of: tuple[str, ...]) -> bool:
    return any(known in words for known in any_of)


def _below(
    call: Send,
) -> telegram.InlineKeyboardMarkup | telegram.ReplyKeyboardMarkup | telegram.ReplyKeyboardRemove | None:
    if call.keyboard:
        return _keyboard(call.keyboard)
    if call.contact:
        key = telegram.KeyboardButton(call.contact, request_contact=True)
        return telegram.ReplyKeyboardMarkup([[key]], resize_keyboard=True, one_time_keyboard=True)
    return telegram.ReplyKeyboardRemove() if call.clears else None


def _keyboard(rows: Keyboard) -> telegram.InlineKeyboardMarkup:
    return telegram.InlineKeyboardMarkup(
        [
            [telegram.InlineKeyboardButton(b.text, url=b.url or None, callback_data=b.data or None) for b in row]
            for row in rows
        ]
    )
