"""Updates that no client can read: well-formed JSON whose content is wrong in one way or another."""

import random
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_FROM = {"id": 555000111, "is_bot": False, "first_name": "Askush"}
_CHAT = {"id": 555000111, "type": "private", "first_name": "Askush"}


def _deep(levels: int) -> Json:
    told: Json = {}
    for _ in range(levels):
        told = {"reply_to_message": told}
    return told


SHAPES: tuple[Callable[[], Json], ...] = (
    dict,  # nothing but its number
    lambda: {"message": "not an object"},
    lambda: {"message": None},
    lambda: {"message": []},
    lambda: {"message": {"message_id": 1, "date": 1_790_000_000, "from": _FROM, "text": "no chat"}},
    lambda: {"message": {"message_id": 1, "date": 1_790_000_000, "from": _FROM, "chat": _CHAT, "text": 12}},
    lambda: {"message": {"message_id": "one", "date": "today", "chat": {"id": "nobody"}, "text": "?"}},
    lambda: {"message": {"message_id": 1, "chat": _CHAT, "from": "Askush"}},
    lambda: {"callback_query": {"id": 7, "from": None, "data": {"a": []}}},
    lambda: {"callback_query": {"id": "7", "from": _FROM, "chat_instance": "1", "message": 5}},
    lambda: {"my_chat_member": {"chat": _CHAT, "old_chat_member": 1}},
    lambda: {"inline_query": [1, 2, 3]},
    lambda: {"something_of_tomorrow": {"text": "a kind that is not known yet"}},
    lambda: {"message": {"message_id": 1, "date": 1_790_000_000, "chat": _CHAT, **_deep(60)}},
    lambda: {"edited_message": {"message_id": 2, "date": -1, "chat": _CHAT, "entities": "bold", "text": "\x00"}},
)


def broken_content(random_numbers: random.Random) -> Json:
    """Return one of the shapes, all of an update but its number."""
    return random_numbers.choice(SHAPES)()
