"""The methods that write into chats: send, edit, delete, leave. Each takes an account and a call's parameters."""

import re
from typing import Any

from tests.tools.botapi.account import Account
from tests.tools.botapi.keyboards import Keyboard, read_keyboard
from tests.tools.botapi.markup import Entity, read_text
from tests.tools.botapi.parameters import Parameters
from tests.tools.botapi.refusals import NOT_MODIFIED, bad_request
from tests.tools.botapi.things import Chat, Json, Message

_ACTIONS = (
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
)  # fmt: skip
_MOST_IDS = 100


def send_message(account: Account, call: Parameters) -> Json:
    """Send a text; return the message."""
    preview = _preview(call)
    text, entities = _text(call)
    return _send(account, call, text=text, entities=entities, link_preview=preview).json()


def send_document(account: Account, call: Parameters) -> Json:
    """Send a file; return the message. The call's record tells that one was uploaded."""
    if not call.files and not call.text("document"):
        raise bad_request("There is no document in the request")
    name = call.files[0].name if call.files else "document"
    size = call.files[0].size if call.files else 0
    document = {"file_id": f"doc-{name}", "file_unique_id": f"u-{name}", "file_name": name, "file_size": size}
    return _send(account, call, content={"document": document}).json()


def _send(account: Account, call: Parameters, **content: Any) -> Message:
    chat = account.writable(call.text("chat_id"))
    keyboard = read_keyboard(call, private=chat.kind == "private")
    answered = _replied(chat, call)
    inline = keyboard if keyboard and keyboard.kind == "inline" else None
    sent = account.write(
        chat,
        None if chat.kind == "channel" else account.user,
        own=True,
        keyboard=inline,
        fixed=keyboard is not None and inline is None,
        protected=call.flag("protect_content"),
        silent=call.flag("disable_notification"),
        **content,
    )
    if answered:
        sent.content["reply_to_message"] = answered.json()
    if keyboard and keyboard.kind in ("reply", "remove"):
        chat.reply_keyboard = keyboard if keyboard.kind == "reply" else None
    return sent


def _replied(chat: Chat, call: Parameters) -> Message | None:
    given = call.object("reply_parameters", "Can't parse reply parameters JSON object")
    if given is None:
        number = call.integer("reply_to_message_id")
        given = {"message_id": number} if number else None
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_request("Object expected as reply parameters")
    found = chat.messages.get(int(given.get("message_id", 0)))
    if not found and not given.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found


def _text(call: Parameters) -> tuple[str, tuple[Entity, ...]]:
    given = call.object("entities", "Can't parse entities JSON object")
    return read_text(call.text("text"), call.text("parse_mode"), given)


def _preview(call: Parameters) -> Json | None:
    given = call.object("link_preview_options", "Can't parse link preview options JSON object")
    if given is None:
        return {"is_disabled": True} if call.flag("disable_web_page_preview") else None
    if not isinstance(given, dict):
        raise bad_request("Object expected as link preview options")
    return given


# ---- edits --------------------------------------------------------------------------------------------------------


def edit_message_text(account: Account, call: Parameters) -> Json:
    """Change a message's words; without a reply_markup its buttons go, as on the real server."""
    preview = _preview(call)
    text, entities = _text(call)
    message = _editable(account, call)
    keyboard = _inline(call, message.chat)
    if (message.text, message.entities, message.keyboard) == (text, entities, keyboard):
        raise bad_request(NOT_MODIFIED)
    message.revision += (message.text, message.entities) != (text, entities)
    message.text, message.entities, message.keyboard, message.link_preview = text, entities, keyboard, preview
    message.edit_date = account.date
    return message.json()


def edit_message_reply_markup(account: Account, call: Parameters) -> Json:
    """Change a message's buttons; without a reply_markup they go."""
    message = _editable(account, call)
    keyboard = _inline(call, message.chat)
    if message.keyboard == keyboard:
        raise bad_request(NOT_MODIFIED)
    message.keyboard = keyboard
    message.edit_date = account.date
    return message.json()


def _editable(account: Account, call: Parameters) -> Message:
    if not call.text("chat_id") and not call.text("message_id"):
        raise bad_request("Message identifier is not specified")
    chat = account.writable(call.text("chat_id"))
    message = chat.messages.get(call.integer("message_id"))
    if not message:
        raise bad_request("message to edit not found")
    if not message.own or message.fixed:
        raise bad_request("message can't be edited")
    return message


def _inline(call: Parameters, chat: Chat) -> Keyboard | None:
    keyboard = read_keyboard(call, private=chat.kind == "private")
    if keyboard and keyboard.kind != "inline":
        raise bad_request("Inline keyboard expected")
    return keyboard


# ---- deletions ----------------------------------------------------------------------------------------------------


def delete_message(account: Account, call: Parameters) -> bool:
    """Delete a message of the bot, or in a private chat one of the person's."""
    if not call.text("chat_id"):
        raise bad_request("Chat identifier is not specified")
    if not call.integer("message_id"):
        raise bad_request("Message identifier is not specified")
    chat = account.writable(call.text("chat_id"))
    message = chat.messages.get(call.integer("message_id"))
    if not message:
        raise bad_request("message to delete not found")
    if not _deletable(message):
        raise bad_request("message can't be deleted")
    remove(message)
    return True


def delete_messages(account: Account, call: Parameters) -> bool:
    """Delete those of up to a hundred messages that are found and may be."""
    given = call.object("message_ids", "Can't parse message_ids JSON object")
    if not given:
        raise bad_request("Message identifiers are not specified")
    if not isinstance(given, list):
        raise bad_request("Expected an Array of message identifiers")
    if len(given) > _MOST_IDS:
        raise bad_request("Too many message identifiers specified")
    if not all(re.fullmatch(r"[0-9]+", str(one)) for one in given):
        raise bad_request("Message identifier must be a Number")
    chat = account.writable(call.text("chat_id"))
    for number in given:
        message = chat.messages.get(int(number))
        if message and _deletable(message):
            remove(message)
    return True


def _deletable(message: Message) -> bool:
    return message.own or message.chat.kind == "private"


def remove(message: Message) -> None:
    """Take a message off the screen."""
    message.chat.deleted.append(message.chat.messages.pop(message.message_id))


# ---- chats --------------------------------------------------------------------------------------------------------


def send_chat_action(account: Account, call: Parameters) -> bool:
    """Show that the bot is typing, or the like."""
    if call.text("action") not in _ACTIONS:
        raise bad_request("Wrong parameter action in request")
    account.writable(call.text("chat_id")).actions.append(call.text("action"))
    return True


def leave_chat(account: Account, call: Parameters) -> bool:
    """Leave a group or a channel; the bot is told of its own leaving too."""
    chat = account.chat(call.text("chat_id"))
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat = account.writable(call.text("chat_id"))
    account.standing(chat, "left", account.user)
    return True


def get_chat(account: Account, call: Parameters) -> Json:
    """Return all about a chat that every client expects there."""
    chat = account.chat(call.text("chat_id"))
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    return chat.json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
