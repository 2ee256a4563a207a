"""A shared conversation as plain lines: blocks of any channel in, text out; knows no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.console.pages import say
from bot.services.conversations import BOT, YOU, Message


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message: who, when (ms UTC), and its lines."""

    who: str
    at: int
    lines: tuple[str, ...]


def lines(messages: Sequence[Message]) -> tuple[Line, ...]:
    """Return the messages of a conversation, in order."""
    return tuple(
        Line(who=_who(message.sender), at=message.at, lines=tuple(_text(block) for block in message.blocks))
        for message in messages
    )


def _who(sender: str) -> str:
    return {YOU: say("the customer"), BOT: "Mburoja"}.get(sender, say("the company"))


def _text(block: dict[str, Any]) -> str:
    match block.get("type"):
        case "quote":
            return f"«{block['text']}» ({block.get('source') or block['clause']})"
        case "choices":
            labels = " · ".join(f"[{item['label']}]" for item in block["items"])
            return f"{block.get('prompt') or ''} {labels}".strip()
        case "receipt":
            told = "; ".join(f"{field['label']}: {field['value']}" for field in block["fields"])
            return f"{block['reference']}: {told}"
        case "link":
            return str(block["label"])
        case _:
            return str(block.get("text", ""))
