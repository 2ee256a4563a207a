"""Raw updates of Telegram read into arrivals, by python-telegram-bot; stores nothing and answers nothing.

The library reads whatever has the right keys; that the values are of the right types is looked at here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

import msgspec
import telegram
from telegram.constants import ChatMemberStatus, ChatType

from bot.channels.telegram.arrivals import Arrival, Kind, UnreadableError
from bot.delivery.telegram.calls import Button, Keyboard
from bot.dialogue.events import Thing

__all__ = ["Peek", "UnreadableError", "peek", "read"]

_LARGEST = 2**52  # a chat's number has at most 52 significant bits, an update's fewer
_COMMAND = re.compile(r"(/\w{1,32})@\w{1,64}", re.ASCII)
_START = re.compile(r"/start(?:\s+(?P<carried>.*))?", re.IGNORECASE | re.DOTALL)
_CARRIED = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_DIGIT = re.compile(r"\D")
_BROKEN_WORDS = (msgspec.MsgspecError, ValueError, RecursionError)  # what decoders raise for what is no JSON

# The first that a message has is what it is: a venue has a location, a film without sound is also a document.
_THINGS: Mapping[str, Thing] = MappingProxyType(
    {
        "voice": Thing.VOICE,
        "video_note": Thing.VOICE,
        "photo": Thing.FILE,
        "video": Thing.FILE,
        "animation": Thing.FILE,
        "audio": Thing.FILE,
        "live_photo": Thing.FILE,
        "document": Thing.FILE,
        "sticker": Thing.STICKER,
        "dice": Thing.STICKER,
        "game": Thing.STICKER,
        "venue": Thing.PLACE,
        "location": Thing.PLACE,
    }
)
# Telegram itself tells these of a private chat: nobody said anything. A kind of message that is in neither list was
# invented after this was written, and is met with a word rather than with silence.
_SERVICE = (
    "pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "write_access_allowed",
    "connected_website", "users_shared", "chat_shared", "web_app_data", "successful_payment", "refunded_payment",
    "proximity_alert_triggered", "boost_added", "giveaway_created", "giveaway_completed", "gift", "gift_upgrade_sent",
    "unique_gift", "checklist_tasks_added", "checklist_tasks_done", "poll_option_added", "poll_option_deleted",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "paid_message_price_changed",
    "direct_message_price_changed", "suggested_post_approved", "suggested_post_approval_failed",
    "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "managed_bot_created",
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created", "migrate_to_chat_id",
    "migrate_from_chat_id", "chat_owner_changed", "chat_owner_left", "video_chat_scheduled", "video_chat_started",
    "video_chat_ended", "video_chat_participants_invited",
)  # fmt: skip
_PEEKED = ("message", "edited_message", "callback_query", "my_chat_member")
_OTHERS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP, ChatType.CHANNEL})
_GONE = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})
_NOTHING = Arrival(kind=Kind.NOTHING)

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Peek:
    """What an update is kept under: its id, and the number of its private chat; None where none can be found."""

    update_id: int | None
    chat: int | None


def peek(raw: bytes) -> Peek:
    """Return an update's id and private chat, as far as they can be found in whatever it is; never raises."""
    try:
        found = _decode(raw)
    except _BROKEN_WORDS:
        found = None
    if not isinstance(found, dict):
        return Peek(update_id=None, chat=None)
    return Peek(
        update_id=_number(found.get("update_id")),
        chat=next((chat for kind in _PEEKED if (chat := _private_chat(found.get(kind)))), None),
    )


def read(raw: bytes) -> Arrival:
    """Return what an update is to us. Raises UnreadableError."""
    try:
        update = telegram.Update.de_json(_typed(_decode(raw), dict), None)
        return _arrival(update)
    except UnreadableError:
        raise
    except Exception as error:  # the library raises whatever comes of keys and types that it does not expect
        raise UnreadableError(type(error).__name__) from None


def _decode(raw: bytes) -> Any:
    """Return what JSON says, also where it is laxly written."""
    try:
        return msgspec.json.decode(raw)
    except _BROKEN_WORDS:
        return json.loads(raw)


# ---- peeking -------------------------------------------------------------------------------------------------


def _private_chat(content: object) -> int | None:
    """Return the private chat of a message, a press, or a change of membership."""
    if not isinstance(content, dict):
        return None
    within = content.get("message")
    chat = content.get("chat") or (within.get("chat") if isinstance(within, dict) else None)
    if not isinstance(chat, dict):
        # Of a press below a message that is gone, the presser is the chat.
        sender = content.get("from") if "data" in content or "chat_instance" in content else None
        return _number(sender.get("id")) if isinstance(sender, dict) else None
    return _number(chat.get("id")) if chat.get("type", ChatType.PRIVATE) == ChatType.PRIVATE else None


def _number(value: object) -> int | None:
    """Return a number that an update or a private chat may have."""
    return value if type(value) is int and 0 < value < _LARGEST else None


# ---- reading -------------------------------------------------------------------------------------------------


def _arrival(update: telegram.Update) -> Arrival:
    if update.message:
        return _message(update.message)
    if update.edited_message:
        return _edit(update.edited_message)
    if update.callback_query:
        return _press(update.callback_query)
    if update.my_chat_member:
        return _membership(update.my_chat_member)
    if update.inline_query:
        return Arrival(kind=Kind.INLINE, query=_typed(update.inline_query.id, str))
    post = update.channel_post or update.edited_channel_post
    return _elsewhere(post.chat) if post else _NOTHING


def _message(message: telegram.Message) -> Arrival:
    if message.chat.type != ChatType.PRIVATE:
        gone = message.left_chat_member
        return _NOTHING if gone and gone.is_bot else _elsewhere(message.chat)
    if message.from_user and message.from_user.is_bot:
        return _NOTHING
    chat, number = _chat(message.chat), _typed(message.message_id, int)
    if message.text is not None:
        return _text(chat, number, _typed(message.text, str))
    if message.contact:
        return _contact(chat, number, message)
    thing = next((thing for name, thing in _THINGS.items() if getattr(message, name)), None)
    if thing is None and any(getattr(message, name) for name in _SERVICE):
        return _NOTHING
    album = _typed(message.media_group_id or "", str)
    return Arrival(kind=Kind.THING, chat=chat, message=number, thing=thing or Thing.OTHER, album=album)


def _text(chat: int, number: int, text: str) -> Arrival:
    text = _COMMAND.sub(r"\1", text, count=1) if _COMMAND.match(text) else text
    start = _START.fullmatch(text)
    if start is None:
        return Arrival(kind=Kind.TEXT, chat=chat, message=number, text=text)
    carried = (start["carried"] or "").strip()
    return Arrival(kind=Kind.START, chat=chat, message=number, text=carried if _CARRIED.fullmatch(carried) else "")


def _contact(chat: int, number: int, message: telegram.Message) -> Arrival:
    """Only one's own number counts: anybody's may be shared (R28)."""
    contact, sender = message.contact, message.from_user
    if contact and sender and contact.user_id is not None and contact.user_id == _typed(sender.id, int):
        digits = _NO_DIGIT.sub("", _typed(contact.phone_number, str))
        return Arrival(kind=Kind.CONTACT, chat=chat, message=number, text=f"+{digits}")
    return Arrival(kind=Kind.THING, chat=chat, message=number, thing=Thing.CONTACT)


def _edit(message: telegram.Message) -> Arrival:
    if message.chat.type != ChatType.PRIVATE:
        return _elsewhere(message.chat)
    moves = message.location is not None  # somebody shares where they are while they go: nobody changed any words
    if moves or (message.from_user and message.from_user.is_bot):
        return _NOTHING
    number = _typed(message.message_id, int)
    return Arrival(kind=Kind.THING, chat=_chat(message.chat), message=number, thing=Thing.EDIT)


def _press(query: telegram.CallbackQuery) -> Arrival:
    message = query.message
    if message and message.chat.type != ChatType.PRIVATE:
        return _elsewhere(message.chat)
    shown = message if isinstance(message, telegram.Message) and message.is_accessible else None
    return Arrival(
        kind=Kind.PRESS,
        chat=_chat(shown.chat if shown else query.from_user),
        message=_typed(shown.message_id, int) if shown else None,
        data=_typed(query.data or "", str),
        query=_typed(query.id, str),
        keyboard=_keyboard(shown.reply_markup) if shown and shown.reply_markup else (),
    )


def _keyboard(markup: telegram.InlineKeyboardMarkup) -> Keyboard:
    return tuple(
        tuple(
            Button(
                text=_typed(key.text, str), data=_typed(key.callback_data or "", str), url=_typed(key.url or "", str)
            )
            for key in row
        )
        for row in markup.inline_keyboard
    )


def _membership(change: telegram.ChatMemberUpdated) -> Arrival:
    status = change.new_chat_member.status
    if change.chat.type != ChatType.PRIVATE:
        return _NOTHING if status in _GONE else _elsewhere(change.chat)
    match status:
        case ChatMemberStatus.BANNED:
            return Arrival(kind=Kind.BLOCKED, chat=_chat(change.chat))
        case ChatMemberStatus.MEMBER:
            return Arrival(kind=Kind.UNBLOCKED, chat=_chat(change.chat))
        case _:
            return _NOTHING


def _elsewhere(chat: telegram.Chat) -> Arrival:
    """A group or a channel; a kind of chat that is not known is left alone."""
    if chat.type not in _OTHERS:
        return _NOTHING
    number = _typed(chat.id, int)
    return Arrival(kind=Kind.ELSEWHERE, chat=number) if abs(number) < _LARGEST else _refuse("a chat's number")


def _chat(chat: telegram.Chat | telegram.User) -> int:
    """Return the number of a private chat, which is its person's."""
    return _number(chat.id) or _refuse("a chat's number")


def _typed(value: object, kind: type[_T]) -> _T:
    return value if type(value) is kind else _refuse(kind.__name__)


def _refuse(what: str) -> NoReturn:
    raise UnreadableError(f"not {what}")
