"""Updates as Telegram sends them, for tests: one fictional person, their chat, and what they do."""

import json
from typing import Any

Json = dict[str, Any]

FILAN = 555000101  # the person, and the number of the chat with them
FILANE = 555000102
_SECONDS = 1_790_000_000


def person(number: int = FILAN, **more: Any) -> Json:
    return {"id": number, "is_bot": False, "first_name": "Filan", "language_code": "sq", **more}


def private(number: int = FILAN) -> Json:
    return {"id": number, "type": "private", "first_name": "Filan"}


def group(kind: str = "group", number: int = -100200300) -> Json:
    return {"id": number, "type": kind, "title": "Familja"}


def message(chat: int = FILAN, /, **content: Any) -> Json:
    """A message, without a text unless one is given."""
    made = {"message_id": 7, "from": person(chat), "chat": private(chat), "date": _SECONDS}
    return {name: value for name, value in (made | content).items() if value is not None}


def update(number: int = 1, /, **content: Any) -> bytes:
    """An update, by its kind."""
    return json.dumps({"update_id": number, **content}).encode()


def text(number: int, said: str = "menyja", chat: int = FILAN) -> bytes:
    return update(number, message=message(chat, text=said))


def press(number: int = 1, /, data: str = "c:abc", **more: Any) -> bytes:
    """A button below a message of the bot."""
    keyboard = {
        "inline_keyboard": [[{"text": "Po", "callback_data": data}], [{"text": "Faqja", "url": "https://x.example"}]]
    }
    shown = message(**{"from": {"id": 99, "is_bot": True, "first_name": "Mburoja"}}, text="?", reply_markup=keyboard)
    query = {"id": "4711", "from": person(), "chat_instance": "1", "data": data, "message": shown}
    return update(number, callback_query={name: value for name, value in (query | more).items() if value is not None})


def membership(status: str, chat: Json | None = None, **more: Any) -> bytes:
    """The bot's standing in a chat changed."""
    bot = {"id": 99, "is_bot": True, "first_name": "Mburoja"}
    rights = {"until_date": 0} if status == "kicked" else {}
    change = {
        "chat": chat or private(),
        "from": person(),
        "date": _SECONDS,
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": {"user": bot, "status": status, **rights, **more},
    }
    return update(1, my_chat_member=change)
