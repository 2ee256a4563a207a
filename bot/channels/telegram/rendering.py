"""Blocks as messages of Telegram: its HTML, escaped once, split at clauses, buttons below; pure, sends nothing."""

from collections.abc import Sequence
from typing import Any

from bot.delivery.telegram.calls import Keyboard, Send
from bot.dialogue.compose import Translate

MOST_UNITS = 4_096  # UTF-16 code units of a message's text, as Telegram counts after its markup is read
MOST_ROWS = 8  # buttons below one message; more are turned like pages
CHOICE, LASTING, PAGE = "c:", "l:", "p:"  # begin a button's data: a choice's id; of one that lasts; "{seq}:{page}"

Blocks = Sequence[dict[str, Any]]


def render(
    blocks: Blocks,
    seq: int,
    _: Translate,
    *,
    public_url: str | None = None,
    contact: bool = False,
    clears: bool = False,
) -> list[Send]:
    """Return the messages for a reply (its number ``seq``).

    ``contact``: the key that shares one's own number is shown; ``clears``: it is taken away. Quotes lead to the
    policy's page where ``public_url`` is one that Telegram takes (https).
    """
    raise NotImplementedError


def page(blocks: Blocks, seq: int, number: int, _: Translate) -> Keyboard:
    """Return the buttons of a page (from 0) of the reply's choices; empty where it has none such."""
    raise NotImplementedError


def pressed(keyboard: Keyboard, data: str) -> Keyboard:
    """Return the buttons of a message after one was pressed: it is marked; others stay only where they still hold."""
    raise NotImplementedError
