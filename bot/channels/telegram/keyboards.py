"""The buttons below a message: rows, pages, marks. A choice's value is an opaque id (R60); knows no dialogue."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.channels.telegram.markup import clean, visible
from bot.delivery.telegram.calls import Button, Keyboard
from bot.dialogue.compose import Translate

MOST_ROWS = 10  # buttons below one message; more are turned like pages
CHOICE, LASTING, PAGE = "c:", "l:", "p:"  # begin a button's data: a choice's id; of one that lasts; "{seq}:{page}"
LONGEST_LABEL = 40  # characters that a phone shows of a button as wide as the message
_HALF_LABEL = 16  # and of one that shares its row
_LONGEST_DATA = 64  # bytes (Bot API, InlineKeyboardButton)
_MARK = "✓ "

Blocks = Sequence[dict[str, Any]]
Rows = list[tuple[Button, ...]]


def pages(blocks: Blocks, seq: int, _: Translate) -> list[list[Keyboard]]:
    """Return the pages of every block of choices; they are numbered through the whole reply, from 0."""
    made: list[list[Keyboard]] = []
    for block in blocks:
        if block["type"] == "choices":
            made.append(_pages(block["items"], seq, sum(map(len, made)), _))
    return made


def listed(items: Sequence[dict[str, Any]]) -> list[str]:
    """Return the labels, numbered if they are several, where one is too long to be read on its button; else nothing."""
    labels = [label(item["label"]) for item in items]
    if all(len(text) <= LONGEST_LABEL for text in labels):
        return []
    if len(labels) == 1:
        return labels
    return [f"{number}. {text}" for number, text in enumerate(labels, 1)]


def has_numbers(items: Sequence[dict[str, Any]]) -> bool:
    """Tell whether the choices are shown as a numbered list."""
    return len(items) > 1 and bool(listed(items))


def pressed(keyboard: Keyboard, data: str) -> Keyboard:
    """Return the buttons of a message after one was pressed: that one is marked.

    All others stay where it means the same later too; else it stays alone, beside what opens a page.
    """
    if not data or not any(button.data == data for row in keyboard for button in row):
        return keyboard
    stay = data.startswith(LASTING)
    rows = [
        tuple(_marked(b) if b.data == data else b for b in row if stay or b.url or b.data == data) for row in keyboard
    ]
    return tuple(row for row in rows if row)


def values(keyboard: Keyboard) -> set[str]:
    """Return the ids of the choices that buttons stand for."""
    data = [button.data for row in keyboard for button in row]
    return {text.removeprefix(CHOICE).removeprefix(LASTING) for text in data if text.startswith((CHOICE, LASTING))}


def label(text: str) -> str:
    """Return what a button says: one line, never empty."""
    line = " ".join(clean(text).split())
    return line if visible(line) else "…"


def shortened(text: str) -> str:
    """Return the beginning of a label, as much as is read on a button."""
    if len(text) <= LONGEST_LABEL:
        return text
    return text[: LONGEST_LABEL - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _pages(items: Sequence[dict[str, Any]], seq: int, first: int, _: Translate) -> list[Keyboard]:
    numbered = listed(items)
    labels = numbered or [label(item["label"]) for item in items]
    buttons = [
        Button(text=shortened(text), data=_data(item, LASTING if item.get("lasting") else CHOICE))
        for item, text in zip(items, labels, strict=True)
    ]
    rows: Rows = [(button,) for button in buttons] if numbered else list(_paired(buttons))
    if len(rows) <= MOST_ROWS:
        return [tuple(rows)]
    shown = MOST_ROWS - 1  # one row turns the pages
    cut = [rows[start : start + shown] for start in range(0, len(rows), shown)]
    made = []
    for number, part in enumerate(cut, first):
        earlier = [Button(text=_("‹ Earlier"), data=f"{PAGE}{seq}:{number - 1}")] if number > first else []
        later = [Button(text=_("More ›"), data=f"{PAGE}{seq}:{number + 1}")] if part is not cut[-1] else []
        made.append((*part, (*earlier, *later)))
    return made


def _paired(buttons: Sequence[Button]) -> Iterator[tuple[Button, ...]]:
    """Yield rows: one button each, two where both are short."""
    waiting: Button | None = None
    for button in buttons:
        short = len(button.text) <= _HALF_LABEL
        if waiting and short:
            yield waiting, button
            waiting = None
            continue
        if waiting:
            yield (waiting,)
        waiting = button if short else None
        if not short:
            yield (button,)
    if waiting:
        yield (waiting,)


def _data(item: dict[str, Any], prefix: str) -> str:
    data = f"{prefix}{item['value']}"
    if len(data.encode()) > _LONGEST_DATA:
        raise ValueError("a choice's value is too long for a button of Telegram")
    return data


def _marked(button: Button) -> Button:
    return Button(text=_MARK + button.text.removeprefix(_MARK), data=button.data)
