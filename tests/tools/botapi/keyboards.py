"""Buttons under a message and in place of the keyboard, checked as the real server checks them. Knows no chat."""

from dataclasses import dataclass
from typing import Any

from tests.tools.botapi.addresses import why_no_address
from tests.tools.botapi.parameters import Parameters
from tests.tools.botapi.refusals import bad_request

MOST_BUTTONS = 100
LONGEST_DATA = 64  # bytes of UTF-8
_KINDS = ("url", "callback_data", "switch_inline_query", "switch_inline_query_current_chat", "copy_text", "web_app")

Row = tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Keyboard:
    """A reply_markup: ``kind`` is "inline", "reply", "remove" or "force"."""

    kind: str
    rows: tuple[Row, ...] = ()
    one_time: bool = False

    def json(self) -> dict[str, Any]:
        """Return what an inline keyboard looks like in a message: other kinds are not part of one."""
        return {"inline_keyboard": [list(row) for row in self.rows]}


def read_keyboard(parameters: Parameters, *, private: bool) -> Keyboard | None:
    """Return the call's reply_markup, None where it has none or an empty one."""
    given = parameters.object("reply_markup", "Can't parse reply keyboard markup JSON object")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_request("Object expected as reply markup")
    rows = _rows(given, "keyboard", 'Field "keyboard" must be an Array of Arrays')
    inline = _rows(
        given, "inline_keyboard", 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    )
    if rows:
        made = tuple(tuple(_reply_button(one, private=private) for one in row) for row in rows)
        return Keyboard(kind="reply", rows=made, one_time=bool(given.get("one_time_keyboard")))
    if inline:
        return _inline(inline)
    if given.get("remove_keyboard"):
        return Keyboard(kind="remove")
    return Keyboard(kind="force") if given.get("force_reply") else None


def _rows(given: dict[str, Any], name: str, fault: str) -> list[list[Any]]:
    rows = given.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise bad_request(f'Field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(fault)
    return rows


def _inline(rows: list[list[Any]]) -> Keyboard | None:
    made = tuple(tuple(_inline_button(one) for one in row) for row in rows if row)
    if sum(len(row) for row in made) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return Keyboard(kind="inline", rows=made) if made else None


def _inline_button(given: Any) -> dict[str, Any]:
    parse = "Can't parse inline keyboard button: "
    if not isinstance(given, dict):
        raise bad_request(f"{parse}InlineKeyboardButton must be an Object")
    _text(given, f"{parse}", "Inline keyboard button text must be non-empty")
    named = [kind for kind in _KINDS if given.get(kind) not in (None, "")]
    if not named:
        raise bad_request(f"{parse}Text buttons are unallowed in the inline keyboard")
    if len(named) > 1:  # documented: exactly one; the real server would silently take the first
        raise bad_request(f"{parse}exactly one of the optional fields must be used, found {' and '.join(named)}")
    if not all(isinstance(given[kind], str) for kind in named if kind in ("url", "callback_data")):
        raise bad_request(f'{parse}Field "{named[0]}" must be of type String')
    if named == ["url"]:
        reason = why_no_address(given["url"])
        if reason:
            raise bad_request(f"Inline keyboard button URL '{given['url']}' is invalid: {reason}")
    if named == ["callback_data"] and len(given["callback_data"].encode()) > LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    return {"text": given["text"], named[0]: given[named[0]]}


def _reply_button(given: Any, *, private: bool) -> dict[str, Any]:
    parse = "Can't parse keyboard button: "
    if isinstance(given, str):
        given = {"text": given}
    if not isinstance(given, dict):
        raise bad_request(f"{parse}KeyboardButton must be a String or an Object")
    _text(given, parse, "Keyboard button text must be non-empty")
    if given.get("request_contact") and not private:
        raise bad_request("Phone number can be requested in private chats only")
    if given.get("request_location") and not private:
        raise bad_request("Location can be requested in private chats only")
    return dict(given)


def _text(given: dict[str, Any], parse: str, empty: str) -> None:
    if "text" not in given:
        raise bad_request(f'{parse}Can\'t find field "text"')
    if not isinstance(given["text"], str):
        raise bad_request(f'{parse}Field "text" must be of type String')
    if not given["text"]:
        raise bad_request(empty)
